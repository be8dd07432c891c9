# shellcheck shell=bash disable=SC2016,SC2154
# What is collected from the containers of a run that failed, and what is said of the rest.

load helper

# Fails TestExample with two servers up.
two_servers() {
	runner_fails TestExample
	answer runner 'sibling hs-aaaaaa-bbbbbb headscale; sibling hs-cccccc-dddddd headscale'
}

@test "a server is paused while its database is copied, and goes on then" {
	two_servers
	answer cp 'case $1 in *sqlite3*) of "$(find_container "${1%%:*}")" state >>"$S/states" ;; esac'
	run hi run TestExample
	exits 1
	[ "$(sort "$STANDIN/states" | uniq -c | tr -s ' ')" = ' 6 paused' ]
	[ "$(grep -c '^docker unpause ' "$STANDIN/log")" -eq 2 ]
	# What needs a running server comes later.
	[ -s "$(run_dir)/hs-aaaaaa-bbbbbb_metrics.txt" ]
	[ -s "$(run_dir)/hs-cccccc-dddddd.db-wal" ]
	says_not 'could not be'
}

@test "a server is unpaused after an interrupt, though everything goes" {
	two_servers
	answer cp hang
	start_hi run TestExample
	wait_for 20 grep -q '^docker cp' "$STANDIN/log"
	kill -INT "$PID"
	wait_hi
	exits 130
	called '^docker unpause '
	engine_is_empty
}

@test "hi is killed while a server is paused: the cleaner saves the rest and removes it" {
	two_servers
	answer cp 'mkdir "$S/first" 2>/dev/null && hang'
	start_hi run TestExample
	wait_for 20 grep -q '^docker cp' "$STANDIN/log"
	kill -KILL "$PID"
	wait_hi
	wait_for 30 engine_is_empty
	wait_for 30 no_lease
	[ -s "$(run_dir)/hs-cccccc-dddddd.db" ]
}

@test "an engine that can't pause: the databases are copied, and it is said, once" {
	two_servers
	answer pause 'daemon_says "Cannot pause container $1: cgroups: cgroup mountpoint does not exist"'
	run hi run TestExample
	exits 1
	[ -s "$(run_dir)/hs-aaaaaa-bbbbbb.db" ] && [ -s "$(run_dir)/hs-cccccc-dddddd.db" ]
	says 'database of 2 containers'
	[ "$(grep -c 'cgroup mountpoint does not exist' <<<"$output")" -eq 1 ]
	called_not '^docker unpause '
}

@test "a pause that fails once is tried again" {
	two_servers
	answer pause 'mkdir "$S/tried" 2>/dev/null &&
	    daemon_says "Cannot pause container $1: OCI runtime pause failed: unable to freeze: unknown"'
	run hi run TestExample
	exits 1
	says_not 'while its server ran'
	[ "$(grep -c '^docker unpause ' "$STANDIN/log")" -eq 2 ]
}

@test "PostgreSQL: no server is paused for a file that is not there" {
	two_servers
	answer runner 'sibling hs-aaaaaa-bbbbbb headscale; sibling pg-eeeeee postgres'
	answer cp '[[ $1 != *sqlite3* ]] ||
	    daemon_says "Could not find the file ${1#*:} in container ${1%%:*}"'
	run hi run TestExample --postgres
	exits 1
	called_not '^docker pause '
	says_not 'could not be'
}

@test "a database that the tests saved is not mixed with files of the container" {
	two_servers
	answer runner 'sibling hs-aaaaaa-bbbbbb headscale
	    echo saved >"$(echo '"$CHECKOUT"'/control_logs/*-*-*)/hs-aaaaaa-bbbbbb.db"'
	run hi run TestExample
	exits 1
	[ "$(cat "$(run_dir)/hs-aaaaaa-bbbbbb.db")" = saved ]
	[ ! -e "$(run_dir)/hs-aaaaaa-bbbbbb.db-wal" ]
	called_not '^docker pause '
}

@test "one reason for many containers is one line, with their number" {

	runner_fails TestExample
	answer runner 'for i in 1 2 3 4 5 6 7; do sibling ts-aaaaaa-1-74-00000$i tailscale; done'
	answer logs '[ "$(label "$(find_container "${*: -1}")" hi.test-type)" = test-runner ] ||
	    daemon_says "configured logging driver of ${*: -1} does not support reading"'
	run hi run TestExample
	exits 1
	[ "$(grep -c 'does not support reading' <<<"$output")" -eq 1 ]
	says 'logs of 7 containers' 'ts-aaaaaa-1-74-000001' ', ...)'
	[ "$(jq '[.. | strings | select(test("does not support reading"))] | length' \
	    "$(run_dir)/summary.json")" -eq 1 ]
}

@test "a container with a very long name: its files have a shorter one, and those of the others are not lost" {
	local long

	long=ts-$(printf 'n%.0s' {1..248})
	runner_fails TestExample
	answer runner "sibling hs-aaaaaa headscale; sibling $long tailscale; sibling ${long}2 tailscale; sibling ts-bbbbbb tailscale"
	run hi run TestExample
	exits 1
	says_not 'could not be' 'too long'
	[ "$(find "$(run_dir)" -name 'ts-nnn*.inspect.json' | wc -l)" -eq 2 ] || fail 'not two of them'
	[ -s "$(run_dir)/hs-aaaaaa.inspect.json" ] && [ -s "$(run_dir)/ts-bbbbbb.inspect.json" ]
}

@test "a directory in the place of one inspect's file: the others are written" {
	runner_fails TestExample
	answer runner "sibling hs-aaaaaa headscale; sibling ts-bbbbbb tailscale
		for d in '$CHECKOUT'/control_logs/*-*-*; do mkdir -p "'"$d/hs-aaaaaa.inspect.json/x"; done'
	run hi run TestExample
	exits 1
	says 'inspect of hs-aaaaaa could not be collected'
	[ -s "$(run_dir)/ts-bbbbbb.inspect.json" ]
}

@test "a newer file is not replaced by less" {
	runner_fails TestExample
	answer runner 'sibling hs-aaaaaa-bbbbbb headscale; sibling ts-aaaaaa-1-74-cccccc tailscale
	    dir=$(echo '"$CHECKOUT"'/control_logs/*-*-*)
	    seq 1000 >"$dir/hs-aaaaaa-bbbbbb.stdout.log"
	    echo "{\"saved\":1}" >"$dir/ts-aaaaaa-1-74-cccccc_status.json"
	    mkdir -p "$dir/mapresponses/hs-aaaaaa-bbbbbb"
	    echo 1 >"$dir/mapresponses/hs-aaaaaa-bbbbbb/saved.json"'
	run hi run TestExample
	exits 1
	[ "$(tail -1 "$(run_dir)/hs-aaaaaa-bbbbbb.stdout.log")" = 1000 ]
	grep -q saved "$(run_dir)/ts-aaaaaa-1-74-cccccc_status.json"
	[ -e "$(run_dir)/hs-aaaaaa-bbbbbb-mapresponses/saved.json" ]
	[ -s "$(run_dir)/hs-aaaaaa-bbbbbb.stderr.log" ]
}

@test "every piece of evidence is in the manual" {
	local suffix

	while read -r suffix; do
		grep -qF -- "$suffix" "$BATS_TEST_DIRNAME/../../man/hi.1" ||
		    fail "not in hi(1): $suffix" || return
	done < <(sed -n '/evidence_pieces\[\]/,/^}/s/^	{ "[^"]*", "\([^"]*\)".*/\1/p' \
	    "$BATS_TEST_DIRNAME/../../src/docker/pieces.c")
}

@test "an engine that remaps ids: root in hi's containers is root outside" {
	answer info 'do_info() {
	    printf "{\"ID\":\"STANDIN:%s\",\"ServerVersion\":\"28.2.2\",%s}\n" "$S" \
	        "\"SecurityOptions\":[\"name=seccomp,profile=builtin\",\"name=userns\"]"
	}'
	run hi run TestExample
	called '^docker create .* --userns host '
}

@test "an engine that does not remap ids is asked for nothing" {
	run hi run TestExample
	exits 0
	called_not '--userns'
}
