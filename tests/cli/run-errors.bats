#!/usr/bin/env bats
# shellcheck disable=SC2154
# hi run where it can't: one line that says what and what to do, the exit code, nothing left behind.

load helper

# The run is refused with that exit before anything is made.
refused() {
	local code=$1

	shift
	run --separate-stderr hi run TestExample
	exits "$code"
	complains "$@"
	called_not '^docker create '
	engine_is_empty
	no_lease
	nothing_made
}

nothing_made() {
	local left

	left=$(find . -path '*control_logs*')
	[ -z "$left" ] || fail "left behind: $left"
}

@test "not in a checkout" {
	mkdir "$BATS_TEST_TMPDIR/elsewhere"
	cd "$BATS_TEST_TMPDIR/elsewhere"
	refused 3 'not in a headscale checkout' go.mod
}

@test "a directory that was removed under us" {
	mkdir "$BATS_TEST_TMPDIR/gone"
	cd "$BATS_TEST_TMPDIR/gone"
	rmdir "$BATS_TEST_TMPDIR/gone"
	run --separate-stderr hi run TestExample
	exits 3
	[ -n "$stderr" ]
	called_not '^docker create '
}

@test "no docker" {
	rm "$STANDIN/bin/docker"
	CLI_PATH=$STANDIN/bin
	refused 3 docker PATH
}

@test "a docker that can't be executed" {
	chmod -x "$STANDIN/bin/docker"
	CLI_PATH=$STANDIN/bin
	refused 3 docker
}

@test "no engine" {
	answer info 'echo "ERROR: Cannot connect to the Docker daemon at unix:///var/run/docker.sock. \
Is the docker daemon running?" >&2; exit 1'
	refused 3 "no engine answers at unix://$STANDIN/docker.sock" 'start it'
}

@test "no engine, and a docker that ends with 0 all the same" {
	answer info 'echo "{\"ID\":\"\",\"ServerErrors\":[\"Cannot connect to the Docker daemon at tcp://x. Is it running?\"]}"; exit 0'
	refused 3 'no engine answers'
}

@test "no permission on the socket" {
	answer info 'echo "permission denied while trying to connect to the Docker daemon socket at \
unix:///var/run/docker.sock: Get \"http://%2Fvar%2Frun%2Fdocker.sock/v1.24/info\": dial unix \
 /var/run/docker.sock: connect: permission denied" >&2; exit 1'
	refused 3 'no permission' 'group docker'
}

@test "a context that does not exist" {
	answer context-inspect 'echo "context \"nope\": context not found" >&2; exit 1'
	DOCKER_CONTEXT=nope refused 3 nope
}

@test "a docker that talks nonsense" {
	answer info 'echo "{\"ID\": [[["; exit 0'
	refused 3 docker
}

@test "a docker that dies without a word: how it ended" {
	answer context-inspect 'kill -SEGV $$'
	refused 3 'docker context inspect: killed by SIGSEGV'
	answer context-inspect 'exit 7'
	refused 3 'docker context inspect: exit 7'
	rm "$STANDIN/answers/context-inspect"
	answer info 'kill -KILL $$'
	refused 3 'docker info: killed by SIGKILL'
}

@test "go.mod is unreadable" {
	echo nonsense >go.mod
	refused 3 go.mod
}

@test "go.mod has no go line" {
	echo 'module github.com/juanfont/headscale' >go.mod
	refused 3 go.mod 'go line'
}

@test "go.mod may not be read" {
	[ "$(id -u)" -ne 0 ] || skip 'root may read everything'
	chmod 0 go.mod
	refused 3 go.mod
}

@test "a log directory that can't be made" {
	echo file >"$BATS_TEST_TMPDIR/file"
	run --separate-stderr hi run --logs-dir "$BATS_TEST_TMPDIR/file/logs" TestExample
	exits 3
	complains "$BATS_TEST_TMPDIR/file"
	called_not '^docker create '
	no_lease
}

@test "a log directory that may not be written to" {
	[ "$(id -u)" -ne 0 ] || skip 'root may write everywhere'
	mkdir control_logs
	chmod a-w control_logs
	run --separate-stderr hi run TestExample
	exits 3
	complains control_logs 'Permission denied'
	called_not '^docker create '
	no_lease
}

@test "a log directory on a full disk" {
	local full=$BATS_TEST_TMPDIR/full
	mkdir "$full"
	unshare -rm true 2>/dev/null || skip 'no namespaces here'
	run --separate-stderr env PATH="$CLI_PATH" unshare -rm sh -c '
		mount -t tmpfs -o size=64k tmpfs "$1" && dd if=/dev/zero of="$1/filler" bs=1k 2>/dev/null
		exec "$2" run --logs-dir "$1" TestExample' sh "$full" "$HI" 3>&-
	exits 3
	says 'no space left' "$full" 'hi clean logs'
	called_not '^docker create '
}

@test "no place for a lease" {
	unshare -rm true 2>/dev/null || skip 'no namespaces here'
	run --separate-stderr env PATH="$CLI_PATH" unshare -rm sh -c '
		mount -t tmpfs -o ro tmpfs /var/tmp && exec "$1" run TestExample' sh "$HI" 3>&-
	exits 3
	complains 'hi keeps its lease in /var/tmp' 'Read-only'
	called_not '^docker create '
	nothing_made
	mkdir control_logs
	run --separate-stderr env PATH="$CLI_PATH" unshare -rm sh -c '
		mount -t tmpfs -o ro tmpfs /var/tmp && exec "$1" run TestExample' sh "$HI" 3>&-
	exits 3
	[ -d control_logs ] || fail 'removed what was there'
}

@test "a name that no image has" {
	answer pull 'echo "Error response from daemon: manifest for golang:9.9.9 not found: \
manifest unknown: manifest unknown" >&2; exit 1'
	run --separate-stderr hi run --go-version=9.9.9 TestExample
	exits 3
	says golang:9.9.9 --go-version
	[ "$(grep -c '^docker pull' "$STANDIN/log")" -eq 1 ] || fail 'pulled again what does not exist'
	engine_is_empty
	no_lease
}

@test "a registry that speaks plain HTTP" {
	answer pull 'daemon_says "Get \"https://r:5000/v2/\": http: server gave HTTP response to HTTPS client"'
	run --separate-stderr hi run --go-version=9.9.9 TestExample
	exits 3
	says 'plain HTTP' insecure-registries
	says_not 'install the CA'
}

@test "an engine that refuses to create" {
	answer create 'daemon_says "invalid mount config for type \"bind\": bind source path does not exist: /nowhere"'
	run --separate-stderr hi run TestExample
	exits 3
	says 'bind source path does not exist'
	engine_is_empty
	no_lease
}

@test "an engine that refuses to start" {
	answer start 'daemon_says "OCI runtime create failed: exec: \"go\": executable file not found in \$PATH"'
	run --separate-stderr hi run TestExample
	exits 3
	says 'executable file not found'
	engine_is_empty
	no_lease
}

@test "flags of no command, commands that are none" {
	run --separate-stderr hi
	exits 2
	run --separate-stderr hi rnu TestExample
	exits 2
	complains rnu run
	run --separate-stderr hi runs
	exits 2
	complains 'unknown command "runs", did you mean ps --all?'
	run --separate-stderr hi '^TestExample$'
	exits 2
	complains '^TestExample$' 'hi run PATTERN'
	run --separate-stderr hi --verbose run TestExample
	exits 2
	complains --verbose
}

@test "help goes to stdout and shows each flag with its default" {
	local flag
	run --separate-stderr hi run --help
	exits 0
	[ -z "$stderr" ]
	for flag in timeout postgres failfast go-version clean-before clean-after keep-on-failure logs-dir verbose stats \
	    hs-memory-limit ts-memory-limit test; do
		says "--$flag"
	done
	says 120m control_logs
}

@test "images that the environment names and the engine does not have, one line each" {
	echo there:1 >>"$STANDIN/images"
	export HEADSCALE_INTEGRATION_HEADSCALE_IMAGE=headscale:mine HEADSCALE_INTEGRATION_POSTGRES_IMAGE=there:1
	export HEADSCALE_INTEGRATION_DERP_IMAGE='' HEADSCALE_INTEGRATION_IMAGE_NOTE=nothing
	refused 3 HEADSCALE_INTEGRATION_HEADSCALE_IMAGE headscale:mine 'docker pull headscale:mine'
	says_not there:1
	HEADSCALE_INTEGRATION_TAILSCALE_IMAGE=ts:mine run --separate-stderr hi run TestExample
	exits 3
	[ "$(grep -c 'the engine has no image' <<<"$stderr")" -eq 2 ] || fail 'not a line for each'
	called_not '^docker create '
}

@test "images that are there are looked for in one call" {
	echo there:1 >>"$STANDIN/images"
	echo there:2 >>"$STANDIN/images"
	HEADSCALE_INTEGRATION_HEADSCALE_IMAGE=there:1 HEADSCALE_INTEGRATION_TAILSCALE_IMAGE=there:2 run hi run TestExample
	exits 0
	[ "$(grep -c '^docker image inspect.*there:' "$STANDIN/log")" -eq 1 ] || fail "$(cat "$STANDIN/log")"
}

# could_not VERB WORDS: the run could not be carried out, in the engine's words; the checkout is not sent anywhere.
could_not() {
	answer "$1" "daemon_says '$2'"
	run --separate-stderr hi run TestExample
	exits 3
	says "$2"
	says_not 'the checkout is sent'
	called_not '^docker cp'
	jq -e '.verdict == "infrastructure" or .verdict == "infra"' "$(run_dir)/summary.json" ||
	    fail "$(cat "$(run_dir)/summary.json")"
	engine_is_empty
	no_lease
}

@test "3: the engine refuses the image's platform" {
	could_not create 'image with reference golang:1.26.1 was found but its platform (linux/arm64) does not match the specified platform (linux/amd64)'
}

@test "3: the runtime can not start the runner" {
	could_not start 'failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "go": executable file not found in $PATH: unknown'
}

@test "3: the engine does not see the socket: the checkout is not sent there" {
	could_not create "invalid mount config for type \"bind\": bind source path does not exist: $STANDIN/docker.sock"
	says --docker-socket
}

@test "docker is Podman: one line says how to reach its socket; with DOCKER_HOST it goes on" {
	local one

	for one in 'echo "Emulate Docker CLI using podman. Create /etc/containers/nodocker to quiet msg." >&2; exit 0' \
	    'echo "Error: template: inspect:1:43: executing \"inspect\" at <.Endpoints>: can'\''t evaluate field Endpoints in type config.Connection" >&2; exit 125' \
	    'echo "Error: unrecognized command \`podman context inspect\`" >&2; exit 125' \
	    'echo "Error: unknown shorthand flag" >&2; exit 125'; do
		answer context-inspect "$one"
		answer --version 'echo "podman version 4.3.1"; exit 0'
		run --separate-stderr hi run TestExample
		exits 3
		complains Podman DOCKER_HOST podman.sock
		DOCKER_HOST=unix://$STANDIN/docker.sock run --separate-stderr hi run TestExample --format=quiet
		exits 0
	done
}

@test "an engine that refuses is quoted, and nobody is told to start it" {
	answer info 'printf "%s\n" "{\"ServerErrors\":[\"Error response from daemon: client version 1.41 is too old. \
Minimum supported API version is 1.44, please upgrade your client to a newer version\"],\"ClientInfo\":{}}"; exit 0'
	run --separate-stderr hi run TestExample
	exits 3
	complains 'client version 1.41 is too old' 'update the docker command'
	says_not 'start it'
	DOCKER_API_VERSION=1.41 run --separate-stderr hi run TestExample
	complains 'unset DOCKER_API_VERSION'
}

# Nothing was asked of docker for it, and nothing was made.
answered_at_once() {
	exits "$1"
	complains "${@:2}"
	[ ! -s "$STANDIN/log" ] || fail "$(cat "$STANDIN/log")"
	nothing_made
	no_lease
}

@test "a version that is no image's tag, a socket that is not absolute: before docker is asked" {
	local bad one

	printf -v bad '%0129d' 0
	for one in '1.26 --privileged' -x ../x 1.26:x .x 1/2 "$bad"; do
		run --separate-stderr hi run --go-version="$one" TestExample
		answered_at_once 2 "--go-version: \"$one\" is not an image's tag, such as 1.26.1"
		run --separate-stderr hi run -j 2 --go-version="$one" TestExample
		answered_at_once 2 "--go-version: \"$one\" is not an image's tag, such as 1.26.1"
	done
	for one in rel.sock ./x unix:///run/docker.sock; do
		run --separate-stderr hi run --docker-socket="$one" TestExample
		answered_at_once 2 "--docker-socket: \"$one\" is not an absolute path, such as /run/docker.sock"
	done
}

@test "no test has that name: the nearest ones, before docker is asked" {
	local pattern

	has_tests TestUserCommand TestApiKeyCommand
	for pattern in TestUserComand usercommand '^TestUserCommands$' 'TestUsrCommand|TestNone' \
	    'TestUserComand/sub.*'; do
		run --separate-stderr hi run "$pattern"
		answered_at_once 4 "$pattern" 'did you mean' TestUserCommand 'hi list'
		says_not TestApiKeyCommand TestExample
	done
	run --separate-stderr hi run -j 2 TestUserComand
	answered_at_once 4 'did you mean TestUserCommand?'
	run --separate-stderr hi run Zebra
	answered_at_once 4 Zebra 'hi list'
	says_not 'did you mean'
}

@test "a pattern that only go can read is left to go, as is one of tests that are not listed" {
	local pattern

	runner_says pass
	for pattern in 'TestUserComan[d]' '(?i)testnone' 'TestNo\w' FuzzNone ExampleNone; do
		run --separate-stderr hi run "$pattern"
		exits 4
		called '^docker start '
		: >"$STANDIN/log"
	done
}

@test "the top of a run names the tests that match" {
	has_tests TestEx{1..9}
	run hi run 'TestExample$'
	says '1 test matches: TestExample'
	run hi run 'TestEx[12]'
	says '2 tests match: TestEx1, TestEx2'
	run hi run TestEx
	says '10 tests match: TestExample, TestEx1, TestEx2, TestEx3 and 6 more'
	run hi run -j 2 'TestEx[12]'
	says '2 tests match: TestEx1, TestEx2'
}

@test "several names are one pattern" {
	run --separate-stderr hi run TestA TestB
	answered_at_once 2 "hi run '^(TestA|TestB)\$'"
	run --separate-stderr hi list TestA TestB
	answered_at_once 2 "hi list '^(TestA|TestB)\$'"
	run --separate-stderr hi run TestA "x'; rm -rf /"
	answered_at_once 2 "'^(TestA|TestB)\$'"
	says_not "rm -rf /)"
}

@test "a flag of another tool or another command: what does it here" {
	local flag expected

	while read -r flag expected; do
		run --separate-stderr hi run "$flag" TestExample
		answered_at_once 2 "${flag%%=*}" "$expected" 'hi run --help'
	done <<-'END'
	-v --verbose
	--parallel=3 -j
	--database=postgres --postgres
	--json --format=json
	--force clean
	--race race detector
	--run=TestX hi run
	--no-cache never cached
	--shuffle go test
	--dry-run hi list
	END
	run --separate-stderr hi run --timeout
	answered_at_once 2 --timeout 'hi run --help'
	run --separate-stderr hi clean images -f
	answered_at_once 2 --force
	run --separate-stderr hi run -timeout=90s -count=1 TestExample
	exits 0
}

@test "where there is no run yet, each command says so in the same words" {
	local command

	mkdir "$BATS_TEST_TMPDIR/elsewhere"
	cd "$BATS_TEST_TMPDIR/elsewhere"
	# The leases of whoever else is at work on this machine are not this test's.
	mkdir control_logs
	for command in logs triage report; do
		run --separate-stderr hi $command
		exits 2
		complains "hi $command: there is no run in $PWD/control_logs yet"
	done
	run hi ps --all
	exits 0
	says "there is no run in $PWD/control_logs yet"
}
