#!/usr/bin/env bats
# shellcheck disable=SC2154
# How hi run ends, and what it says of it.

load helper

ends() {
	run --separate-stderr hi run TestExample
	exits "$1"
	engine_is_empty
	no_lease
}

@test "0: passed" {
	ends 0
	says '1 test passed'
}

@test "1: failed, with the part of the output that matters" {
	runner_says fail TestExample=fail TestOther=pass
	ends 1
	says 'failed TestExample' 'example_test.go:5'
}

@test "1: it does not compile" {
	printf '%s\n' '{"ImportPath":"github.com/juanfont/headscale/integration","Action":"build-output","Output":"integration/x.go:3:1: syntax error: unexpected }\n"}' \
	    '{"ImportPath":"github.com/juanfont/headscale/integration","Action":"build-fail"}' >"$STANDIN/runner.out"
	event start >>"$STANDIN/runner.out"
	event output '' 'FAIL	github.com/juanfont/headscale/integration [build failed]' >>"$STANDIN/runner.out"
	event fail >>"$STANDIN/runner.out"
	echo 1 >"$STANDIN/runner.exit"
	ends 1
	says 'syntax error: unexpected }'
}

@test "1: it does not compile, as older versions of go say it" {
	printf '# github.com/juanfont/headscale/integration\nintegration/x.go:3:1: syntax error: unexpected }\n' >"$STANDIN/runner.err"
	: >"$STANDIN/runner.out"
	echo 1 >"$STANDIN/runner.exit"
	ends 1
	says 'syntax error: unexpected }'
}

@test "4: no test matches" {
	{
		event start
		event output '' 'testing: warning: no tests to run'
		event output '' PASS
		event pass
	} >"$STANDIN/runner.out"
	ends 4
	says 'no test matches'
}

@test "4: all were skipped" {
	runner_says pass TestExample=skip TestOther=skip
	ends 4
	says skipped
}

@test "a started test without an end is no pass" {
	{
		event start
		event run TestExample
		event output '' 'ok'
		event pass
	} >"$STANDIN/runner.out"
	run --separate-stderr hi run TestExample
	[ "$status" -ne 0 ] || fail 'passed'
	says TestExample
	engine_is_empty
}

@test "124: go test's own deadline" {
	cp "$BATS_TEST_DIRNAME/streams/timeout.json" "$STANDIN/runner.out"
	echo 1 >"$STANDIN/runner.exit"
	ends 124
	says 'TestA'
}

@test "3: somebody killed the runner" {
	runner_hangs TestExample
	answer runner 'sibling ts-aaaaaa-1-74-cccccc tailscale'
	start_hi run TestExample
	wait_for 20 grep -q 'RUN   TestExample' "$BATS_TEST_TMPDIR/out"
	PATH=$CLI_PATH docker kill "$(grep -l headscale-test-suite "$STANDIN"/containers/*/name | sed 's,/name$,,; s,.*/,,')"
	wait_hi
	exits 3
	engine_is_empty
	no_lease
}

@test "3: somebody removed the runner" {
	runner_hangs TestExample
	start_hi run TestExample
	wait_for 20 grep -q 'RUN   TestExample' "$BATS_TEST_TMPDIR/out"
	rm -rf "$STANDIN"/containers/*
	wait_hi
	exits 3
	rm -rf "$STANDIN"/volumes/*
	engine_is_empty
	no_lease
}

@test "the reader of the runner's log dies: it is read again, nothing twice" {
	answer logs 'if [ "$(nth logs)" = 1 ]; then head -n 2 "$S/runner.out"; exit 1; fi'
	ends 0
	[ "$(grep -c 'RUN   TestExample' <<<"$output")" -eq 1 ] || fail 'not once'
}

@test "3: the engine answers, and does not show the runner's log: its own reason" {
	local answers='daemon_says "configured logging driver does not support reading"'

	# The runner goes on; then one that has ended meanwhile.
	for answers in "$answers" "id=\$(find_container \"\${2}\"); ended \"\$id\" 0; $answers"; do
		answer logs "$answers"
		ends 3
		says "could not be carried out: the runner's log can't be read: docker logs: configured logging driver"
		says_not 'went away' 'no test matches'
	done
}

# A network that stays.
stuck() {
	answer runner 'network hs-abcdef-default; sibling ts-aaaaaa-1-74-cccccc tailscale'
	answer network-rm 'daemon_says "error while removing network: network hs-abcdef-default has active endpoints"'
	run --separate-stderr hi run "$@" TestExample
	says hs-abcdef-default 'has active endpoints'
	grep -lsF "$BATS_TEST_TMPDIR" "/var/tmp/hi-$(id -u)"/*.lease | xargs -r rm -f
}

@test "6: something can't be removed" {
	stuck
	exits 6
}

@test "0 with --on-leak=warn: something can't be removed" {
	stuck --on-leak=warn
	exits 0
}

@test "1 beats 6: a failed run that leaves something has failed" {
	runner_fails TestExample
	stuck
	exits 1
}

@test "siblings, network and volumes go; their evidence stays after a failure" {
	runner_fails TestExample
	answer runner 'network hs-abcdef-default; sibling hs-aaaaaa-bbbbbb headscale; sibling ts-aaaaaa-1-74-cccccc tailscale'
	ends 1
	local dir name
	dir=$(run_dir)
	for name in hs-aaaaaa-bbbbbb.stdout.log hs-aaaaaa-bbbbbb.stderr.log hs-aaaaaa-bbbbbb.db hs-aaaaaa-bbbbbb.db-wal \
	    hs-aaaaaa-bbbbbb.db-shm hs-aaaaaa-bbbbbb_metrics.txt hs-aaaaaa-bbbbbb-mapresponses/001.json \
	    hs-aaaaaa-bbbbbb.inspect.json ts-aaaaaa-1-74-cccccc.stdout.log ts-aaaaaa-1-74-cccccc.stderr.log \
	    ts-aaaaaa-1-74-cccccc_status.json; do
		[ -s "$dir/$name" ] || fail "missing: $name" || return
	done
}

@test "after a pass the logs stay and the bulk is not there" {
	answer runner 'sibling hs-aaaaaa-bbbbbb headscale'
	ends 0
	local dir
	dir=$(run_dir)
	[ -s "$dir/hs-aaaaaa-bbbbbb.stdout.log" ]
	[ ! -e "$dir/hs-aaaaaa-bbbbbb.db" ]
	called_not '^docker cp '
}

@test "a copy that fails is named, and the rest goes on" {
	runner_fails TestExample
	answer runner 'sibling hs-aaaaaa-bbbbbb headscale'
	answer cp '[[ $1 != *profile ]] || daemon_says "not a day for copies"'
	ends 1
	says 'not a day for copies'
	[ -s "$(run_dir)/hs-aaaaaa-bbbbbb.db" ]
}

# Ends by that signal, and leaves nothing.
interrupted_by() {
	runner_hangs TestExample
	answer runner 'network hs-abcdef-default; sibling hs-aaaaaa-bbbbbb headscale; sibling ts-aaaaaa-1-74-cccccc tailscale'
	start_hi run TestExample
	wait_for 20 grep -q 'RUN   TestExample' "$BATS_TEST_TMPDIR/out"
	kill "-$1" "$PID"
	wait_hi
	exits "$2"
	engine_is_empty
	no_lease
	jq -e '.verdict // .status // .result | tostring | test("interrupted")' "$(run_dir)/summary.json" >/dev/null ||
	    fail 'summary.json does not say interrupted'
	[ -s "$(run_dir)/ts-aaaaaa-1-74-cccccc.stdout.log" ] || fail 'no evidence'
}

@test "INT: dies of it, with its cleanup done" { interrupted_by INT 130; }
@test "TERM: dies of it, with its cleanup done" { interrupted_by TERM 143; }
@test "HUP: dies of it, with its cleanup done" { interrupted_by HUP 129; }
@test "QUIT: dies of it, with its cleanup done, and no core" { interrupted_by QUIT 131; }

# interrupted_in VERB ANSWER: TERM while docker is at that.
interrupted_in() {
	answer "$1" "$2"
	start_hi run TestExample
	wait_for 20 grep -q "^docker ${1//-/ }" "$STANDIN/log"
	local start=$SECONDS
	kill -TERM "$PID"
	wait_hi
	exits 143
	[ $((SECONDS - start)) -le 15 ] || fail "took $((SECONDS - start)) s"
	engine_is_empty
	no_lease
}

@test "TERM while the engine is asked who it is" { interrupted_in info hang; }
@test "TERM while an image is pulled" { : >"$STANDIN/images"; interrupted_in pull 'echo "1.26.1: Pulling"; hang'; }
@test "TERM while the runner is created, and no answer names it" {
	interrupted_in create 'do_create "$@" >/dev/null; hang'
}
@test "TERM between create and start" { interrupted_in start hang; }
@test "TERM while evidence is collected" {
	runner_fails TestExample
	answer runner 'sibling hs-aaaaaa-bbbbbb headscale'
	interrupted_in cp hang
}

@test "HUP twice is one signal, a second INT drops the evidence" {
	runner_hangs TestExample
	answer runner 'sibling hs-aaaaaa-bbbbbb headscale'
	answer cp hang
	start_hi run TestExample
	wait_for 20 grep -q 'RUN   TestExample' "$BATS_TEST_TMPDIR/out"
	kill -HUP "$PID"
	kill -HUP "$PID"
	wait_for 10 grep -q '^docker cp' "$STANDIN/log"
	sleep 0.6
	kill -INT "$PID"
	wait_hi
	[ "$status" -eq 129 ] || [ "$status" -eq 130 ] || fail 'not of a signal'
	engine_is_empty
	no_lease
}

@test "a signal that was ignored stays ignored" {
	runner_hangs TestExample
	PATH=$CLI_PATH bash -c 'trap "" HUP; exec "$@"' bash "$HI" run TestExample >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" 3>&- &
	PID=$!
	wait_for 20 grep -q 'RUN   TestExample' "$BATS_TEST_TMPDIR/out"
	kill -HUP "$PID"
	sleep 0.3
	kill -0 "$PID" || fail 'it is gone'
	rm "$STANDIN/runner.hang"
	runner_passes TestExample
	wait_hi
	engine_is_empty
	no_lease
}
