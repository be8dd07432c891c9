#!/usr/bin/env bats
# hi clean on an engine, beside a live run, a kept run, a dead run, what another tool left, and foreign things.
#
# Its forms take whatever is on an engine, so that the engine is one of this file's own: a second dockerd in namespaces
# of its own, which needs root. It has one image, a busybox whose `go` is a script.

bats_require_minimum_version 1.5.0
# The tests share an engine and take it in turns.
export BATS_NO_PARALLELIZE_WITHIN_FILE=true

HI=${HI:-$BATS_TEST_DIRNAME/../../build/hi}

make_image() {
	local root=$E/image applet

	mkdir -p "$root"/bin "$root"/tmp
	cp "$(command -v busybox)" "$root/bin/busybox"
	for applet in sh sleep cat grep chown find mkdir ls mv rm true; do
		ln -s busybox "$root/bin/$applet"
	done
	cat >"$root/bin/go" <<'EOF'
#!/bin/sh
# One that is too old for its binaries to be kept.
[ "$1" != env ] || { echo go1.20; exit; }
event() {
	echo "{\"Time\":\"2026-01-02T03:04:05Z\",\"Action\":\"$1\",\"Package\":\"example.com/p\"$2}"
}
event start
event run ',"Test":"TestX"'
case $* in
*TestFails*)
	event fail ',"Test":"TestX","Elapsed":0.1'
	event fail
	exit 1
	;;
esac
exec sleep 600
EOF
	chmod +x "$root/bin/go"
	tar -c -C "$root" . | docker import -c 'ENV PATH=/bin' - golang:1.21.0 >/dev/null
}

setup_file() {
	local tool

	[ "$(id -u)" -eq 0 ] || { export NO_ENGINE='needs root for an engine of its own'; return 0; }
	for tool in dockerd unshare busybox python3 jq; do
		command -v $tool >/dev/null || { export NO_ENGINE="needs $tool"; return 0; }
	done
	E=$(mktemp -d /tmp/hi-engine-XXXXXX)
	export E DOCKER_HOST=unix://$E/s
	unset DOCKER_CONTEXT
	mkdir -p "$E/checkout/integration"
	printf 'module example.com/p\n\ngo 1.21.0\n' >"$E/checkout/go.mod"
	echo 'package integration' >"$E/checkout/integration/x_test.go"
	# No configuration, identity, containerd or network of the machine's engine.
	unshare --net --mount sh -c 'for d in /etc/docker /run/containerd; do
			[ ! -d $d ] || mount -t tmpfs none $d || exit 1
		done
		exec "$@"' sh dockerd --data-root "$E/data" --exec-root "$E/exec" --pidfile "$E/pid" -H "$DOCKER_HOST" \
	    --bridge=none --iptables=false --ip6tables=false --storage-driver vfs \
	    --default-address-pool base=10.212.0.0/16,size=24 >"$E/log" 2>&1 3>&- &
	wait_for 30 docker version || { export NO_ENGINE='dockerd does not start'; tail -n 3 "$E/log" >&2; return 0; }
	make_image
}

teardown_file() {
	local pid

	[ -n "${E-}" ] || return 0
	pid=$(cat "$E/pid" 2>/dev/null) || pid=
	docker ps -aq | xargs -r docker rm -f >/dev/null 2>&1 || :
	if [ -n "$pid" ]; then
		kill "$pid"
		wait_for 30 not_running "$pid" || kill -KILL "$pid"
	fi
	rm -rf "$E"
}

setup() {
	[ -z "${NO_ENGINE-}" ] || skip "$NO_ENGINE"
	cd "$E/checkout" || return
}

teardown() {
	[ -n "${E-}" ] && [ -z "${NO_ENGINE-}" ] || return 0
	[ -z "${PID-}" ] || { kill -INT "$PID" && wait "$PID" || :; }
	"$HI" clean containers --force >/dev/null
	docker ps -aq | xargs -r docker rm -f >/dev/null
	docker network ls -q --filter driver=bridge | xargs -r docker network rm >/dev/null
	docker images --format '{{.Repository}}:{{.Tag}}' | grep -v golang | xargs -r docker rmi >/dev/null
	docker volume ls -q | xargs -r docker volume rm >/dev/null
	rm -rf control_logs
}

not_running() {
	! kill -0 "$1"
}

wait_for() {
	local until=$((SECONDS + $1 + 1))

	shift
	until "$@" >/dev/null 2>&1; do
		[ "$SECONDS" -lt "$until" ] || return 1
		sleep 0.05
	done
}

fail() {
	printf '%s\n' "$@" "-- status ${status-}" "${output-}"
	return 1
}

exits() {
	[ "$status" -eq "$1" ] || fail "exit $status, not $1"
}

says() {
	local one

	for one; do
		[[ $output == *"$one"* ]] || fail "does not say: $one" || return
	done
}

runners() {
	docker ps -q --filter label=hi.test-type=test-runner --filter "label=hi.pattern=$1"
}

a_runner() {
	[ -n "$(runners "$1")" ]
}

# start_run PATTERN [FLAG...]: a run that goes on; PID is its hi, RUN its id.
start_run() {
	python3 -c 'import os, signal, sys
for s in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT): signal.signal(s, signal.SIG_DFL)
os.execv(sys.argv[1], sys.argv[1:])' "$HI" run "$@" >"$E/out" 2>&1 3>&- &
	PID=$!
	wait_for 30 a_runner "$1" || fail "$(cat "$E/out")" || return
	RUN=$(docker ps --filter "label=hi.pattern=$1" --format '{{.Label "hi.run-id"}}')
}

# sibling NAME RUN NETWORK: with a network of its own that the run's runner, where there is one, is on.
sibling() {
	docker network create "$3" >/dev/null
	docker run -d --name "$1" --label "hi.run-id=$2" --label hi.test-type=headscale --network "$3" golang:1.21.0 \
	    sleep 600 >/dev/null
}

children() {
	cat /proc/"$1"/task/*/children
}

dead_run() {
	local pid cleaner=

	start_run TestDead
	DEAD=$RUN
	sibling hs-dead "$DEAD" hs-aaaaaa-dead
	for pid in $(children "$PID"); do
		if tr '\0' ' ' <"/proc/$pid/cmdline" | grep -q ' cleaner'; then
			cleaner=$pid
		fi
	done
	kill -KILL "$PID" "$cleaner"
	wait "$PID" || :
	PID=
}

kept_run() {
	run "$HI" run TestFails --keep-on-failure
	exits 1
	KEPT=$(docker ps -a --filter label=hi.pattern=TestFails --format '{{.Label "hi.run-id"}}')
	[ -n "$KEPT" ]
	sibling hs-kept "$KEPT" hs-bbbbbb-kept
}

LEFT=20260102-030405-leftaa

left_run() {
	sibling hs-left $LEFT hs-cccccc-left
}

foreign_things() {
	docker network create foreign >/dev/null
	docker network create hs-foreign >/dev/null
	docker run -d --name foreign --network foreign golang:1.21.0 sleep 600 >/dev/null
	docker run --name foreign-stopped --network hs-foreign golang:1.21.0 true >/dev/null
	docker volume create foreign >/dev/null
	image my/tailscale:1
}

# An image of its own layers.
image() {
	mkdir -p "$E/x"
	echo "$1" >"$E/x/x"
	tar -c -C "$E/x" . | docker import - "$1" >/dev/null
}

foreign_is_there() {
	[ "$(docker ps -aq --filter name=foreign | wc -l)" -eq 2 ] || fail 'a foreign container went' || return
	[ "$(docker network ls -q --filter name=foreign | wc -l)" -eq 2 ] || fail 'a foreign network went' || return
	docker volume inspect foreign >/dev/null || return
	docker image inspect my/tailscale:1 >/dev/null
}

there() {
	docker inspect "$1" >/dev/null 2>&1 || fail "gone: $1"
}

gone() {
	! docker inspect "$1" >/dev/null 2>&1 || fail "is there: $1"
}

live_is_there() {
	there "headscale-test-suite-$RUN" && there hs-live && there hs-dddddd-live &&
	    [ "$(docker inspect -f '{{.State.Running}}' hs-live)" = true ] && kill -0 "$PID"
}

@test "each form beside a live run, a kept one, a dead one, another tool's and foreign things" {
	foreign_things
	docker network create hs-eeeeee-idle >/dev/null
	image hs-old:latest
	kept_run
	dead_run
	left_run
	start_run TestLive --clean-before=false
	sibling hs-live "$RUN" hs-dddddd-live
	docker network create hs-ffffff-young >/dev/null
	image tailscale/tailscale:v1

	run "$HI" clean containers
	exits 3
	says "run $RUN is live"
	run "$HI" clean all
	exits 3
	says "run $RUN is live"
	run "$HI" clean run "$RUN"
	exits 3
	run "$HI" clean cache
	exits 3
	says 'hs-integration-go-cache: container headscale-test-suite-'

	run "$HI" clean networks
	exits 0
	says 'removed network hs-eeeeee-idle' 'left network hs-ffffff-young'
	gone hs-eeeeee-idle
	run "$HI" clean images
	exits 0
	says 'left image hs-old:latest' 'left image tailscale/tailscale:v1'
	run "$HI" clean images --force
	exits 0
	says 'removed image hs-old:latest' 'removed image tailscale/tailscale:v1'
	run "$HI" clean stale
	exits 0
	says "removed run $DEAD: dead, 2 containers, 1 network" hs-aaaaaa-dead
	gone hs-dead
	gone hs-aaaaaa-dead
	run "$HI" clean logs --older-than 1s
	exits 0
	[ -d "control_logs/$RUN" ]
	[ -d "control_logs/$KEPT" ]
	there hs-kept
	there hs-bbbbbb-kept
	there hs-left
	there hs-cccccc-left
	run "$HI" clean run leftaa "$KEPT"
	exits 0
	gone hs-left
	gone hs-cccccc-left
	gone hs-kept
	gone hs-bbbbbb-kept
	live_is_there
	foreign_is_there
}

@test "containers: kept, dead and other tools' runs, with networks" {
	foreign_things
	kept_run
	dead_run
	left_run
	run "$HI" clean containers --dry-run
	exits 0
	says "$KEPT: kept" "$DEAD: dead" "$LEFT: unknown"
	there hs-left
	run "$HI" clean containers
	exits 0
	says '3 runs, 5 containers, 3 networks'
	[ -z "$(docker ps -aq --filter label=hi.run-id)" ]
	[ -z "$(docker network ls -q --filter name=hs-aaaaaa --filter name=hs-bbbbbb --filter name=hs-cccccc)" ]
	foreign_is_there
	run "$HI" ps
	says 'no runs'
}

@test "all: runs, networks, images and volumes" {
	foreign_things
	left_run
	kept_run
	docker network create hs-eeeeee-idle >/dev/null
	image hs-old:latest
	run --separate-stderr "$HI" clean all --json
	exits 0
	jq -e '.counts.run == 2 and .counts.volume >= 2 and .counts.image == 1 and .failed == 0' <<<"$output"
	[ -z "$(docker ps -aq --filter label=hi.run-id)" ]
	[ "$(docker volume ls -q)" = foreign ]
	gone hs-eeeeee-idle
	foreign_is_there
}

@test "a live run, taken by force, is gone, and its hi says so" {
	start_run TestForced
	sibling hs-live "$RUN" hs-dddddd-live
	run "$HI" clean run "$RUN" --force
	exits 0
	status=0
	wait "$PID" || status=$?
	PID=
	exits 3
	[ -z "$(docker ps -aq)" ]
	gone hs-dddddd-live
}

@test "images: layers that a build of the suite left without a name" {
	mkdir -p "$E/build"
	printf 'FROM golang:1.21.0\nWORKDIR /go/src/headscale\nRUN echo x >y\n' >"$E/build/Dockerfile"
	docker build --network none -q -t hs-abcdef-123456 "$E/build" >/dev/null
	printf 'FROM golang:1.21.0\nWORKDIR /go/src/mine\nRUN echo z >y\n' >"$E/build/Dockerfile"
	docker build --network none -q -t mine "$E/build" >/dev/null
	docker rmi --no-prune mine hs-abcdef-123456 >/dev/null
	before=$(docker images -q --filter dangling=true | sort)
	run "$HI" clean images
	exits 0
	if [ -n "$before" ]; then
		says 'removed image sha256:' 'without a name'
		[ "$(docker images -q --filter dangling=true | wc -l)" -lt "$(wc -l <<<"$before")" ]
		[ -n "$(docker images -q --filter dangling=true)" ]
	fi
	docker images -aq --filter dangling=true | xargs -r docker rmi >/dev/null 2>&1 || :
}

@test "an engine of its own: a run elsewhere is none of it" {
	local other

	dead_run
	other=$(docker ps -aq --filter "label=hi.run-id=$DEAD" | wc -l)
	[ "$other" -eq 2 ]
	run env DOCKER_HOST=unix:///var/run/docker.sock "$HI" ps
	[[ $output != *"$DEAD"* ]] || fail "$DEAD is seen elsewhere"
	ls "/var/tmp/hi-$(id -u)/$DEAD.lease"
	run "$HI" clean stale
	exits 0
	says "removed run $DEAD"
	[ ! -e "/var/tmp/hi-$(id -u)/$DEAD.lease" ]
}

@test "doctor: the engine is fit, and nothing is left of what was tried" {
	run --separate-stderr "$HI" doctor --json
	jq -e '.checks[] | select(.id == "engine" and .state == "ok")' <<<"$output"
	[ -z "$(docker ps --all --quiet --filter name=hi-doctor-)" ]
}
