#!/usr/bin/env bats
# shellcheck disable=SC2154
# What is the run's, and what proves that it is gone.

load helper

@test "networks by the names of headscale's releases go, too" {
	answer runner 'network hs-x7k2q9-default; sibling ts-aaaaaa-1-74-cccccc tailscale'
	run hi run TestExample
	exits 0
	says '1 network'
	engine_is_empty
}

@test "a container that appears when the cleaner has gone" {
	runner_fails TestExample
	# What is listed last is told to the user.
	answer ps 'if [ -e "$S/asked-for-evidence" ] && mkdir "$S/late"; then
	run_id=$(label "$(find_container headscale-test-suite-"$(ls '"$CHECKOUT"'/control_logs | head -n 1)")" hi.run-id)
	sibling ts-aaaaaa-1-74-dddddd tailscale >/dev/null
	sleep 0.5
fi'
	answer exec ': >"$S/asked-for-evidence"'
	answer runner 'sibling ts-aaaaaa-1-74-cccccc tailscale'
	run hi run --keep-on-failure TestExample
	exits 1
	says 'ts-aaaaaa-1-74-dddddd'
	[ -d "$STANDIN/late" ] || fail 'it did not appear'
	hi clean run "$(basename "$(run_dir)")"
	engine_is_empty
}

@test "another engine that answers in the middle has nothing of the run, and that proves nothing" {
	runner_hangs TestExample
	start_hi run --format=verbose TestExample
	wait_for 10 grep -q 'RUN   TestExample' "$BATS_TEST_TMPDIR/out"
	answer info 'echo "{\"ID\":\"another\",\"ServerVersion\":\"28.0\"}"; exit'
	answer ps 'exit'
	answer kill 'daemon_says "No such container: $1"'
	kill -INT "$PID"
	sleep 0.6
	kill -INT "$PID"
	sleep 0.6
	kill -INT "$PID"
	wait_hi
	exits 130
	grep -qlsF "$BATS_TEST_TMPDIR" "/var/tmp/hi-$(id -u)"/*.lease || fail 'the lease is gone'
	rm -f "$STANDIN"/answers/*
	wait_for 20 engine_is_empty
	wait_for 20 no_lease
	# It listens for a while longer.
	wait_for 30 no_ours
}

@test "an inspection that fails is made again: its networks are known" {
	answer runner 'network hs-abcdef-default; sibling ts-aaaaaa-1-74-cccccc tailscale'
	# No event told of the network.
	answer events 'hang'
	answer container-inspect 'take "" "$@"; if [ ${#formats[@]} -eq 0 ] && mkdir "$S/failed"; then daemon_says "is restarting"; fi'
	run hi run TestExample
	exits 0
	[ -d "$STANDIN/failed" ] || fail 'it did not fail'
	engine_is_empty
}

@test "a container that can't be inspected is removed, and the others' networks are known" {
	answer runner 'network hs-abcdef-default; sibling ts-aaaaaa-1-74-cccccc tailscale; sibling ts-aaaaaa-1-74-dddddd tailscale'
	answer events 'hang'
	answer container-inspect 'take "" "$@"
if [ ${#formats[@]} -eq 0 ]; then
	for id in "${rest[@]}"; do [ "$(of "$id" name)" != ts-aaaaaa-1-74-cccccc ] || daemon_says "layer does not exist"; done
fi'
	run hi run TestExample
	exits 0
	says '3 containers'
	engine_is_empty
}

@test "images, networks or volumes can't be listed: that is named, and the rest is removed" {
	local verb

	answer runner 'network hs-abcdef-default; sibling ts-aaaaaa-1-74-cccccc tailscale'
	for verb in images network-ls volume-ls; do
		rm -rf control_logs
		answer "$verb" 'daemon_says "layer does not exist"'
		run hi run TestExample
		exits 6
		says 'of the run, if there is one' 'layer does not exist'
		[ -z "$(ls "$STANDIN/containers")" ] || fail 'containers are left'
		rm -rf "$STANDIN/answers/$verb" "$STANDIN"/networks/* "$STANDIN"/volumes/*
	done
}

@test "the reader of the log dies just as the runner ends: the rest is read" {
	answer logs 'if [ "$(nth logs)" = 1 ]; then head -n 2 "$S/runner.out"; ended "$(find_container "${*: -1}")" 0; exit 1; fi'
	run hi run TestExample
	exits 0
	[ "$(grep -c 'PASS: TestExample' <<<"$output")" -eq 1 ] || fail 'not once'
}

@test "a cleaner asks nobody what hi has told it" {
	run hi run TestExample
	exits 0
	[ "$(grep -c '^docker context inspect' "$STANDIN/log")" -eq 1 ] || fail 'more than once'
}

@test "a context is pinned by its endpoint" {
	make_socket "$STANDIN/other.sock"
	answer context-inspect 'printf "{\"name\":\"mine\",\"host\":\"unix://%s/other.sock\"}\n" "$S"; exit'
	answer create 'echo "$DOCKER_HOST ${DOCKER_CONTEXT-}" >"$S/pinned"'
	answer rm 'echo "$DOCKER_HOST ${DOCKER_CONTEXT-}" >>"$S/pinned"'
	run hi run TestExample
	exits 0
	[ "$(sort -u "$STANDIN/pinned")" = "unix://$STANDIN/other.sock " ] || fail "$(cat "$STANDIN/pinned")"
}

@test "stopped containers of another host's run stay" {
	local dir=$STANDIN/containers/0123456789abcdefaaaaaa

	mkdir -p "$dir"
	echo headscale-test-suite-20260102-030405-aaaaaa >"$dir/name"
	echo golang:1.26.1 >"$dir/image"
	echo exited >"$dir/state"
	echo 1 >"$dir/exit"
	echo '2026-01-02 03:04:05 +0000 UTC' >"$dir/created"
	: >"$dir/networks"
	printf '%s\n' hi.run-id=20260102-030405-aaaaaa hi.test-type=test-runner hi.uid=0 hi.host=elsewhere hi.boot=x \
	    hi.lease=1:1 >"$dir/labels"
	run hi run TestExample
	exits 0
	[ -d "$dir" ] || fail 'it is gone'
	rm -rf "$dir"
}

@test "the lease of one that was killed before it could write it goes with the next run" {
	local lease
	lease=/var/tmp/hi-$(id -u)/20260102-030405-$(printf %06x $RANDOM).lease

	run hi run TestExample
	: >"$lease"
	run hi run TestExample
	exits 0
	[ -e "$lease" ] || fail 'it may just be beginning'
	touch -d '2 minutes ago' "$lease"
	run hi run TestExample
	exits 0
	[ ! -e "$lease" ] || { rm -f "$lease"; fail 'it is still there'; }
}
