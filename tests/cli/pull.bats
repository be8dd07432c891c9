#!/usr/bin/env bats
# shellcheck disable=SC2154
# A missing image: pulled with progress, again where that may help, with a plain word where not.

load helper

setup() {
	cli_setup
	: >"$STANDIN/images"
}

pulls() {
	grep -c '^docker pull ' "$STANDIN/log"
}

@test "a missing image is pulled, with progress" {
	run --separate-stderr hi run TestExample
	exits 0
	says 'Pulling from library/golang' 'Downloaded newer image for golang:1.26.1'
	called_not '^docker login '
}

@test "one that is there is not pulled" {
	echo golang:1.26.1 >"$STANDIN/images"
	run --separate-stderr hi run TestExample
	exits 0
	called_not '^docker pull '
}

@test "transient errors: again, with backoff" {
	answer pull '[ "$(nth pull)" -gt 2 ] || daemon_says "Get \"https://registry-1.docker.io/v2/\": net/http: TLS handshake timeout"'
	run --separate-stderr hi run TestExample
	exits 0
	[ "$(pulls)" -eq 3 ] || fail "pulled $(pulls) times"
	says 'TLS handshake timeout'
}

# $1: what docker says; the rest: what hi says.
once_and() {
	answer pull "daemon_says '$1'"
	shift
	run --separate-stderr hi run TestExample
	exits 3
	says golang:1.26.1 "$@"
	[ "$(pulls)" -eq 1 ] || fail "pulled $(pulls) times"
	engine_is_empty
	no_lease
}

@test "a limit of the registry is said plainly, and not run against again" {
	once_and 'toomanyrequests: You have reached your pull rate limit.' DOCKERHUB_USERNAME DOCKERHUB_TOKEN wait
}

@test "a refusal is said plainly" {
	once_and 'pull access denied for golang, repository does not exist or may require docker login: denied: requested access to the resource is denied' \
	    DOCKERHUB_USERNAME
}

@test "a full disk of the engine is said plainly" {
	once_and 'failed to register layer: write /usr/local/go/bin/go: no space left on device' 'disk is full'
}

@test "credentials: by a private directory that is gone afterwards, on no command line" {
	answer login 'cat >"$S/login.in"; stat -c %a "$DOCKER_CONFIG" >"$S/login.mode"; echo "$DOCKER_CONFIG" >"$S/login.dir"'
	answer pull 'echo "${DOCKER_CONFIG-none}" >"$S/pull.dir"'
	export DOCKERHUB_USERNAME=someone DOCKERHUB_TOKEN=dckr_pat_secret
	run --separate-stderr hi run TestExample
	exits 0
	[ "$(cat "$STANDIN/login.in")" = dckr_pat_secret ]
	[ "$(cat "$STANDIN/login.mode")" = 700 ]
	cmp "$STANDIN/login.dir" "$STANDIN/pull.dir"
	[ ! -e "$(cat "$STANDIN/login.dir")" ] || fail 'the directory is still there'
	called 'docker login --username someone --password-stdin'
	called_not dckr_pat_secret
	says_not dckr_pat_secret
	! grep -r dckr_pat_secret control_logs
}

@test "credentials: the contexts of a relative DOCKER_CONFIG are found from there, too" {
	mkdir -p conf/contexts
	echo seen >conf/contexts/mine
	answer login 'cat >/dev/null; cat "$DOCKER_CONFIG/contexts/mine" >"$S/login.context"'
	export DOCKERHUB_USERNAME=someone DOCKERHUB_TOKEN=dckr_pat_secret DOCKER_CONTEXT=mine DOCKER_CONFIG=conf
	run --separate-stderr hi run TestExample
	exits 0
	[ "$(cat "$STANDIN/login.context")" = seen ]
}

@test "credentials that are wrong: without them, and it is said" {
	answer login 'cat >/dev/null; daemon_says "Get \"https://registry-1.docker.io/v2/\": unauthorized: incorrect username or password"'
	export DOCKERHUB_USERNAME=someone DOCKERHUB_TOKEN=dckr_pat_secret
	run --separate-stderr hi run TestExample
	exits 0
	says 'incorrect username or password'
}

@test "credentials are gone after an interruption, too" {
	answer login 'cat >/dev/null; echo "$DOCKER_CONFIG" >"$S/login.dir"'
	answer pull hang
	export DOCKERHUB_USERNAME=someone DOCKERHUB_TOKEN=dckr_pat_secret
	start_hi run TestExample
	wait_for 20 grep -q '^docker pull' "$STANDIN/log"
	kill -INT "$PID"
	wait_hi
	exits 130
	[ ! -e "$(cat "$STANDIN/login.dir")" ] || fail 'the directory is still there'
}

@test "what else a pull fails of is told apart, with the next step" {
	once_and 'failed to extract layer sha256:0000: target snapshot "sha256:0000": already exists: content digest sha256:1111: not found' \
	    'image store is damaged' 'restart the engine'
	says_not 'no such image'
	rm -f "$STANDIN/log" && : >"$STANDIN/log"
	once_and 'Get "https://registry-1.docker.io/v2/": tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time 2019-01-01T00:00:00Z is before 2026-01-01T00:00:00Z' clock
	: >"$STANDIN/log"
	once_and 'error getting credentials - err: exec: "docker-credential-desktop": executable file not found in $PATH' credsStore
	says_not 'no such image'
}
