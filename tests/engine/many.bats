#!/usr/bin/env bats
# shellcheck disable=SC2154
# Sets of runs on a real engine.

load helper

all_up() {
	[ "$(grep -ls 'hanging with siblings' "$LOGS"/*/go-test.json | wc -l)" -eq "$1" ]
}

gone() {
	local run

	for run in $(runs); do
		[ -z "$(docker ps -aq --filter "label=hi.run-id=$run")" ] || return
		[ ! -e "/var/tmp/hi-$(id -u)/$run.lease" ] || return
	done
}

of_set() {
	jq -rs "map(select(.runs))[0] | $1" "$LOGS"/*/summary.json
}

@test "four sleeping tests, each in a run of its own" {
	run hi_run -j 4 'TestSleep[A-D]'
	exits 0
	[ "$(of_set '[.counts.passed, (.runs | unique | length)] | join(" ")')" = '4 4' ] || fail 'not four runs'
	nothing_left
}

@test "eight with five siblings each, four at once: a pass leaves nothing" {
	export HEADSCALE_INTEGRATION_SIBLINGS=5
	run hi_run -j 4 --count=4 'TestPassSiblings|TestLeaveSiblings'
	exits 0
	[ "$(of_set '[.counts.passed, .removed.containers >= 28, (.leaks | length)] | join(" ")')" = '8 true 0' ] || fail 'not all'
	nothing_left
}

@test "eight with five siblings each, four at once: Ctrl-C leaves nothing" {
	export HEADSCALE_INTEGRATION_SIBLINGS=5
	start_hi -j 4 --count=8 '^TestHangSiblings$'
	wait_for 100 all_up 4
	kill -INT "$PID"
	wait_hi
	exits 130
	says 'interrupted: ended by SIGINT'
	gone
	nothing_left
}

@test "eight with five siblings each, four at once: SIGKILL of the supervisor leaves nothing" {
	export HEADSCALE_INTEGRATION_SIBLINGS=5
	start_hi -j 4 --count=8 '^TestHangSiblings$'
	wait_for 100 all_up 4
	kill -KILL "$PID"
	wait_hi
	exits 137
	wait_for 60 gone
	nothing_left
}
