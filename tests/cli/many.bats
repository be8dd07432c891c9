#!/usr/bin/env bats
# shellcheck disable=SC2154
# hi list, hi run for many tests, hi report.

load helper

setup() {
	cli_setup
	printf 'package integration\n\nimport "testing"\n\n' >integration/example_test.go
	for one in TestA TestB TestC TestD; do
		echo "func $one(t *testing.T) {}" >>integration/example_test.go
	done
	# Of each test its own result: outcome TEST RESULT...; the last one holds for all further runs.
	answer logs '
		id=$(find_container "${@: -1}")
		test=$(sed -n "s/^\^\(Test[A-Za-z]*\)\\$.*/\1/p" "$S/containers/$id/command")
		[ -n "$test" ] && [ -e "$S/outcome.$test" ] || { do_logs "$@"; exit; }
		n=$(nth "$test")
		file=$(ls -v "$S"/outcome."$test" | sed -n "${n}p")
		[ -n "$file" ] || file=$(ls -v "$S"/outcome."$test" | tail -n 1)
		cat "$S/outcome.$test/$file"
		while [ -e "$S/outcome.$test/hang" ] && [ "$(of "$id" state)" = running ]; do sleep 0.05; done
		code=0; ! grep -q "\"Action\":\"fail\"" "$S/outcome.$test/$file" || code=1
		[ "$(of "$id" state)" != running ] || ended "$id" $code
		exit'
	for one in TestA TestB TestC TestD; do
		outcome $one pass
	done
}

outcome() {
	local test=$1 n=0 result package

	shift
	mkdir -p "$STANDIN/outcome.$test"
	for result; do
		n=$((n + 1))
		package=$result
		[ "$result" != skip ] || package=pass
		runner_says $package "$test=$result"
		mv "$STANDIN/runner.out" "$STANDIN/outcome.$test/$n"
		rm -f "$STANDIN/runner.exit"
	done
	runner_passes TestExample
}

# The only set's directory.
set_dir() {
	local dirs

	dirs=$(grep -l '"runs":\[' "$CHECKOUT"/control_logs/*/summary.json)
	[ "$(wc -l <<<"$dirs")" -eq 1 ] || fail "not one set: $dirs" || return
	dirname "$dirs"
}

of_set() {
	jq -r "$1" "$(set_dir)/summary.json"
}

runners_made() {
	grep -c '^docker create ' "$STANDIN/log"
}

@test "list: names in source order, as JSON, and by a pattern" {
	run --separate-stderr hi list
	exits 0
	[ "$output" = "TestA
TestB
TestC
TestD" ]
	run --separate-stderr hi list --json 'B|D$'
	exits 0
	[ "$(jq -c '[.[] | .name, .line, .seconds]' <<<"$output")" = '["TestB",6,null,"TestD",8,null]' ]
	run --separate-stderr hi list Nope
	exits 4
	complains 'no test matches Nope'
	run --separate-stderr hi list 'Test('
	exits 2
	complains 'Test('
}

@test "list: the parts are the whole, each test in one" {
	local part all=

	for part in 1 2 3; do
		all+=$(hi list --shard $part/3)$'\n'
	done
	[ "$(sort <<<"$all" | grep .)" = "$(hi list)" ]
	for part in 0/3 4/3 x; do
		run --separate-stderr hi list --shard $part
		exits 2
		complains "--shard=$part"
	done
}

@test "list: a matrix for GitHub, with splits and the PostgreSQL subset" {
	printf 'split TestB one\nsplit TestB two # and more\n\npostgres TestC\npostgres TestZ\n' >matrix
	run --separate-stderr hi list --format=github --matrix matrix 'B|C'
	exits 0
	complains 'no test of this checkout is called TestZ'
	[ "$(jq -c '.include[] | [.pattern, .name, .postgres]' <<<"$output")" = '["^TestB$/^one","TestB-one",false]
["^TestB$/^two","TestB-two",false]
["^TestC$","TestC",false]
["^TestC$","TestC-postgres",true]' ]
	echo 'splot TestB' >matrix
	run --separate-stderr hi list --format=github --matrix matrix
	exits 2
	complains 'matrix:1:'
}

@test "list: a word when GitHub's limit of a matrix is passed" {
	for i in {1..300}; do
		echo "func TestMany$i(t *testing.T) {}" >>integration/example_test.go
	done
	run --separate-stderr hi list --format=github Many
	exits 0
	complains '300 entries' '256'
	[ "$(jq '.include | length' <<<"$output")" -eq 300 ]
}

@test "-j: each test in a run of its own, one summary of all" {
	run hi run -j 3 'Test[A-D]'
	exits 0
	says 'Test[A-D], 3 at once' '4 tests match: TestA, ' 'PASS     0.5s  TestA ' 'PASS     0.5s  TestD ' \
	    '4 tests passed, in 4 runs'
	[ "$(runners_made)" -eq 4 ]
	[ "$(of_set '.runs | length')" -eq 4 ]
	[ "$(of_set '[.tests[].name] | sort | join(" ")')" = 'TestA TestB TestC TestD' ]
	[ "$(of_set '[.finished, .verdict, .exit_code, .counts.passed, .removed.containers] | join(" ")')" = \
	    'true passed 0 4 4' ]
	[ "$(grep -c '<testcase classname="github' "$(set_dir)/junit.xml")" -eq 4 ]
	[ "$(cut -f4,5 control_logs/history.tsv | sort | tr '\t\n' '  ')" = \
	    'TestA passed TestB passed TestC passed TestD passed ' ]
	for dir in control_logs/*/; do
		[[ $(basename "$dir") =~ ^[0-9]{8}-[0-9]{6}-[a-z0-9]{6}$ ]]
	done
	engine_is_empty
	no_lease
}

@test "-j: what is asked of a run is asked of each; only the first cleans before" {
	run hi run -j 2 --timeout=90s --postgres 'TestA|TestB'
	exits 0
	[ "$(grep '^docker create ' "$STANDIN/log" | grep -c -- '-timeout 1m30s .*\|HEADSCALE_INTEGRATION_POSTGRES=1')" -eq 2 ]
	called 'HEADSCALE_INTEGRATION_POSTGRES=1'
	called '-run \\\^TestA\\\$'
}

@test "-j: a failure's words, and nothing else is started" {
	outcome TestA fail
	run hi run --shard 1/1 'TestA|TestB'
	exits 1
	says 'FAIL     0.5s  TestA ' 'in TestA' 'not started, because TestA did not pass (--failfast): TestB'
	[ "$(runners_made)" -eq 1 ]
	[ "$(of_set .verdict)" = failed ]
}

@test "-j --failfast=false: the others run" {
	outcome TestA fail
	outcome TestC skip
	run hi run -j 2 --failfast=false 'Test[A-D]'
	exits 1
	says '2 tests passed, 1 failed, 1 skipped'
	[ "$(runners_made)" -eq 4 ]
}

@test "a flaky test is told from one that passed" {
	outcome TestB fail pass
	run hi run --rerun-fails -j 2 'TestA|TestB'
	exits 0
	says 'it is run again' 'PASS     0.5s  TestB  flaky, again (1)' \
	    'flaky: TestB failed 1 time, then passed' '2 tests passed, 1 of them flaky'
	[ "$(of_set '.tests[] | select(.name == "TestB") | .failed_before')" -eq 1 ]
	grep -q '<flakyFailure' "$(set_dir)/junit.xml"
}

@test "--flaky=fail" {
	outcome TestB fail pass
	run hi run --rerun-fails=2 --flaky=fail TestB
	exits 1
	[ "$(runners_made)" -eq 2 ]
}

@test "--rerun-fails gives up after N" {
	outcome TestB fail
	run hi run --rerun-fails=2 TestB
	exits 1
	[ "$(runners_made)" -eq 3 ]
	says '0 tests passed, 1 failed, in 3 runs'
}

@test "--rerun-only=infra leaves a failure of the code alone" {
	outcome TestB fail pass
	run hi run --rerun-fails=2 --rerun-only=infra TestB
	exits 1
	[ "$(runners_made)" -eq 1 ]
}

@test "nothing is repeated where it does not compile" {
	mkdir -p "$STANDIN/outcome.TestA"
	{
		echo '{"ImportPath":"github.com/juanfont/headscale/integration","Action":"build-output","Output":"x.go:1:1: no\n"}'
		echo '{"ImportPath":"github.com/juanfont/headscale/integration","Action":"build-fail"}'
		event start
		event output '' 'FAIL	github.com/juanfont/headscale/integration [build failed]'
		event fail | sed 's/}$/,"FailedBuild":"github.com\/juanfont\/headscale\/integration"}/'
	} >"$STANDIN/outcome.TestA/1"
	run hi run --rerun-fails=3 --failfast=false --shard 1/1 'Test[A-D]'
	exits 1
	says 'not started, because it does not compile'
	[ "$(runners_made)" -eq 1 ]
}

@test "--count: how often, and how sure" {
	outcome TestA fail pass fail pass
	run hi run --count=4 TestA
	exits 1
	[ "$(runners_made)" -eq 4 ]
	says 'TestA failed 2 of 4 times: 50 %, and 95 % sure between 15 % and 85 %' '2 tests passed, 2 failed'
}

@test "--rerun-last: what failed the last time it ran" {
	outcome TestB fail pass
	run hi run --failfast=false -j 2 'Test[A-C]'
	exits 1
	printf 'half a li\n' >>control_logs/history.tsv
	run hi run --rerun-last
	exits 0
	says '1 damaged line' '1 test matches and did not pass last time: TestB' \
	    'PASS     0.5s  TestB ' '1 test passed'
	[ "$(runners_made)" -eq 4 ]
	run hi run --rerun-last
	exits 4
	says 'nothing that matches Test failed the last time'
}

@test "shards on two machines, one report" {
	run hi run --shard 1/2 -j 2 --logs-dir one 'Test[A-D]'
	exits 0
	[ ! -e one/history.tsv ]
	run hi report one
	exits 1
	says 'shard 2/2 is missing' 'incomplete'
	run hi run --shard 2/2 -j 2 --logs-dir two 'Test[A-D]'
	exits 0
	run hi report --junit all.xml --markdown all.md --history history one two
	exits 0
	says '4 tests passed' '4 runs'
	[ "$(grep -c '<testcase classname="github' all.xml)" -eq 4 ]
	grep -q 'passed' all.md
	[ "$(cut -f4 history | sort | tr '\n' ' ')" = 'TestA TestB TestC TestD ' ]
	run --separate-stderr hi report --json one two one
	exits 0
	[ "$(jq '.tests | length' <<<"$output")" -eq 4 ]
	# Cut again, by what was learned: the parts no longer fit.
	rm -r two
	mkdir two
	sed 's/0\.500$/99.500/; 1,2s/99/9/' history >two/history.tsv
	run hi run --shard 2/2 -j 2 --logs-dir two 'Test[A-C]'
	run hi report one two
	exits 1
	says 'were cut from different lists'
}

@test "shards on both databases are told apart" {
	hi run --shard 1/1 --logs-dir one 'TestA|TestB'
	hi run --shard 1/2 --postgres --logs-dir two 'TestA|TestB'
	run hi report one two
	exits 1
	says 'shard 2/2 [postgres] is missing'
	says_not 'different lists' 'there twice'
}

@test "report --tests: what should have run, and did not" {
	hi run -j 2 'TestA|TestB'
	runner_says pass TestC=pass TestC/one=pass
	mv "$STANDIN/runner.out" "$STANDIN/outcome.TestC/1"
	hi run '^TestC$/^one'
	hi list 'Test[AB]' >all
	run hi report --tests all control_logs
	exits 0
	hi list --json >all
	run hi report --tests all control_logs
	exits 1
	says '1 test of all did not run: TestD' 'but not all of it is there'
	printf 'split TestC one\nsplit TestC two\npostgres TestA\n' >matrix
	hi list --format=github --matrix matrix 'Test[A-C]' >all
	run hi report --tests all control_logs
	exits 1
	says '2 tests of all did not run: TestC/two, TestA [postgres]'
	for bad in '{"include":3}' 'nonsense' '[{}]' '{'; do
		echo "$bad" >all
		run --separate-stderr hi report --tests all control_logs
		exits 2
		complains 'all: not what hi list prints'
	done
	run --separate-stderr hi report --tests none control_logs
	exits 2
	complains none
}

@test "report: of nothing, of what is damaged, of a set that was killed" {
	mkdir empty
	run hi report empty
	exits 1
	says 'empty: no run in it' 'incomplete'
	run --separate-stderr hi report
	exits 2
	complains 'no run in'
	run hi run -j 2 'TestA|TestB'
	exits 0
	run hi report
	exits 0
	says '2 tests passed'
	sed -i 's/"finished":true/"finished":false/' "$(set_dir)/summary.json"
	run hi report control_logs
	exits 1
	says 'did not finish: its runs count' '2 tests passed'
	echo '{' >"$(set_dir)/summary.json"
	run hi report control_logs
	exits 1
	says 'damaged'
}

@test "one Ctrl-C ends all runs of a set and cleans all of them" {
	for one in TestA TestB TestC; do
		: >"$STANDIN/outcome.$one/hang"
	done
	start_hi run -j 3 'Test[A-D]'
	wait_for 15 bash -c "[ \$(grep -c '^docker logs' '$STANDIN/log') -eq 3 ]"
	kill -INT "$PID"
	wait_hi
	exits 130
	says 'each run saves logs' 'interrupted: ended by SIGINT'
	[ "$(of_set '[.verdict, .finished] | join(" ")')" = 'interrupted true' ]
	engine_is_empty
	nothing_runs
	no_lease
}

@test "a supervisor that is killed takes its runs with it, and their cleaners clean" {
	for one in TestA TestB; do
		: >"$STANDIN/outcome.$one/hang"
	done
	start_hi run -j 2 'Test[A-D]'
	wait_for 15 bash -c "[ \$(grep -c '^docker logs' '$STANDIN/log') -eq 2 ]"
	kill -KILL "$PID"
	wait_hi
	exits 137
	wait_for 40 no_ours
	engine_is_empty
	no_lease
	run hi ps --all
	[ "$(grep -c interrupted <<<"$output")" -eq 3 ] || fail 'not the set and its runs'
	says 'Test[A-D] (set of 2)'
	says_not unknown
	run hi report control_logs
	exits 1
	says 'did not finish: its runs count' '2 unfinished, in 2 runs'
}

@test "an engine that is not there: one try, one word" {
	answer info 'echo "Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?" >&2; exit 1'
	run hi run -j 2 'Test[A-D]'
	exits 3
	says 'not started, because a run could not be started'
	[ "$(grep -c '^docker info' "$STANDIN/log")" -eq 1 ]
}

@test "what can't be: one line, exit 2" {
	local bad

	for bad in '-j 0' '-j x' '-j=' '-j -1' '-j 4294967297' '--count=0' '--count=4294967297' \
	    '--shard=3/2' '--shard=' '--shard=1/4294967297' '--rerun-fails=4294967296' '--rerun-fails=-1' '--rerun-fails=0x1' '--rerun-fails=' \
		'--timeout=0' '--timeout=99999h' '--timeout=9223372036854775808ns' '--slow=99999999999h' \
		'--hs-memory-limit=99999999999999999999' '--ts-memory-limit=-1' '--ts-memory-limit=' \
		'--count=2 --rerun-fails' '-j 2 TestB'; do
		# shellcheck disable=SC2086
		run --separate-stderr hi run $bad TestA
		exits 2
		complains 'hi'
	done
	run --separate-stderr hi run -j 2 'TestA|TestB/sub'
	exits 2
	complains 'put each in a hi run of its own'
	run --separate-stderr hi run -j 2 TestNone
	exits 4
	complains 'no test matches TestNone'
}

@test "no flag of the set reaches its runs, every other one does" {
	answer info 'tr "\0" "\n" </proc/$PPID/cmdline >>"$S/argv"'
	run hi run -j 2 --shard=1/1 --rerun-fails=1 --rerun-only=infra --flaky=fail --slow=7s --hs-memory-limit=0.5 \
		--test='Test[AB]'
	exits 0
	! grep -E '^--?(j|shard|rerun|flaky|count|test)' "$STANDIN/argv" || fail 'a set in a set'
	grep -qx -e --slow=7s "$STANDIN/argv"
	grep -q '^--hs-memory-limit=0\.50*$' "$STANDIN/argv"
}

@test "--format=quiet and json keep stdout for what they are" {
	run --separate-stderr hi run -j 2 --format=json 'TestA|TestB'
	exits 0
	[ "$(jq -sc '[(map(select(.event == "end")) | length), (map(select(.event == "set")) | length)]' <<<"$output")" = \
	    '[2,1]' ]
	run --separate-stderr hi run -j 2 --format=quiet 'TestA|TestB'
	exits 0
	[[ $output != *'set 2'* ]]
	outcome TestB fail
	sed -i 's/in TestB/has no \\"schema\\"/' "$STANDIN/outcome.TestB/1"
	GITHUB_ACTIONS=true run --separate-stderr hi run -j 2 --format=json 'TestA|TestB'
	exits 1
	[ "$(jq -sc '[.[] | select(.event == "set") | .schema]' <<<"$output")" = '[1]' ]
}
