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
	git init -q .
	doctor
	exits 0
	[ "$(jq -r '.checks[] | select(.state != "ok") | .id' <<<"$output" |
	    grep -vxE 'bounding-set|br-netfilter|disk-.*')" = '' ] || fail 'not all is well'
	[ "$(jq '.checks | length' <<<"$output")" -eq 24 ]
	called_not '^docker (pull|create|rm|rmi|kill|volume rm|network rm|login|manifest)'
	[ "$(git status --porcelain | wc -l)" -gt 0 ]
	run --separate-stderr hi doctor
	exits 0
	says 'ok       engine           version 20.10.24' 'failed'
	[ -z "$stderr" ]
}

@test "--list-checks names every check, and asks nothing" {
	run --separate-stderr hi doctor --list-checks
	exits 0
	[ "$(wc -l <<<"$output")" -eq 25 ]
	[ ! -s "$STANDIN/log" ]
	run --separate-stderr hi doctor --list-checks --json
	jq -e 'length == 25 and all(.id and .what)' <<<"$output"
}

@test "usage" {
	run --separate-stderr hi doctor --dry-run
	exits 2
	complains --fix
	run --separate-stderr hi doctor now
	exits 2
	complains now
}

@test "docker-cli: none, and an old one" {
	answer version 'echo "{\"Client\":{\"Version\":\"19.03.1\"}}"; exit'
	finds docker-cli warn 19.03.1
	answer version 'exit 1'
	finds docker-cli unknown
	rm "$STANDIN/bin/docker"
	# shellcheck disable=SC2034
	CLI_PATH=$STANDIN/bin
	ln -s /usr/bin/{env,bash,du,sed,cat} "$STANDIN/bin"
	finds docker-cli fail 'no docker command'
	check engine unknown
	check checkout ok
}

@test "context: not there, and one elsewhere" {
	DOCKER_HOST=tcp://elsewhere:2375 finds context warn tcp://elsewhere:2375 'docker context use default'
	check disk-engine unknown
	check bounding-set unknown
	check br-netfilter unknown
	answer context-inspect 'echo "context \"nowhere\": context not found" >&2; exit 1'
	finds context fail nowhere
	check docker-cli unknown
	check engine unknown
}

@test "engine: none, one that says so in its answer, an old one, one that hangs" {
	answer info 'echo "Cannot connect to the Docker daemon at $DOCKER_HOST. Is the docker daemon running?" >&2; exit 1'
	finds engine fail 'no engine answers'
	check permission unknown
	check storage unknown 'no engine'
	check runs unknown
	check checkout ok
	answer info 'echo "{\"ID\":\"\",\"ServerVersion\":\"\"}"; exit'
	finds engine fail 'no engine answers'
	engine_info 's/20.10.24/19.03.1/'
	finds engine warn 19.03.1
	answer info hang
	finds engine fail 'no answer within 5 s'
}

@test "permission" {
	answer info 'echo "permission denied while trying to connect to the Docker daemon socket at $DOCKER_HOST" >&2; exit 1'
	finds permission fail "$DOCKER_HOST" usermod
	check engine fail 'no permission'
}

@test "socket: missing, or no socket" {
	rm "$TMPDIR/s"
	finds socket fail 'no such file'
	echo >"$TMPDIR/s"
	finds socket fail 'no socket'
}

@test "socket: of an engine in a VM" {
	engine_info 's/Debian GNU.Linux 12/Docker Desktop/'
	finds socket ok /var/run/docker.sock "engine's own machine"
	check disk-engine unknown
}

@test "api: too old for each other" {
	answer version 'echo "{\"Client\":{\"Version\":\"28.2.2\"},\"Server\":null}"
		echo "Error response from daemon: client version 1.10 is too old. Minimum supported API version is 1.12" >&2; exit 1'
	finds api fail 'too old' https
	DOCKER_API_VERSION=1.10 finds api fail 'too old' 'unset DOCKER_API_VERSION'
	answer version 'do_version | sed "s/1\.41/1.24/g"; exit'
	finds api fail 1.24
}

@test "storage" {
	engine_info s/overlay2/vfs/
	finds storage warn vfs overlay2
}

@test "memory" {
	engine_info s/17179869184/4000000000/
	finds memory warn '4.0 GB'
	engine_info s/17179869184/1000000000/
	finds memory fail '1.0 GB'
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

@test "address-pools: those of the engine's configuration" {
	engine_info 's|"NCPU"|"DefaultAddressPools":[{"Base":"172.18.0.0/15","Size":16}],&|'
	finds address-pools warn '2 more networks, of 2'
	mkdir "$STANDIN/networks/7"
	echo foreign >"$STANDIN/networks/7/name"
	echo 2026-01-02T03:04:05Z >"$STANDIN/networks/7/created"
	finds address-pools warn '1 more network, of 2' 'hi clean networks'
	answer network-inspect 'do_network_inspect "$@" | sed s,172.18.0.0/16,172.18.0.0/15,; exit'
	finds address-pools fail '0 more networks'
}

@test "image-golang: missing, and pulled by --fix alone" {
	: >"$STANDIN/images"
	finds image-golang fail golang:1.26.1 'docker pull golang:1.26.1'
	doctor --fix --dry-run
	exits 3
	jq -e '.fixes[0].action == "pull golang:1.26.1" and .fixes[0].done == false' <<<"$output"
	called_not '^docker .*pull'
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

@test "image-k3s: the one that the checkout pins" {
	mkdir integration/k3sic
	printf 'const (\n\tK3sImage = "ghcr.io/k3s-io/k3s:v1"\n)\n' >integration/k3sic/k3sic.go
	finds image-k3s warn ghcr.io/k3s-io/k3s:v1 TestK8sOperator
	exits 0
	echo ghcr.io/k3s-io/k3s:v1 >>"$STANDIN/images"
	finds image-k3s ok ghcr.io/k3s-io/k3s:v1
}

@test "registry: credentials, and what they are worth" {
	finds registry ok DOCKERHUB_TOKEN
	says_not secret
	unset DOCKERHUB_TOKEN
	finds registry warn anonymous
	unset DOCKERHUB_USERNAME
	finds registry warn '100 in 6 hours'
	mkdir "$HOME/.docker"
	echo '{"auths":{"https://index.docker.io/v1/":{}},"credsStore":"pass"}' >"$HOME/.docker/config.json"
	finds registry warn 'in pass'
	echo '{"auths":{"https://index.docker.io/v1/":{"auth":"bWU6c2VjcmV0"}}}' >"$HOME/.docker/config.json"
	finds registry ok 'logged in'
	rm -r "$HOME/.docker"
	engine_info 's|"NCPU"|"RegistryConfig":{"Mirrors":["https://mirror/"]},&|'
	finds registry ok '1 mirror'
}

@test "registry-online: with --online only" {
	doctor
	called_not 'docker manifest'
	doctor --online
	exits 0
	check registry-online warn manifest
	answer manifest 'echo {}; exit'
	answer manifest-inspect 'echo {}; exit'
	doctor --online
	check registry-online ok golang:1.26.1
}

@test "checkout, files, git" {
	finds git warn 'no git checkout'
	git init -q .
	finds git ok
	rm -r .git
	echo 'gitdir: /no/such/worktree' >.git
	finds git warn 'leads nowhere' 'git worktree repair'
	rm -r integration/* cmd
	finds files fail '*_test.go'
	cd "$TMPDIR"
	finds checkout fail 'not in a headscale checkout' 'git clone'
	check files unknown
	check git unknown
	check image-golang unknown
}

@test "a checkout without a go line" {
	echo module x >go.mod
	answer go-mod 'exit 1'
	finds checkout fail 'go line'
}

@test "go: none is needed" {
	finds go ok go1.26.1
	answer go-version 'exit 127'
	finds go warn 'needs none'
	exits 0
}

@test "cache: size, a size that takes too long, directories instead" {
	local begun

	finds cache ok 'no volumes yet'
	answer system-df "echo '[{\"Name\":\"hs-integration-go-cache\",\"Size\":\"1.5GB\"},{\"Name\":\"mine\",\"Size\":\"500MB\"}]'; exit"
	finds cache ok '1 volume, 1.5 GB'
	answer system-df "echo '[{\"Name\":\"hs-integration-go-cache\",\"Size\":\"150GB\"}]'; exit"
	finds cache warn '150 GB' 'hi clean cache'
	answer system-df hang
	begun=$EPOCHREALTIME
	finds cache unknown 'in time'
	exits 0
	[ $((${EPOCHREALTIME/./} - ${begun/./})) -lt 4000000 ]
	export HEADSCALE_INTEGRATION_GO_CACHE=$TMPDIR/a HEADSCALE_INTEGRATION_GO_BUILD_CACHE=$TMPDIR/b
	finds cache ok "$TMPDIR/a"
	HEADSCALE_INTEGRATION_GO_CACHE=$CHECKOUT/go.mod/cache finds cache fail "$CHECKOUT/go.mod/cache"
}

@test "logs: how many, how big" {
	local n

	finds logs ok 'no run directories'
	mkdir -p control_logs/20260102-030405-abcdef control_logs/mine
	head -c 2000000 /dev/zero >control_logs/20260102-030405-abcdef/x
	finds logs ok '1 run directory' '2.0 MB'
	for n in {100..201}; do
		mkdir "control_logs/20260102-030405-abc$n"
	done
	finds logs warn '103 run directories' 'hi clean logs'
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

@test "orphans" {
	finds orphans ok
	mkdir "$STANDIN/networks/7"
	echo hs-0123ab-lost >"$STANDIN/networks/7/name"
	echo 2026-01-02T03:04:05Z >"$STANDIN/networks/7/created"
	finds orphans warn hs-0123ab-lost 'hi clean networks'
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
