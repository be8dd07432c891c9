#!/usr/bin/env bats
# shellcheck disable=SC2154
# A signal ends every command at once, whatever hangs; and what does not reach standard output is an error of every one.

load helper

# hangs_with SIGNAL ARG...: hi, with a docker and a go that never answer, dies of the signal, and of nothing else.
hangs_with() {
	local sig=$1

	shift
	[ -e "$STANDIN/answers/any" ] || answer any ': >"$S/asked"; hang'
	printf '#!/bin/sh\n: >"%s/asked"\nexec sleep 100000\n' "$STANDIN" >"$STANDIN/bin/go"
	chmod +x "$STANDIN/bin/go"
	rm -f "$STANDIN/asked"
	start_hi "$@"
	wait_for 20 test -e "$STANDIN/asked"
	kill "-$sig" "$PID"
	ends_within_3_s
	exits $((128 + $(kill -l "$sig")))
	nothing_runs
}

ends_within_3_s() {
	timeout 3 tail --pid "$PID" -f /dev/null || fail 'goes on' || return
	wait_hi
}

@test "a docker that hangs: every command ends at a signal" {
	local sig

	for sig in INT TERM HUP QUIT; do
		hangs_with "$sig" ps
	done
	hangs_with INT ps --json
	hangs_with INT doctor
	hangs_with INT clean stale
	hangs_with TERM clean networks
	hangs_with INT clean images
	hangs_with INT __complete clean run ''
}

@test "a go that hangs: every command ends at a signal" {
	hangs_with INT list
	hangs_with TERM list --json
	hangs_with INT run TestExample
	hangs_with INT __complete run ''
	[ ! -e "$CHECKOUT/control_logs" ] || fail 'a directory is left'
	no_lease
}

@test "hi run ends at a signal before its engine has answered, and leaves nothing" {
	answer info ': >"$S/asked"; hang'
	: >"$STANDIN/answers/any"
	hangs_with INT run TestExample
	hangs_with HUP run -j 2 TestExample
	[ ! -e "$CHECKOUT/control_logs" ] || fail 'a directory is left'
	no_lease
}

@test "hi run ends at a signal while it looks for old runs: it has made nothing yet that would have to be removed" {
	answer ps ': >"$S/asked"; hang'
	: >"$STANDIN/answers/any"
	hangs_with INT run TestExample
	no_lease
}

@test "hi triage ends at a signal while it reads a large log" {
	local dir=$CHECKOUT/control_logs/20260102-030405-abcdef

	mkdir -p "$dir"
	runner_fails TestExample
	cp "$STANDIN/runner.out" "$dir/go-test.json"
	# Read until the end of time: a pipe in the place of a log would be refused.
	seq -f '2026-01-02T03:04:05Z INF %.0f a line of a server that has nothing to complain of' 3000000 >"$dir/hs-a.stderr.log"
	start_hi triage "$dir"
	wait_for 20 readable_by_hi "$dir/hs-a.stderr.log"
	kill -INT "$PID"
	ends_within_3_s
	exits 130
}

readable_by_hi() {
	[ -n "$(find "/proc/$PID/fd" -lname "$1" 2>/dev/null)" ]
}

@test "a signal that was ignored at start stays ignored" {
	answer any ': >"$S/asked"; until [ -e "$S/go-on" ]; do sleep 0.05; done'
	(
		trap '' INT
		exec env PATH="$CLI_PATH" "$HI" ps >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" 3>&-
	) &
	PID=$!
	wait_for 20 test -e "$STANDIN/asked"
	kill -INT "$PID"
	: >"$STANDIN/go-on"
	wait_hi
	exits 0
}

# Each that prints something in this world.
printing() {
	mkdir -p "$CHECKOUT/hscontrol/capver"
	printf 'package capver\n\nvar tailscaleToCapVer = map[string]tailcfg.CapabilityVersion{\n\t"v1.80": 1,\n\t"v1.82": 2,\n}\n\nconst SupportedMajorMinorVersions = 2\n' >"$CHECKOUT/hscontrol/capver/capver_generated.go"
	hi run TestExample >/dev/null 2>&1
	printf '%s\n' 'ps' 'ps --json' 'list' 'list --json' 'list-versions' 'version' '--version' 'help' 'run --help' \
	    'completion bash' 'doctor' 'doctor --json' 'clean all --dry-run' 'clean stale' 'triage' \
	    'report control_logs' 'logs' 'run TestExample'
}

@test "a full disk on standard output is an error of every command" {
	local words

	while read -r words; do
		# shellcheck disable=SC2086
		status=0; hi $words >/dev/full 2>"$BATS_TEST_TMPDIR/err" </dev/null || status=$?
		output=$(cat "$BATS_TEST_TMPDIR/err")
		[ "$status" -eq 3 ] || fail "hi $words"
		says 'standard output'
	done < <(printing)
}

@test "a closed standard output is an error of every command" {
	local words

	while read -r words; do
		# shellcheck disable=SC2086
		status=0; hi $words >&- 2>"$BATS_TEST_TMPDIR/err" </dev/null || status=$?
		output=$(cat "$BATS_TEST_TMPDIR/err")
		[ "$status" -eq 3 ] || fail "hi $words"
	done < <(printing)
}

@test "a reader that has enough ends hi by SIGPIPE, without a word" {
	local words

	while read -r words; do
		# shellcheck disable=SC2086
		PATH=$CLI_PATH /usr/bin/python3 -c '
import signal, subprocess, sys, os
r, w = os.pipe()
os.close(r)
p = subprocess.run(sys.argv[1:], stdout=w, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
said = [l for l in p.stderr.decode().splitlines() if "standard output" in l or "ipe" in l]
sys.exit(0 if p.returncode == -signal.SIGPIPE and not said else "%s: %s %s" % (sys.argv[1:], p.returncode, p.stderr))' \
		    "$HI" $words || fail "hi $words"
	done < <(printing)
}
