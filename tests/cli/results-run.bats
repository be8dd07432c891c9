#!/usr/bin/env bats
# shellcheck disable=SC2154
# What hi run says and writes of a stream: the verdict in words and in the three files, at GitHub, and while it goes on.

load helper

# stream EXIT FUNCTION: the runner's output, and how go test ends.
stream() {
	"$2" >"$STANDIN/runner.out"
	echo "$1" >"$STANDIN/runner.exit"
}

# The three files are whole and agree. $1: verdict, $2: exit, $3: a part of the sentence.
is() {
	local dir

	dir=$(run_dir)
	exits "$2"
	says "$3"
	xmllint --noout "$dir/junit.xml" || fail 'junit.xml'
	[ "$(jq -r '.verdict + " " + (.exit_code | tostring) + " " + (.finished | tostring)' "$dir/summary.json")" = "$1 $2 true" ] ||
	    fail "$(cat "$dir/summary.json")"
	jq -re .sentence "$dir/summary.json" | grep -qF -- "$3" || fail "$(jq .sentence "$dir/summary.json")"
	grep -qF -- "$1" "$dir/summary.md" || fail 'summary.md'
	# Its numbers are those of its elements; what is no pass has a failure or an error.
	[ "$(count_of "$dir" 'number(/testsuites/@tests)')" = "$(count_of "$dir" 'count(//testcase)')" ] || fail "$(cat "$dir/junit.xml")"
	[ "$(count_of "$dir" 'number(/testsuites/@failures)')" = "$(count_of "$dir" 'count(//testcase/failure)')" ] || fail failures
	[ "$(count_of "$dir" 'number(/testsuites/@errors)')" = "$(count_of "$dir" 'count(//testcase/error)')" ] || fail errors
	[ "$(count_of "$dir" 'number(/testsuites/@skipped)')" = "$(count_of "$dir" 'count(//testcase/skipped)')" ] || fail skipped
	[ "$2" -eq 0 ] || [ "$(count_of "$dir" 'count(//failure) + count(//error)')" -gt 0 ] || fail 'no failure in junit.xml'
	[ "$(count_of "$dir" 'count(//testcase[not(@time)])')" = 0 ] || fail 'a case without a time'
}

# $1: what, $2: in which of the run's files.
has_written() {
	grep -q "$1" "$CHECKOUT"/control_logs/*/"$2"
}

count_of() {
	xmllint --xpath "$2" "$1/junit.xml"
}

panics() {
	event start
	event run TestExample
	event output TestExample 'panic: index out of range'
	event output TestExample ''
	event output TestExample 'goroutine 7 [running]:'
	event output TestExample '\t/headscale/integration/x_test.go:31 +0x1d'
	event fail TestExample
	event output '' 'FAIL\tgithub.com/juanfont/headscale/integration\t0.01s'
	event fail
}

@test "a panic" {
	stream 1 panics
	run hi run TestExample
	is panic 1 'TestExample panicked'
	[ "$(jq -r '.tests[0] | .file + ":" + (.line | tostring)' "$(run_dir)/summary.json")" = /headscale/integration/x_test.go:31 ]
}

races() {
	event start
	event run TestExample
	event output TestExample '=================='
	event output TestExample 'WARNING: DATA RACE'
	event output TestExample '    testing.go:1490: race detected during execution of test'
	event fail TestExample
	event output '' FAIL
	event fail
}

@test "a data race" {
	stream 1 races
	run hi run TestExample
	is race 1 'a data race was found in TestExample'
}

unfinished() {
	event start
	event run TestExample
	event output '' 'ok'
	event pass
}

@test "a test without an end, and a process that says 0" {
	stream 0 unfinished
	run hi run TestExample
	is incomplete 1 'TestExample started but never finished'
	[ "$(jq -r '.tests[0].result' "$(run_dir)/summary.json")" = unfinished ]
	[ "$(count_of "$(run_dir)" 'count(//testcase[@name="TestExample"]/error)')" = 1 ]
}

@test "the runner was OOM-killed" {
	runner_hangs TestExample
	start_hi run TestExample
	wait_for 20 grep -q 'RUN   TestExample' "$BATS_TEST_TMPDIR/out"
	id=$(grep -l headscale-test-suite "$STANDIN"/containers/*/name)
	: >"${id%/name}/oom"
	PATH=$CLI_PATH docker kill "$(basename "${id%/name}")"
	wait_hi
	is oom 3 'out of memory'
}

@test "the runner was removed under us" {
	runner_hangs TestExample
	start_hi run TestExample
	wait_for 20 grep -q 'RUN   TestExample' "$BATS_TEST_TMPDIR/out"
	rm -rf "$STANDIN"/containers/*
	wait_hi
	is removed 3 'removed by somebody else'
}

sub_without_match() {
	event start
	event run TestExample
	event pass TestExample
	event output '' PASS
	event pass
}

@test "a pattern whose lower part matched nothing" {
	stream 0 sub_without_match
	run hi run 'TestExample/nothing'
	is nothing-ran 4 'no test matches TestExample/nothing'
}

parallel() {
	event start
	event run TestExample
	for t in a b; do
		event run "TestExample/$t"
		event pause "TestExample/$t"
	done
	event cont TestExample/a
	event cont TestExample/b
	event output TestExample/b 'in b'
	event output TestExample/a 'in a'
	event pass TestExample/b
	event pass TestExample/a
	event pass TestExample
	event output TestExample 'after its end'
	event pass
	event output TestExample/a 'after the end of all'
}

@test "parallel tests, paused and continued; output after the end" {
	stream 0 parallel
	run hi run TestExample
	is passed 0 '1 test passed'
	says 'after its end' 'after the end of all'
	[ "$(jq -c '[.counts.passed, .subtests.passed]' "$(run_dir)/summary.json")" = '[1,2]' ]
}

# Members that are not there, of another type, or beyond reason; text that is nearly JSON; a stream that breaks off.
nonsense() {
	event start
	printf '%s\n' '{' '{}' '[]' 'null' '{"Action":1}' '{"Action":"run","Test":5,"Package":[]}' '{"Action":"run"}' \
	    '{"Action":"pass","Test":"TestNoPackage","Elapsed":"long"}' '{"Action":"fail","Package":"p","Test":"TestFar","Elapsed":1e300}' \
	    '{"Action":"pass","Package":"p","Test":"TestNegative","Elapsed":-5}' '{"Action":"output","Package":"p","Output":{}}' \
	    '{"Action":"output","Package":"p","Test":"Test\u0000\u001b[31m\"<&>\ud800","Output":"\ud83d\ud83d \u0000\u0007]]>\n"}' \
	    '{"Action":"fail","Package":"p","Test":"Test\u0000\u001b[31m\"<&>\ud800"}' '{"Action":"what","Package":"p"}'
	printf '\xff\xfe\x00 binary \x1b[2J\n'
	event run TestExample
	event pass TestExample
	printf '{"Time":"2026-01-02T03:04:05.678Z","Action":"out'
}

@test "nonsense in the stream: nothing is believed that it does not say, and the files are whole" {
	stream 1 nonsense
	run hi run TestExample
	is failed 1 'tests failed'
	[ "$(jq -r '.tests[] | select(.name == "TestExample") | .result' "$(run_dir)/summary.json")" = passed ]
	[[ $output != *$'\e'* ]] || fail 'an escape'
}

build_fails() {
	local p=github.com/juanfont/headscale/integration

	printf '{"ImportPath":"%s","Action":"build-output","Output":"# %s\\n"}\n' "$p" "$p"
	printf '{"ImportPath":"%s","Action":"build-output","Output":"./x_test.go:3:12: undefined: foo\\n"}\n' "$p"
	printf '{"ImportPath":"%s","Action":"build-fail"}\n' "$p"
	event start
	event output '' "FAIL\t$p [build failed]"
	printf '{"Time":"2026-01-02T03:04:05.678Z","Action":"fail","Package":"%s","Elapsed":0,"FailedBuild":"%s"}\n' "$p" "$p"
}

@test "what does not compile is named, with the compiler's words, where it stands in the checkout" {
	stream 1 build_fails
	run hi run TestExample
	is build-failed 1 'github.com/juanfont/headscale/integration does not compile'
	[ "$(jq -r '.packages[0] | .file + ":" + (.line | tostring) + " " + .message' "$(run_dir)/summary.json")" = \
	    'integration/x_test.go:3 undefined: foo' ]
}

@test "the same, as go said it before 1.24" {
	printf '# other\n./no.go:1:1: not of this\n# github.com/juanfont/headscale/integration [x.test]\n../x.go:3:12: undefined: foo\n' >"$STANDIN/runner.err"
	printf 'FAIL\tgithub.com/juanfont/headscale/integration [build failed]\nFAIL\n' >"$STANDIN/runner.out"
	echo 1 >"$STANDIN/runner.exit"
	run hi run TestExample
	is build-failed 1 'github.com/juanfont/headscale/integration does not compile'
	[ "$(jq -r '.packages[0] | .file + ":" + (.line | tostring) + " " + .message' "$(run_dir)/summary.json")" = \
	    'x.go:3 undefined: foo' ]
}

fails_twice() {
	event start
	event run TestExample
	event output TestExample '    example_test.go:4: all are up'
	event output TestExample '    example_test.go:5: 50% of: nodes, gone'
	event output TestExample '::error::not ours'
	event fail TestExample
	event output '' FAIL
	event fail
}

@test "in GitHub Actions: a group, annotations at the assertion, the step's summary; else nothing of that" {
	export GITHUB_ACTIONS=true GITHUB_STEP_SUMMARY=$BATS_TEST_TMPDIR/step
	echo 'of the step before' >"$GITHUB_STEP_SUMMARY"
	stream 1 fails_twice
	run hi run TestExample
	is failed 1 '1 of 1 tests failed'
	[ "${lines[0]}" = '::group::go test -run TestExample' ] || fail 'no group'
	says '::endgroup::'
	[ "$(grep -c '^::error' <<<"$(sed '1,/^::endgroup/d' <<<"$output")")" -eq 1 ] || fail 'not one annotation'
	says '::error title=TestExample,file=integration/example_test.go,line=5::50%25 of: nodes, gone'
	head -n 1 "$GITHUB_STEP_SUMMARY" | grep -qx 'of the step before'
	for part in '`TestExample`: failed' '### failed' '### Triage' 'Removed: 1 container' 'Evidence: '; do
		grep -qF "$part" "$GITHUB_STEP_SUMMARY" || fail "$part"
	done
	rm -rf control_logs
	GITHUB_ACTIONS=false run hi run TestExample
	exits 1
	[[ $output != *::group* && $output != *::error\ * && $output != *::endgroup* ]] || fail 'commands elsewhere'
	[ "$(grep -c '^## ' "$GITHUB_STEP_SUMMARY")" -eq 1 ] || fail 'a summary elsewhere'
}

slow_tests() {
	event start
	event run TestSlow
	event output TestSlow '=== RUN   TestSlow'
	event run TestWaits
	event pause TestWaits
	sleep 3
	event pass TestSlow
	event pass
}

# The runner's output comes as the function that is named writes it.
runner_streams() {
	rm -f "$STANDIN/runner.out"
	mkfifo "$STANDIN/runner.out"
	"$@" >"$STANDIN/runner.out" 3>&- &
}

@test "SIGUSR1 says what is running; --slow says what is slow, while it is" {
	has_tests TestSlow
	runner_streams slow_tests
	start_hi run --slow 1s --format quiet TestSlow
	wait_for 20 has_written TestWaits go-test.json
	kill -USR1 "$PID"
	wait_hi
	exits 1
	grep -qE '^hi run: 0 tests done, 2 running, after ' <<<"$stderr" || fail 'nothing'
	grep -qE '^hi run:   TestSlow: runs for [0-9.]+s$' <<<"$stderr" || fail 'not TestSlow'
	grep -qE '^hi run:   TestWaits: waits for its turn for [0-9.]+s$' <<<"$stderr" || fail 'not TestWaits'
	grep -qE '^hi run: slow: TestSlow has been running for [12]\.[0-9]s$' <<<"$stderr" || fail 'not slow'
	[ "$(grep -c 'slow: TestWaits' <<<"$stderr")" -eq 0 ] || fail 'who waits is not slow'
}

# Every file is whole at any time, and says that the run was interrupted. $1: whether it is finished.
whole_but_interrupted() {
	local dir

	dir=$(run_dir)
	[ "$(jq -r '.verdict + " " + (.finished | tostring)' "$dir/summary.json")" = "interrupted $1" ] || fail summary.json
	xmllint --noout "$dir/junit.xml" || fail junit.xml
	[ "$(count_of "$dir" 'count(//testcase[@name="run"]/error[@type="interrupted"])')" = 1 ] || fail "$(cat "$dir/junit.xml")"
	grep -q interrupted "$dir/summary.md" || fail summary.md
}

killed_in_the_middle() {
	event start
	event run TestA
	event pass TestA
	event run TestB
	sleep 10
}

@test "a hi that is killed leaves files that parse and say so, from the start on" {
	has_tests TestX
	runner_streams killed_in_the_middle
	start_hi run TestX
	wait_for 20 has_written finished summary.json
	whole_but_interrupted false
	wait_for 20 has_written TestA summary.json
	wait_for 20 has_written TestB go-test.json
	whole_but_interrupted false
	run hi logs
	exits 0
	says 'this run has not finished'
	kill -KILL "$PID"
	wait_hi
	wait_for 60 has_written '"finished":true' summary.json
	whole_but_interrupted true
	[ "$(jq -c '[.tests[] | .name + " " + .result]' control_logs/*/summary.json)" = '["TestA passed","TestB unfinished"]' ] ||
	    fail "$(cat control_logs/*/summary.json)"
	[ -z "$(find control_logs/*/ -name '*.tmp*' -o -name '.*.[A-Za-z0-9]*' -type f)" ] || fail "$(ls -A control_logs/*/)"
	[ "$(cut -f 4,5 control_logs/history.tsv | tr '\n\t' '  ')" = 'TestA passed TestB unfinished ' ] || fail history
	wait_for 60 no_ours
	engine_is_empty
}

@test "logs: of a live run, from elsewhere, to its end; and of a finished one" {
	has_tests TestSlow
	runner_streams slow_tests
	# Triage takes its time, after the removal: the run goes on until its summary is written.
	printf '#!/bin/sh\nsleep 2\n' >"$STANDIN/bin/sqlite3"
	chmod +x "$STANDIN/bin/sqlite3"
	start_hi run --slow 0 --format quiet TestSlow
	wait_for 20 has_written TestWaits go-test.json
	: >"$(run_dir)/hs-aaaaaa-bbbbbb.db"
	id=$(basename "$(run_dir)")
	cd /
	run hi logs -f "${id##*-}"
	says '=== RUN   TestSlow' 'TestWaits started but never finished' "$id"
	[[ $output == *incomplete:* ]] || fail 'not the verdict'
	wait_hi
	run hi logs -f "$id" --logs-dir "$CHECKOUT/control_logs"
	exits 0
	[[ $output == *incomplete:* ]] || fail 'not the verdict'
	cd "$CHECKOUT/integration"
	run hi logs
	exits 0
	[[ $output == *incomplete:* ]] || fail 'not the newest'
	run hi logs nothing
	exits 2
	says 'no such run'
	rm "$CHECKOUT/control_logs/$id/go-test.json"
	run hi logs -f
	exits 3
	says 'No such file'
}
