#!/usr/bin/env python3
"""Kills hi at its worst moments on a real engine and counts what it leaves.

A matrix of signal x moment x target, against a suite that spawns as fast as it can, with a live run and
foreign containers, networks and volumes beside it. Moments inside hi are placed by name, in a diagnostic
build (make FAULTS=1); a fault that was asked for and not reached fails.

    tests/engine/orphans.py --hi build/hi --faults build-faults/hi [--kills 200] [--jobs 3] [--short]
"""
import argparse, concurrent.futures, itertools, os, random, re, shutil, signal, subprocess, sys, tempfile, threading, time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SIGNALS = ["INT", "TERM", "HUP", "QUIT", "KILL"]
PLACED = ["lease-taken", "cleaner-started", "cleaner-ready", "before-create", "created", "started", "following",
          "ended", "collected"]
TARGETS = ["hi", "hi+children", "cleaner", "both"]
LIMIT = 10.0


def docker(*args):
    return subprocess.run(["docker", *args], capture_output=True, text=True, timeout=120)


def lines(*args):
    return [l for l in docker(*args).stdout.split("\n") if l]


def of_run(run):
    return lines("ps", "-aq", "--filter", "label=hi.run-id=" + run) if run else []


def children(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as f:
            return [int(p) for p in f.read().split()]
    except OSError:
        return []


def is_cleaner(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as f:
            return f.read().split(b"\0")[1:2] == [b"cleaner"]
    except OSError:
        return False


def kill(pid, sig):
    try:
        os.kill(pid, sig)
    except ProcessLookupError:
        pass


def default_signals():
    for s in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGPIPE"):
        signal.signal(getattr(signal, s), signal.SIG_DFL)


class Hi:
    """A `hi run` in a checkout of its own."""

    def __init__(self, binary, base, pattern, env=None, args=()):
        self.dir = tempfile.mkdtemp(dir=base)
        self.checkout = os.path.join(self.dir, "checkout")
        shutil.copytree(os.path.join(ROOT, "tests/fixture"), self.checkout,
                        ignore=shutil.ignore_patterns("control_logs", ".hi-*"))
        self.out = open(os.path.join(self.dir, "out"), "w+")
        environment = dict(os.environ, **(env or {}))
        self.p = subprocess.Popen([binary, "run", pattern, "--format=verbose", *args], cwd=self.checkout,
                                  stdin=subprocess.DEVNULL, stdout=self.out, stderr=subprocess.STDOUT,
                                  env=environment, preexec_fn=default_signals, start_new_session=True)

    def text(self):
        with open(self.out.name, errors="replace") as f:
            return f.read()

    def run_id(self):
        m = re.search(r"run (\d{8}-\d{6}-[a-z0-9]{6})", self.text())
        if m:
            return m.group(1)
        try:
            return os.listdir(os.path.join(self.checkout, "control_logs"))[0]
        except (OSError, IndexError):
            return None

    def wait_until(self, what, deadline=120):
        end = time.monotonic() + deadline
        while time.monotonic() < end:
            if what():
                return True
            if self.p.poll() is not None:
                return what()
            time.sleep(0.05)
        return False


class Matrix:
    def __init__(self, a):
        self.a = a
        self.base = tempfile.mkdtemp(prefix="hi-orphans-")
        self.lock = threading.Lock()
        self.rows = []
        self.foreign = None
        self.touched = []

    def cell(self, sig, moment, target, pause):
        env = {"HEADSCALE_INTEGRATION_STORM": "12"}
        reached = tempfile.mktemp(dir=self.base)
        binary = self.a.hi
        if moment in PLACED:
            binary = self.a.faults
            env.update(HI_FAULT=f"{moment}:{sig}", HI_FAULT_REACHED=reached)
        pattern = "^TestFailSiblings$" if moment in ("ended", "collected") else "^TestStorm$"
        h = Hi(binary, self.base, pattern, env)
        why, run = "", None
        if moment == "storm":
            h.wait_until(lambda: len(of_run(h.run_id())) >= 3)
            time.sleep(pause)
            run = h.run_id()
            pids = children(h.p.pid)
            cleaners = [p for p in pids if is_cleaner(p)]
            others = [p for p in pids if p not in cleaners]
            number = getattr(signal, "SIG" + sig)
            if target in ("cleaner", "both"):
                for p in cleaners:
                    kill(p, signal.SIGKILL)
            if target != "cleaner":
                kill(h.p.pid, number)
            if target == "hi+children":
                for p in others:
                    kill(p, number)
            if target == "cleaner":
                # It has to start another, and that one has to do the whole removal.
                time.sleep(0.3)
                kill(h.p.pid, number)
        else:
            if not h.wait_until(lambda: os.path.exists(reached)):
                why = "the fault was not reached"
                kill(h.p.pid, signal.SIGTERM)
        at = time.monotonic()
        if sig == "KILL" and target == "both":
            h.p.wait()
            run = run or h.run_id()
            for _ in range(3):
                subprocess.run([self.a.hi, "clean", "stale"], capture_output=True, timeout=300)
                if not of_run(run):
                    break
        clean_at = None
        while time.monotonic() - at < 60:
            run = run or h.run_id()
            if of_run(run):
                clean_at = None
            elif clean_at is None:
                clean_at = time.monotonic()
            elif time.monotonic() - clean_at > 3:
                break
            time.sleep(0.2)
        try:
            h.p.wait(timeout=120)
        except subprocess.TimeoutExpired:
            why = "hi did not end"
            kill(h.p.pid, signal.SIGKILL)
        expected = -getattr(signal, "SIG" + sig)
        if not why and h.p.returncode != expected:
            why = f"hi ended with {h.p.returncode}, not {expected}"
        left = of_run(run)
        took = (clean_at or time.monotonic()) - at
        with self.lock:
            self.rows.append((sig, moment, target, len(left), took, why, run))
            bad = why or ("left behind" if left else "")
            print(f"{sig:5} {moment:16} {target:12} left {len(left):2}  {took:5.1f} s  {bad}", flush=True)
            if bad:
                print("    " + h.text()[-1500:].replace("\n", "\n    "), flush=True)
        if left:
            docker("rm", "-fv", *left)
        shutil.rmtree(h.dir, ignore_errors=True)

    def make_foreign(self):
        tag = "%06x" % random.randrange(1 << 24)
        # An unconnected one named as a test's would be taken by whichever run lived when it was made.
        net, idle, vol = f"hs-{tag}-foreign", f"hs-foreign-{tag}", f"foreign-{tag}"
        box = f"hs-foreign-{tag}"
        docker("network", "create", net)
        docker("network", "create", idle)
        docker("volume", "create", vol)
        docker("run", "-d", "--name", box, "--network", net, "-v", vol + ":/data", "hi-fixture:latest", "sleep", "100000")
        self.foreign = (box, net, idle, vol)
        return Hi(self.a.hi, self.base, "^TestHang$", {})

    def check_foreign(self, live):
        box, net, idle, vol = self.foreign
        if box not in lines("ps", "--format", "{{.Names}}"):
            self.touched.append("container " + box)
        names = lines("network", "ls", "--format", "{{.Name}}")
        self.touched += ["network " + n for n in (net, idle) if n not in names]
        if vol not in lines("volume", "ls", "-q"):
            self.touched.append("volume " + vol)
        if live.p.poll() is not None or not of_run(live.run_id()):
            self.touched.append("the live run beside it")

    @staticmethod
    def idle():
        """Networks of tests and anonymous volumes that no container uses: those of runs beside us are in use."""
        names = [n for n in lines("network", "ls", "--format", "{{.Name}}") if re.match(r"hs-[0-9a-f]{6}-(default|lonely)$", n)]
        used = [lines("network", "inspect", "--format", "{{len .Containers}}", n) for n in names]
        return ({n for n, u in zip(names, used) if u == ["0"]},
                {v for v in lines("volume", "ls", "-q", "--filter", "dangling=true") if re.match(r"[0-9a-f]{64}$", v)})

    def cells(self):
        storm = [(s, "storm", t) for s in SIGNALS for t in TARGETS if not (s != "KILL" and t in ("hi+children", "both"))]
        placed = [(s, m, "hi") for s in SIGNALS for m in PLACED]
        if self.a.short:
            some = [("INT", "storm", "hi"), ("TERM", "storm", "cleaner"), ("KILL", "storm", "hi"),
                    ("KILL", "storm", "hi+children"), ("KILL", "storm", "both"), ("KILL", "created", "hi"),
                    ("HUP", "cleaner-started", "hi"), ("QUIT", "collected", "hi")]
            return [(*c, random.uniform(0, 1)) for c in some]
        every = placed + storm + storm
        # Of each kind some, however few there are to be.
        random.shuffle(every)
        return [(*c, random.uniform(0, 4)) for c in itertools.islice(itertools.cycle(every), self.a.kills)]

    def main(self):
        before = self.idle()
        live = self.make_foreign()
        try:
            live.wait_until(lambda: of_run(live.run_id()))
            with concurrent.futures.ThreadPoolExecutor(self.a.jobs) as pool:
                for f in [pool.submit(self.cell, *c) for c in self.cells()]:
                    f.result()
            self.check_foreign(live)
        finally:
            kill(live.p.pid, signal.SIGTERM)
            live.p.wait(timeout=120)
            box, net, idle, vol = self.foreign
            docker("rm", "-fv", box)
            docker("network", "rm", net, idle)
            docker("volume", "rm", vol)
        # A cleaner whose owner was killed listens for 15 s more.
        end = time.monotonic() + 40
        while True:
            nets, volumes = (sorted(now - was) for now, was in zip(self.idle(), before))
            if not nets + volumes or time.monotonic() > end:
                break
            time.sleep(0.5)
        left = sum(r[3] for r in self.rows)
        bad = [r for r in self.rows if r[5]]
        worst = max(r[4] for r in self.rows)
        shutil.rmtree(self.base, ignore_errors=True)
        print()
        print("| kills | containers left | networks left | volumes left | worst time to clean | foreign things touched | faults not "
              "reached, wrong ends |")
        print("|---|---|---|---|---|---|---|")
        print(f"| {len(self.rows)} | {left} | {len(nets)} | {len(volumes)} | {worst:.1f} s | {len(self.touched)} | {len(bad)} |")
        for t in self.touched:
            print("touched:", t)
        for n in nets:
            print("network left:", n)
        for v in volumes:
            print("volume left:", v)
        return 1 if left or nets or volumes or self.touched or bad else 0


if __name__ == "__main__":
    p = argparse.ArgumentParser()
    p.add_argument("--hi", default=os.path.join(ROOT, "build/hi"), type=os.path.abspath)
    p.add_argument("--faults", default=os.path.join(ROOT, "build-faults/hi"), type=os.path.abspath)
    p.add_argument("--kills", type=int, default=200)
    p.add_argument("--jobs", type=int, default=3)
    p.add_argument("--short", action="store_true")
    sys.exit(Matrix(p.parse_args()).main())
