#!/usr/bin/env bats
# shellcheck disable=SC2154,SC2016
# hi report names every part that it can't use; JUnit, Markdown and the exit code of a run agree on what
# failed.

load helper

teardown() {
	[ -z "${OUTSIDE-}" ] || rm -rf "$OUTSIDE"
	cli_teardown
}

# part DIR NAME: a run's directory in DIR that passed.
part() {
	mkdir -p "$1/$2"
	jq -n --arg id "$2" '{schema: 1, finished: true, run_id: $id, pattern: "TestA", verdict: "passed",
	    sentence: "1 test passed", exit_code: 0, ending: "normal", counts: {passed: 1},
	    tests: [{package: "p", name: ("Test" + $id[-1:]), result: "passed", seconds: 1}],
	    packages: [{package: "p", result: "passed"}]}' >"$1/$2/summary.json"
}

# Each format says it: a part that is named so can't be used.
is_incomplete() {
	local words=$1 code

	shift
	run hi report --junit j.xml --markdown m.md "$@"
	exits 1
	says "$words"
	grep -qF -- "$words" m.md || fail "$(cat m.md)"
	grep -q '^## ❌' m.md || fail "$(cat m.md)"
	xmllint --noout j.xml || fail "$(cat j.xml)"
	[ "$(xmllint --xpath 'count(//testcase[@name="run"]/error)' j.xml)" = 1 ] || fail "$(cat j.xml)"
	xmllint --xpath 'string(//testcase[@name="run"]/error)' j.xml | grep -qF -- "$words" ||
	    fail "$(cat j.xml)"
	run --separate-stderr hi report --json "$@"
	exits 1
	[ "$(jq -r '"\(.incomplete) \(.exit_code)"' <<<"$output")" = 'true 1' ] || fail 'not incomplete'
	jq -r '.notes[]' <<<"$output" | grep -qF -- "$words" || fail "$words"
}

@test "two good parts, alone, together, twice and by a link" {
	part all/one 20260409-104215-aaaaaa
	part all/two 20260409-104215-bbbbbb
	ln -s two all/three
	for given in all 'all/one all/two' 'all/one all/one all/two' all/one/20260409-104215-aaaaaa; do
		# shellcheck disable=SC2086
		run hi report --junit j.xml $given
		exits 0
		[ "$(xmllint --xpath 'count(//testcase[@name="run"])' j.xml)" = 0 ] ||
		    fail 'a case of the run'
	done
}

@test "a file that is a device, a fifo or a link is written into; any other is replaced" {
	local html reader

	part all/one 20260409-104215-aaaaaa
	mkfifo fifo
	cat fifo >from-fifo &
	reader=$!
	run hi report --markdown fifo all/one
	exits 0
	# Not whatever bats has in the background.
	wait "$reader"
	grep -q '^## ✅' from-fifo || fail "$(cat from-fifo)"
	[ -p fifo ] || fail 'the fifo was replaced'
	hi report --junit /dev/stdout all/one | cat >piped
	grep -q '1 test passed' piped || fail "$(cat piped)"
	grep -q '</testsuites>' piped || fail "$(cat piped)"
	hi report --html /dev/stdout all/one >printed
	html=$(tail -n 1 printed)
	grep -q '1 test passed' printed || fail "$(cat printed)"
	[ "$html" = '</html>' ] || fail "$html"
	[ -L /dev/stdout ] || fail '/dev/stdout was replaced'
	echo 'much longer than what comes' >there
	ln -s there link
	ln there same
	hi report --markdown link all/one
	hi report --markdown same all/one
	[ -L link ] || fail 'the link was replaced'
	grep -q '^## ✅' there || fail "$(cat there)"
	[ "$(stat -c %h same)" = 1 ] || fail 'the file was written into'
}

@test "a part that is not there, empty, a file, an archive, or without a summary" {
	part all/one 20260409-104215-aaaaaa
	is_incomplete 'all/two: No such file or directory' all/one all/two
	mkdir -p all/two/logs/more
	is_incomplete 'all/two: no run in it' all
	is_incomplete 'all/two: no run in it' all/one all/two
	is_incomplete 'all/two: no run in it' all/two
	rm -r all/two
	echo x >all/two
	is_incomplete 'all/two: not a directory' all
	is_incomplete 'all/two: not a directory' all/two all/one
	rm all/two
	echo x >all/part2.zip
	is_incomplete 'all/part2.zip: not a directory' all
	rm all/part2.zip
	mkdir -p all/two/20260409-104215-bbbbbb
	is_incomplete 'all/two: no run in it' all
	: >all/two/20260409-104215-bbbbbb/go-test.json
	is_incomplete 'all/two/20260409-104215-bbbbbb: a run without a summary' all
}

@test "a part that is damaged, of another schema, or no file" {
	local summary=all/two/20260409-104215-bbbbbb/summary.json text

	part all/one 20260409-104215-aaaaaa
	part all/two 20260409-104215-bbbbbb
	for text in '' '{' 'null' '[]' '{}' '{"schema":2,"verdict":"passed"}' '{"schema":1}' \
	    '{"schema":1,"verdict":"splendid"}' \
	    '{"schema":1,"verdict":"passed","tests":[{"package":"p","name":"T","result":"passed"}]}' \
	    '{"schema":1,"verdict":"passed","finished":true,"run_id":"x"}'; do
		printf '%s' "$text" >$summary
		is_incomplete "$summary" all
	done
	rm $summary
	ln -s summary.json $summary
	is_incomplete "$summary" all
	rm $summary
	mkdir $summary
	is_incomplete "$summary" all
	rmdir $summary
	mkfifo $summary
	is_incomplete "$summary" all
}

@test "links that lead nowhere or in a circle, and a part that lies deep" {
	part all/one 20260409-104215-aaaaaa
	ln -s nowhere all/two
	is_incomplete 'all/two: ' all
	ln -sf two all/two
	is_incomplete 'all/two: ' all
	is_incomplete 'all/two: ' all/two
	rm all/two
	# A circle through a directory hides nothing.
	ln -s .. all/one/up
	run hi report all
	exits 0
	part all/1/2/3/4/5/6/7/8/9 20260409-104215-bbbbbb
	run hi report all
	exits 0
	says '2 tests passed'
	deep=$(printf 'd/%.0s' {1..80})
	part "all/$deep" 20260409-104215-cccccc
	is_incomplete 'deeper than hi report looks' all
}

@test "a part that may not be read" {
	[ "$(id -u)" -eq 0 ] || skip 'root gives up its rights here'
	OUTSIDE=$(mktemp -d /tmp/hi-report.XXXXXX)
	chmod 755 "$OUTSIDE"
	cp "$HI" "$OUTSIDE/hi"
	part "$OUTSIDE/all/one" 20260409-104215-aaaaaa
	part "$OUTSIDE/all/two" 20260409-104215-bbbbbb
	for closed in all/two all/two/20260409-104215-bbbbbb all/two/20260409-104215-bbbbbb/summary.json; do
		chmod 0 "$OUTSIDE/$closed"
		for given in all 'all/one all/two' all/two; do
			# shellcheck disable=SC2086
			run setpriv --reuid 65534 --regid 65534 --clear-groups \
			    env -C "$OUTSIDE" HOME=/ ./hi report $given
			exits 1
			says "$closed: Permission denied" incomplete
		done
		chmod 755 "$OUTSIDE/$closed"
	done
}

@test "a run that did not finish, one that is still running, and two copies that differ" {
	part all/one 20260409-104215-aaaaaa
	part all/two 20260409-104215-bbbbbb
	sed -i 's/"finished": true/"finished": false/' all/two/*/summary.json
	is_incomplete 'run 20260409-104215-bbbbbb did not finish' all
	part all/three 20260409-104215-bbbbbb
	is_incomplete 'run 20260409-104215-bbbbbb is there twice' all
	rm -r all/two all/three
	runner_hangs TestExample
	start_hi run TestExample --logs-dir "$PWD/all/two"
	wait_for 20 grep -q 'RUN   TestExample' "$BATS_TEST_TMPDIR/out"
	is_incomplete 'is still running' all
	kill "$PID"
	wait_hi
}

@test "the newest run is the one that is looked at, and not the newest that can be read" {
	part control_logs 20260409-104215-aaaaaa
	part control_logs 20260409-104216-bbbbbb
	echo '{' >control_logs/20260409-104216-bbbbbb/summary.json
	is_incomplete 20260409-104216-bbbbbb
}

@test "the worst exit code of the parts counts, unless one is missing; a foreign one is no pass" {
	part all/one 20260409-104215-aaaaaa
	part all/two 20260409-104215-bbbbbb
	for code in 0 256 1000000; do
		jq ".verdict = \"failed\" | .exit_code = $code" all/one/*/summary.json >summary
		mv summary all/one/20260409-104215-aaaaaa/summary.json
		run hi report all
		exits 1
	done
	jq '.verdict = "deadline" | .exit_code = 124' all/one/*/summary.json >summary
	mv summary all/one/20260409-104215-aaaaaa/summary.json
	run hi report all
	exits 124
	mkdir all/three
	is_incomplete 'all/three: no run in it' all
}

# causes FILE: the names of the cases of junit.xml with a failure or an error, sorted.
causes() {
	xmllint --xpath '//testcase[failure or error]/@name' "$1" 2>/dev/null |
	    sed 's/^ *name="\(.*\)"$/\1/' | sort | tr '\n' ' '
}

# fails EXIT NAMES FUNCTION: a run of that stream fails with just these cases in JUnit, and hi report of it
# with the same.
fails() {
	local dir

	rm -rf control_logs
	"$3" >"$STANDIN/runner.out"
	echo 1 >"$STANDIN/runner.exit"
	run hi run TestExample
	exits "$1"
	dir=$(run_dir)
	[ "$(causes "$dir/junit.xml")" = "$2 " ] || fail "$(cat "$dir/junit.xml")"
	run hi report --junit j.xml
	exits "$1"
	[ "$(causes j.xml)" = "$2 " ] || fail "$(cat j.xml)"
}

nothing_at_all() {
	echo 'go: go.mod requires go >= 1.99'
}

panic_beside() {
	event start
	event run TestOther
	event run TestExample
	event output TestExample 'panic: index out of range'
	event output TestExample ''
	event output TestExample 'goroutine 7 [running]:'
	event output TestExample '\t/src/integration/x_test.go:31 +0x1d'
	event fail TestExample
	event output '' 'FAIL\tgithub.com/juanfont/headscale/integration\t0.01s'
	event fail
}

package_alone() {
	event start
	event run TestExample
	event pass TestExample
	event output '' PASS
	event output '' 'a check in TestMain says no'
	event fail
}

breaks_off() {
	event start
	event run TestExample
	event run TestDone
	event pass TestDone
}

@test "JUnit has one failure or error for each cause, at the test, the package or the run" {
	fails 1 run nothing_at_all
	fails 1 TestExample panic_beside
	fails 1 '(package)' package_alone
	fails 1 TestExample breaks_off
	[ "$(xmllint --xpath 'string(//testcase[@name="TestDone"]/@classname)' j.xml)" = \
	    github.com/juanfont/headscale/integration ]
}

@test "a run that ends from outside is one error, and its tests are not to blame" {
	runner_hangs TestExample
	{
		event run TestWaits
		event pause TestWaits
	} >>"$STANDIN/runner.out"
	start_hi run Test
	wait_for 20 bash -c "grep -q TestWaits control_logs/*/go-test.json"
	kill -INT "$PID"
	wait_hi
	exits 130
	[ "$(causes "$(run_dir)/junit.xml")" = 'run ' ] || fail "$(cat "$(run_dir)/junit.xml")"
	[ "$(xmllint --xpath 'count(//testcase[skipped])' "$(run_dir)/junit.xml")" = 2 ] ||
	    fail "$(cat "$(run_dir)/junit.xml")"
}

@test "a run that could not be carried out is infrastructure in every word of it" {
	answer start 'echo "Error response from daemon: OCI runtime create failed: exec format error" >&2
	    exit 1'
	run hi run TestExample
	exits 3
	says_not 'verdict:' 'cause: code' "don't retry"
	[ "$(causes "$(run_dir)/junit.xml")" = 'run ' ] || fail "$(cat "$(run_dir)/junit.xml")"
	[ "$(jq -r '.verdict + " " + .triage.cause' "$(run_dir)/summary.json")" = \
	    'infrastructure infrastructure' ] ||
	    fail "$(cat "$(run_dir)/summary.json")"
}

@test "tests that matched and never began, as the process died, are named" {
	has_tests TestOther TestThird TestNot
	panic_beside >"$STANDIN/runner.out"
	echo 1 >"$STANDIN/runner.exit"
	run hi run 'TestExample|TestOther|TestThird'
	exits 1
	says 'TestThird (the process died)'
	dir=$(run_dir)
	[ "$(jq -c .not_run "$dir/summary.json")" = '["TestThird"]' ] || fail "$(cat "$dir/summary.json")"
	[ "$(xmllint --xpath 'count(//testcase[@name="TestThird"]/skipped)' "$dir/junit.xml")" = 1 ] ||
	    fail "$(cat "$dir/junit.xml")"
	grep -q 'Not run: .*TestThird' "$dir/summary.md" || fail "$(cat "$dir/summary.md")"
}

# Names as JSON has them.
hostile_names=('a|b\\\\|c' '</testcase>]]>&\"' '\u0000\u0001\ufffe\uffff' '\u001b[31mred'
	'![x](https://example.com/x.png)'
	'`` ` ```' '<img src=x onerror=alert(1)>' '[click](javascript:x)' '::error::x')

hostile_stream() {
	local one

	event start
	for one in "${hostile_names[@]}"; do
		event run "TestExample/$one"
		event output "TestExample/$one" "    x_test.go:3: $one"
		printf '{"Action":"attr","Package":"github.com/juanfont/headscale/integration",'
		printf '"Test":"TestExample/%s","Key":"%s","Value":"%s"}\n' "$one" "$one" "$one"
		event fail "TestExample/$one"
	done
	event fail
}

@test "hostile names: XML is well-formed, Markdown has no markup of theirs" {
	hostile_stream >"$STANDIN/runner.out"
	echo 1 >"$STANDIN/runner.exit"
	run hi run 'TestExample|b\|c'
	exits 1
	dir=$(run_dir)
	xmllint --noout "$dir/junit.xml" || fail "$(cat "$dir/junit.xml")"
	[ "$(xmllint --xpath 'count(//testcase/failure)' "$dir/junit.xml")" = ${#hostile_names[@]} ]
	[ "$(xmllint --xpath 'count(//property)' "$dir/junit.xml")" = ${#hostile_names[@]} ]
	jq -e '.tests | length == 9' "$dir/summary.json" >/dev/null
	grep -qF '`TestExample|b\|c`' "$dir/summary.md" || fail 'not the pattern'
	# Outside of fences and code spans nothing is left of them.
	/usr/bin/python3 - "$dir/summary.md" <<'END' || fail "$(cat "$dir/summary.md")"
import re, sys
text = open(sys.argv[1], encoding='utf-8').read()
text = re.sub(r'(?ms)^(`{3,})text$.*?^\1$', '', text)
text = re.sub(r'(?s)(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)', '', text)
sys.exit(1 if re.search(r'[<\[\]`|]|!\[|http|::', text) else 0)
END
}

# full_disk RUNNER-SAYS...: hi runs over this stream while the disk with its logs becomes full; summary.json is copied.
full_disk() {
	local small=$BATS_TEST_TMPDIR/small

	unshare -rm true 2>/dev/null || skip 'no namespaces here'
	mkdir "$small"
	runner_says "$@"
	answer runner "head -c 100000000 /dev/zero >'$small/filler' 2>/dev/null"
	run env PATH="$CLI_PATH" unshare -rm sh -c '
		mount -t tmpfs -o size=40m tmpfs "$1" || exit
		"$2" run --format quiet --logs-dir "$1" Test
		code=$?
		"$2" ps --all --logs-dir "$1"
		"$2" triage --logs-dir "$1"
		cp "$1"/*-*/summary.json "$3"
		exit $code' sh "$small" "$HI" "$BATS_TEST_TMPDIR" 3>&-
}

# says_once TEXT...
says_once() {
	local text

	for text; do
		[ "$(grep -oF -- "$text" <<<"$output" | wc -l)" -eq 1 ] || fail "not once: $text"
	done
}

@test "the disk becomes full: the verdict is saved, each lost file is named once, no page is promised" {
	full_disk fail TestExample=fail
	exits 1
	says_once 'go-test.json: No space left' 'report.html: No space left' 'report.html'
	[ "$(grep -c '^cause: infrastructure (no-space)' <<<"$output")" -eq 2 ] || fail 'not the disk, now and later'
	grep -qE '^2[0-9]{7}-[0-9]{6}-[a-z0-9]{6} failed ' <<<"$output" || fail 'hi ps has another verdict'
	jq -e '.finished and .verdict == "failed" and .exit_code == 1 and (.tests | length == 1)' "$BATS_TEST_TMPDIR/summary.json"
}

@test "the disk becomes full, and the summary is large: it has at least the verdict and the counts" {
	local names=() i

	for i in {1..300}; do
		names+=("TestNumber$i=fail")
	done
	full_disk fail "${names[@]}"
	exits 1
	says_once 'summary.json: No space left' 'junit.xml: No space left' 'report.html'
	jq -e '.finished and .verdict == "failed" and .counts.failed == 300' "$BATS_TEST_TMPDIR/summary.json"
}

@test "history.tsv on a full disk says so" {
	[ -e /dev/full ] || skip 'no /dev/full'
	part all 20260409-104215-aaaaaa
	run --separate-stderr hi report --history /dev/full all
	[[ $stderr == *'No space left on device'* ]] || fail 'another error'
}
