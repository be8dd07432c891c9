# shellcheck shell=bash disable=SC2154
# For every file in tests/engine: hi on an engine (DOCKER_HOST, or the machine's own), with the suite in tests/fixture. HI names the program,
# HI_FAULTS its diagnostic build. Each test has a log directory of its own, $LOGS, and stands in the fixture; what its
# runs leave, by a failure, is removed in teardown, and nothing else is touched.

bats_require_minimum_version 1.5.0

HI=${HI:-$BATS_TEST_DIRNAME/../../build/hi}
HI_FAULTS=${HI_FAULTS:-$BATS_TEST_DIRNAME/../../build-faults/hi}
FIXTURE=$(cd "$BATS_TEST_DIRNAME/../fixture" && pwd)

engine_setup() {
	local name

	for name in $(compgen -e | grep -E '^(CI|NO_COLOR|GOFLAGS|GITHUB_.*|DOCKERHUB_.*|HEADSCALE_.*|HI_FAULT|HI_FAULT_REACHED)$'); do
		unset "$name"
	done
	LOGS=$BATS_TEST_TMPDIR/logs
	cd "$FIXTURE" || return
}

setup() {
	engine_setup
}

# Runs of this test, by their directories.
runs() {
	local dir

	for dir in "$BATS_TEST_TMPDIR"/*/*-*-*/ "$BATS_TEST_TMPDIR"/*/control_logs/*-*-*/; do
		dir=${dir%/}
		[[ ! ${dir##*/} =~ ^[0-9]{8}-[0-9]{6}-[a-z0-9]{6}$ ]] || echo "${dir##*/}"
	done
}

engine_teardown() {
	local run id

	[ -z "${PID-}" ] || kill -KILL "$PID" 2>/dev/null || :
	for run in $(runs); do
		for id in $(docker ps -aq --filter "label=hi.run-id=$run"); do
			docker rm -fv "$id" >/dev/null 2>&1 || :
		done
		rm -f "/var/tmp/hi-$(id -u)/$run.lease"
	done
	for id in $(networks_named); do
		docker network rm "$id" >/dev/null 2>&1 || :
	done
}

teardown() {
	engine_teardown
	belongs_to_the_caller
}

# What root left in a log directory was handed over to who called hi.
belongs_to_the_caller() {
	local foreign

	foreign=$(find "$BATS_TEST_TMPDIR" ! -user "$(id -u)")
	[ -z "$foreign" ] || fail "belongs to somebody else: $foreign"
}

# The networks that the tests of this test's runs said they made, as far as they are there.
networks_named() {
	local name

	for name in $(grep -rhoE 'hs-[0-9a-f]{6}-(default|lonely)' "$BATS_TEST_TMPDIR" --include=go-test.json 2>/dev/null | sort -u); do
		docker network ls --no-trunc --format '{{.ID}} {{.Name}}' | sed -n "s/ $name\$//p"
	done
}

hi() {
	"$HI" "$@" 3>&-
}

# hi run with this test's log directory.
hi_run() {
	hi run --logs-dir "$LOGS" "$@"
}

# Starts it in the background, as a shell in the foreground would: no signal ignored. PID is its; it writes to the
# files out and err of the test's directory.
start_hi() {
	/usr/bin/python3 -c '
import os, signal, sys
for s in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGPIPE, signal.SIGTSTP):
    signal.signal(s, signal.SIG_DFL)
os.execv(sys.argv[1], sys.argv[1:])' "$HI" run --logs-dir "$LOGS" "$@" >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" 3>&- &
	PID=$!
}

wait_hi() {
	status=0
	wait "$PID" || status=$?
	PID=
	output=$(cat "$BATS_TEST_TMPDIR/out")
	stderr=$(cat "$BATS_TEST_TMPDIR/err")
}

fail() {
	printf '%s\n' "$@"
	printf -- '-- status: %s\n-- output:\n%s\n' "${status-}" "${output-}"
	[ -z "${stderr-}" ] || printf -- '-- stderr:\n%s\n' "$stderr"
	return 1
}

# wait_for SECONDS COMMAND...: until the command succeeds.
wait_for() {
	local until=$((SECONDS + $1 + 1))

	shift
	until "$@" >/dev/null 2>&1; do
		if [ "$SECONDS" -ge "$until" ]; then
			[ -z "${PID-}" ] || output=$(cat "$BATS_TEST_TMPDIR/out" "$BATS_TEST_TMPDIR/err")
			fail "waited in vain for: $*"
			return 1
		fi
		sleep 0.1
	done
}

has_said() {
	grep -qF -- "$1" "$BATS_TEST_TMPDIR/out"
}

exits() {
	[ "$status" -eq "$1" ] || fail "exit $status, not $1"
}

says() {
	local one

	for one in "$@"; do
		[[ ${output-}${stderr-} == *"$one"* ]] || fail "does not say: $one" || return
	done
}

# The only run's directory, below $LOGS or the directory that is given.
run_dir() {
	local dirs=("${1:-$LOGS}"/*-*-*/)

	[ ${#dirs[@]} -eq 1 ] && [ -d "${dirs[0]}" ] || fail "not one run's directory: ${dirs[*]}" || return
	echo "${dirs[0]%/}"
}

# Anonymous volumes of the containers whose inspection was kept.
volumes_named() {
	find "$BATS_TEST_TMPDIR" -name '*.inspect.json' -exec jq -r '(if type == "array" then .[] else . end).Mounts[]?
	    | select(.Type == "volume") | .Name | select(test("^[0-9a-f]{64}$"))' {} +
}

# Of the runs of this test: no container, network or volume, no lease.
nothing_left() {
	local run left

	for run in $(runs); do
		left=$(docker ps -a --filter "label=hi.run-id=$run" --format '{{.Names}}')
		[ -z "$left" ] || fail "containers of $run are left: $left" || return
		[ ! -e "/var/tmp/hi-$(id -u)/$run.lease" ] || fail "the lease of $run is left" || return
	done
	left=$(networks_named)
	[ -z "$left" ] || fail "networks are left: $left" || return
	left=$(volumes_named | sort | comm -12 - <(docker volume ls -q | sort))
	[ -z "$left" ] || fail "volumes are left: $left"
}
