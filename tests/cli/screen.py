#!/usr/bin/env python3
"""Runs a command at a terminal and prints what stands on it in the end, scrolled lines included; exits as it does.

    screen.py [--columns N] [--resize SECONDS:COLUMNS]... [--frames FILE] [--raw FILE] COMMAND...

The terminal knows what hi uses, breaks lines at its width, and breaks them anew when it is resized, as terminals do.
--frames: the last line at each redraw, with the time. --raw: the bytes.
"""
import argparse, fcntl, os, pty, re, select, signal, struct, sys, termios, time


class Screen:
    def __init__(self, columns):
        self.columns = columns
        self.lines = [""]  # as they were written, however many rows each takes
        self.at, self.offset = 0, 0
        self.unknown = []

    def put(self, c):
        line = self.lines[self.at].ljust(self.offset)
        self.lines[self.at] = line[:self.offset] + c + line[self.offset + 1:]
        self.offset += 1

    def up(self, rows):
        while rows and self.offset >= self.columns:
            self.offset -= self.columns
            rows -= 1
        if rows:
            self.at = max(0, self.at - rows)
            self.offset %= self.columns

    def feed(self, text):
        for control, args, letter, c in re.findall(r"(\x1b\[([0-9;]*)([A-Za-z]))|([\s\S])", text):
            if letter == "A":
                self.up(int(args or 1))
            elif letter == "J":
                self.lines[self.at] = self.lines[self.at][:self.offset]
                del self.lines[self.at + 1:]
            elif c == "\r":
                self.offset -= self.offset % self.columns
            elif c == "\n":
                self.at, self.offset = self.at + 1, 0
                if self.at == len(self.lines):
                    self.lines.append("")
            elif c and c >= " ":
                self.put(c)
            elif letter != "m":
                self.unknown.append(control or c)


def window(fd, columns):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))


def run(a, master, screen, began):
    resizes = sorted((float(s), int(c)) for s, c in (r.split(":") for r in a.resize))
    frames = open(a.frames, "w") if a.frames else None
    raw = open(a.raw, "wb") if a.raw else None
    rest = b""
    while True:
        if resizes and time.monotonic() - began >= resizes[0][0]:
            screen.columns = resizes.pop(0)[1]
            window(master, screen.columns)
        if not select.select([master], [], [], 0.02)[0]:
            continue
        try:
            data = os.read(master, 65536)
        except OSError:
            return
        if not data:
            return
        if raw:
            raw.write(data)
        rest += data
        # An escape sequence, or a character, that is not whole yet waits.
        whole = re.match(rb"(?s).*?(?=(\x1b(\[[0-9;]*)?|[\xc0-\xff][\x80-\xbf]*)?\Z)", rest).end()
        text, rest = rest[:whole].decode(errors="replace"), rest[whole:]
        screen.feed(text)
        if frames:
            for _ in range(text.count("\x1b[J")):
                frames.write(f"{time.monotonic() - began:.3f} {screen.lines[-1]}\n")


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--columns", type=int, default=80)
    p.add_argument("--resize", action="append", default=[])
    p.add_argument("--frames")
    p.add_argument("--raw")
    p.add_argument("command", nargs=argparse.REMAINDER)
    a = p.parse_args()
    screen = Screen(a.columns)
    pid, master = pty.fork()
    if pid == 0:
        for s in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGPIPE", "SIGTSTP"):
            signal.signal(getattr(signal, s), signal.SIG_DFL)
        window(0, a.columns)
        os.environ["TERM"] = "xterm"
        os.execvp(a.command[0], a.command)
    run(a, master, screen, time.monotonic())
    status = os.waitpid(pid, 0)[1]
    print("\n".join(line.rstrip() for line in screen.lines).rstrip("\n"))
    if screen.unknown:
        print(f"unknown to this terminal: {screen.unknown}", file=sys.stderr)
        sys.exit(99)
    sys.exit(os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status))


main()
