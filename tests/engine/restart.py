#!/usr/bin/env python3
"""An engine that is restarted, killed or hangs in the middle of a run, with hi above it. Uses an engine of its own.

    tests/engine/restart.py --hi build/hi CASE      (no CASE: lists them; 77: refused by the machine, in words)
"""
import argparse, os, re, shutil, signal, subprocess, sys, tempfile, time

from engine import Engine, Refused

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class Failed(Exception):
    pass


def default_signals():
    for s in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGPIPE"):
        signal.signal(getattr(signal, s), signal.SIG_DFL)


class Run:
    """A hi run of a dozen siblings that hang, with the engine above."""

    def __init__(self, hi, engine, pattern="^TestHangSiblings$", siblings=6, flags=(), prepare=lambda checkout: None):
        self.engine = engine
        self.dir = engine.hidden if os.path.exists(engine.hidden) else tempfile.mkdtemp(prefix="hi-restart-")
        self.checkout = os.path.join(self.dir, "checkout")
        shutil.copytree(os.path.join(ROOT, "tests/fixture"), self.checkout, ignore=shutil.ignore_patterns("control_logs", ".hi-*"))
        prepare(self.checkout)
        self.out = os.path.join(self.dir, "out")
        env = dict(engine.env, HEADSCALE_INTEGRATION_SIBLINGS=str(siblings))
        with open(self.out, "w") as out:
            self.p = subprocess.Popen([hi, "run", pattern, "--format=verbose", *flags], cwd=self.checkout, env=env,
                                      stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
                                      preexec_fn=default_signals, start_new_session=True)

    def text(self):
        with open(self.out, errors="replace") as f:
            return f.read()

    def id(self):
        return re.search(r"run (\d{8}-\d{6}-[a-z0-9]{6})", self.text()).group(1)

    def says(self, what, seconds, times=1):
        end = time.monotonic() + seconds
        while self.text().count(what) < times:
            if time.monotonic() > end:
                raise Failed(f"it does not say: {what}")
            time.sleep(0.05)

    def ends(self, code, seconds):
        try:
            if self.p.wait(seconds) != code:
                raise Failed(f"it ended with {self.p.returncode}, not {code}")
        except subprocess.TimeoutExpired:
            raise Failed(f"it did not end in {seconds} s")

    def cleaner_ends(self, seconds):
        """The lease goes when all of the run has gone."""
        lease = f"/var/tmp/hi-{os.geteuid()}/{self.id()}.lease"
        end = time.monotonic() + seconds
        while os.path.exists(lease):
            if time.monotonic() > end:
                raise Failed("the cleaner did not end")
            time.sleep(0.1)

    def nothing_left(self):
        left = self.engine.docker("ps", "-a", "--format", "{{.Names}} {{.Status}}")
        left += [n for n in self.engine.docker("network", "ls", "--format", "{{.Name}}") if n.startswith("hs-")]
        left += [v for v in self.engine.docker("volume", "ls", "-q") if not v.startswith("hs-integration-go-")]
        if left:
            raise Failed("left on the engine: " + ", ".join(left))

    def close(self):
        if self.p.poll() is None:
            self.p.kill()
            self.p.wait()
        shutil.rmtree(self.checkout, ignore_errors=True)
        if self.dir != self.engine.hidden:
            shutil.rmtree(self.dir, ignore_errors=True)


def ends_with_its_engine(run, engine):
    """Docker's containers end with the engine. Podman's do not: the run goes on, and is still hi's to end."""
    if engine.kind.startswith("podman"):
        time.sleep(3)
        if run.p.poll() is not None:
            raise Failed("it ended although its containers run")
        run.p.send_signal(signal.SIGINT)
        run.ends(-signal.SIGINT, 60)
    else:
        run.ends(3, 60)
    run.nothing_left()


def restarted(run, engine):
    engine.tell("term")
    engine.tell("start")
    ends_with_its_engine(run, engine)


def killed(run, engine):
    engine.tell("kill")
    engine.tell("start")
    ends_with_its_engine(run, engine)


def killed_with_hi(run, engine):
    """The cleaner is alone with an engine that is away for a while."""
    run.p.kill()
    run.p.wait()
    engine.tell("kill")
    time.sleep(3)
    engine.tell("start")
    run.cleaner_ends(60)
    run.nothing_left()


def interrupted_while_away(run, engine):
    engine.tell("kill")
    run.p.send_signal(signal.SIGINT)
    time.sleep(2)
    engine.tell("start")
    run.ends(-signal.SIGINT, 60)
    run.nothing_left()


def hung(run, engine):
    """An engine that takes calls and never answers: three interrupts lead out all the same."""
    engine.tell("stop")
    for step in (1, 2, 3):
        run.p.send_signal(signal.SIGINT)
        run.says("SIGINT: ", 5, times=step)
        time.sleep(0.6)
    run.ends(-signal.SIGINT, 5)
    engine.tell("cont")
    run.cleaner_ends(60)
    run.nothing_left()


CASES = {f.__name__: f for f in (restarted, killed, killed_with_hi, interrupted_while_away, hung)}


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--hi", default=os.path.join(ROOT, "build/hi"))
    p.add_argument("case", nargs="?", choices=CASES)
    a = p.parse_args()
    if a.case is None:
        print("\n".join(CASES))
        return 0
    # The engine goes with us, however we end.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        with Engine() as engine:
            run = Run(os.path.abspath(a.hi), engine)
            try:
                run.says("hanging with siblings", 200)
                begun = time.monotonic()
                CASES[a.case](run, engine)
                print(f"ok, {time.monotonic() - begun:.1f} s")
            except Failed as e:
                print("FAILED:", e)
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
