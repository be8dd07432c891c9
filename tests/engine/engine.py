#!/usr/bin/env python3
"""A second Docker engine of a test's own, that may be restarted, killed and stopped.

It has its own configuration, socket, data, and its own mount, network and process namespaces: whatever becomes of
the test, all of it ends with its first process, which ends with its standard input. Needs root, or sudo without a password.

    with Engine() as engine:        raises Refused, in words, where this machine does not allow it
        engine.docker("ps")
        engine.tell("term"); engine.tell("start")

With hide, engine.hidden is a directory where it sees something else than we do.

tell: term and kill end dockerd, start starts it again and waits until it answers, stop and cont are SIGSTOP and SIGCONT.
"""
import json, os, shutil, signal, subprocess, sys, tempfile, time

IMAGES = ["hi-fixture:latest", "golang:1.21.0"]
CACHE = "hs-integration-go-build-cache"
NAMESPACES = ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc"]


class Refused(Exception):
    pass


class Engine:
    def __init__(self, hide=False):
        sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
        if shutil.which("dockerd") is None:
            raise Refused("there is no dockerd here")
        if subprocess.run([*sudo, *NAMESPACES, "true"], capture_output=True).returncode != 0:
            raise Refused("unshare is refused: not root, or a container without the right")
        # Short: the path of a socket has at most 107 bytes.
        self.dir = tempfile.mkdtemp(prefix="hi-engine-", dir="/tmp")
        self.socket = os.path.join(self.dir, "docker.sock")
        self.hidden = os.path.join(self.dir, "hidden")
        if hide:
            os.mkdir(self.hidden)
        self.env = dict(os.environ, DOCKER_HOST="unix://" + self.socket)
        self.env.pop("DOCKER_CONTEXT", None)
        self.configure()
        self.p = subprocess.Popen([*sudo, *NAMESPACES, sys.executable, os.path.abspath(__file__), "--serve", self.dir],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def configure(self):
        # What the machine's own engine runs with is what runs here.
        try:
            said = subprocess.run(["docker", "info", "--format", "{{json .}}"], capture_output=True, text=True, timeout=20)
        except subprocess.TimeoutExpired:
            raise Refused("the machine's own engine does not answer")
        if said.returncode != 0:
            raise Refused("the machine has no engine: " + said.stderr.strip())
        info = json.loads(said.stdout)
        runtimes = {k: v for k, v in info["Runtimes"].items() if k.startswith(info["DefaultRuntime"]) and "runc" != k
                    and "." not in k}
        conf = {"data-root": f"{self.dir}/data", "exec-root": f"{self.dir}/exec", "pidfile": f"{self.dir}/pid",
                "hosts": ["unix://" + self.socket], "storage-driver": info["Driver"], "group": str(os.getgid())}
        if info["DefaultRuntime"] in runtimes:
            path = runtimes[info["DefaultRuntime"]]["path"]
            conf.update({"runtimes": {info["DefaultRuntime"]: {"path": path}}, "default-runtime": info["DefaultRuntime"]})
        if int(info["ServerVersion"].split(".")[0]) < 23:
            # Where an engine of that age keeps its id, which would be the machine's.
            conf["deprecated-key-path"] = f"{self.dir}/key.json"
        with open(os.path.join(self.dir, "conf.json"), "w") as f:
            json.dump(conf, f)

    def __enter__(self):
        try:
            self.tell("start")
            save = subprocess.Popen(["docker", "save", *IMAGES], stdout=subprocess.PIPE)
            subprocess.run(["docker", "load"], stdin=save.stdout, stdout=subprocess.DEVNULL, env=self.env, check=True)
            save.stdout.close()
            if save.wait() != 0:
                raise Refused("the machine's engine does not have " + " and ".join(IMAGES))
            self.warm()
        except BaseException:
            self.close()
            raise
        return self

    def warm(self):
        """What the runner would compile anew is taken from the machine's engine."""
        tar = ["-v", CACHE + ":/cache", IMAGES[1], "tar", "-C", "/cache"]
        give = subprocess.Popen(["docker", "run", "--rm", *tar, "-c", "."], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        try:
            subprocess.run(["docker", "run", "--rm", "-i", *tar, "-x"], stdin=give.stdout, capture_output=True,
                           env=self.env, timeout=60)
        except subprocess.TimeoutExpired:
            give.kill()
        give.stdout.close()
        give.wait()

    def tell(self, word):
        self.p.stdin.write(word + "\n")
        self.p.stdin.flush()
        said = self.p.stdout.readline().strip()
        if said != "done":
            raise Refused(f"dockerd does not {word}: {said}")

    def docker(self, *args):
        p = subprocess.run(["docker", *args], env=self.env, capture_output=True, text=True, timeout=60)
        return [l for l in p.stdout.split("\n") if l]

    def close(self):
        self.p.stdin.close()
        try:
            self.p.wait(30)
        finally:
            shutil.rmtree(self.dir, ignore_errors=True)

    def __exit__(self, *_):
        self.close()


def serve(base):
    """The first process of the namespaces: its end is the end of all."""
    for s in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(s, signal.SIG_IGN)
    subprocess.run(["ip", "link", "set", "lo", "up"], capture_output=True)
    if os.path.exists(os.path.join(base, "hidden")):
        subprocess.run(["mount", "-t", "tmpfs", "none", os.path.join(base, "hidden")], check=True)
        # A checkout's path that exists there, too, and holds another one.
        os.makedirs(os.path.join(base, "hidden/checkout/integration"))
    socket = os.path.join(base, "docker.sock")
    log = open(os.path.join(base, "log"), "a")
    p = None

    def end(sig, seconds):
        if p is None:
            return
        p.send_signal(sig)
        try:
            p.wait(seconds)
        except subprocess.TimeoutExpired:
            p.kill()
            p.wait()

    def reap_orphans():
        # A dead containerd that nobody reaped counts as one that lives.
        end_at = time.monotonic() + 1
        while time.monotonic() < end_at:
            try:
                if os.waitpid(-1, os.WNOHANG)[0] == 0:
                    time.sleep(0.05)
            except ChildProcessError:
                return

    for line in sys.stdin:
        word, said = line.strip(), "done"
        if word == "start":
            reap_orphans()
            for stale in ("pid", "docker.sock"):
                if os.path.exists(os.path.join(base, stale)):
                    os.unlink(os.path.join(base, stale))
            p = subprocess.Popen(["dockerd", "--config-file", os.path.join(base, "conf.json")], stdin=subprocess.DEVNULL,
                                 stdout=log, stderr=log,
                                 preexec_fn=lambda: [signal.signal(s, signal.SIG_DFL)
                                                     for s in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM)])
            end_at = time.monotonic() + 40
            while subprocess.run(["docker", "-H", "unix://" + socket, "version"], capture_output=True).returncode != 0:
                if p.poll() is not None or time.monotonic() > end_at:
                    log.flush()
                    with open(log.name) as f:
                        said = f.read()[-400:].replace("\n", " ")
                    break
                time.sleep(0.1)
        elif word == "term":
            end(signal.SIGTERM, 30)
        elif word == "kill":
            end(signal.SIGKILL, 5)
        elif word == "stop":
            p.send_signal(signal.SIGSTOP)
        elif word == "cont":
            p.send_signal(signal.SIGCONT)
        print(said, flush=True)
    # What it mounted goes with the namespace, which is not shared.
    if p is not None and p.poll() is None:
        p.send_signal(signal.SIGCONT)
        end(signal.SIGTERM, 15)
    for name in os.listdir(base):
        subprocess.run(["umount", "-l", os.path.join(base, name)], capture_output=True)
        shutil.rmtree(os.path.join(base, name), ignore_errors=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        serve(sys.argv[2])
    else:
        sys.exit(__doc__)
