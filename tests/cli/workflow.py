#!/usr/bin/python3
"""Carries out a workflow for GitHub Actions on this machine, as far as scripts/github-workflow.yml goes: the jobs in
order, each in a directory of its own as on a machine of its own, the shell steps as they stand there. Whatever it does
not know is an error, so that a mistake in the file is one.

    workflow.py [--jobs N] [--lose JOB]... [--repository NAME=DIR]... WORKFLOW CHECKOUT WORK

--jobs: so many of a matrix at once. --lose: a job, by its name, whose machine never comes. --repository: what a checkout
of another repository gives."""
import argparse
import concurrent.futures
import fnmatch
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

import yaml

FORBIDDEN = re.compile(r'["<>|*?:\r\n]')


def die(text):
    sys.exit(f'workflow: {text}')


def evaluate(expression, contexts):
    call = re.fullmatch(r'fromJSON\((.*)\)', expression)
    if call:
        return json.loads(evaluate(call[1], contexts))
    value = contexts
    for name in expression.split('.'):
        if not isinstance(value, dict) or name not in value:
            die(f'{expression}: there is no {name}')
        value = value[name]
    return value


def expand(text, contexts):
    """A string that is one expression has that value; else its values go into the string, as JavaScript spells them."""
    text = str(text)
    whole = re.fullmatch(r'\$\{\{ *([^}]*?) *\}\}', text)
    if whole:
        return evaluate(whole[1], contexts)
    return re.sub(r'\$\{\{ *(.*?) *\}\}', lambda m: spell(evaluate(m[1], contexts)), text)


def spell(value):
    return json.dumps(value) if isinstance(value, bool) else str(value)


def upload(artifacts, space, wanted):
    name = wanted['name']
    to = artifacts / name
    if FORBIDDEN.search(name) or '/' in name or '\\' in name:
        die(f'{name}: no name for an artifact')
    if to.exists():
        die(f'{name}: there is such an artifact already')
    paths = [space / line for line in wanted['path'].split('\n') if line]
    if not any(path.exists() for path in paths):
        print(f'workflow: warning: nothing to upload as {name}')
        return
    to.mkdir()
    for path in paths:
        files = [(f, f.relative_to(path)) for f in path.rglob('*')] if path.is_dir() else [(path, path.name)]
        for file, at in files:
            if FORBIDDEN.search(str(at)):
                die(f'{at}: no name for a file of an artifact')
            if file.is_file():
                (to / at).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, to / at)  # the mode is lost


def download(artifacts, space, wanted):
    to = space / wanted['path']
    if 'name' in wanted and not (artifacts / wanted['name']).is_dir():
        die(f"{wanted['name']}: no such artifact")
    if 'name' in wanted:
        shutil.copytree(artifacts / wanted['name'], to, dirs_exist_ok=True)
        return
    for one in artifacts.iterdir():
        if fnmatch.fnmatch(one.name, wanted['pattern']):
            shutil.copytree(one, to / one.name, dirs_exist_ok=True)


class Machine:
    def __init__(self, args, name, contexts):
        self.args = args
        self.contexts = contexts | {'steps': {}, 'runner': {'temp': str(args.work / name / 'temp')}}
        self.space = args.work / name / 'space'
        self.space.mkdir(parents=True)
        pathlib.Path(self.contexts['runner']['temp']).mkdir()
        self.artifacts = args.work / 'artifacts'
        self.artifacts.mkdir(exist_ok=True)
        self.log = ''

    def action(self, uses, wanted):
        name = uses.split('@')[0]
        if name == 'actions/checkout':
            source = self.args.checkout
            if 'repository' in wanted:
                source = dict(one.split('=') for one in self.args.repository)[wanted['repository']]
            shutil.copytree(source, self.space, dirs_exist_ok=True, symlinks=True)
        elif name == 'actions/upload-artifact':
            upload(self.artifacts, self.space, wanted)
        elif name == 'actions/download-artifact':
            download(self.artifacts, self.space, wanted)
        elif name != 'actions/setup-go':
            die(f'{uses}: an action that is not known here')
        return True

    def shell(self, step):
        temp = pathlib.Path(self.contexts['runner']['temp'])
        files = {f'GITHUB_{name}': temp / name.lower() for name in ('OUTPUT', 'STEP_SUMMARY')}
        env = os.environ | {'GITHUB_ACTIONS': 'true', 'CI': 'true', 'GITHUB_SHA': self.contexts['github']['sha'],
                            'GITHUB_RUN_ID': '1', 'RUNNER_TEMP': str(temp)}
        env |= {name: str(file) for name, file in files.items()}
        env |= {name: spell(expand(value, self.contexts)) for name, value in step.get('env', {}).items()}
        (temp / 'step').write_text(expand(step['run'], self.contexts))
        files['GITHUB_OUTPUT'].write_text('')
        ended = subprocess.run(['bash', '--noprofile', '--norc', '-eo', 'pipefail', temp / 'step'], cwd=self.space, env=env,
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.log += ended.stdout.decode(errors='replace')
        if 'id' in step:
            lines = files['GITHUB_OUTPUT'].read_text().splitlines()
            self.contexts['steps'][step['id']] = {'outputs': dict(line.split('=', 1) for line in lines)}
        return ended.returncode == 0

    def carry_out(self, job):
        good = True
        for step in job['steps']:
            if step.get('if', 'always()') != 'always()':
                die(f"if: {step['if']}: not known here")
            if not good and 'if' not in step:
                continue
            if 'uses' in step:
                wanted = {name: spell(expand(value, self.contexts)) for name, value in step.get('with', {}).items()}
                did = self.action(step['uses'], wanted)
            else:
                did = self.shell(step)
            good = good and did
        outputs = {name: expand(value, self.contexts) for name, value in job.get('outputs', {}).items()} if good else {}
        return good, outputs


def carry_out(args, name, job, needs):
    contexts = {'github': {'sha': '0123abc'}, 'needs': {one: {'outputs': outputs} for one, outputs in needs.items()}}
    matrix = [None]
    if 'strategy' in job:
        matrix = expand(job['strategy']['matrix'], contexts)['include']

    def one(i):
        own = contexts | ({'matrix': matrix[i]} if matrix[i] else {})
        called = expand(job.get('name', name), own)
        if called in args.lose:
            return called, '', False, {}
        machine = Machine(args, f'{name}-{i}', own)
        good, outputs = machine.carry_out(job)
        return called, machine.log, good, outputs

    all_good, outputs = True, {}
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        for called, log, good, outputs in pool.map(one, range(len(matrix))):
            print(f"{log}workflow: {called}: {'success' if good else 'failure'}")
            all_good = all_good and good
    return all_good, outputs


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--jobs', type=int, default=1)
    parser.add_argument('--lose', action='append', default=[])
    parser.add_argument('--repository', action='append', default=[])
    parser.add_argument('workflow', type=pathlib.Path)
    parser.add_argument('checkout', type=pathlib.Path)
    parser.add_argument('work', type=pathlib.Path)
    args = parser.parse_args()
    sys.stdout.reconfigure(line_buffering=True)
    args.work = args.work.resolve()
    ended, outputs = {}, {}
    for name, job in yaml.safe_load(args.workflow.read_text())['jobs'].items():
        needs = job.get('needs', [])
        needs = [needs] if isinstance(needs, str) else needs
        if missing := [one for one in needs if one not in ended]:
            die(f'{name}: needs {missing[0]}, which is not before it')
        if job.get('if', 'always()') != 'always()':
            die(f"{name}: if: {job['if']}: not known here")
        ended[name] = False
        if 'if' in job or all(ended[one] for one in needs):
            ended[name], outputs[name] = carry_out(args, name, job, {one: outputs.get(one, {}) for one in needs})
    sys.exit(0 if all(ended.values()) else 1)


main()
