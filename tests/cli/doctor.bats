#!/usr/bin/env bats
# hi doctor: each check seen ok and failing; what a machine can't be brought to is in the unit tests.

load helper

# An engine that answers at a socket of the test's own, on which all is well.
setup() {
	cli_setup
	export DOCKER_HOST=unix://$TMPDIR/s DOCKERHUB_USERNAME=me DOCKERHUB_TOKEN=secret
	/usr/bin/python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$TMPDIR/s"
	engine_info
}

# engine_info [SED...]: what the engine says of itself, changed.
engine_info() {
	local one script="s|/var/lib/docker|$TMPDIR|; s|8589934592|17179869184|"

	for one; do
		script+="; $one"
	done
	answer info "do_info | sed '$script'; exit"
}

doctor() {
	run --separate-stderr hi doctor --json "$@"
	jq -e . <<<"$output" >/dev/null || fail 'not JSON'
}

# check ID STATE [PART OF THE FINDING OR THE FIX]...
check() {
	local one id=$1 state=$2

	one=$(jq -r --arg id "$id" '.checks[] | select(.id == $id) | "\(.state) \(.finding) try: \(.fix)"' <<<"$output")
	[[ $one == "$state "* ]] || fail "$id: $one" || return
	shift 2
	while [ $# -gt 0 ]; do
		[[ $one == *"$1"* ]] || fail "$id: does not say $1: $one" || return
		shift
	done
}

# not_listed ID...
not_listed() {
	local id

	for id; do
		jq -e --arg id "$id" 'all(.checks[]; .id != $id)' <<<"$output" >/dev/null || fail "$id is listed" || return
	done
}

# The same, and that a warning is no failure, and a failure is one.
finds() {
	doctor
	check "$@"
	case $2 in
	fail) exits 3 ;;
	*) [ "$status" -eq 0 ] || [ "$(jq .fail <<<"$output")" -gt 0 ] || fail 'exit without a failure' ;;
	esac
}

@test "all is well, and nothing is changed" {
	doctor
	exits 0
	[ "$(jq -r '.checks[] | select(.state != "ok") | .id' <<<"$output" | grep -v '^disk-')" = '' ] || fail 'not all is well'
	called_not '^docker (pull|create|rm|rmi|kill|volume rm|network rm|login|manifest)'
	run --separate-stderr hi doctor
	exits 0
	says 'ok    engine        version 20.10.24' ' failed'
	[ -z "$stderr" ]
}

@test "--list-checks names every check, and asks nothing" {
	run --separate-stderr hi doctor --list-checks --json
	jq -e 'length > 10 and all(.id and .what)' <<<"$output"
	[ ! -s "$STANDIN/log" ]
	n=$(jq length <<<"$output")
	run --separate-stderr hi doctor --list-checks
	exits 0
	[ "$(wc -l <<<"$output")" -eq "$n" ]
}

@test "usage" {
	run --separate-stderr hi doctor --dry-run
	exits 2
	complains --fix
	run --separate-stderr hi doctor now
	exits 2
	complains now
}

@test "engine: no docker command, and an old one" {
	answer version 'echo "{\"Client\":{\"Version\":\"19.03.1\"}}"; exit'
	finds engine warn 19.03.1
	answer version 'exit 1'
	finds engine warn 'does not tell its version'
	rm "$STANDIN/bin/docker"
	# shellcheck disable=SC2034
	CLI_PATH=$STANDIN/bin
	ln -s /usr/bin/{env,bash,du,sed,cat} "$STANDIN/bin"
	finds engine fail 'docker: not found in PATH'
	[ "$(jq .fail <<<"$output")" -eq 1 ]
	not_listed api storage memory privileged image-golang images runs
	check checkout ok
}

# one_failure FAULT...: the engine's check alone fails, says so, and hides the others.
one_failure() {
	finds engine fail "$@"
	[ "$(jq .fail <<<"$output")" -eq 1 ] || fail 'not one failure'
	not_listed api storage memory privileged disk-engine image-golang images runs
	check checkout ok
}

@test "engine: whatever keeps it away is one failed check" {
	answer info 'echo "Cannot connect to the Docker daemon at $DOCKER_HOST. Is the docker daemon running?" >&2; exit 1'
	one_failure 'no engine answers'
	answer info 'echo "{\"ID\":\"\",\"ServerVersion\":\"\"}"; exit'
	one_failure
	answer info 'echo "permission denied while trying to connect to the Docker daemon socket at $DOCKER_HOST" >&2; exit 1'
	one_failure 'no permission'
	answer info hang
	one_failure 'no answer within 5 s'
	rm "$STANDIN/answers/info"
	answer context-inspect 'echo "context \"nowhere\": context not found" >&2; exit 1'
	one_failure nowhere
}

@test "engine: its socket can't be mounted" {
	rm "$TMPDIR/s"
	finds engine fail 'no such file'
	echo >"$TMPDIR/s"
	finds engine fail 'no socket'
	[ "$(jq .fail <<<"$output")" -eq 1 ]
}

@test "engine: an old one, one elsewhere, one in a VM, podman" {
	engine_info 's/20.10.24/19.03.1/'
	finds engine warn 19.03.1
	engine_info
	DOCKER_HOST=tcp://elsewhere:2375 finds engine ok tcp://elsewhere:2375
	not_listed disk-engine
	engine_info 's/Debian GNU.Linux 12/Docker Desktop/'
	finds engine ok /var/run/docker.sock
	not_listed disk-engine
	engine_info 's/20.10.24/4.3.1/'
	answer version 'echo "{\"Client\":{\"Version\":\"28.2.2\"},\"Server\":{\"Version\":\"4.3.1\",\"Components\":[{\"Name\":\"Podman Engine\"}]}}"; exit'
	finds engine ok 'Podman 4.3.1'
}

# engine_29 MINIMUM: as it describes itself.
engine_29() {
	answer version "echo '{\"Client\":{\"Version\":\"29.1.3\"},\"Server\":{\"Version\":\"29.1.3\",\"ApiVersion\":\"1.52\",\"MinAPIVersion\":\"$1\"}}'; exit"
	engine_info 's/20.10.24/29.1.3/' \
	    's/"Driver":"overlay2"/"Driver":"overlayfs","DriverStatus":[["driver-type","io.containerd.snapshotter.v1"]]/'
}

@test "api, storage: an engine 29, and a checkout whose clients are older" {
	engine_29 1.44
	finds api ok '1.44 to 1.52'
	check storage ok containerd
	printf 'require (\n\tgithub.com/ory/dockertest/v3 v3.12.0\n)\n' >>go.mod
	finds api warn 'v3.12.0' '1.44' 'min-api-version'
	check storage warn 'v3.12.0' containerd-snapshotter
	exits 0
	printf 'package integration\n\nvar c = docker.NewVersionedClientFromEnv(v)\n' >integration/scenario.go
	finds api ok
	check storage ok
	printf 'require github.com/docker/docker v24.0.9+incompatible\n' >>go.mod
	finds api warn 'v24.0.9' 1.43
	sed -i s/v24.0.9/v28.5.2/ go.mod
	finds api ok
	rm integration/scenario.go
	engine_29 1.24
	finds api ok
}

@test "memory: too little, or not measured" {
	engine_info s/17179869184/4000000000/
	finds memory warn '4.0 GB'
	engine_info s/17179869184/1000000000/
	finds memory fail '1.0 GB'
	engine_info 's/"CgroupVersion"/"CgroupDriver":"none",&/'
	finds memory warn none --stats
}

@test "privileged: a container is tried where the image is here" {
	finds privileged ok
	called '^docker run .*--privileged'
	answer run 'echo tun; exit'
	finds privileged fail /dev/net/tun 'modprobe tun'
	answer run 'echo mknod; exit'
	finds privileged warn mknod
	answer run 'daemon_says "failed to create task for container: OCI runtime create failed: nope"'
	finds privileged fail nope
	: >"$STANDIN/images"
	doctor
	not_listed privileged
}

@test "disk: where the engine and the logs are" {
	mkdir "$TMPDIR/small"
	mount -t tmpfs -o size=1m,nr_inodes=100 none "$TMPDIR/small" 2>/dev/null || skip 'may not mount'
	engine_info "s|DockerRootDir\":\"[^\"]*|&/small|"
	doctor --logs-dir "$TMPDIR/small/logs"
	umount "$TMPDIR/small"
	check disk-engine fail '1.0 MB' inodes 'hi clean images'
	check disk-logs fail '1.0 MB' "$TMPDIR/small/logs" 'hi clean logs'
}

@test "disk-logs: what hi run can't write to" {
	ln -s nowhere control_logs
	finds disk-logs fail "$PWD/control_logs: No such file" --logs-dir
	rm control_logs
	echo file >control_logs
	finds disk-logs fail "$PWD/control_logs: Not a directory"
	[ "$(jq .fail <<<"$output")" -eq 1 ]
	doctor --logs-dir control_logs/below
	check disk-logs fail "$PWD/control_logs: Not a directory"
	rm control_logs
	doctor
	[ ! -e control_logs ] || fail 'it was made'
	unshare -rm true 2>/dev/null || skip 'no namespaces here'
	run --separate-stderr env PATH="$CLI_PATH" unshare -rm sh -c '
		mount -t tmpfs -o ro tmpfs /var/tmp && exec "$1" doctor --json' sh "$HI" 3>&-
	check disk-logs fail '/var/tmp: Read-only' 'hi keeps its lease in /var/tmp'
	exits 3
}

@test "image-golang: missing, and pulled by --fix alone" {
	: >"$STANDIN/images"
	finds image-golang fail golang:1.26.1 'docker pull golang:1.26.1'
	doctor --fix --dry-run
	exits 3
	jq -e '.fixes[0].action == "pull golang:1.26.1" and .fixes[0].done == false' <<<"$output"
	called_not '^docker .*pull golang'
	run --separate-stderr hi doctor --fix
	exits 0
	says 'did pull golang:1.26.1' 'golang:1.26.1 is here'
	called '^docker .*pull'
	answer pull 'echo "Error response from daemon: manifest for golang:1.26.1 not found: manifest unknown" >&2; exit 1'
	: >"$STANDIN/images"
	doctor --fix
	exits 3
	jq -e '.fixes[0].done == false and (.fixes[0].error | contains("no such image"))' <<<"$output"
}

@test "images: those that the environment names" {
	finds images ok
	export HEADSCALE_INTEGRATION_HEADSCALE_IMAGE=headscale:mine HEADSCALE_INTEGRATION_POSTGRES_IMAGE=postgres:17
	finds images fail HEADSCALE_INTEGRATION_HEADSCALE_IMAGE headscale:mine postgres:17
	printf '%s\n' headscale:mine postgres:17 >>"$STANDIN/images"
	finds images ok
}

@test "registry: credentials" {
	finds registry ok DOCKERHUB_TOKEN
	says_not secret
	unset DOCKERHUB_TOKEN
	finds registry warn anonymous
	unset DOCKERHUB_USERNAME
	finds registry ok anonymous
}

@test "checkout: none, one without tests, one without a go line" {
	rm -r integration/*
	finds checkout fail '*_test.go'
	echo 'package integration' >integration/a_test.go
	finds checkout ok '1 file of tests'
	echo module x >go.mod
	answer go-mod 'exit 1'
	finds checkout fail 'go line'
	cd "$TMPDIR"
	finds checkout fail 'not in a headscale checkout' 'git clone'
	[ "$(jq .fail <<<"$output")" -eq 1 ]
	not_listed image-golang
}

@test "go: none is needed" {
	finds go ok go1.26.1
	answer go-version '[ -z "$GOFLAGS" ] || { echo "go: parsing \$GOFLAGS: unknown flag -x" >&2; exit 2; }'
	GOFLAGS=-x finds go ok go1.26.1
	answer go-version 'exit 127'
	finds go warn 'needs none'
	exits 0
}

@test "cache: directories instead of volumes" {
	doctor
	not_listed cache
	HEADSCALE_INTEGRATION_GO_CACHE=$TMPDIR/a finds cache ok "$TMPDIR/a"
	HEADSCALE_INTEGRATION_GO_CACHE=$CHECKOUT/go.mod/cache finds cache fail "$CHECKOUT/go.mod/cache"
}

# container ID NAME RUN TYPE STATE LABEL...
container() {
	local dir=$STANDIN/containers/$1

	mkdir -p "$dir"
	echo "$2" >"$dir/name"
	echo hi-fixture:latest >"$dir/image"
	echo "$5" >"$dir/state"
	echo 0 >"$dir/exit"
	echo '2026-01-02 03:04:05 +0000 UTC' >"$dir/created"
	printf '%s\n' "hi.run-id=$3" "hi.test-type=$4" "${@:6}" >"$dir/labels"
	: >"$dir/networks"
}

@test "runs: dead ones are removed by --fix alone, others' are not" {
	finds runs ok '0 dead'
	container 17 headscale-test-suite-x 20260102-030405-left11 test-runner running
	finds runs ok '1 live'
	echo exited >"$STANDIN/containers/17/state"
	finds runs warn '1 left by others' 'hi clean run 20260102-030405-left11'
	needs_boot_id
	container 18 headscale-test-suite-y 20260102-030405-dead11 test-runner running "hi.uid=$(id -u)" \
	    "hi.host=$(uname -n)" hi.boot=another hi.lease=1:1
	finds runs warn '1 dead' 'hi clean stale'
	doctor --fix --dry-run
	jq -e '.fixes[0].action | contains("20260102-030405-dead11 with 1 container")' <<<"$output"
	[ -d "$STANDIN/containers/18" ]
	doctor --fix
	exits 0
	check runs warn '0 dead, 1 left'
	[ ! -d "$STANDIN/containers/18" ]
	[ -d "$STANDIN/containers/17" ]
}

@test "runs: a network without one" {
	finds runs ok '0 networks without a run'
	mkdir "$STANDIN/networks/7"
	echo hs-0123ab-lost >"$STANDIN/networks/7/name"
	echo 2026-01-02T03:04:05Z >"$STANDIN/networks/7/created"
	finds runs warn '1 network without a run' hs-0123ab-lost 'hi clean networks'
	doctor --fix
	[ -d "$STANDIN/networks/7" ]
}

@test "a signal ends it" {
	answer info hang
	start_hi doctor
	wait_for 5 grep -q 'docker info' "$STANDIN/log"
	kill -INT "$PID"
	wait_hi
	exits 130
	[ -z "$output" ]
}
