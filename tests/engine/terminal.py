#!/usr/bin/env python3
"""hi at a terminal, in a pipe, under timeout and nohup: each case does what a Unix user would
do, on a real engine, and checks how hi ends and that nothing of the run is left.

    tests/engine/terminal.py --hi build/hi CASE      (no CASE: lists them)
"""
import argparse, os, pty, re, select, shutil, signal, subprocess, sys, tempfile, time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def fail(why):
    print("FAILED:", why)
    sys.exit(1)


def default_signals():
    for s in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGPIPE", "SIGTSTP"):
        signal.signal(getattr(signal, s), signal.SIG_DFL)


class Session:
    def __init__(self, hi):
        self.hi = hi
        self.dir = tempfile.mkdtemp(prefix="hi-terminal-")
        self.checkout = os.path.join(self.dir, "checkout")
        shutil.copytree(os.path.join(ROOT, "tests/fixture"), self.checkout, ignore=shutil.ignore_patterns("control_logs", ".hi-*"))
        self.text = b""
        self.master = None

    def at_terminal(self, *argv):
        """Runs argv as a login shell's foreground job would run."""
        pid, self.master = pty.fork()
        if pid == 0:
            default_signals()
            os.chdir(self.checkout)
            os.environ["TERM"] = "xterm"
            os.execvp(argv[0], argv)
        self.pid = pid
        return pid

    def read(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if select.select([self.master], [], [], 0.1)[0]:
                try:
                    self.text += os.read(self.master, 65536)
                except OSError:
                    return

    def runs(self):
        try:
            # Beside them there may be the history of the tests that had begun.
            return sorted(n for n in os.listdir(os.path.join(self.checkout, "control_logs")) if n != "history.tsv")
        except OSError:
            return []

    def containers(self):
        ids = []
        for r in self.runs():
            ids += subprocess.run(["docker", "ps", "-aq", "--filter", "label=hi.run-id=" + r], capture_output=True,
                                  text=True).stdout.split()
        return ids

    def wait_containers(self, n, deadline=90):
        end = time.monotonic() + deadline
        while time.monotonic() < end:
            if self.master is not None:
                self.read(0.1)
            if len(self.containers()) >= n:
                return
            time.sleep(0.1)
        fail(f"{n} containers did not come up:\n" + self.text.decode(errors="replace")[-2000:])

    def status(self, pid, deadline=60):
        end = time.monotonic() + deadline
        while time.monotonic() < end:
            if self.master is not None:
                self.read(0.1)
            got, status = os.waitpid(pid, os.WNOHANG)
            if got:
                return status
            time.sleep(0.05)
        fail("it did not end:\n" + self.text.decode(errors="replace")[-2000:])

    def nothing_left(self, deadline=30):
        end = time.monotonic() + deadline
        while self.containers():
            if time.monotonic() > end:
                fail("containers are left: " + " ".join(self.containers()))
            time.sleep(0.2)

    def died_of(self, status, sig):
        if not os.WIFSIGNALED(status) or os.WTERMSIG(status) != sig:
            fail(f"status {status:#x}, not a death of signal {sig}:\n" + self.text.decode(errors="replace")[-2000:])

    def start(self, *argv, **more):
        p = subprocess.Popen(argv, cwd=self.checkout, stdin=subprocess.DEVNULL, start_new_session=True,
                             **{"preexec_fn": default_signals, "stderr": subprocess.STDOUT,
                                "stdout": subprocess.DEVNULL, **more})
        return p


def state(pid):
    with open(f"/proc/{pid}/stat") as f:
        return f.read().rsplit(")", 1)[1].split()[0]


def ctrl_c(s):
    pid = s.at_terminal(s.hi, "run", "^TestHang$")
    s.wait_containers(1)
    s.read(1)
    os.write(s.master, b"\x03")
    s.died_of(s.status(pid), signal.SIGINT)
    s.nothing_left()


def ctrl_c_in_a_loop(s):
    pid = s.at_terminal("bash", "-c", f"for i in 1 2 3; do {s.hi} run '^TestHang$'; done")
    s.wait_containers(1)
    s.read(1)
    os.write(s.master, b"\x03")
    s.status(pid)
    s.nothing_left()
    if len(s.runs()) != 1:
        fail(f"the loop went on: {s.runs()}")


def ctrl_z(s):
    pid = s.at_terminal("bash", "-i")
    s.read(0.5)
    os.write(s.master, f"{s.hi} run --format=verbose '^TestSleepA$'; echo ended=$?\n".encode())
    s.wait_containers(1)
    os.write(s.master, b"\x1a")
    end = time.monotonic() + 20
    while b"Stopped" not in s.text and time.monotonic() < end:
        s.read(0.2)
    if b"Stopped" not in s.text:
        fail("Ctrl-Z did not stop it: " + s.text.decode(errors="replace")[-1500:])
    if not s.containers():
        fail("the run did not go on while hi was stopped")
    os.write(s.master, b"fg; echo after=$?\n")
    end = time.monotonic() + 60
    while b"after=0" not in s.text and time.monotonic() < end:
        s.read(0.2)
    if b"after=0" not in s.text:
        fail("it did not go on to pass: " + s.text.decode(errors="replace")[-1500:])
    os.write(s.master, b"exit\n")
    s.status(pid)
    s.nothing_left()


def terminal_goes_away(s):
    pid = s.at_terminal(s.hi, "run", "^TestHang$")
    s.wait_containers(1)
    os.close(s.master)
    s.master = None
    s.died_of(s.status(pid), signal.SIGHUP)
    s.nothing_left()


def under_timeout(s):
    p = s.start("timeout", "8", s.hi, "run", "^TestHang$")
    if p.wait(90) != 124:
        fail(f"timeout ended with {p.returncode}")
    s.nothing_left()


def under_nohup(s):
    p = s.start("nohup", s.hi, "run", "^TestHang$")
    s.wait_containers(1)
    p.send_signal(signal.SIGHUP)
    time.sleep(1)
    if p.poll() is not None:
        fail("a HUP that was ignored ended it")
    p.send_signal(signal.SIGTERM)
    if p.wait(60) != -signal.SIGTERM:
        fail(f"it ended with {p.returncode}")
    s.nothing_left()


def background_job(s):
    def no_interrupts():
        default_signals()
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    p = s.start(s.hi, "run", "^TestHang$", preexec_fn=no_interrupts)
    s.wait_containers(1)
    p.send_signal(signal.SIGINT)
    time.sleep(1)
    if p.poll() is not None:
        fail("an INT that was ignored ended it")
    p.send_signal(signal.SIGQUIT)
    if p.wait(60) != -signal.SIGQUIT:
        fail(f"it ended with {p.returncode}")
    s.nothing_left()


def into_head(s):
    p = s.start("bash", "-o", "pipefail", "-c", f"{s.hi} run '^TestHang$' | head -1")
    if p.wait(90) != 128 + signal.SIGPIPE:
        fail(f"the pipeline ended with {p.returncode}")
    s.nothing_left()


def stalled_reader(s):
    p = s.start(s.hi, "run", "^TestLog$", stdout=subprocess.PIPE, env=dict(os.environ, HEADSCALE_INTEGRATION_LOG_LINES="50000"))
    # Nobody reads: the test has to end, and its containers to go, all the same.
    end = time.monotonic() + 90
    while time.monotonic() < end:
        logs = [os.path.join(s.checkout, "control_logs", r, "go-test.json") for r in s.runs()]
        if logs and os.path.exists(logs[0]) and b'"Action":"pass","Package":"example.com/fixture/integration","Test":"TestLog"' in open(logs[0], "rb").read():
            break
        time.sleep(0.2)
    else:
        fail("the test did not end")
    s.nothing_left()
    p.send_signal(signal.SIGTERM)
    p.stdout.close()
    p.wait(60)


def stalled_reader_and_term(s):
    p = s.start(s.hi, "run", "^TestStorm$", stdout=subprocess.PIPE, env=dict(os.environ, HEADSCALE_INTEGRATION_STORM="5"))
    s.wait_containers(3)
    p.send_signal(signal.SIGTERM)
    if p.wait(60) != -signal.SIGTERM:
        fail(f"it ended with {p.returncode}")
    p.stdout.close()
    s.nothing_left()


CASES = {f.__name__: f for f in (ctrl_c, ctrl_c_in_a_loop, ctrl_z, terminal_goes_away, under_timeout, under_nohup,
                                 background_job, into_head, stalled_reader, stalled_reader_and_term)}

if __name__ == "__main__":
    p = argparse.ArgumentParser()
    p.add_argument("--hi", default=os.path.join(ROOT, "build/hi"))
    p.add_argument("case", nargs="?")
    a = p.parse_args()
    if a.case is None:
        print("\n".join(CASES))
        sys.exit(0)
    session = Session(os.path.abspath(a.hi))
    try:
        CASES[a.case](session)
    finally:
        left = session.containers()
        if left:
            subprocess.run(["docker", "rm", "-fv", *left], capture_output=True)
        shutil.rmtree(session.dir, ignore_errors=True)
    print("ok")
