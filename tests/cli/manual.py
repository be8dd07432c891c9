#!/usr/bin/env python3
"""Compares the manual with the program: manual.py CHECK HI. Prints what differs; exits 1 where something does."""
import os, re, subprocess, sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
HI = sys.argv[2]
wrong = []


def read(name):
    with open(os.path.join(ROOT, name)) as f:
        return f.read()


def help_of(*words):
    return subprocess.run([HI, *words, "--help"], capture_output=True, text=True, check=True).stdout


def commands(*words):
    return re.findall(r"^  ([a-z-]+)  ", help_of(*words).split("\nCommands:\n")[1], re.M)


def flags(*words):
    """{name: (value, default, help)}"""
    found = {}
    for name, value, text in re.findall(r"^  --?(\S+?)(?:\[?[ =]([^ ]+))?  +(.*)$", help_of(*words), re.M):
        default = re.search(r"\(default ([^)]*)\)$", text)
        found[name] = (value.rstrip("]"), default.group(1) if default else None, text)
    return found


def rendered(name):
    page = subprocess.run(["mandoc", "-Tutf8", "-Owidth=200", os.path.join(ROOT, name)], capture_output=True, text=True).stdout
    return re.sub(r".\x08", "", page)


def section(page, title):
    text = re.search(rf"^{title}\n(.*?)(?=^\S)", page, re.M | re.S).group(1)
    return re.sub(r"\s+", " ", text)


def in_manual(command):
    """{name: (value, text)} of the flags in the command's own part."""
    part = re.search(rf"^\.Ss hi {command}\n(.*?)(?=^\.S[sh] )", read("man/hi.1"), re.M | re.S)
    if part is None:
        wrong.append(f"hi {command}: no part of its own")
        return {}
    items = re.findall(r"^\.It Fl -?(\S+)(.*)\n((?:(?!\.It|\.El).*\n)*)", part.group(1), re.M)
    return {name: ("".join(re.findall(r"Ar (\S+)", rest)[:1]), text) for name, rest, text in items}


def synopsis():
    text = section(rendered("man/hi.1"), "SYNOPSIS")
    for command in commands():
        usage = re.match(r"Usage: (.*)", help_of(command)).group(1)
        if command == "clean":
            group = re.search(r"hi clean ([a-z| -]+) \[flags\]", text).group(1).split(" | ")
            if sorted(group + ["run"]) != sorted(commands("clean")):
                wrong.append(f"hi clean: {group}")
            usage = re.match(r"Usage: (.*)", help_of("clean", "run")).group(1)
        if usage.replace("|", " | ").replace("  ", " ") not in text and usage not in text:
            wrong.append(f"synopsis lacks: {usage}")


def compare(command, table, manual):
    for name, (value, default, text) in table.items():
        if name not in manual:
            wrong.append(f"hi {command}: the manual lacks --{name}")
            continue
        shown, words = manual[name]
        # Where the help spells the choices in place of a name, the text has them.
        for choice in value.split("|") if "|" in value else []:
            if not re.search(rf"\b{choice}\b", words):
                wrong.append(f"hi {command}: --{name}: no word of {choice}")
        if "|" not in value and shown != value:
            wrong.append(f"hi {command}: --{name}: {shown or 'no value'}, but the help has {value or 'none'}")
        if default not in (None, "0", "1") and default not in words:
            wrong.append(f"hi {command}: --{name}: no word of the default, {default}")
    for name in set(manual) - set(table):
        wrong.append(f"hi {command}: the program lacks --{name}")


def flag_lists():
    for command in commands():
        if command == "version":
            continue
        if command == "clean":
            table = {}
            for nested in commands("clean"):
                table.update(flags("clean", nested))
        else:
            table = flags(command)
        compare(command, table, in_manual(command))


def choices():
    """What completes after a flag is said of it."""
    for command in commands():
        for name in in_manual(command) if command not in ("version", "completion") else []:
            said = subprocess.run([HI, "__complete", command, f"--{name}="], capture_output=True, text=True).stdout
            for word in re.findall(rf"^--{name}=([a-z]+)\t?", said, re.M):
                if word not in ("true", "false") and word not in in_manual(command)[name][1]:
                    wrong.append(f"hi {command}: --{name}: no word of {word}")


def environment():
    source = "".join(read(os.path.join(d, f)) for d, _, files in os.walk(os.path.join(ROOT, "src")) for f in files)
    used = set(re.findall(r'\b(?:getenv|env_value|plan_add_cache)\((?:c, )?"([A-Z_]+)"', source))
    used |= {"CI", "GITHUB_RUN_ID", "DOCKER_CONFIG"}
    used -= {"PATH"}
    said = set(re.findall(r"[A-Z_]+\*?", " ".join(re.findall(r"^\.It Ev (.*)$", read("man/hi.1"), re.M))))
    wrong.extend(f"the manual lacks {v}" for v in sorted(used - said) if not v.startswith("HI_FAULT"))
    wrong.extend(f"the program lacks {v}" for v in sorted(said - used - {"HEADSCALE_INTEGRATION_*"}))


def exits():
    said = set(re.findall(r"(\d+) [a-z]", re.search(r"^Exit: (.*?);", help_of("run"), re.M | re.S).group(1)))
    shown = set(re.findall(r"^\.It (\d+)$", read("man/hi.1"), re.M))
    if said != shown:
        wrong.append(f"exit codes: {sorted(said)} in the help, {sorted(shown)} in the manual")


def verdicts():
    page = read("man/hi-summary.5")
    for source in re.findall(r"(?:names|ends)\[\] = \{(.*?)\};", read("src/stream/verdict.c"), re.S):
        wrong.extend(f"hi-summary(5) lacks {v}" for v in re.findall(r'"([a-z-]+)"', source) if not re.search(rf"\b{v}\b", page))


def members():
    """Reads summary.json, or hi's own event lines, from stdin; arrays of paths, one a line."""
    page = re.sub(r"\\.", "", read("man/hi-summary.5"))
    wrong.extend(f"hi-summary(5) lacks {m}" for m in sorted(set(sys.stdin.read().split())) if not re.search(rf"\b{m}\b", page))


{"synopsis": synopsis, "flags": flag_lists, "choices": choices, "environment": environment, "exits": exits,
 "verdicts": verdicts, "members": members}[sys.argv[1]]()
print("\n".join(wrong))
sys.exit(1 if wrong else 0)
