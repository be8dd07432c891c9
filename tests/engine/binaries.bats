#!/usr/bin/env bats
# The runner's script (src/run/runner.sh) keeps test binaries between runs. What `go test` says must not change by it.

# shellcheck disable=SC2154
load helper

RUNNER_SH=$BATS_TEST_DIRNAME/../../src/run/runner.sh

# A container like the runner, with the runs' own build cache (an empty one would compile Go's library for a minute) and a
# module of this test's own, by whose path its binaries are kept.
setup() {
	engine_setup
	IMAGE=$(docker images --format '{{.Repository}}:{{.Tag}}' golang | head -n 1)
	MODULE=$BATS_TEST_TMPDIR/module
	mkdir -p "$MODULE"
	cp -R "$FIXTURE"/go.mod "$FIXTURE"/integration "$FIXTURE"/sibling "$FIXTURE"/cmd "$MODULE"
	CONTAINER=hi-kept-$$-$BATS_TEST_NUMBER
	docker run -d --rm --name "$CONTAINER" -v "$MODULE:$MODULE" -v hs-integration-go-build-cache:/cache/go-build -v "$RUNNER_SH:/runner.sh:ro" \
	    -e GOCACHE=/cache/go-build -e GOPROXY=off -e HEADSCALE_INTEGRATION_RUN_ID=run-1 \
	    -w "$MODULE/integration" "$IMAGE" sleep 600 >/dev/null
}

teardown() {
	in_container 'rm -rf "$KEPT"' || :
	# What its root made there is not ours to remove, whoever that is on this engine.
	docker exec -w / "$CONTAINER" sh -c "cd '$MODULE' && rm -rf ./*" >/dev/null 2>&1 || :
	docker rm -f "$CONTAINER" >/dev/null 2>&1 || :
	engine_teardown
}

# in_container SCRIPT: with KEPT, the directory of this module's binaries.
in_container() {
	docker exec "$CONTAINER" sh -c 'KEPT=/cache/go-build/hi-test/$(pwd | sha256sum | cut -c 1-16); '"$1"
}

# in_runner RUN-ID ARG...: what the script does with these arguments, as a run of the set $SET if there is one; its exit is
# in $status.
in_runner() {
	local id=$1

	shift
	run --separate-stderr docker exec -e "HEADSCALE_INTEGRATION_RUN_ID=$id" -e "HI_SET=${SET:-}" "$CONTAINER" sh /runner.sh "$@"
}

plain() {
	run --separate-stderr docker exec "$CONTAINER" go test "$@"
}

# Events without what differs between two runs of the same: times, addresses, the numbers of goroutines.
events() {
	jq -c 'select(.Action != "start" and (.Package // "" | endswith("/engine") | not)) | {Action, Package, Test, Output}' <<<"$output" |
	    sed -E "s/($GO_ONLY)//" |
	    sed -E 's/[0-9]+\.[0-9]+s/Ns/g; s/0x[0-9a-f]+/0x/g; s/goroutine [0-9]+/goroutine N/g; s/[+]0x//g; s/_cgo_gotypes.*//' |
	    grep -v 'goroutine N\|\.go:[0-9]*\|created by' | sort
}

kept() {
	in_container 'cd "$KEPT" && ls -i *.test'
}

# says_what_go_says RUN-ID: over the whole fixture.
says_what_go_says() {
	local pattern want code

	for pattern in 'TestPass$' 'TestPass$|TestFail$' TestPanic TestSkip 'TestSub' 'TestSub/one' TestParallel 'TestExit$' 'TestNothin[g]'; do
		plain -json -count=1 -failfast -timeout 1m -run "$pattern" ./...
		code=$status want=$(events)
		in_runner "$1" -json -count=1 -failfast -timeout 1m -run "$pattern" ./...
		[ "$status" -eq "$code" ] || fail "$pattern: exit $status, go test $code"
		diff <(printf '%s\n' "$want") <(events) || fail "$pattern: other events"
	done
	plain -json -count=1 -timeout 1s -run 'TestHang$' ./...
	code=$status want=$(events)
	in_runner "$1" -json -count=1 -timeout 1s -run 'TestHang$' ./...
	[ "$status" -eq "$code" ] || fail "exit $status, go test $code"
	grep -q 'panic: test timed out' <<<"$output" || fail "no word of the timeout"
}

@test "a kept binary says what go test says, whatever happens to the tests" {
	in_runner warm -json -count=1 -run '^$' ./...
	[ "$status" -eq 0 ] || fail "$stderr"
	says_what_go_says again
}

@test "in the runs of a set, too, but for the time in the last line on a package" {
	SET=s in_runner one -json -count=1 -run '^$' ./...
	[ "$status" -eq 0 ] || fail "$stderr"
	in_container '[ -e "$KEPT/set-s/packages" ] && [ ! -e "$KEPT/one" ]' || fail "$(in_container 'ls "$KEPT" "$KEPT"/*')"
	GO_ONLY='\\t[0-9.]+s( \[no tests to run\])?' SET=s says_what_go_says two
}

@test "the runs of a set execute what the first has built, though a file is edited meanwhile; the next set sees that" {
	SET=s in_runner one -json -count=1 -run 'TestPass$' ./...
	[ "$status" -eq 0 ] || fail "$stderr"
	printf 'package integration\n\nimport "testing"\n\nfunc TestNew(t *testing.T) {}\n' >"$MODULE/integration/new_test.go"
	SET=s in_runner two -json -count=1 -run 'TestPass$|TestNew' ./...
	grep -q '"Action":"pass".*TestPass' <<<"$output" || fail "$output"
	! grep -q '"Action":"pass".*TestNew' <<<"$output" || fail "built again: $output"
	SET=t in_runner three -json -count=1 -run 'TestPass$|TestNew' ./...
	grep -q '"Action":"pass".*TestNew' <<<"$output" || fail "the old binary: $output"
}

@test "a set that does not compile is told as go test tells it" {
	local want

	echo 'package integration; var x int = "no"' >"$MODULE/integration/broken_test.go"
	plain -json -count=1 -run 'TestPass$' ./...
	want=$(events)
	SET=s in_runner one -json -count=1 -run 'TestPass$' ./...
	[ "$status" -eq 1 ] || fail "exit $status"
	diff <(printf '%s\n' "$want") <(events)
	! in_container '[ -e "$KEPT/set-s" ]' || fail "a set without its binaries"
}

@test "nothing is linked where nothing changed, and a change is seen" {
	local before

	in_runner one -json -count=1 -run 'TestPass$' ./...
	[ "$status" -eq 0 ] || fail "$stderr"
	before=$(kept)
	in_runner two -json -count=1 -run 'TestPass$' ./...
	[ "$(kept)" = "$before" ] || fail "linked again: $(kept), before: $before"
	printf 'package integration\n\nimport "testing"\n\nfunc TestNew(t *testing.T) { t.Log("new") }\n' \
	    >"$MODULE/integration/new_test.go"
	in_runner three -json -count=1 -run TestNew ./...
	grep -q '"Action":"pass".*TestNew' <<<"$output" || fail "the old binary: $output"
	[ "$(kept)" != "$before" ] || fail "the new binary was not kept"
}

@test "a damaged or foreign binary among the kept ones is not executed" {
	in_runner one -json -count=1 -run 'TestPass$' ./...
	in_container 'cd "$KEPT" && for f in *.test; do printf "#!/bin/sh\necho foreign\n" >x; chmod +x x; mv x $f; done'
	in_runner two -json -count=1 -run 'TestPass$' ./...
	grep -q '"Action":"pass".*TestPass' <<<"$output" || fail "$output"
	! grep -q foreign <<<"$output" || fail "a foreign binary was executed"
}

@test "runs that begin at once each execute their own" {
	local i pids=()

	for i in 1 2 3 4; do
		docker exec -e "HEADSCALE_INTEGRATION_RUN_ID=at-once-$i" "$CONTAINER" sh /runner.sh -json -count=1 -run 'TestPass$' ./... \
		    >"$BATS_TEST_TMPDIR/$i" 2>&1 &
		pids+=($!)
	done
	for i in "${pids[@]}"; do
		wait "$i" || fail "$(cat "$BATS_TEST_TMPDIR"/[1-4])"
	done
}

@test "where binaries cannot be kept go test does as ever, and one line says why" {
	mkdir -p "$MODULE/integration/a/same" "$MODULE/integration/b/same"
	for d in a b; do
		printf 'package same\n\nimport "testing"\n\nfunc TestIt(t *testing.T) {}\n' >"$MODULE/integration/$d/same/same_test.go"
	done
	in_runner one -json -count=1 -run TestIt ./...
	[ "$status" -eq 0 ] || fail "$stderr"
	[[ $stderr == *'two packages are named same'* ]] || fail "$stderr"
	rm -r "$MODULE/integration/a" "$MODULE/integration/b"
	in_container 'rm -rf "$KEPT"; mkdir -p "${KEPT%/*}"; : >"$KEPT"'
	in_runner two -json -count=1 -run 'TestPass$' ./...
	[ "$status" -eq 0 ] || fail "$stderr"
	[[ $stderr == *hi-test* ]] || fail "$stderr"
}

@test "a build failure is told as go test tells it" {
	local want

	echo 'package integration; var x int = "no"' >"$MODULE/integration/broken_test.go"
	plain -json -count=1 -run 'TestPass$' ./...
	want=$(events)
	in_runner one -json -count=1 -run 'TestPass$' ./...
	[ "$status" -eq 1 ] || fail "exit $status"
	diff <(printf '%s\n' "$want") <(events)
}

@test "a run leaves the kept binaries and nothing else; what killed runs left goes with a later one" {
	in_runner one -json -count=1 -run 'TestPass$' ./...
	in_container 'mkdir "$KEPT/killed" "$KEPT/alive" && touch -d "2020-01-01 00:00:00" "$KEPT/killed"'
	in_runner two -json -count=1 -run 'TestPass$' ./...
	[ "$status" -eq 0 ] || fail "$stderr"
	[ "$(in_container 'cd "$KEPT" && ls -d */')" = alive/ ] || fail "$(in_container 'ls "$KEPT"')"
	[ -n "$(kept)" ] || fail 'no binary is kept'
}
