#!/usr/bin/env bats
# shellcheck disable=SC2154
# hi logs, over directories made here: what is shown of an event stream, and that nothing in one can harm.
bats_require_minimum_version 1.5.0


setup() {
	run="$BATS_TEST_TMPDIR/20260409-104215-mdjtzx"
	mkdir "$run"
	stream="$run/go-test.json"
}

# $1: action, $2: test or "", $3: further members
event() {
	printf '{"Time":"2026-04-09T10:42:15.1Z","Action":"%s","Package":"h/o/m/integration"%s%s}\n' "$1" \
	    "${2:+,\"Test\":\"$2\"}" "${3:+,$3}" >>"$stream"
}

a_run() {
	event start
	event run TestA
	event output TestA '"Output":"=== RUN   TestA\n"'
	echo '# a line of the go command' >>"$stream"
	event output TestA '"Output":"    a_test.go:3: \u001b[31mred\u001b[0m \u003c\u001b]0;title\u0007\u001b[2J\n"'
	event pass TestA '"Elapsed":1.5'
	event pass '' '"Elapsed":2'
}

@test "logs: verbose is what the tests printed, without control sequences" {
	a_run
	run -0 --separate-stderr "$HI" logs --format=verbose "$run"
	[ "$output" = '=== RUN   TestA
# a line of the go command
    a_test.go:3: red <' ]
}

@test "logs: compact is a line a finished test, and no foot off a terminal" {
	a_run
	run -0 --separate-stderr "$HI" logs --format=compact "$run"
	[ "$output" = '# a line of the go command
PASS     1.5s  TestA' ]
}

@test "logs: json is one object a line" {
	a_run
	"$HI" logs --format=json "$run" >"$BATS_TEST_TMPDIR/out" 2>/dev/null
	[ "$(jq -r .event "$BATS_TEST_TMPDIR/out" | tr '\n' ' ')" = 'begin run output text output pass pass ' ]
	[ "$(jq -r 'select(.event == "pass" and .test) | .seconds' "$BATS_TEST_TMPDIR/out")" = 1.5 ]
}

@test "logs: json has what the tests printed, whatever it is escaped as" {
	event output TestA '"Output":"\"a\\b\" \u003c\u0026\u003e\/ \u00e9\ud83d\ude00 \u001b\u0000\t end\n"'
	[ "$("$HI" logs --format=json "$run" 2>/dev/null | jq -c 'select(.event == "output") | .output')" = \
	    '"\"a\\b\" <&>/ é😀 \u001b�\t end\n"' ]
}

@test "logs: a stream cut anywhere, or foreign, or binary, ends without a crash" {
	a_run
	size=$(wc -c <"$stream")
	cp "$stream" "$BATS_TEST_TMPDIR/whole"
	for ((n = 0; n < size; n += 97)); do
		head -c "$n" "$BATS_TEST_TMPDIR/whole" >"$stream"
		"$HI" logs "$run" >/dev/null
	done
	head -c 300000 /dev/urandom >"$stream"
	"$HI" logs "$run" | tr -d '[:print:]\n\t\200-\377' >"$BATS_TEST_TMPDIR/left"
	[ ! -s "$BATS_TEST_TMPDIR/left" ]
	"$HI" logs --format=json "$run" | jq -es 'length > 1' >/dev/null
}

@test "logs: a line of 20 MB goes through" {
	event start
	{
		printf '{"Time":"2026-04-09T10:42:15.1Z","Action":"output","Package":"h/o/m/integration","Output":"'
		head -c 20000000 /dev/zero | tr '\0' x
		printf '\\n"}\n'
	} >>"$stream"
	[ "$("$HI" logs "$run" | tr -dc x | wc -c)" -eq 20000000 ]
}

@test "logs: a reader that goes away, and a directory without a stream" {
	a_run
	for _ in $(seq 2000); do cat "$stream"; done >"$BATS_TEST_TMPDIR/long"
	mv "$BATS_TEST_TMPDIR/long" "$stream"
	"$HI" logs "$run" | head -n 1 | grep -q '=== RUN'
	rm "$stream"
	run -3 "$HI" logs "$run"
	[[ "$output" == *go-test.json* ]]
}
