#!/usr/bin/env python3
"""Engines, and surroundings of hi, that are set up in another way than most. Uses an engine of its own, started anew for
each configuration.

    tests/engine/unusual.py --hi build/hi [CASE...]      (77: refused by the machine, in words)
"""
import argparse, glob, os, shutil, signal, sys, time

from engine import Engine, Refused
from restart import Failed, ROOT, Run


def expect(what, ok):
    if not ok:
        raise Failed("not so: " + what)


def has_logs(run):
    logs = glob.glob(os.path.join(run.checkout, "control_logs", run.id(), "*.stderr.log"))
    expect(f"each sibling's log is there, with text: {logs}", len(logs) >= 4 and all(map(os.path.getsize, logs)))


def fails_with_evidence(run):
    run.ends(1, 200)
    has_logs(run)
    run.says("110 replies, got 109", 0)


def fails_without_logs(run):
    """No log can be read: that is said once, in the engine's words."""
    run.ends(1, 200)
    run.says("logs of 4 containers could not be collected: docker logs: configured logging driver does not support reading", 0)


def interrupted(run):
    run.says("hanging with siblings", 200)
    run.p.send_signal(signal.SIGINT)
    run.ends(-signal.SIGINT, 60)
    has_logs(run)


def killed(run):
    run.says("hanging with siblings", 200)
    run.p.kill()
    run.p.wait()
    run.cleaner_ends(60)


def has_no_room(run):
    run.ends(1, 200)
    run.says("cause: infrastructure (address-pool)", 0)


def refused(run):
    """Docker says that the image is for another platform, podman that there is none: hi names what was set."""
    run.ends(3, 200)
    run.says("DOCKER_DEFAULT_PLATFORM", 0)


class Case:
    def __init__(self, check, pattern="^TestFailSiblings$", engine=None, env=None, prepare=lambda checkout: None):
        self.check, self.pattern, self.engine, self.env, self.prepare = check, pattern, engine or {}, env or {}, prepare


def linked_logs(checkout):
    os.mkdir(checkout + "-logs")
    os.symlink(checkout + "-logs", os.path.join(checkout, "control_logs"))


def pool(bridge):
    """Addresses for one network; the engine's own bridge has its address there or elsewhere."""
    return {"bip": bridge, "default-address-pools": [{"base": "10.99.0.0/24", "size": 24}]}


CASES = {
    "log driver local": Case(fails_with_evidence, engine={"log-driver": "local"}),
    "log driver none": Case(fails_without_logs, engine={"log-driver": "none"}),
    "logs of at most 10 kB": Case(fails_with_evidence, engine={"log-opts": {"max-size": "10k"}}),
    "room for one network": Case(fails_with_evidence, engine=pool("10.98.0.1/24")),
    "room for none": Case(has_no_room, engine=pool("10.99.0.1/24")),
    "another platform as default": Case(refused, env={"DOCKER_DEFAULT_PLATFORM": "linux/arm64"}),
    "linked logs": Case(fails_with_evidence, prepare=linked_logs),
    "linked logs, interrupted": Case(interrupted, "^TestHangSiblings$", prepare=linked_logs),
}
FAKETIME = glob.glob("/usr/lib/*/faketime/libfaketime.so.1")
if FAKETIME:
    behind = {"LD_PRELOAD": FAKETIME[0], "FAKETIME": "+600s", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    for check, pattern in ((fails_with_evidence, "^TestFailSiblings$"), (interrupted, "^TestHangSiblings$"), (killed, "^TestHangSiblings$")):
        CASES[f"a clock 10 minutes behind hi's: {check.__name__}"] = Case(check, pattern, env=behind)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--hi", default=os.path.join(ROOT, "build/hi"))
    p.add_argument("cases", nargs="*", metavar="CASE")
    a = p.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    bad = 0
    try:
        with Engine() as engine:
            usual = dict(engine.env)
            for name, case in CASES.items():
                # Podman's service reads none of these settings.
                if a.cases and name not in a.cases or case.engine and engine.kind.startswith("podman"):
                    continue
                engine.restart(case.engine)
                engine.env = dict(usual, **case.env)
                begun = time.monotonic()
                run = Run(os.path.abspath(a.hi), engine, case.pattern, 4, (), case.prepare)
                try:
                    case.check(run)
                    run.nothing_left()
                    print(f"ok: {name}, {time.monotonic() - begun:.1f} s", flush=True)
                except Failed as e:
                    print(f"FAILED: {name}: {e}\n{run.text()[-3000:]}", flush=True)
                    bad = 1
                finally:
                    run.close()
                    shutil.rmtree(run.checkout + "-logs", ignore_errors=True)
    except Refused as e:
        print(e)
        return 77
    return bad


if __name__ == "__main__":
    sys.exit(main())
