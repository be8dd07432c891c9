#!/usr/bin/env bats
# shellcheck disable=SC2154
# What becomes of a run whose hi was killed, and what may not keep its removal waiting.

load helper

# A run that hangs in TestExample when TestFirst has passed, with two siblings and a network.
hanging_run() {
	runner_says pass TestFirst=pass
	sed -i '/"pass","Package":"[^"]*","Elapsed"/d' "$STANDIN/runner.out"
	event run TestExample >>"$STANDIN/runner.out"
	event output TestExample '=== RUN   TestExample' >>"$STANDIN/runner.out"
	event output TestExample '    example_test.go:5: on its way' >>"$STANDIN/runner.out"
	: >"$STANDIN/runner.hang"
	answer runner 'network hs-abcdef-default; sibling hs-aaaaaa-bbbbbb headscale; sibling ts-aaaaaa-1-74-cccccc tailscale'
	start_hi run --format=verbose "$@" '^Test(First|Example)$'
	wait_for 20 grep -q 'on its way' "$BATS_TEST_TMPDIR/out"
}

kill_hi() {
	kill -KILL "$PID"
	wait "$PID" || :
	PID=
}

# The cleaner listens for a while longer.
cleaner_ends() {
	wait_for 40 no_ours || fail "still runs: $(ours)"
	no_lease
}

is_finished() {
	jq -e .finished "$(run_dir)/summary.json"
}

@test "KILL: the run is removed, and its files say how it ended and what was removed" {
	local dir

	hanging_run
	dir=$(run_dir)
	kill_hi
	wait_for 20 engine_is_empty
	wait_for 20 is_finished
	jq -e '.verdict == "interrupted" and .exit_code == 137 and .removed.containers == 3 and .removed.networks == 1 and
	    .image == "golang:1.26.1" and (.started != null) and (.ended != null)' "$dir/summary.json" || fail "$(cat "$dir/summary.json")"
	jq -e '[.tests[] | {(.name): .result}] | add == {"TestFirst": "passed", "TestExample": "unfinished"}' "$dir/summary.json" ||
	    fail "$(cat "$dir/summary.json")"
	grep -q TestExample "$dir/junit.xml"
	grep -q '<error\|<failure' "$dir/junit.xml" || fail 'green'
	grep -q '3 containers' "$dir/summary.md" || fail "$(cat "$dir/summary.md")"
	[ "$(cut -f 2,4,5 control_logs/history.tsv | sort)" = "$(printf '%s\t%s\t%s\n' "${dir##*/}" TestExample unfinished \
	    "${dir##*/}" TestFirst passed)" ] || fail "$(cat control_logs/history.tsv)"
	[ -s "$dir/ts-aaaaaa-1-74-cccccc.stdout.log" ] || fail 'no evidence'
	cleaner_ends
	[ "$(wc -l <control_logs/history.tsv)" -eq 2 ] || fail 'remembered twice'
}

# kill_both_then ARG...: a run is left without hi and cleaner, and hi ARG... removes it (ID is its id).
kill_both_then() {
	local dir

	needs_boot_id
	hanging_run
	dir=$(run_dir)
	# shellcheck disable=SC2046
	kill -KILL $(ours | sed -n "s/.*hi \(run\|cleaner\).*(\([0-9]*\))$/\2/p")
	wait "$PID" || :
	PID=
	wait_for 20 no_ours
	run --separate-stderr hi "${@//ID/"${dir##*/}"}"
	exits 0
	engine_is_empty
	jq -e '.finished and .verdict == "interrupted" and .removed.containers == 3 and .ended != null' "$dir/summary.json" ||
	    fail "$(cat "$dir/summary.json")"
	[ -s "$dir/report.html" ] || fail 'no page'
}

@test "KILL of hi and its cleaner: whoever removes the dead run completes its files" { kill_both_then clean stale; }
@test "KILL of hi and its cleaner: hi clean run completes them, too" { kill_both_then clean run ID; }

@test "KILL before a summary was written: one is made all the same" {
	local dir

	answer create 'hang'
	start_hi run TestExample
	wait_for 20 grep -q '^docker create' "$STANDIN/log"
	dir=$(run_dir)
	kill -STOP "$PID"
	rm -f "$dir/summary.json" "$dir/go-test.json" "$dir/junit.xml"
	kill_hi
	wait_for 20 test -s "$dir/junit.xml"
	jq -e '.finished and .verdict == "interrupted" and .pattern == "TestExample"' "$dir/summary.json"
	grep -q '<error' "$dir/junit.xml" || fail 'green'
	cleaner_ends
}

@test "a second run leaves one alone whose cleaner is still saving" {
	local dir in_time=

	# It saves when the other run is over.
	answer cp 'until [ -e "$S/saves" ]; do /usr/bin/sleep 0.05; done'
	hanging_run
	dir=$(run_dir)
	kill_hi
	wait_for 20 grep -q '^docker cp' "$STANDIN/log"
	rm "$STANDIN/runner.hang" "$STANDIN/answers/runner"
	runner_passes TestExample
	mkdir "$BATS_TEST_TMPDIR/second"
	run --separate-stderr hi run --logs-dir "$BATS_TEST_TMPDIR/second" TestExample
	exits 0
	says_not "${dir##*/}"
	run --separate-stderr hi clean stale
	exits 0
	says_not "${dir##*/}"
	# The cleaner saves for 5 s, which may have passed on a slow machine: then it is the one that removed them.
	if ! grep -q saved "$dir/cleaner.log"; then
		[ "$(find "$STANDIN/containers" -mindepth 1 -maxdepth 1 | wc -l)" -eq 3 ] || fail 'the first run was touched'
		in_time=yes
	fi
	: >"$STANDIN/saves"
	wait_for 20 is_finished
	[ -z "$in_time" ] || grep -q 'copy of' "$dir/hs-aaaaaa-bbbbbb.db" || fail "no database: $(cat "$dir/cleaner.log")"
	[ -s "$dir/hs-aaaaaa-bbbbbb.stdout.log" ]
	cleaner_ends
	engine_is_empty
}

@test "a log directory with a line break in its path: the cleaner saves into it" {
	local odd="$BATS_TEST_TMPDIR/a
b\\n c"

	hanging_run --logs-dir "$odd"
	kill_hi
	wait_for 20 engine_is_empty
	cleaner_ends
	[ -s "$(run_dir "$odd")/cleaner.log" ] || fail 'it wrote elsewhere'
	[ -s "$(run_dir "$odd")/ts-aaaaaa-1-74-cccccc.stdout.log" ] || fail 'no evidence'
	[ ! -e /cleaner.log ]
}

@test "KILL while the engine is asked whether it sees the checkout: nothing stays in it" {
	answer create 'hang'
	mkdir "$BATS_TEST_TMPDIR/logs"
	start_hi run --logs-dir "$BATS_TEST_TMPDIR/logs" TestExample
	wait_for 20 grep -q '^docker create' "$STANDIN/log"
	[ "$(find . -name '.hi-*' | wc -l)" -eq 1 ] || fail 'the moment is past'
	kill_hi
	cleaner_ends
	[ -z "$(find . -name '.hi-*')" ] || fail 'a directory stays in the checkout'
	engine_is_empty
}

@test "no test is called slow when the run is over" {
	hanging_run --slow=300ms
	answer rm '/usr/bin/sleep 2'
	wait_for 10 grep -q 'slow: TestExample' "$BATS_TEST_TMPDIR/out"
	kill -INT "$PID"
	wait_hi
	exits 130
	! sed '1,/SIGINT/d' <<<"$output" | grep 'slow:' || fail 'slow, after the interrupt'
}

# hi as a user who is not root, in a checkout of its own; what the runner wrote is root's.
as_user() {
	[ "$(id -u)" -eq 0 ] || skip 'only root can be somebody else'
	chmod 755 "$BATS_RUN_TMPDIR" "$BATS_TEST_TMPDIR/.." "$BATS_TEST_TMPDIR"
	chown -R 12345:12345 "$BATS_TEST_TMPDIR"
	/usr/bin/setpriv --reuid 12345 --regid 12345 --clear-groups test -x "$HI" -a -w "$STANDIN/log" ||
	    skip 'another user can not get here'
	printf '#!/bin/sh\nexec /usr/bin/setpriv --reuid 12345 --regid 12345 --clear-groups "%s" "$@"\n' "$HI" >"$BATS_TEST_TMPDIR/hi"
	chmod 755 "$BATS_TEST_TMPDIR/hi"
	HI=$BATS_TEST_TMPDIR/hi
}

# The removal is over when there is no sibling; how long that took is in $took, in seconds.
removed_with_hanging_handover() {
	local start

	as_user
	answer create '[[ "$*" != *hi-handover-* ]] || { : >"$S/hands-over"; hang; }'
	hanging_run
	echo root >"$(run_dir)/of-root.stdout.log"
	start=$SECONDS
	"$@"
	wait_for 60 engine_is_empty
	took=$((SECONDS - start))
	[ "$took" -lt 25 ] || fail "it took $took s to remove"
	wait_for 20 test -e "$STANDIN/hands-over"
}

@test "INT: a change of ownership that hangs does not keep the removal waiting" {
	removed_with_hanging_handover eval 'kill -INT "$PID"'
	wait_hi
	exits 130
	says 'belong to root'
	nothing_runs
}

@test "KILL: a change of ownership that hangs does not keep the removal waiting" {
	removed_with_hanging_handover kill_hi
	wait_for 90 no_ours
}

@test "what changes the ownership goes, too, when its creation is slow" {
	as_user
	# The engine makes it although nobody waits for the answer any more.
	answer create 'if [[ "$*" == *hi-handover-* ]]; then do_create "$@" >/dev/null; hang; fi'
	hanging_run
	echo root >"$(run_dir)/of-root.stdout.log"
	kill -INT "$PID"
	wait_hi
	exits 130
	engine_is_empty
}

# In a /var/tmp of its own: $1 is done before, $2 is the owner of the usual name then.
lease_elsewhere() {
	[ "$(id -u)" -eq 0 ] || skip 'only root can give /var/tmp/hi-0 to somebody else'
	unshare -m true 2>/dev/null || skip 'no namespaces here'
	runner_hangs TestExample
	answer runner 'sibling ts-aaaaaa-1-74-cccccc tailscale'
	PATH=$CLI_PATH run unshare -m bash -c '
		mount -t tmpfs -o mode=1777 none /var/tmp || exit 99
		eval "$2"
		"$1" run --format=verbose TestExample >"$3/out" 2>&1 &
		pid=$!
		until grep -q "RUN   TestExample" "$3/out"; do kill -0 $pid || { cat "$3/out"; exit 98; }; sleep 0.05; done
		"$1" ps
		"$1" doctor >/dev/null 2>&1
		# Neither is owned by somebody else, or open to him.
		find /var/tmp -name "*.lease" -printf "lease in %h %u %m\n"
		kill -KILL $pid
		"$1" clean stale
		find /var/tmp/ -name "hi-*" -maxdepth 1 -printf "%f %U %m\n"
		for i in $(seq 600); do [ -n "$(find /var/tmp -name "*.lease")" ] || exit 0; sleep 0.1; done
		exit 97' bash "$HI" "$1" "$BATS_TEST_TMPDIR" 3>&-
	exits 0
	says 'lease in /var/tmp/hi-0-' live
	wait_for 30 no_ours
	engine_is_empty
}

@test "a directory of somebody else's in the place of ours locks nobody out" {
	lease_elsewhere 'mkdir -m 777 /var/tmp/hi-0; chown 12345 /var/tmp/hi-0'
}

@test "nor does a link" {
	lease_elsewhere 'mkdir /var/tmp/x; ln -s x /var/tmp/hi-0'
}

@test "nor one of ours that others may write to" {
	lease_elsewhere 'mkdir /var/tmp/hi-0; chmod 775 /var/tmp/hi-0'
}

@test "nor a file, and other names that somebody took" {
	lease_elsewhere ': >/var/tmp/hi-0; for i in $(seq 20); do mkdir /var/tmp/hi-0-$i; chown 12345 /var/tmp/hi-0-$i; done'
}
