#!/usr/bin/env bats
# shellcheck disable=SC2154
# hi triage, over directories made here: of this tool, of the Go one as its document shows them, foreign, damaged, big.

load helper

setup() {
	cli_setup
	dir=$BATS_TEST_TMPDIR/20260409-104215-mdjtzx
	mkdir "$dir"
}

# The names of the user's document.
go_hi_made() {
	printf '%s\n' '2026-04-09T10:42:15Z INF started' '2026-04-09T10:42:16Z ERR could not approve route error="boom" node.id=3' \
	    '2026-04-09T10:42:17Z ERR could not approve route error="boom" node.id=4' 'panic: runtime error: nil map' \
	    >"$dir/hs-routes-abc123.stderr.log"
	echo 'listening' >"$dir/hs-routes-abc123.stdout.log"
	/usr/bin/sqlite3 "$dir/hs-routes-abc123.db" 'CREATE TABLE nodes(id); INSERT INTO nodes VALUES(1),(2); CREATE TABLE users(id);'
	printf '%s\n' 'process_resident_memory_bytes 8.4e+07' 'go_goroutines 41' 'headscale_http_seconds_sum 0.5' 'headscale_http_seconds_count 5' \
	    >"$dir/hs-routes-abc123_metrics.txt"
	mkdir "$dir/hs-routes-abc123-mapresponses"
	echo '{"Peers":[{"ID":2,"Name":"b.","PrimaryRoutes":["10.0.0.0/24"]}]}' >"$dir/hs-routes-abc123-mapresponses/001.json"
	echo '2026/04/09 10:42:15 Received error: register request: http 401: 401 Unauthorized' >"$dir/ts-1-74-fgdyls.stderr.log"
	: >"$dir/ts-1-74-fgdyls.stdout.log"
	echo '{"BackendState":"Running","Peer":{"x":{"HostName":"ts-away","Online":false},"y":{"HostName":"ts-here","Online":true}}}' \
	    >"$dir/ts-1-74-fgdyls_status.json"
}

@test "a directory of the Go hi: everything in the order in which one debugs, and nothing written to it" {
	go_hi_made
	before=$(find "$dir" -type f -exec sha256sum {} + | sort)
	run --separate-stderr hi triage "$dir"
	exits 0
	[ "$output" = "triage of $dir
servers: fatal errors, then errors
  hs-routes-abc123.stderr.log:4
      panic: runtime error: nil map
  hs-routes-abc123.stderr.log:2 and 1 more like it
      2026-04-09T10:42:16Z ERR could not approve route error=\"boom\" node.id=3
clients: authentication, connections, names
  ts-1-74-fgdyls.stderr.log:1
      2026/04/09 10:42:15 Received error: register request: http 401: 401 Unauthorized
map responses
  hs-routes-abc123-mapresponses
      1 map response to 1 node; the last one names 1 peer
peers in the clients' status
  ts-1-74-fgdyls_status.json
      1 of 2 peers offline: ts-away
database
  hs-routes-abc123.db
      0 users, 2 nodes
cause: code
  no signature of an infrastructure failure was seen: read the servers'
  errors, don't retry in the hope that it goes away" ] || fail 'not this'
	[ "$before" = "$(find "$dir" -type f -exec sha256sum {} + | sort)" ] || fail 'something was written'
	run --separate-stderr hi triage --json "$dir"
	exits 0
	[ "$(jq -r '.cause + " " + (.findings | length | tostring)' <<<"$output")" = 'code 6' ] || fail 'not that'
}

# signature ID FILE LINE FIX
signature() {
	rm -rf "$dir"
	mkdir "$dir"
	go_hi_made
	printf '%s\n' "$3" >>"$dir/$2"
	run --separate-stderr hi triage "$dir"
	exits 0
	says "cause: infrastructure ($1)" "fix:   $4" "seen:  $2:$(grep -nF -- "$3" "$dir/$2" | cut -d : -f 1)"
	run --separate-stderr hi triage --json "$dir"
	[ "$(jq -r .signature <<<"$output")" = "$1" ] || fail 'not in JSON'
}

@test "each signature of the user's document, with its fix and the line that shows it" {
	signature docker-dns ts-1-74-fgdyls.stderr.log 'failed to resolve "hs-other-abc123": no DNS fallback candidates remain' 'Reset Docker networking'
	signature container-timeout runner.log 'container creation timeout, no progress >2 min' 'docker system prune -f (when no other tests'
	signature oom runner.log 'kernel: Out of memory: Killed process 7' 'Reduce concurrency, wait for completion'
	signature oom events.json '{"Type":"container","Action":"oom"}' 'Reduce concurrency, wait for completion'
	signature slow-engine runner.log 'Get "http://%2Fvar%2Frun%2Fdocker.sock/v1.41": unix.sock/x context deadline exceeded' 'Reduce concurrency'
	signature no-space hs-routes-abc123.stderr.log 'write /var/lib: no space left on device' 'Delete old control_logs/'
}

@test "what is no run, is not there, or too much: one line" {
	mkdir foreign control_logs
	echo x >foreign/notes.txt
	run --separate-stderr hi triage foreign
	exits 3
	complains "$PWD/foreign" "not a run's directory"
	run --separate-stderr hi triage nothing
	exits 2
	says 'nothing: no such run in'
	run --separate-stderr hi triage
	exits 2
	says 'no run in'
	run --separate-stderr hi triage a b
	exits 2
}

@test "a damaged directory: what could not be read is named, and nothing is claimed" {
	go_hi_made
	head -c 100000 /dev/urandom >"$dir/hs-routes-abc123.stderr.log"
	head -c 5000 /dev/urandom >"$dir/ts-1-74-fgdyls_status.json"
	echo '{"Peers":[{"ID":"x"},5,null]}' >"$dir/hs-routes-abc123-mapresponses/001.json"
	head -c 5000 /dev/urandom >"$dir/hs-routes-abc123.db"
	head -c 5000 /dev/urandom >"$dir/hs-routes-abc123_metrics.txt"
	head -c 50000 /dev/urandom >"$dir/go-test.json"
	mkfifo "$dir/ts-2.stderr.log"
	ln -s / "$dir/hs-x-mapresponses"
	mkdir "$dir/hs-y.db" "$dir/runner.log"
	chmod 000 "$dir/ts-1-74-fgdyls.stderr.log"
	run --separate-stderr hi triage "$dir"
	exits 0
	says 'cause: unknown' 'is not valid JSON' "sqlite3 can't read it" 'is binary' 'is a directory' 'is not a regular file'
	[[ $output != *$'\e'* ]] || fail 'an escape'
}

# events EVENT...: see event() of the helper; the stream of a failed TestExample.
failed_stream() {
	{
		event start
		event run TestExample
		event output TestExample "$1"
		event output TestExample '--- FAIL: TestExample (1.00s)'
		event fail TestExample
		event fail
	} >"$dir/go-test.json"
}

@test "what failed stands first, with its place" {
	go_hi_made
	failed_stream '    example_test.go:17: want 3 nodes, got 2'
	run --separate-stderr hi triage "$dir"
	exits 0
	[[ ${lines[1]} == 'failed TestExample  '*example_test.go:17 ]] || fail 'not the test and its place'
	[[ ${lines[2]} == *'want 3 nodes, got 2' ]] || fail 'not the message'
	says 'cause: code'
}

@test "a log that another user owns is named, and the cause is not decided" {
	[ "$(id -u)" -eq 0 ] || skip 'needs root to be somebody else'
	go_hi_made
	failed_stream '    example_test.go:17: boom'
	chmod 600 "$dir/hs-routes-abc123.stderr.log" "$dir/ts-1-74-fgdyls.stderr.log"
	cp "$HI" "$BATS_TEST_TMPDIR/hi"
	chmod go+x "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR/test" "$BATS_TEST_TMPDIR"
	run --separate-stderr setpriv --reuid 65534 --regid 65534 --clear-groups "$BATS_TEST_TMPDIR/hi" triage --json "$dir"
	exits 0
	jq -e '.cause == "unknown" and (.unread | length == 1) and (.unread[0].files | length == 2)' <<<"$output"
	says_not 'ts-away.*Received error'
	chmod 700 "$dir"
	run --separate-stderr setpriv --reuid 65534 --regid 65534 --clear-groups "$BATS_TEST_TMPDIR/hi" triage "$dir"
	exits 3
	complains 'Permission denied'
}

@test "a run that could not be carried out is infrastructure, in the summary and afterwards" {
	answer create 'echo "Error response from daemon: image with reference golang was found but does not match the specified platform" >&2; exit 1'
	run hi run TestExample
	exits 3
	says 'cause: infrastructure (platform)'
	says_not 'cause: code'
	run --separate-stderr hi triage
	says 'cause: infrastructure (platform)'
}

@test "after a failure it is in the summary, on the console and in the files" {
	runner_fails TestExample
	answer runner 'sibling hs-aaaaaa headscale'
	answer logs '[ "$(label "$(find_container "${@: -1}")" hi.test-type)" = test-runner ] || { echo "write: no space left on device" >&2; exit; }'
	run hi run TestExample
	exits 1
	says 'cause: infrastructure (no-space)' 'seen:  hs-aaaaaa.stderr.log:1'
	[ "$(jq -r .triage.signature "$(run_dir)/summary.json")" = no-space ]
	grep -q 'infrastructure (no-space)' "$(run_dir)/summary.md"
}

@test "the end of a failed run fits on a screen: assertion, evidence, what was removed, verdict; triage begins so" {
	local i head

	runner_fails TestExample
	{
		event start
		event run TestExample
		event output TestExample '    example_test.go:16: the whole state:'
		for i in {1..30}; do
			event output TestExample "        node $i"
		done
		event output TestExample '    example_test.go:17: want 3 nodes, got 2'
		event output TestExample '--- FAIL: TestExample (1.00s)'
		event fail TestExample
		event output '' FAIL
		event fail
	} >"$STANDIN/runner.out"
	answer runner 'sibling hs-aaaaaa headscale; sibling ts-bbbbbb tailscale'
	answer logs 'name=$(find_container "${@: -1}")
		[ "$(label "$name" hi.test-type)" = test-runner ] || {
			for i in {1..30}; do
				echo "2026-01-02T03:04:05Z ERR error number $i connection refused" >&2
			done
			exit
		}'
	run hi run --format quiet TestExample
	exits 1
	grep -nE '^(failed TestExample|server|cause: code|Removed|failed: )' <<<"$output" | cut -d : -f 2 | cut -c 1-6 |
		diff - <(printf '%s\n' 'failed' 'server' 'cause' 'Remove' 'failed') || fail 'another order'
	says '    example_test.go:17: want 3 nodes, got 2' '(10 of 32 lines; summary.md has them all)' 'and 2 more'
	grep -q '^failed: .*(exit 1)$' <<<"${lines[-1]}" || fail 'the verdict is not last'
	head=$(sed -n '/^failed TestExample/,$p' <<<"$output")
	[ "$(wc -l <<<"$head")" -le 28 ] || fail 'too long'
	[ "$(sed -n '2,11p' <<<"$head")" = "$(hi triage | sed -n '/^failed TestExample/,$p' | sed -n '2,11p')" ] ||
		fail 'triage begins with something else'
}

@test "a run in which no test failed: what it ended with, and where to look instead" {
	runner_says pass TestExample=pass
	hi run TestExample >/dev/null 2>&1
	run --separate-stderr hi triage
	exits 0
	says 'passed: 1 test passed' 'hi triage last-failed'
	says_not 'cause'
}
