#!/usr/bin/env bats
# shellcheck disable=SC2154
# Where a checkout may stand.

load helper

copy_fixture() {
	mkdir -p "$1"
	tar -C "$FIXTURE" --exclude control_logs -c . | tar -C "$1" -x
	cd "$1" || return
}

passes_here() {
	run hi run "$@" '^TestEnv$'
	exits 0
	nothing_left
}

@test "a path with a blank, a comma and a colon" {
	copy_fixture "$BATS_TEST_TMPDIR/a b,c:d"
	passes_here
	says "cwd $BATS_TEST_TMPDIR/a b,c:d/integration"
	run_dir "$BATS_TEST_TMPDIR/a b,c:d/control_logs"
}

@test "a symlinked checkout" {
	copy_fixture "$BATS_TEST_TMPDIR/real"
	ln -s "$BATS_TEST_TMPDIR/real" "$BATS_TEST_TMPDIR/link"
	cd "$BATS_TEST_TMPDIR/link"
	passes_here
	says "cwd $BATS_TEST_TMPDIR/real/integration"
	run_dir "$BATS_TEST_TMPDIR/real/control_logs"
}

@test "a start in a subdirectory" {
	copy_fixture "$BATS_TEST_TMPDIR/sub"
	cd integration/engine
	passes_here
	run_dir "$BATS_TEST_TMPDIR/sub/control_logs"
}

@test "a git worktree" {
	copy_fixture "$BATS_TEST_TMPDIR/repository"
	git init -q .
	git add .
	git -c user.name=t -c user.email=t@example.com commit -qm first
	git worktree add -q "$BATS_TEST_TMPDIR/worktree"
	cd "$BATS_TEST_TMPDIR/worktree"
	passes_here
	says "cwd $BATS_TEST_TMPDIR/worktree/integration"
}

@test "the runner does not see the logs in the checkout" {
	copy_fixture "$BATS_TEST_TMPDIR/logs"
	mkdir -p control_logs/20260101-000000-oldrun
	passes_here
	says 'dir ../control_logs: 0 entries'
}

@test "a log directory elsewhere" {
	cd "$BATS_TEST_TMPDIR"
	copy_fixture "$BATS_TEST_TMPDIR/checkout"
	passes_here --logs-dir "$BATS_TEST_TMPDIR/else where/logs"
	run_dir "$BATS_TEST_TMPDIR/else where/logs"
}
