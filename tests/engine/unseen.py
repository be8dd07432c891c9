#!/usr/bin/env python3
"""An engine that does not see the checkout: hi sends it, and brings back what the tests saved. Uses an engine of its own,
in a mount namespace where another directory stands in the checkout's place.

    tests/engine/unseen.py --hi build/hi      (77: refused by the machine, in words)
"""
import argparse, glob, os, signal, subprocess, sys, tempfile, time

from engine import Engine, Refused
from restart import Failed, ROOT, Run

SENT = "the engine does not see these directories"


def in_git(checkout):
    subprocess.run(["git", "init", "-q", checkout], check=True)
    for name, text in ((".gitignore", "ignored\ncontrol_logs/\n"), ("ignored", "x"), ("with a blank", "x"),
                       ("-T", "x"), ("line\nbreak", "x"), ("deleted", "x")):
        with open(os.path.join(checkout, name), "w") as f:
            f.write(text)
    subprocess.run(["git", "-C", checkout, "add", "deleted", "go.mod"], check=True)
    os.unlink(os.path.join(checkout, "deleted"))


def expect(what, ok):
    if not ok:
        raise Failed("not so: " + what)


def has(run, pattern):
    expect(f"{pattern} in the run's directory", glob.glob(os.path.join(run.checkout, "control_logs", run.id(), pattern)))


def evidence_comes_back(run, engine):
    run.ends(1, 120)
    run.says(SENT, 0)
    run.says("1 file whose name holds a line break or a backslash was not sent", 0)
    for pattern in ("hs-*.stderr.log", "ts-*.stdout.log", "hs-*.db", "hs-*-mapresponses", "hs-*_metrics.txt", "junit.xml"):
        has(run, pattern)
    expect("nothing of another name", not glob.glob(os.path.join(run.checkout, "control_logs", run.id(), ".*")))


def what_the_tests_saved_comes_back(run, engine):
    run.ends(1, 120)
    for pattern in ("hs-abcdef-012345.db", "hs-abcdef-012345_metrics.txt", "hs-abcdef-012345-mapresponses/001.json"):
        has(run, pattern)


def what_git_ignores_stays_here(run, engine):
    run.says("hanging with siblings", 200)
    there = engine.docker("exec", f"headscale-test-suite-{run.id()}", "ls", "-a", run.checkout)
    expect("a blank, a dash: " + " ".join(there), {"with a blank", "-T", "go.mod", "integration"} <= set(there))
    expect("ignored: " + " ".join(there), not {"ignored", "control_logs", ".git", "deleted"} & set(there))
    run.p.send_signal(signal.SIGINT)
    run.ends(-signal.SIGINT, 60)
    has(run, "ts-*.stdout.log")


def a_killed_hi_keeps_the_evidence(run, engine):
    run.says("hanging with siblings", 200)
    run.p.kill()
    run.p.wait()
    run.cleaner_ends(60)
    has(run, "ts-*.stdout.log")
    has(run, "cleaner.log")


def logs_that_it_sees_prove_nothing(run, engine):
    run.ends(0, 120)
    run.says(SENT, 0)


def no_git(run, engine):
    run.ends(0, 120)
    run.says(SENT, 0)


CASES = [(evidence_comes_back, "^TestFailSiblings$", in_git), (what_the_tests_saved_comes_back, "^TestWriteArtefactsFail$", in_git),
         (what_git_ignores_stays_here, "^TestHangSiblings$", in_git),
         (a_killed_hi_keeps_the_evidence, "^TestHangSiblings$", in_git), (logs_that_it_sees_prove_nothing, "^TestPass$", in_git),
         (no_git, "^TestPass$", lambda checkout: None)]


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--hi", default=os.path.join(ROOT, "build/hi"))
    hi = os.path.abspath(p.parse_args().hi)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        with Engine(hide=True) as engine, tempfile.TemporaryDirectory() as logs:
            for case, pattern, prepare in CASES:
                flags = ["--logs-dir", logs] if case is logs_that_it_sees_prove_nothing else []
                begun = time.monotonic()
                run = Run(hi, engine, pattern, 4, flags, prepare)
                try:
                    case(run, engine)
                    run.nothing_left()
                    print(f"ok: {case.__name__}, {time.monotonic() - begun:.1f} s")
                except Failed as e:
                    print(f"FAILED: {case.__name__}: {e}")
                    print(run.text()[-3000:])
                    return 1
                finally:
                    run.close()
    except Refused as e:
        print(e)
        return 77
    return 0


if __name__ == "__main__":
    sys.exit(main())
