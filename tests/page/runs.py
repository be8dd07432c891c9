"""Run directories as hi and headscale's tests leave them, made up: what the page is tried on."""
import json
import pathlib
from datetime import datetime, timedelta, timezone

BEGAN = datetime(2026, 11, 28, 6, 0, 0, tzinfo=timezone.utc)
PACKAGE = "github.com/juanfont/headscale/integration"


def rfc(at, digits=3):
    when = BEGAN + timedelta(seconds=at)
    return when.strftime("%Y-%m-%dT%H:%M:%S.") + f"{when.microsecond:06d}"[:digits] + "Z"


class Run:
    def __init__(self, path, **members):
        self.dir = pathlib.Path(path)
        self.dir.mkdir(parents=True, exist_ok=True)
        self.stream, self.engine, self.stats = [], [], ["time,container,kind,memory_mb,cpu_percent"]
        self.tests, self.memory = [], []
        self.summary = {"schema": 1, "finished": True, "run_id": self.dir.name,
            "pattern": "^TestPingAllByIP$",
                        "verdict": "failed", "sentence": "1 of 1 tests failed", "exit_code": 1,
                        "ending": "normal",
                        "signal": None, "why": None, "started": rfc(0), "ended": rfc(60),
                        "hi_version": "0.1.0",
                        "go_version": "1.26", "image": "golang:1.26", "engine": "29.0.1", "postgres": False,
                        "kept": False,
                        "counts": {"passed": 0, "failed": 1, "skipped": 0, "unfinished": 0},
                        "subtests": {"passed": 0, "failed": 0, "skipped": 0, "unfinished": 0},
                        "removed": {"containers": 14, "networks": 1, "volumes": 12, "images": 0},
                        "missing": [],
                        "triage": None, "triage_text": None, **members}

    def event(self, at, action, test=None, **more):
        self.stream.append({"Time": rfc(at, 6), "Action": action, "Package": PACKAGE,
                            **({"Test": test} if test is not None else {}), **more})

    def test(self, name, begin, end, result="passed", paused=(), **more):
        self.event(begin, "run", name)
        for a, b in paused:
            self.event(a, "pause", name)
            self.event(b, "cont", name)
        if "message" in more:
            place = f"{more['file'].rsplit('/')[-1]}:{more['line']}"
            more.setdefault("excerpt", f"    {place}: {more['message']}\n")
            self.event(end - 0.5, "output", name, Output=f"    {place}: {more['message']}\n")
        if result != "unfinished":
            self.event(end, {"passed": "pass", "failed": "fail", "skipped": "skip"}[result], name,
                Elapsed=end - begin)
        self.tests.append({"package": PACKAGE, "name": name, "result": result,
            "seconds": round(end - begin, 3),
                           "started": rfc(begin), "ended": None if result == "unfinished" else rfc(end),
                           **more})

    def container(self, name, kind, moments, log=None, limit=0, peak=None):
        """moments: (seconds, action[, exit code])"""
        for at, action, *code in moments:
            attributes = {"hi.run-id": self.summary["run_id"], "hi.test-type": kind, "image": kind,
                "name": name}
            if code:
                attributes["exitCode"] = str(code[0])
            self.engine.append((at, {"Type": "container", "Action": action, "scope": "local",
                                     "Actor": {"ID": f"{abs(hash(name)):064x}"[:64],
                                     "Attributes": attributes},
                                     "time": int((BEGAN + timedelta(seconds=at)).timestamp()),
                                     "timeNano": int((BEGAN +
                                     timedelta(seconds=at)).timestamp() * 1000) * 1000000}))
        begin, end = moments[0][0], moments[-1][0]
        peak = peak or 60
        at, mb = begin, 12.0
        quoted = '"' + name.replace('"', '""') + '"' if any(c in name for c in ',"\n') else name
        while at < end:
            mb += (peak - mb) * 0.12
            self.stats.append(f"{rfc(at)},{quoted},{kind},{mb:.2f},{20 + 15 * ((at * 7) % 5):.2f}")
            at += 1
        self.memory.append({"name": name, "kind": kind, "min_mb": 12.0, "avg_mb": peak * 0.8,
            "max_mb": round(mb, 1),
                            "max_at": rfc(end), "avg_cpu": 35.0, "max_cpu": 80.0, "limit_mb": limit,
                            "over": bool(limit and mb > limit), "oom": any(m[1] == "oom" for m in moments),
                            "restarts": max(0, sum(m[1] == "start" for m in moments) - 1)})
        if log is not None:
            self.file(name + ".stdout.log", "")
            self.file(name + ".stderr.log", log)

    def file(self, name, text):
        path = self.dir / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", errors="surrogateescape")

    def write(self):
        self.file("go-test.json", "".join(json.dumps(e, separators=(",", ":")) + "\n" for e in self.stream))
        self.file("events.json", "".join(json.dumps(e) + "\n" for _,
            e in sorted(self.engine, key=lambda e: e[0])))
        self.file("stats.csv", "\n".join(self.stats) + "\n")
        self.file("runner.log", "")
        self.file("summary.md", "")
        self.file("junit.xml", "<testsuites/>\n")
        self.summary.update(seconds=60.0, memory=self.memory, leaks=self.summary.get("leaks", []),
            tests=self.tests,
                            packages=[{"package": PACKAGE, "result": "failed", "seconds": 55.0,
                            "parent": True}])
        self.file("summary.json", json.dumps(self.summary) + "\n")
        return self.dir


def server_log(begin, end, errors=()):
    """errors: (seconds, words)"""
    lines = [(begin + i * 0.25, "INF", f"update sent node.id={i % 12} change=policy")
        for i in range(int((end - begin) * 4))]
    lines += [(at, "ERR", words) for at, words in errors]
    return "".join(f"{rfc(at, 0).replace('.Z', 'Z')} {level} {words}\n" for at, level, words in sorted(lines))


def client_log(begin, end, errors=()):
    lines = [(begin + i * 0.5, f"magicsock: disco: node [{i:04x}] now using 172.18.0.{i % 13 + 2}:41641")
             for i in range(int((end - begin) * 2))] + list(errors)
    return "".join(f"{rfc(at, 0)[:19].replace('-', '/').replace('T', ' ')} {words}\n" for at,
        words in sorted(lines))


def failed(path):
    run = Run(path)
    run.container("headscale-test-suite-" + run.dir.name, "test-runner",
        [(0.5, "create"), (1, "start"), (52, "die", 1),
                                                                        (53, "destroy")], peak=240)
    hs = "hs-p1ngal-4f21aa"
    run.container(hs, "headscale", [(6, "create"), (6.4, "start"), (50.5, "die", 0), (54.5, "destroy")],
        limit=1500, peak=310,
                  log=server_log(6.5, 50, [(31.2,
                  'poll: noise upgrade failed error="unexpected EOF" node=ts-unstable-7c'),
                                           (31.9, "updating hostinfo: node not found node.id=7"),
                                           (38.0, "updating hostinfo: node not found node.id=7")]))
    for i in range(12):
        name = f"ts-unstable-{i:02d}-7c{i:02d}"
        errors = [(51.5, "control: doLogin: fetch control key: "
                   "Get \"https://hs-p1ngal-4f21aa/key\": connection refused")]
        moments = [(8 + i * .5, "create"), (8.6 + i * .5, "start"), (52.5, "die", 137),
            (55 + i * .1, "destroy")]
        if i == 7:
            errors += [(30.8, "Received error: PollNetMap: EOF"),
                (31, "control: map response long-poll timed out!"),
                       (36, "Received error: PollNetMap: EOF")]
        if i == 9:
            moments[2:2] = [(25, "oom"), (25.1, "die", 137), (26, "start")]
        run.container(name, "tailscale", moments, limit=100 if i < 10 else 0, peak=90 if i != 9 else 160,
                      log=client_log(9 + i * .5, 52, errors))
        run.file(name + "_status.json", "{}\n")
        run.file(name + ".inspect.json", "[]\n")
    run.container("derp-4f21aa", "derp", [(5, "create"), (5.2, "start"), (50.9, "die", 0), (54, "destroy")],
                  log="panic: something without a clock\ngoroutine 1 [running]:\n")
    run.test("TestPingAllByIP", 3, 50, "failed", file="integration/general_test.go", line=77, parent=True)
    for i in range(12):
        name = f"TestPingAllByIP/ts-unstable-{i:02d}"
        paused = [(20 + i * .05, 22 + i)] if i > 3 else []
        if i == 7:
            run.test(name, 20, 45, "failed", paused, file="integration/general_test.go", line=77,
                     message="ping ts-unstable-07 from ts-unstable-02: expected 110 replies, got 109")
        else:
            run.test(name, 20, 38 + i * .6, "passed" if i != 4 else "skipped", paused)
    run.test("TestPingAllByIPPublicDERP", 50, 51, "skipped")
    run.summary["counts"].update(failed=1, skipped=1)
    run.summary["subtests"].update(passed=10, failed=1, skipped=1)
    run.summary["triage"] = {"cause": "code", "signature": None, "what": None, "fix": None, "where": None,
        "evidence": None,
                             "unread": [], "findings": [
        {"group": "server", "file": hs + ".stderr.log", "line": 102, "count": 2,
         "text": "2026-11-28T06:00:31Z ERR updating hostinfo: node not found node.id=7"},
        {"group": "clients", "file": "ts-unstable-07-7c07.stderr.log", "line": 44, "count": 2,
         "text": "2026/11/28 06:00:30 Received error: PollNetMap: EOF"}]}
    run.summary["missing"] = ["ts-unstable-03-7c03: status: exit 1"]
    run.file(hs + ".db", "SQLite format 3")
    run.file(hs + "-mapresponses/0/1.json", "{}")
    return run.write()


HOSTILE = ['</script><img src=x onerror="document.title=\'owned\'">', "<!--<script>",
    "\u2028\u2029 separators",
           "quotes \" ' ` ${x} {{x}}", "\x1b[31mred\x1b[0m \x07\x00bell", "&lt;b&gt; &amp; &#39;",
           "javascript:alert(1)",
           "\u202egnitset\u202c", "%s%n%d", "]]> --> */ //"]


def hostile(path):
    """Every text that comes from a test, a container or a user holds what would be markup or script."""
    run = Run(path, pattern=HOSTILE[0], sentence=HOSTILE[0] + HOSTILE[4])
    run.summary.update(image=HOSTILE[0], engine=HOSTILE[1], why=HOSTILE[0], missing=list(HOSTILE),
        notes=list(HOSTILE),
                       not_run=list(HOSTILE), hi_version=HOSTILE[3])
    run.summary["leaks"] = [{"kind": HOSTILE[0], "name": HOSTILE[0], "why": HOSTILE[3]}]
    for i, words in enumerate(HOSTILE):
        run.test("Test" + words, 2 + i, 4 + i, "failed", file=words, line=3, message=words,
            excerpt=words + "\n" + words)
        run.container("hs-" + words.replace("/", "|").replace("\0", ""), "headscale",
                      [(1, "create"), (2, "start"), (9, "die", 1), (10, "destroy")])
        name = "ts-" + "".join("_" if c in '"/:<>|*?\\' or ord(c) < 32 else c for c in words)
        run.container(name, words, [(1, "create"), (2, "start"), (9, "die", 1)],
                      log=f"2026/11/28 06:00:05 Received error: {words}\n{words}\npanic: {words}\n")
    run.file("a&b 'c' #1%.txt", "x")
    run.summary["triage"] = {"cause": HOSTILE[0], "what": HOSTILE[1], "fix": HOSTILE[3], "where": HOSTILE[0],
                             "evidence": HOSTILE[2],
                             "findings": [{"group": "server", "file": w, "line": 1, "count": 1,
                                                                   "text": w} for w in HOSTILE]}
    return run.write()


def big(path, megabytes=1024, containers=60):
    """As many containers and as much log as the page has to stay small for."""
    run = Run(path)
    for i in range(containers):
        kind = "headscale" if i % 20 == 0 else "tailscale"
        name = f"{'hs' if kind == 'headscale' else 'ts'}-bigrun-{i:06d}"
        run.container(name, kind, [(1 + i * .1, "create"), (2 + i * .1, "start"), (50, "die", 137),
            (55, "destroy")], limit=500)
        for pipe in ("stdout", "stderr"):
            block = "".join(
                f"{rfc(k % 50, 0).replace('.Z', 'Z')} {'ERR' if k % 7 == 0 else 'INF'} word "
                f"{k * 2654435761 % 99991:x} Received error: number {k} of container {i} and some more text\n"
                for k in range(9000))
            want = megabytes * 1000000 // (2 * containers)
            with open(run.dir / f"{name}.{pipe}.log", "w", encoding="utf-8") as f:
                while f.tell() < want:
                    f.write(block[:want - f.tell()])
        run.file(name + "_status.json", "{}")
    run.test("TestBig", 2, 50, "failed", file="integration/big_test.go", line=7, message="too much")
    for i in range(400):
        run.test(f"TestBig/subtest_{i}_with_a_name_that_is_rather_long", 3 + i * .1, 4 + i * .1,
            "failed" if i % 3 == 0 else "passed",
                 file="integration/big_test.go", line=8 + i, message="word " * 200)
    return run.write()
