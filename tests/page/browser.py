"""A headless Chromium, driven over its remote debugging pipe: no package beside Python's own is needed.

    with Browser() as browser:
        page = browser.open(path, width=1400, dark=False)
        page.eval("document.title")
"""
import base64
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import time

NAMES = ("chromium", "chromium-browser", "google-chrome")


def find():
    for name in (os.environ.get("CHROMIUM"), *NAMES):
        if name and shutil.which(name):
            return shutil.which(name)
    return None


class Browser:
    def __enter__(self):
        self.home = tempfile.mkdtemp(prefix="hi-page-")
        to_read, self.to = os.pipe()
        self.back, from_write = os.pipe()
        high = [os.dup2(fd, n) for fd, n in ((to_read, 103), (from_write, 104))]

        def wire():
            os.dup2(high[0], 3)
            os.dup2(high[1], 4)
        self.child = subprocess.Popen(
            [find(), "--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe",
            "--no-first-run",
             "--disable-dev-shm-usage", "--disable-background-networking", "--user-data-dir=" + self.home,
             "about:blank"],
            preexec_fn=wire, pass_fds=(3, 4, *high), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        for fd in (to_read, from_write, *high):
            os.close(fd)
        self.n, self.rest, self.events = 0, b"", []
        return self

    def __exit__(self, *_):
        try:
            self.call("Browser.close")
            self.child.wait(10)
        except (OSError, EOFError, subprocess.TimeoutExpired):
            self.child.kill()
            self.child.wait()
        shutil.rmtree(self.home, ignore_errors=True)

    def message(self):
        while b"\0" not in self.rest:
            piece = os.read(self.back, 1 << 20)
            if not piece:
                raise EOFError("the browser is gone")
            self.rest += piece
        line, self.rest = self.rest.split(b"\0", 1)
        return json.loads(line)

    def call(self, method, session=None, **params):
        self.n += 1
        ask = {"id": self.n, "method": method, "params": params}
        if session:
            ask["sessionId"] = session
        os.write(self.to, json.dumps(ask).encode() + b"\0")
        while True:
            got = self.message()
            if got.get("id") == self.n:
                if "error" in got:
                    raise RuntimeError(f"{method}: {got['error']}")
                return got["result"]
            self.events.append(got)

    def open(self, path, width=1400, height=900, dark=False, scripts=True):
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        return Page(self, target, session, path, width, height, dark, scripts)


class Page:
    def __init__(self, browser, target, session, path, width, height, dark, scripts):
        self.browser, self.target, self.session = browser, target, session
        self.width = width
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(domain + ".enable")
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1,
            mobile=False)
        self.call("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])
        self.call("Emulation.setScriptExecutionDisabled", value=not scripts)
        self.url = pathlib.Path(path).absolute().as_uri()
        self.call("Page.navigate", url=self.url)
        until = time.monotonic() + 30
        while not self.seen("Page.loadEventFired"):
            if time.monotonic() > until:
                raise RuntimeError("the page was not loaded within 30 s")
            self.browser.events.append(self.browser.message())

    def call(self, method, **params):
        return self.browser.call(method, self.session, **params)

    def seen(self, method):
        return [e["params"] for e in self.browser.events if e.get("method") == method and
                e.get("sessionId") == self.session]

    def eval(self, expression):
        got = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in got:
            raise RuntimeError(f"{expression}: {got['exceptionDetails']}")
        return got["result"].get("value")

    def key(self, key, modifiers=0):
        text = {"Enter": "\r"}.get(key, key if len(key) == 1 else "")
        code = {"Tab": 9, "Enter": 13, "Escape": 27}.get(key, 0)
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, modifiers=modifiers,
                windowsVirtualKeyCode=code,
                      **({"text": text} if text and kind == "keyDown" else {}))

    def mouse(self, kind, x, y, **more):
        self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, **more)

    def click(self, selector):
        x, y = self.eval(
            "(function(){const n=document.querySelector(%s);n.scrollIntoView({block:'center'});"
            "const b=n.getBoundingClientRect();return [b.left+b.width/2,b.top+b.height/2]})()" %
            json.dumps(selector))
        for kind in ("mousePressed", "mouseReleased"):
            self.mouse(kind, x, y, button="left", clickCount=1)

    def faults(self):
        """What a page must not do: console messages, exceptions, requests for anything but itself."""
        asked = [r["request"]["url"] for r in self.seen("Network.requestWillBeSent")]
        return ([e["exceptionDetails"]["text"] for e in self.seen("Runtime.exceptionThrown")] +
                [str(e["args"]) for e in self.seen("Runtime.consoleAPICalled")] +
                [e["entry"]["text"] for e in self.seen("Log.entryAdded")] +
                [url for url in asked if url != self.url])

    def shot(self, path, whole=False):
        got = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        pathlib.Path(path).parent.mkdir(parents=True, exist_ok=True)
        pathlib.Path(path).write_bytes(base64.b64decode(got["data"]))

    def close(self):
        self.browser.call("Target.closeTarget", targetId=self.target)
