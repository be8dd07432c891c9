#!/usr/bin/env bats
# What a release is made of, as far as it needs no compiler.

load helper

setup() {
	cd "$BATS_TEST_DIRNAME/../.." || return
}

teardown() {
	:
}

@test "one version, of one day, in the program, the changelog and the package" {
	local version day

	version=$("$HI" version)
	version=${version#hi }
	[ "$(sed -n 's/.*HI_VERSION "\(.*\)"/\1/p' src/version.h)" = "$version" ]
	[ "$(sed -n '1s/.*(\(.*\)).*/\1/p' scripts/debian/changelog)" = "$version" ]
	day=$(date -u -d "$(sed -n 's/^ -- .*>  //p' scripts/debian/changelog | head -n 1)" +%F)
	[ "$(grep -m 1 '^## \[' CHANGELOG.md)" = "## [$version] - $day" ]
}

@test "make dist: the same tarball each time" {
	[ -e .git ] && command -v git >/dev/null || skip 'no checkout of git'
	make -s dist B="$BATS_TEST_TMPDIR/one" >"$BATS_TEST_TMPDIR/sum"
	sleep 1
	make -s dist B="$BATS_TEST_TMPDIR/two" | cmp - "$BATS_TEST_TMPDIR/sum"
	tar -tzf "$BATS_TEST_TMPDIR"/one-dist/*.tar.gz >"$BATS_TEST_TMPDIR/names"
	grep -q '/scripts/github-workflow.yml$' "$BATS_TEST_TMPDIR/names"
}
