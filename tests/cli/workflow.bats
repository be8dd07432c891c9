#!/usr/bin/env bats
# shellcheck disable=SC2154
# scripts/github-workflow.yml: its shell steps in order, over the stand-in.

load helper

setup() {
	local one

	cli_setup
	printf 'package integration\n\nimport "testing"\n\n' >integration/example_test.go
	for one in TestACLAllowUserDst TestAutoApproveMultiNetwork TestOther; do
		echo "func $one(t *testing.T) {}" >>integration/example_test.go
	done
	# Each runner says that its own test passed, or failed where there is such a file. hi is the step's own process.
	answer logs '
		id=$(find_container "${@: -1}")
		pattern=$(grep "^^Test" "$S/containers/$id/command" | tr -d "^$")
		[ -n "$pattern" ] || { do_logs "$@"; exit; }
		test=${pattern%%/*} result=pass
		[ ! -e "$S/fails.$test" ] || result=fail
		sed "s/TestExample/$test/; s/pass\"/$result\"/" "$S/runner.out"
		[ "$test" = "$pattern" ] || sed -n "s/TestExample/${pattern/\//\\/}-x/; /RUN\|pass\"/p" "$S/runner.out"
		[ $result = pass ] && code=0 || code=1
		[ "$(of "$id" state)" != running ] || ended "$id" $code
		exit'
	answer create '
		up=$PPID
		while [ "$(cat /proc/$up/comm)" = hi ]; do up=$(sed -n "s/^PPid:	//p" /proc/$up/status); done
		cat /proc/$up/comm >>"$S/parents" 2>&1
		echo "$HEADSCALE_INTEGRATION_HEADSCALE_IMAGE" >>"$S/image"'
	answer build 'exit 0'
	answer save 'echo an image; exit'
	answer load 'grep -q "an image" || exit 1
		printf "%s\n" headscale:0123abc tailscale-head:0123abc >>"$S/images"
		exit 0'
	answer go-build 'exit 0'
	mkdir "$BATS_TEST_TMPDIR/hi"
	printf '#!/bin/sh\n' >"$STANDIN/bin/sudo"
	printf '#!/bin/sh\nmkdir build-$1\ncp "$HI" build-$1/hi\n' >"$STANDIN/bin/make"
	chmod +x "$STANDIN"/bin/*
	cd "$BATS_TEST_TMPDIR" || return
}

workflow() {
	PATH=$CLI_PATH HI=$HI "$BATS_TEST_DIRNAME/workflow.py" --jobs 4 --repository "example/hi=$BATS_TEST_TMPDIR/hi" "$@" \
	    "$BATS_TEST_DIRNAME/../../scripts/github-workflow.yml" checkout work 3>&-
}

@test "all pass: a run for each entry of the matrix, one report" {
	run workflow
	exits 0
	says 'TestACLAllowUserDst: success' 'TestACLAllowUserDst-postgres: success' \
	    'TestAutoApproveMultiNetwork-webauth-group: success' 'report: success' '9 runs'
	says_not incomplete
	[ "$(grep -c '^docker create ' "$STANDIN/log")" -eq 9 ]
	[ "$(sort -u "$STANDIN/parents")" = workflow.py ] || fail "hi is the child of $(sort -u "$STANDIN/parents")"
	[ "$(sort -u "$STANDIN/image")" = headscale:0123abc ]
	[ "$(grep -c 'HEADSCALE_INTEGRATION_POSTGRES=1' "$STANDIN/log")" -eq 1 ]
	grep -q 'TestAutoApproveMultiNetwork/authkey-tag' work/artifacts/report/junit.xml
	grep -q '^## ✅' work/artifacts/report/summary.md
	grep -q '^## ✅' work/report-0/temp/step_summary
	engine_is_empty
	no_lease
}

@test "one fails, and a machine never comes: both are in the report, which fails" {
	touch "$STANDIN/fails.TestOther"
	run workflow --lose TestAutoApproveMultiNetwork-webauth-tag --lose TestACLAllowUserDst-postgres
	exits 1
	says 'TestOther: failure' 'report: failure' 'failed TestOther' '::error title=TestOther' \
	    '2 tests of matrix.json did not run: TestAutoApproveMultiNetwork/webauth-tag, TestACLAllowUserDst [postgres]'
	grep -q '^## ❌' work/artifacts/report/summary.md
	grep -q TestOther work/artifacts/logs-TestOther/*/go-test.json
}

@test "hi does not build: there is no report, and that is a failure" {
	printf '#!/bin/sh\nexit 2\n' >"$STANDIN/bin/make"
	run workflow
	[ "$status" -ne 0 ]
	says 'hi: failure'
	called_not '^docker create'
}
