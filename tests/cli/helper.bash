# shellcheck shell=bash disable=SC2154
# For every file in tests/cli: a checkout to stand in, and a docker and a go that are not the machine's (stand-in/docker
# says what they do). HI names the program.
#
# A file that needs something else in setup() calls cli_setup first, in teardown() cli_teardown last.

bats_require_minimum_version 1.5.0

HI=${HI:-$BATS_TEST_DIRNAME/../../build/hi}

cli_setup() {
	local name

	for name in $(compgen -e | grep -E '^(CI|NO_COLOR|GO.*|GITHUB_.*|DOCKER.*|HEADSCALE_.*|HI_FAULT.*)$'); do
		unset "$name"
	done
	STANDIN=$BATS_TEST_TMPDIR/stand-in
	CHECKOUT=$BATS_TEST_TMPDIR/checkout
	export HOME=$BATS_TEST_TMPDIR/home TMPDIR=$BATS_TEST_TMPDIR/tmp LC_ALL=C.UTF-8
	mkdir -p "$STANDIN"/{bin,answers,containers,networks,volumes} "$HOME" "$TMPDIR"
	cp "$BATS_TEST_DIRNAME"/stand-in/* "$STANDIN/bin"
	# The stand-in first; what else hi may look for (sqlite3) is the machine's.
	CLI_PATH=$STANDIN/bin:/usr/bin:/bin
	: >"$STANDIN/log"
	make_socket "$STANDIN/docker.sock"
	echo golang:1.26.1 >"$STANDIN/images"
	make_checkout "$CHECKOUT"
	runner_passes TestExample
	cd "$CHECKOUT" || return
}

cli_teardown() {
	[ -z "${PID-}" ] || kill -KILL "$PID" 2>/dev/null || :
	nothing_runs
}

setup() {
	cli_setup
}

teardown() {
	cli_teardown
}

# A checkout as hi looks for one.
make_checkout() {
	mkdir -p "$1/integration" "$1/cmd/hi"
	printf 'module github.com/juanfont/headscale\n\ngo 1.26.1\n' >"$1/go.mod"
	printf 'package integration\n\nimport "testing"\n\nfunc TestExample(t *testing.T) {}\n' >"$1/integration/example_test.go"
}

# The checkout has these tests as well.
has_tests() {
	printf 'func %s(t *testing.T) {}\n' "$@" >>"$CHECKOUT/integration/example_test.go"
}

# A socket that nobody listens to; its path may be longer than a socket's.
make_socket() {
	(cd "${1%/*}" && /usr/bin/python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "${1##*/}")
}

# answer VERB BASH: what goes before the stand-in's own answer.
answer() {
	printf '%s\n' "$2" >"$STANDIN/answers/$1"
}

event() {
	printf '{"Time":"2026-01-02T03:04:05.678Z","Action":"%s","Package":"github.com/juanfont/headscale/integration"' "$1"
	[ $# -lt 2 ] || [ -z "$2" ] || printf ',"Test":"%s"' "$2"
	[ $# -lt 3 ] || printf ',"Output":"%s\\n"' "$3"
	case $1 in
	pass | fail | skip) printf ',"Elapsed":0.5' ;;
	esac
	echo '}'
}

# $1: pass, fail or skip, as the package ends; the rest: "TestName=pass" and so on.
runner_says() {
	local package=$1 one name action

	shift
	{
		event start
		for one in "$@"; do
			name=${one%%=*}
			action=${one#*=}
			event run "$name"
			event output "$name" "=== RUN   $name"
			event output "$name" "    example_test.go:5: in $name"
			event output "$name" "--- ${action^^}: $name (0.50s)"
			event "$action" "$name"
		done
		event output '' "${package^^}"
		event "$package"
	} >"$STANDIN/runner.out"
	case $package in
	fail) echo 1 >"$STANDIN/runner.exit" ;;
	*) rm -f "$STANDIN/runner.exit" ;;
	esac
}

runner_passes() {
	runner_says pass "$1=pass"
}

runner_fails() {
	runner_says fail "$1=fail"
}

# Until it is killed.
runner_hangs() {
	{
		event start
		event run "$1"
		event output "$1" "=== RUN   $1"
	} >"$STANDIN/runner.out"
	: >"$STANDIN/runner.hang"
}

# hi ARG...: in the stand-in's world. With `run`, stderr belongs to $output; with `run --separate-stderr` to $stderr.
hi() {
	PATH=$CLI_PATH "$HI" "$@" 3>&-
}

# Starts hi in the background, as a shell in the foreground would: no signal ignored. PID is its; it writes to the
# files out and err of the test's directory.
start_hi() {
	PATH=$CLI_PATH /usr/bin/python3 -c '
import os, signal, sys
for s in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGPIPE, signal.SIGTSTP):
    signal.signal(s, signal.SIG_DFL)
os.execv(sys.argv[1], sys.argv[1:])' "$HI" "$@" >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" 3>&- &
	PID=$!
}

# Waits for its end and leaves its exit in $status, what it wrote in $output and $stderr.
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
		sleep 0.05
	done
}

exits() {
	[ "$status" -eq "$1" ] || fail "exit $status, not $1"
}

# Each a part of what it printed.
says() {
	local one

	for one in "$@"; do
		[[ ${output-}${stderr-} == *"$one"* ]] || fail "does not say: $one" || return
	done
}

says_not() {
	local one

	for one in "$@"; do
		[[ ${output-}${stderr-} != *"$one"* ]] || fail "says: $one" || return
	done
}

# That and nothing else is on stderr: one line.
complains() {
	[ "$(grep -c '' <<<"$stderr")" -eq 1 ] || fail 'not one line on stderr' || return
	says "$@"
}

# called REGEX: docker or go was called so; log lines are quoted as the shell would take them.
called() {
	grep -qE -- "$1" "$STANDIN/log" || {
		cat "$STANDIN/log"
		fail "was not called: $1"
	}
}

called_not() {
	! grep -E -- "$1" "$STANDIN/log" || fail "was called: $1"
}

# The line of the log that made the runner.
create_line() {
	grep '^docker create ' "$STANDIN/log"
}

engine_is_empty() {
	local left

	left=$(cd "$STANDIN" && find containers networks volumes -mindepth 1 -maxdepth 1)
	[ -z "$left" ] || fail "left on the engine: $left"
}

# The only run's directory.
run_dir() {
	local dirs=("${1:-$CHECKOUT/control_logs}"/*-*-*/)

	[ ${#dirs[@]} -eq 1 ] && [ -d "${dirs[0]}" ] || fail "not one run's directory: ${dirs[*]}" || return
	echo "${dirs[0]%/}"
}

# What runs in this test's world.
ours() {
	local environ

	for environ in $(grep -lsaF "PATH=$STANDIN/bin:" /proc/[0-9]*/environ); do
		environ=${environ%/environ}
		tr '\0' ' ' 2>/dev/null <"$environ/cmdline" && echo "(${environ##*/})"
	done
}

# Only another boot proves a run dead whose lease is gone.
needs_boot_id() {
	[ -z "${HI_PORTABLE-}" ] || skip 'this build knows no boot id'
}

no_ours() {
	[ -z "$(ours)" ]
}

nothing_runs() {
	wait_for 5 no_ours || fail "still runs: $(ours)"
}

# No run of this test has a lease any more.
no_lease() {
	local left

	left=$(grep -lsF "$BATS_TEST_TMPDIR/" "/var/tmp/hi-$(id -u)"/*.lease) || :
	[ -z "$left" ] || fail "a lease is left: $left"
}
