#!/usr/bin/env python3
"""A container engine of a test's own, which may be restarted, killed and stopped: dockerd of this machine, or a kind of
which scripts/engine-root makes the root directory.

It has its own configuration, socket and data, and its own mount, network, host name and process namespaces: whatever
becomes of the test, all of it ends with its first process, which ends with its standard input. It sees /tmp, TMPDIR and
this checkout at their own paths. Needs root, or sudo without a password.

    with Engine() as engine:        raises Refused, in words, where this machine does not allow it
        engine.docker("ps")
        engine.tell("term"); engine.tell("start")

HI_ENGINE=docker-28 in the environment is the kind where none is given. With hide, engine.hidden is a directory where it
sees something else than we do.

tell: term and kill end the engine, start starts it again and waits until it answers, stop and cont are SIGSTOP and SIGCONT.

    tests/engine/engine.py KIND COMMAND...    runs the command with DOCKER_HOST set to such an engine, and its docker in PATH

A kind is a name out of KINDS; docker-28+docker-20 is that engine with another one's docker command.
"""
import contextlib, glob, json, os, shutil, signal, subprocess, sys, tempfile, time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
IMAGES = ["hi-fixture:latest", "golang:1.21.0"]
CACHE = "hs-integration-go-build-cache"
NAMESPACES = ["unshare", "--mount", "--net", "--uts", "--pid", "--fork", "--kill-child", "--mount-proc"]
# What scripts/engine-root calls it; "machine" is what is installed here, "userns" the same with remapped ids. Of 29 there
# is the client alone.
KINDS = {"machine": None, "userns": None, "docker-20": "bookworm", "docker-26": "trixie", "docker-28": "sid",
         "docker-28-containerd": "sid", "rootless-28": "sid", "podman-5": "sid", "docker-29": "client-29"}
# Nobody on this machine; in the root directories the user of the rootless engine.
USER = 27182
CAP_SYS_RESOURCE = 24


class Refused(Exception):
    pass


def root_of(kind):
    if KINDS[kind] is None:
        return None
    made = subprocess.run([os.path.join(ROOT, "scripts/engine-root"), KINDS[kind]], stdout=subprocess.PIPE, text=True)
    if made.returncode != 0:
        raise Refused(f"no {KINDS[kind]}")
    return made.stdout.strip()


def write(path, text, mode=0o644):
    with open(path, "w") as f:
        f.write(text)
    os.chmod(path, mode)


class Engine:
    def __init__(self, kind=None, hide=False):
        self.kind, _, client = (kind or os.environ.get("HI_ENGINE", "machine")).partition("+")
        sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
        if sudo and shutil.which("sudo") is None:
            raise Refused("needs root for an engine of its own")
        if subprocess.run([*sudo, *NAMESPACES, "true"], capture_output=True).returncode != 0:
            raise Refused("unshare is refused: not root, or a container without the right")
        self.root = root_of(self.kind)
        if self.root is None and shutil.which("dockerd") is None:
            raise Refused("there is no dockerd here")
        self.uid = USER if self.kind.startswith("rootless") else 0
        # Short: the path of a socket has at most 107 bytes.
        self.dir = tempfile.mkdtemp(prefix="hi-engine-", dir="/tmp")
        os.chmod(self.dir, 0o755)
        self.socket = os.path.join(self.dir, "docker.sock")
        self.cgroup = "libpod_parent" if self.kind.startswith("podman") else os.path.basename(self.dir)
        self.hidden = os.path.join(self.dir, "hidden")
        if hide:
            os.mkdir(self.hidden)
        self.env = dict(os.environ, DOCKER_HOST="unix://" + self.socket, HI_ENGINE=self.kind)
        self.env.pop("DOCKER_CONTEXT", None)
        if kind is not None:
            self.env["PATH"] = self.client(client or self.kind) + ":" + self.env["PATH"]
        if self.uid != 0:
            os.chown(self.dir, self.uid, self.uid)
        self.configure()
        self.p = subprocess.Popen([*sudo, *NAMESPACES, sys.executable, os.path.abspath(__file__), "--serve", self.dir],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def configure(self):
        runtime = os.path.join(self.dir, "runtime")
        conf = {"data-root": f"{self.dir}/data", "exec-root": f"{self.dir}/exec", "pidfile": f"{self.dir}/pid",
                "hosts": ["unix://" + self.socket], "group": str(os.getgid()), "cgroup-parent": "/" + self.cgroup}
        if self.root is None:
            conf.update(self.like_the_machines())
            if self.kind == "userns":
                conf["userns-remap"] = "nobody:nogroup"
        elif self.uid == 0:
            # Where this machine's root has not every capability, neither can a privileged container.
            write(runtime, '#!/bin/sh\nfor a; do\n\t[ "$was" != --bundle ] ||\n\t\tsed -i '
                  """'s/"CAP_SYS_RESOURCE",//g' "$a/config.json"\n\twas=$a\ndone\nexec runc "$@"\n""", 0o755)
            with open("/proc/self/status") as f:
                bounding = next(int(l.split()[1], 16) for l in f if l.startswith("CapBnd"))
            if not bounding >> CAP_SYS_RESOURCE & 1:
                conf.update({"runtimes": {"hi": {"path": runtime}}, "default-runtime": "hi"})
        else:
            conf["group"] = str(self.uid)
            del conf["cgroup-parent"]
        if self.kind.endswith("-containerd"):
            conf["features"] = {"containerd-snapshotter": True}
        command = ["dockerd", "--config-file", f"{self.dir}/conf.json"]
        if self.uid != 0:
            command = ["setpriv", f"--reuid={self.uid}", f"--regid={self.uid}", "--clear-groups",
                       "env", f"HOME={self.dir}/home", f"XDG_RUNTIME_DIR={self.dir}/run", "rootlesskit",
                       f"--state-dir={self.dir}/run/rootlesskit", "--net=slirp4netns", "--mtu=65520", "--disable-host-loopback",
                       "--port-driver=builtin", "--copy-up=/etc", "--copy-up=/run", "--propagation=rslave",
                       *command, "--rootless"]
            for name in ("home", "run"):
                os.mkdir(f"{self.dir}/{name}")
                os.chown(f"{self.dir}/{name}", self.uid, self.uid)
        elif self.kind.startswith("podman"):
            write(f"{self.dir}/containers.conf", f'[engine]\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\n'
                  f'runtime = "hi"\ntmp_dir = "{self.dir}/run"\n[engine.runtimes]\nhi = ["{runtime}"]\n')
            write(f"{self.dir}/storage.conf", f'[storage]\ndriver = "overlay"\ngraphroot = "{self.dir}/data"\n'
                  f'runroot = "{self.dir}/exec"\n')
            command = ["env", f"CONTAINERS_CONF={self.dir}/containers.conf", f"CONTAINERS_STORAGE_CONF={self.dir}/storage.conf",
                       "podman", "system", "service", "--time=0", "unix://" + self.socket]
        self.conf = conf
        write(f"{self.dir}/conf.json", json.dumps(conf))
        write(f"{self.dir}/serve.json", json.dumps({"command": command, "root": self.root, "kind": self.kind, "uid": self.uid,
                                                   "see": sorted({ROOT, "/tmp", tempfile.gettempdir()})}))

    def like_the_machines(self):
        """What the machine's own engine runs with is what runs here."""
        try:
            said = subprocess.run(["docker", "info", "--format", "{{json .}}"], capture_output=True, text=True, timeout=20)
        except subprocess.TimeoutExpired:
            raise Refused("the machine's own engine does not answer")
        if said.returncode != 0:
            raise Refused("the machine has no engine: " + said.stderr.strip())
        info = json.loads(said.stdout)
        runtimes = {k: v for k, v in info["Runtimes"].items() if k.startswith(info["DefaultRuntime"]) and "runc" != k
                    and "." not in k}
        conf = {"storage-driver": info["Driver"]}
        if info["DefaultRuntime"] in runtimes:
            path = runtimes[info["DefaultRuntime"]]["path"]
            conf.update({"runtimes": {info["DefaultRuntime"]: {"path": path}}, "default-runtime": info["DefaultRuntime"]})
        if int(info["ServerVersion"].split(".")[0]) < 23:
            # Where an engine of that age keeps its id, which would be the machine's.
            conf["deprecated-key-path"] = f"{self.dir}/key.json"
        return conf

    def __enter__(self):
        try:
            self.tell("start")
            save = subprocess.Popen(["docker", "save", *IMAGES], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            load = subprocess.run(["docker", "load"], stdin=save.stdout, capture_output=True, env=self.env)
            save.stdout.close()
            if save.wait() != 0 or load.returncode != 0:
                subprocess.run([os.path.join(ROOT, "scripts/prepare-demo")], env=self.env, check=True)
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
                           env=self.env, timeout=180)
        except subprocess.TimeoutExpired:
            give.kill()
        give.stdout.close()
        give.wait()

    def tell(self, word):
        self.p.stdin.write(word + "\n")
        self.p.stdin.flush()
        said = self.p.stdout.readline().strip()
        if said != "done":
            raise Refused(f"{self.kind} does not {word}: {said}")

    def restart(self, settings):
        """Starts it anew, with these settings besides its own."""
        write(f"{self.dir}/conf.json", json.dumps({**self.conf, **settings}))
        self.tell("term")
        self.tell("start")

    def docker(self, *args):
        p = subprocess.run(["docker", *args], env=self.env, capture_output=True, text=True, timeout=60)
        return [l for l in p.stdout.split("\n") if l]

    def client(self, kind):
        """A directory with the docker command of a kind, for PATH; it brings its own libraries."""
        if kind == "docker-29":
            return root_of("docker-29")
        root, path = root_of(kind), os.path.join(self.dir, "client")
        if root is None:
            return os.path.dirname(shutil.which("docker"))
        os.mkdir(path)
        linker = glob.glob(root + "/lib*/ld-linux-*.so.*")[0]
        libraries = ":".join(glob.glob(root + "/usr/lib/*-linux-gnu*"))
        write(path + "/docker", f'#!/bin/sh\nexec {linker} --library-path {libraries} {root}/usr/bin/docker "$@"\n', 0o755)
        return path

    def close(self):
        self.p.stdin.close()
        try:
            self.p.wait(30)
        finally:
            shutil.rmtree(self.dir, ignore_errors=True)
            # Bottom up; one that another engine uses refuses.
            for path, _, _ in (w for top in glob.glob("/sys/fs/cgroup/*/" + self.cgroup) for w in os.walk(top, topdown=False)):
                with contextlib.suppress(OSError):
                    os.rmdir(path)

    def __exit__(self, *_):
        self.close()


def mount(*args):
    subprocess.run(["mount", *args], check=True)


def enter(base, conf):
    """Makes the root directory of that kind ours: its own, with what this machine's tests must see, in a layer on top."""
    new = os.path.join(base, "root")
    for name in ("root", "upper", "work"):
        os.mkdir(os.path.join(base, name))
    mount("-t", "overlay", "overlay", "-o", f"lowerdir={conf['root']},upperdir={base}/upper,workdir={base}/work", new)
    if conf["uid"] != 0:
        for name, line in (("passwd", "hi:x:{0}:{0}::/:/bin/sh"), ("group", "hi:x:{0}:"), ("subuid", "hi:100000:65536"),
                           ("subgid", "hi:100000:65536")):
            with open(f"{new}/etc/{name}", "a") as f:
                f.write(line.format(conf["uid"]) + "\n")
    for path in [*conf["see"], "/dev", "/proc"]:
        os.makedirs(new + path, exist_ok=True)
        mount("--rbind", path, new + path)
    mount("-t", "sysfs", "sysfs", new + "/sys")
    mount("--rbind", "/sys/fs/cgroup", new + "/sys/fs/cgroup")
    mount("-t", "tmpfs", "tmpfs", new + "/run")
    # Devices that only root may use here.
    mount("-t", "tmpfs", "tmpfs", new + "/dev/net")
    os.umask(0)
    os.mknod(new + "/dev/net/tun", 0o020666, os.makedev(10, 200))
    os.umask(0o022)
    os.mkdir(new + "/.old")
    os.chdir(new)
    subprocess.run(["pivot_root", ".", ".old"], check=True)
    os.chdir("/")
    subprocess.run(["umount", "--lazy", "/.old"], check=True)
    os.environ["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin"


def serve(base):
    """The first process of the namespaces: its end is the end of all."""
    for s in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(s, signal.SIG_IGN)
    with open(os.path.join(base, "serve.json")) as f:
        conf = json.load(f)
    subprocess.run(["hostname", conf["kind"]], check=True)
    if conf["root"] is not None:
        enter(base, conf)
    else:
        # Not the containerd of the machine's engine.
        if os.path.isdir("/run/containerd"):
            mount("-t", "tmpfs", "tmpfs", "/run/containerd")
        for name in ("subuid", "subgid") if conf["kind"] == "userns" else ():
            write(os.path.join(base, name), "nobody:300000:65536\nnogroup:300000:65536\n")
            mount("--bind", os.path.join(base, name), "/etc/" + name)
    subprocess.run(["ip", "link", "set", "lo", "up"], capture_output=True)
    if os.path.exists(os.path.join(base, "hidden")):
        mount("-t", "tmpfs", "tmpfs", os.path.join(base, "hidden"))
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
            p = subprocess.Popen(conf["command"], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
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


def main():
    if sys.argv[1:2] == ["--serve"]:
        serve(sys.argv[2])
        return 0
    if len(sys.argv) < 3 or not set(sys.argv[1].split("+")) <= set(KINDS):
        sys.exit(__doc__)
    # The engine goes with us, however we end.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        with Engine(sys.argv[1]) as engine:
            return subprocess.run(sys.argv[2:], env=engine.env).returncode
    except Refused as e:
        print(e, file=sys.stderr)
        return 77


if __name__ == "__main__":
    sys.exit(main())
