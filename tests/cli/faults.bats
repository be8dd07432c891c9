#!/usr/bin/env bats
# shellcheck disable=SC2154
# A docker, a disk, a clock and system calls that fail: hi ends as it says, and nothing is left. `make faults-matrix` goes
# through every call.

load helper
load ../faults/helper

# With the exit that is given, or where it could not be carried out.
borne() {
	run --separate-stderr hi run TestExample
	fault_is_borne "$1"
}

# once VERB BASH: the first call of this is answered so, and so well that it ends with 0.
once() {
	answer "$1" "if [ \"\$(nth '$1')\" = 1 ]; then $2; exit 0; fi"
}

reset_world() {
	rm -rf "$STANDIN"/{answers,nth.*} "$STANDIN"/{containers,networks,volumes}/* "$STANDIN/events" control_logs
	mkdir "$STANDIN/answers"
	: >"$STANDIN/log"
	fault_world "${1-pass}"
}

@test "a slow docker is no failure" {
	fault_world pass
	answer any 'sleep 0.1'
	borne 0
	exits 0
}

# TERM while that hangs, the first time that it is asked.
interrupted_in() {
	reset_world fail
	once "$1" hang
	start_hi run TestExample
	wait_for 20 test -e "$STANDIN/nth.$1.1"
	kill -TERM "$PID"
	wait_hi
	exits 143
	nothing_runs
	engine_is_empty
	no_lease
}

@test "TERM while docker hangs in a listing, at the end, at the evidence" {
	interrupted_in ps
	interrupted_in container-inspect
	interrupted_in exec
}

# Each of these, once, in a run of its own; what a run can't do without ends it.
each_once() {
	local verb words=$1

	shift
	for verb; do
		reset_world
		once "$verb" "$words"
		borne 0 || fail "at docker $verb" || return
	done
}

@test "garbage, once" {
	each_once 'printf "<html>502 Bad\0 Gateway\377</html>\n"' context-inspect info ps image-inspect events container-inspect
}

@test "half a JSON, once" {
	each_once '"do_${verb//-/_}" "$@" | head -c 20' context-inspect info ps events container-inspect images
}

@test "a gigabyte, once" {
	each_once 'head -c 1000000000 /dev/zero' info container-inspect
}

@test "a network whose removal says nothing is not taken for removed" {
	fault_world pass
	answer network-rm 'if [ "$(nth rm)" = 1 ]; then echo garbage; exit 0; fi'
	borne 0
	exits 0
}

@test "125 from every ninth call" {
	local n

	for n in 2 5 8; do
		reset_world
		answer any "[ \$(( \$(call) % 9 )) -ne $n ] || { echo 'docker: unexpected fault address' >&2; exit 125; }"
		borne 0
	done
}

@test "docker is upgraded in mid-run: missing for a moment, then another" {
	fault_world fail
	# Not the machine's own.
	CLI_PATH=$STANDIN/bin
	: >"$STANDIN/runner.hang"
	start_hi run TestExample
	wait_for 20 grep -q 'RUN   TestExample' "$BATS_TEST_TMPDIR/out"
	mv "$STANDIN/bin/docker" "$STANDIN/docker.old"
	# The runner ends while there is none.
	rm "$STANDIN/runner.hang"
	wait_for 20 grep -q '"die"' "$STANDIN/events"
	sleep 0.7
	sed 's/28\.2\.2/29.0.0/' "$STANDIN/docker.old" >"$STANDIN/docker.new"
	chmod +x "$STANDIN/docker.new"
	mv "$STANDIN/docker.new" "$STANDIN/bin/docker"
	wait_hi
	fault_is_borne 1
	exits 1
	[ -s "$(run_dir)/hs-aaaaaa-bbbbbb.stdout.log" ] || fail 'no evidence'
}

@test "the reader of the runner's log breaks off as the runner ends: the rest is read" {
	fault_world fail
	answer logs 'if [ "$(nth logs)" = 1 ]; then do_logs "$@" | head -c 700; exit 0; fi'
	borne 1
	exits 1
	cmp "$(run_dir)/go-test.json" "$STANDIN/runner.out"
}

@test "the reader of the runner's log hangs when the runner has ended: the rest is read" {
	fault_world fail
	answer logs 'if [ "$(nth logs)" = 1 ]; then do_logs "$@" | head -n 2; hang; fi'
	borne 1
	exits 1
	cmp "$(run_dir)/go-test.json" "$STANDIN/runner.out"
}

# The logs go away while the tests run; $1: what happens to them.
logs_gone() {
	fault_world "$2"
	: >"$STANDIN/runner.hang"
	start_hi run TestExample
	wait_for 20 grep -q 'RUN   TestExample' "$BATS_TEST_TMPDIR/out"
	eval "$1"
	rm "$STANDIN/runner.hang"
	wait_hi
	wait_for 20 no_ours
	engine_is_empty
	no_lease
}

@test "the run's directory disappears in mid-run" {
	logs_gone 'rm -rf "$(run_dir)"' pass
	says "control_logs/"
	fault_is_borne 0
}

@test "the log directory disappears in mid-run, and a failure has no evidence" {
	logs_gone 'rm -rf control_logs' fail
	fault_is_borne 1
}

@test "the log directory becomes a file in mid-run" {
	logs_gone 'rm -rf control_logs; : >control_logs' fail
	says control_logs
	fault_is_borne 1
}

@test "the disk becomes full in mid-run" {
	unshare -rm true 2>/dev/null || skip 'no namespaces here'
	fault_world pass
	mkdir "$BATS_TEST_TMPDIR/small"
	printf 'head -c 100000000 /dev/zero >"%s/filler" 2>/dev/null\n' "$BATS_TEST_TMPDIR/small" >>"$STANDIN/answers/runner"
	run --separate-stderr env PATH="$CLI_PATH" unshare -rm sh -c '
		mount -t tmpfs -o size=40m tmpfs "$1" && exec "$2" run --logs-dir "$1" TestExample' sh \
	    "$BATS_TEST_TMPDIR/small" "$HI" 3>&-
	says 'o space left' 'go-test.json' 'report.html'
	fault_is_borne 0
}

# foreign N: so many containers of others, each of a run of its own, half of them with a runner.
foreign() {
	local i kind comma=

	for ((i = 0; i < $1; i++)); do
		[ $((i % 2)) -eq 0 ] && kind=test-runner || kind=tailscale
		printf '{"id":"%064x","name":"foreign-%d","image":"x","state":"running","status":"Up","created":"2026-01-02 03:04:05 +0000 UTC","run":"20260102-030405-%06d","type":"%s"}\n' \
		    $((i + 1)) $i $i $kind
	done >"$STANDIN/foreign"
	for ((i = 0; i < $1; i += 2)); do
		printf '%s{"Id":"%064x","Name":"/foreign-%d","Created":"2026-01-02T03:04:05Z","State":{"Status":"running","Running":true},"Config":{"Labels":{"hi.run-id":"20260102-030405-%06d","hi.test-type":"test-runner"}},"NetworkSettings":{"Networks":{}},"Mounts":[]}' \
		    "$comma" $((i + 1)) $i $i
		comma=,
	done >"$STANDIN/foreign.inspect"
	answer ps '[[ "$*" == *hi.run-id=* ]] || cat "$S/foreign"'
	answer container-inspect '[[ "$*" != *0000001\ * ]] || { echo "[$(cat "$S/foreign.inspect")]"; exit; }'
}

@test "a thousand containers that are not ours" {
	fault_world pass
	foreign 1000
	borne 0
	exits 0
	run --separate-stderr hi ps --json
	exits 0
	[ "$(jq length <<<"$output")" -ge 1000 ] || [ "$(grep -c foreign <<<"$output")" -ge 500 ] || fail 'not all are shown'
	run --separate-stderr hi clean stale
	exits 0
	called_not 'docker (rm|kill|stop) .*0000000'
}

needs_faults() {
	can_fault || skip 'no call of this hi can be made to fail: it is static, or has a sanitizer'
}

# fails FAULT AT FOR: a run in which these calls fail.
fails() {
	run --separate-stderr fault_hi "$1" "$2" "$3" run TestExample
	fault_is_borne "${4-0}"
}

@test "a signal in every third call" {
	needs_faults
	fault_world fail
	FAULT_EVERY=3 fails EINTR 1 0 1
	exits 1
	[ "$(fault_failed)" -gt 100 ]
	reset_world
	FAULT_EVERY=3 fails EINTR 2 0
	exits 0
	reset_world
	FAULT_EVERY=3 fails EINTR 3 0
	exits 0
}

@test "each read and write takes one byte only" {
	needs_faults
	fault_world fail
	fails SHORT 1 0 1
	exits 1
	cmp "$(run_dir)/go-test.json" "$STANDIN/runner.out"
}

@test "no descriptor is left: for one call, for all from one on" {
	local at

	needs_faults
	for at in 3 40 120 200; do
		reset_world
		fails EMFILE "$at" 1
		reset_world
		FAULT_IN=hi fails EMFILE "$at" 0
	done
}

@test "a limit of descriptors" {
	local n

	for n in 4 8 16 24; do
		reset_world
		run --separate-stderr env PATH="$CLI_PATH" prlimit "--nofile=$n" "$HI" run TestExample 3>&-
		fault_is_borne 0
	done
}

@test "no space is left: for one write, for all from one on" {
	local at

	needs_faults
	for at in 6 50; do
		reset_world
		fails ENOSPC "$at" 1
		reset_world fail
		fails ENOSPC "$at" 0 1
	done
}

@test "a clock that is set in mid-run, forth and back" {
	local jump

	needs_faults
	for jump in 36000 -36000; do
		reset_world
		FAULT_SHIFT=$jump fails CLOCK 3 0
		exits 0
		says_not slow
		jq -e '.duration_ms // .seconds // .elapsed | . >= 0 and . < 600000' "$(run_dir)/summary.json" || fail 'an odd duration'
	done
}
