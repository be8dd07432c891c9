#!/usr/bin/env bats
# shellcheck disable=SC2154
# hi run on a real engine.

load helper

# bats test_tags=smoke,user
@test "a test that passes" {
	run hi_run '^TestPass$'
	exits 0
	says '--- PASS: TestPass' '1 test passed'
	nothing_left
}

@test "a dozen siblings, in order: nothing is left, the logs are kept, the bulk is not" {
	run hi_run '^TestPassSiblings$'
	exits 0
	says 'all 12 siblings are up'
	nothing_left
	local dir
	dir=$(run_dir)
	[ "$(find "$dir" -name 'ts-*.stdout.log' -size +0 | wc -l)" -eq 11 ]
	[ "$(find "$dir" -name 'hs-*.stderr.log' -size +0 | wc -l)" -eq 1 ]
	[ -z "$(find "$dir" -name '*.db' -o -name '*_metrics.txt' -o -name '*_status.json' -o -name '*mapresponses*' -o -name '*pprof*')" ]
}

# bats test_tags=smoke
@test "siblings that a passing test leaves are removed" {
	export HEADSCALE_INTEGRATION_SIBLINGS=4
	run hi_run '^TestLeaveSiblings$'
	exits 0
	says 'all 4 siblings are up'
	nothing_left
}

# bats test_tags=smoke,user
@test "after a failure the evidence of a dozen is kept, whole, and nothing is left" {
	export HEADSCALE_INTEGRATION_LOG_LINES=2000
	run hi_run '^TestFailSiblings$'
	exits 1
	says 'failed TestFailSiblings' 'expected 110 replies, got 109'
	nothing_left
	local dir hs log
	dir=$(run_dir)
	[ "$(find "$dir" -name '*.stdout.log' -o -name '*.stderr.log' | wc -l)" -eq 24 ]
	for log in "$dir"/*.std*.log; do
		[ "$(grep -c ' of 2000: ' "$log")" -eq 2000 ] || fail "$log is not whole" || return
	done
	hs=$(basename "$dir"/hs-*.stdout.log .stdout.log)
	[ "$(head -c 15 "$dir/$hs.db")" = 'SQLite format 3' ]
	[ "$(cat "$dir/$hs.db-wal")" = wal ]
	[ -e "$dir/$hs.db-shm" ]
	grep -q 'headscale_nodes 11' "$dir/${hs}_metrics.txt"
	find "$dir/$hs-mapresponses" -name 003.json | grep -q .
	find "$dir/$hs-pprof" -name cpu.pprof | grep -q .
	jq -e . "$dir/$hs.inspect.json" >/dev/null
	[ "$(cat "$dir"/ts-*_status.json | jq -s 'map(select(.BackendState == "Running")) | length')" -eq 11 ]
}

# bats test_tags=user
@test "what the tests saved themselves: kept after a failure, by its documented names; dropped after a pass" {
	run hi_run '^TestWriteArtefactsFail$'
	exits 1
	local dir
	dir=$(run_dir)
	grep -q 'saved by the test' "$dir/hs-abcdef-012345.db"
	grep -q saved_by_the_test "$dir/hs-abcdef-012345_metrics.txt"
	[ -e "$dir/hs-abcdef-012345-mapresponses/001.json" ]
	rm -rf "$LOGS"
	run hi_run '^TestWriteArtefacts$'
	exits 0
	dir=$(run_dir)
	grep -q 'saved stdout' "$dir/hs-abcdef-012345.stdout.log"
	[ ! -e "$dir/hs-abcdef-012345.db" ]
	[ ! -e "$dir/mapresponses" ]
	[ ! -e "$dir/hs-abcdef-012345-mapresponses" ]
	[ ! -e "$dir/pprof" ]
	nothing_left
}

@test "the tests see what DESIGN's contract promises" {
	export HEADSCALE_INTEGRATION_MINE=yes CI=true DOCKERHUB_TOKEN=dckr_pat_secret GOFLAGS=-tags=x
	run hi_run --postgres '^TestEnv$'
	exits 0
	says 'env HEADSCALE_INTEGRATION_MINE=yes' 'env CI=true' 'env HEADSCALE_INTEGRATION_POSTGRES=1' \
	    'env GOCACHE=/cache/go-build' 'env DOCKERHUB_TOKEN=(15 bytes)' 'in docker: true' "cwd $FIXTURE/integration" \
	    "env HEADSCALE_INTEGRATION_RUN_ID=$(basename "$(run_dir)")" 'dir /tmp/control: '
	[[ $output != *'env GOFLAGS='* ]] || fail 'GOFLAGS went in'
}

@test "--postgres=1 behind a blank selects PostgreSQL, as CI writes it" {
	run hi_run --stats --ts-memory-limit=300 --hs-memory-limit=1500 '^TestPostgres$' ' --timeout=120m' ' --postgres=1'
	exits 0
	says 'the database is PostgreSQL'
}

@test "secrets are struck out of what is kept" {
	export DOCKERHUB_TOKEN=dckr_pat_verysecret
	run hi_run '^TestSecret$'
	exits 1
	nothing_left
	! grep -r dckr_pat_verysecret "$LOGS"
}

@test "every line of a long output arrives, once" {
	export HEADSCALE_INTEGRATION_LOG_LINES=20000
	run hi_run '^TestLog$'
	exits 0
	[ "$(grep -c ' of 20000: the quick brown fox' <<<"$output")" -eq 20000 ]
}

@test "a panic, a build that breaks off, nothing to run, all skipped" {
	run hi_run '^TestPanic$'
	exits 1
	says 'index out of range'
	run hi_run '^TestExit$'
	[ "$status" -ne 0 ] || fail 'a started test without an end passed'
	run hi_run '^TestNoSuchTest$'
	exits 4
	run hi_run '^TestSub$/^nosuch$'
	exits 4
	run hi_run '^TestSkip(Too)?$'
	exits 4
	nothing_left
}

# bats test_tags=smoke
@test "go test's deadline is 124" {
	run hi_run --timeout=3s '^TestTimeout$'
	exits 124
	nothing_left
}

# bats test_tags=smoke
@test "a memory limit that is exceeded by a passing run is 5" {
	export HEADSCALE_INTEGRATION_MEGABYTES=80
	run hi_run --stats --ts-memory-limit=40.5 '^TestMemory$'
	nothing_left
	# A rootless engine without cgroups of its own measures nothing: that is said, and no limit is exceeded.
	if [ "$(docker info --format '{{.CgroupDriver}}')" = none ]; then
		exits 0
		[[ $output == *"the memory limits can't be checked"* ]] || fail 'not said'
	else
		exits 5
		[ -s "$(run_dir)/stats.csv" ]
	fi
}

# bats test_tags=smoke
@test "an image's tag with the name of a container goes with the run, the image stays" {
	run hi_run '^TestImageTag$'
	exits 0
	local run
	run=$(basename "$(run_dir)")
	[ -z "$(docker images --format '{{.Repository}}' | grep "^ts-${run##*-}-")" ] || fail 'the tag is left'
	docker image inspect hi-fixture:latest >/dev/null
	nothing_left
}

@test "a sibling that crashes again and again is removed, too" {
	run hi_run '^TestCrash$'
	exits 1
	nothing_left
	cat "$(run_dir)"/ts-*.stderr.log | grep -q 'nil pointer dereference'
}

# bats test_tags=smoke
@test "--keep-on-failure keeps a run until hi clean run" {
	export HEADSCALE_INTEGRATION_SIBLINGS=3
	run hi_run --keep-on-failure '^TestFailSiblings$'
	exits 1
	local run
	run=$(basename "$(run_dir)")
	says "hi clean run $run"
	[ "$(docker ps -q --filter "label=hi.run-id=$run" | wc -l)" -eq 3 ] || fail 'its siblings do not run'
	run hi ps
	says "$run" kept
	run hi_run '^TestPass$'
	exits 0
	[ "$(docker ps -q --filter "label=hi.run-id=$run" | wc -l)" -eq 3 ] || fail 'the next run removed it'
	run hi clean run "$run"
	exits 0
	nothing_left
}

# By that signal, with siblings up.
interrupted_by() {
	export HEADSCALE_INTEGRATION_SIBLINGS=5
	start_hi '^TestHangSiblings$'
	wait_for 90 has_said 'hanging with siblings'
	kill "-$1" "$PID"
	wait_hi
	exits "$2"
	nothing_left
	[ "$(find "$(run_dir)" -name '*.stdout.log' -size +0 | wc -l)" -eq 5 ] || fail 'the logs were not kept'
	grep -q interrupted "$(run_dir)/summary.json"
}

# bats test_tags=smoke,user
@test "INT with siblings up leaves nothing" { interrupted_by INT 130; }

@test "TERM with siblings up leaves nothing" { interrupted_by TERM 143; }

# bats test_tags=smoke,user
@test "KILL with siblings up leaves nothing: its cleaner keeps the logs and removes" {
	export HEADSCALE_INTEGRATION_SIBLINGS=5
	start_hi '^TestHangSiblings$'
	wait_for 90 has_said 'hanging with siblings'
	kill -KILL "$PID"
	wait_hi
	exits 137
	wait_for 60 nothing_left
	[ "$(find "$(run_dir)" -name '*.stdout.log' -size +0 | wc -l)" -eq 5 ] || fail 'the logs were not kept'
}

# bats test_tags=smoke
@test "TERM into a storm of siblings leaves nothing" {
	export HEADSCALE_INTEGRATION_STORM=60
	start_hi '^TestStorm$'
	wait_for 90 has_said storming
	wait_for 30 eval '[ "$(docker ps -q --filter "label=hi.run-id=$(basename "$LOGS"/*)" | wc -l)" -ge 8 ]'
	kill -TERM "$PID"
	wait_hi
	exits 143
	nothing_left
}

# bats test_tags=smoke
@test "a network that was made and never connected goes with its run" {
	start_hi '^TestNetworkOnly$'
	wait_for 90 has_said 'made network hs-'
	kill -TERM "$PID"
	wait_hi
	exits 143
	# Where another run lived when it was made, that one's end takes it.
	wait_for 120 nothing_left
}

# bats test_tags=smoke
@test "two runs at once: the end of one does not touch the other" {
	export HEADSCALE_INTEGRATION_SIBLINGS=3
	local run
	start_hi '^TestHangSiblings$'
	wait_for 90 has_said 'hanging with siblings'
	run=$(basename "$(run_dir)")
	run hi run --logs-dir "$BATS_TEST_TMPDIR/second" '^TestFailSiblings$'
	exits 1
	[ "$(docker ps -q --filter "label=hi.run-id=$run" | wc -l)" -eq 4 ] || fail 'the first was touched'
	kill -TERM "$PID"
	wait_hi
	exits 143
	nothing_left
}

@test "KILL with a dozen siblings up, and another run at once: the logs of all are kept, the files say how it ended" {
	local dir

	start_hi '^TestHangSiblings$'
	wait_for 90 has_said 'hanging with siblings'
	dir=$(run_dir)
	kill -KILL "$PID"
	wait "$PID" || :
	PID=
	run hi run --logs-dir "$BATS_TEST_TMPDIR/second" '^TestPass$'
	exits 0
	wait_for 60 nothing_left
	[ "$(find "$dir" -name '*.stdout.log' -size +0 | wc -l)" -eq 12 ] || fail "$(ls "$dir"; cat "$dir/cleaner.log")"
	[ "$(find "$dir" -name '*.db' -size +0 | wc -l)" -ge 1 ] || fail 'no database'
	jq -e '.finished and .verdict == "interrupted" and .removed.containers == 13 and
	    .removed.networks >= 1 and
	    [.tests[] | select(.name == "TestHangSiblings") | .result] == ["unfinished"]' "$dir/summary.json" >/dev/null ||
	    fail "$(head -c 2000 "$dir/summary.json")"
	grep -q TestHangSiblings "$dir/junit.xml"
	grep -q "$(basename "$dir").*TestHangSiblings.*unfinished" "$LOGS/history.tsv"
}
