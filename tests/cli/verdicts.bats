#!/usr/bin/env bats
# shellcheck disable=SC2154
# What hi makes of streams as go test -json gives them: streams/NAME.json is what 1.26.8 said of a copy of
# streams/NAME.go as NAME_test.go. A verdict comes from what the go command and the testing package say of a test, never
# from what a test prints.

load helper

# judged NAME GO-EXIT VERDICT EXIT: hi run over that stream; the files agree, and a failed run has a failure in JUnit.
judged() {
	cp "$BATS_TEST_DIRNAME/streams/$1.json" "$STANDIN/runner.out"
	echo "$2" >"$STANDIN/runner.exit"
	run hi run TestExample --format=quiet
	dir=$(run_dir)
	exits "$4"
	[ "$(jq -r .verdict "$dir/summary.json")" = "$3" ] || fail "$(jq -c '[.verdict, .sentence]' "$dir/summary.json")"
	[ "$(jq -r .exit_code "$dir/summary.json")" = "$4" ] || fail 'exit_code'
	xmllint --noout "$dir/junit.xml" || fail 'junit.xml'
	[ "$4" -eq 0 ] || xmllint --xpath '//failure | //error' "$dir/junit.xml" >/dev/null || fail 'no failure in junit.xml'
}

# is NAME RESULT [FILE:LINE [MESSAGE]]: of a test, or of the package (""). -: nothing there.
is() {
	local seen

	seen=$(jq -r --arg n "$1" '(.tests + (.packages | map(. + {name: ""})))[] | select(.name == $n) |
	    .result, (if .file then .file + ":" + (.line | tostring) else "-" end), .message // "-"' "$dir/summary.json")
	[ "$(sed -n 1p <<<"$seen")" = "$2" ] || fail "$1: $seen"
	[ $# -lt 3 ] || [ "$(sed -n 2p <<<"$seen")" = "$3" ] || fail "$1: $seen"
	[ $# -lt 4 ] || [ "$(sed -n 3p <<<"$seen")" = "$4" ] || fail "$1: $seen"
}

sentence() {
	jq -r .sentence "$dir/summary.json" | grep -qF -- "$1" || fail "$(jq .sentence "$dir/summary.json")"
}

@test "a panic is the failure of the test that panicked, the subtest here" {
	judged panic 1 panic 1
	is TestPanics/sub failed /src/integration/panic_test.go:17 'panic: assignment to entry in nil map [recovered, repanicked]'
	is TestPassesFirst passed
	sentence 'TestPanics/sub panicked: assignment to entry in nil map'
}

@test "a panic of another goroutine: the test that ran is named, and the goroutine's place" {
	judged goroutine 1 panic 1
	is TestStarts passed
	is TestMeanwhile unfinished /src/integration/goroutine_test.go:11 'panic: send on closed channel'
}

@test "a panic after the last test, and before the first, whatever go's exit code" {
	for code in 1 2 0; do
		judged late "$code" panic 1
		is TestOne passed
		is '' failed /src/integration/late_test.go:12 'panic: send on closed channel'
		rm -rf control_logs
	done
	judged init 1 panic 1
	is '' failed /src/integration/init_test.go:7 'panic: assignment to entry in nil map'
}

@test "go test's deadline: each test that still ran, at its own line" {
	judged timeout 1 deadline 124
	is TestA unfinished /src/integration/timeout_test.go:12
	is TestA/slow unfinished /src/integration/timeout_test.go:14
	is TestB unfinished /src/integration/timeout_test.go:20
	is TestC passed
	sentence TestB
	sentence TestA/slow
}

@test "go kills a process that outlives its own deadline: the deadline, too" {
	judged hangs 1 deadline 124
	is TestFails failed integration/hangs_test.go:10 'not up'
	rm -rf control_logs
	judged quit 1 deadline 124
	is TestIgnores unfinished
	sentence TestIgnores
	# As a kill by signal has it.
	rm -rf control_logs
	sed 's/killed with quit: ran/killed: ran/' "$BATS_TEST_DIRNAME/streams/quit.json" >"$BATS_TEST_TMPDIR/quit.json"
	BATS_TEST_DIRNAME=$BATS_TEST_TMPDIR
	mkdir streams && mv "$BATS_TEST_TMPDIR/quit.json" streams && BATS_TEST_DIRNAME=$PWD
	judged quit 1 deadline 124
}

@test "the process is killed by a signal: its test has no end, and the signal is the reason" {
	judged killed 1 incomplete 1
	is TestIsKilled unfinished integration/killed_test.go:11 'signal: killed'
	sentence 'signal: killed'
}

@test "a signal that the runtime reports: the crash of the test that it arrived in" {
	judged abort 1 panic 1
	is TestAborts unfinished /src/integration/abort_test.go:11 'SIGABRT: abort'
	sentence 'crashed while it ran TestAborts: SIGABRT: abort'
}

@test "words of another program are no verdict: races, panics, timeouts and results that tests quote" {
	judged quotes 1 failed 1
	is TestQuotes passed
	is TestOwnReason failed
	is TestQuotesAndFails failed integration/quotes_test.go:40 'the server panicked'
	rm -rf control_logs
	judged quotesmain 1 failed 1
	is '' failed - 'FAIL: the server has panicked'
	rm -rf control_logs
	judged fatal 1 incomplete 1
	is TestEnds unfinished - '2026/11/28 02:39:45 no engine at /var/run/docker.sock'
}

@test "a data race of the test's own" {
	judged race 1 race 1
	is TestRaces/sub failed /src/integration/race_test.go:9
	sentence TestRaces/sub
}

@test "the package fails though no test did: the reason is the message" {
	judged setup 1 failed 1
	is '' failed - 'no engine: is docker running?'
	rm -rf control_logs
	judged leak 1 failed 1
	is '' failed - 'goleak: Errors on successful test run: found unexpected goroutines:'
	sentence 'goleak: Errors'
	rm -rf control_logs
	judged exit 1 incomplete 1
	is TestExits unfinished - 'cannot go on'
}

@test "a failure from go's own file has no place; one in a helper's file has the helper's, where only one is so called" {
	local n

	export GITHUB_ACTIONS=true
	mkdir integration/hsic
	touch integration/hsic/hsic.go
	judged failnow 1 failed 1
	is TestParent/one failed - 'test executed panic(nil) or runtime.Goexit: subtest may have called FailNow on a parent test'
	is TestHelper failed integration/hsic/hsic.go:6 'headscale is not up'
	says '::error title=TestHelper,file=integration/hsic/hsic.go,line=6::'
	[[ $output != *testing.go,* ]] || fail 'an annotation in testing.go'
	for n in two none; do
		rm -rf control_logs
		[ "$n" = none ] && rm integration/hsic/hsic.go || install -D /dev/null integration/other/hsic.go
		[ "$n" = none ] && rm integration/other/hsic.go
		judged failnow 1 failed 1
		is TestHelper failed - 'headscale is not up'
		says '::error title=TestHelper::'
	done
	# No annotation at a file that the checkout does not have.
	rm -rf control_logs
	judged timeout 1 deadline 124
	[[ $output != *',file='* ]] || fail 'an annotation elsewhere'
}

@test "go loses the end of a test that leaves a line open: it passed" {
	judged partial 0 passed 0
	is TestPartial/n4096 passed
	is TestTop4096 passed
}

@test "it does not compile, go vet stops it, or it cannot be loaded: three things" {
	judged compile 1 build-failed 1
	sentence 'does not compile: undefined: undefined'
	is '' build-failed integration/compile_test.go:5 'undefined: undefined'
	rm -rf control_logs
	judged vet 1 build-failed 1
	sentence 'was stopped by go vet'
	run ! sentence "does not compile"
	is '' build-failed integration/vet_test.go:7
	rm -rf control_logs
	judged missing 1 build-failed 1
	sentence 'could not be loaded: module example.com/not/there'
}

@test "names of any kind, subtests, an example, a fuzz test, output without a newline" {
	judged names 1 failed 1
	is 'TestÜber/</script><!--' failed integration/names_test.go:10 'ein Fehler'
	is 'TestÜber/::error::x' passed
	is TestNoNewline passed
	is FuzzIt/seed#0 failed integration/names_test.go:31 'bad "seed"'
	is ExampleWrong failed - 'got: got this want: want that'
	[ "$(jq -c '[.counts.passed, .counts.failed]' "$dir/summary.json")" = '[2,3]' ]
}

@test "cut at any line, a stream ends in a verdict, and never in a pass" {
	local n

	for n in 1 4 9 14 18 25 31; do
		head -n "$n" "$BATS_TEST_DIRNAME/streams/panic.json" >"$STANDIN/runner.out"
		echo 1 >"$STANDIN/runner.exit"
		run hi run TestExample --format=quiet
		exits 1
		rm -rf control_logs
	done
}
