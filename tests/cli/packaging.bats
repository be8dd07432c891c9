#!/usr/bin/env bats
# What a release is made of, as far as it needs no compiler.

load helper

setup() {
	cd "$BATS_TEST_DIRNAME/../.." || return
}

teardown() {
	:
}

@test "one version in the program, the changelog and the package" {
	local version

	version=$("$HI" version)
	version=${version#hi }
	[ "$(sed -n 's/.*HI_VERSION "\(.*\)"/\1/p' src/version.h)" = "$version" ]
	[ "$(sed -n '1s/.*(\(.*\)).*/\1/p' scripts/debian/changelog)" = "$version" ]
	grep -m 1 '^## \[' CHANGELOG.md | grep -qF "## [$version] - "
}

@test "make dist: the same tarball each time" {
	[ -e .git ] && command -v git >/dev/null || skip 'no checkout of git'
	make -s dist B="$BATS_TEST_TMPDIR/one" >"$BATS_TEST_TMPDIR/sum"
	sleep 1
	make -s dist B="$BATS_TEST_TMPDIR/two" | cmp - "$BATS_TEST_TMPDIR/sum"
	tar -tzf "$BATS_TEST_TMPDIR"/one-dist/*.tar.gz >"$BATS_TEST_TMPDIR/names"
	grep -q '/scripts/github-workflow.yml$' "$BATS_TEST_TMPDIR/names"
}
