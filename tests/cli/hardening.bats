#!/usr/bin/env bats
# How the executable is built: hardened, and small. HI may be one for another architecture.

load helper

# This test needs no checkout.
setup() {
	grep -q -e -fsanitize -e --coverage "$(dirname "$HI")/compile" 2>/dev/null && skip 'an instrumented build'
	[ "$(uname -s)" = Linux ] || skip 'readelf is for ELF'
	command -v readelf >/dev/null || skip 'no readelf here'
}

teardown() {
	:
}

has() {
	readelf -W "$1" "$HI" 2>/dev/null | grep -qE -- "$2" || fail "readelf $1 has no $2"
}

libc() {
	grep -o '^[^ ]*musl' "$(dirname "$HI")/compile" 2>/dev/null || echo glibc
}

@test "position independent, where the compiler can" {
	[ "$(libc)" = glibc ] || skip 'musl-gcc knows no -static-pie'
	has -h 'Type: +DYN'
	has -d 'FLAGS_1.* PIE'
}

@test "relocations are done at the start, and read-only from then on" {
	has -l GNU_RELRO
	[ "$(libc)" = glibc ] || skip 'no dynamic section'
	has -d 'FLAGS.* BIND_NOW'
}

@test "no segment is both writable and executable, the stack neither" {
	has -l 'GNU_STACK.* RW +0'
	run readelf -W -l "$HI"
	[[ ! $output =~ [[:space:]]RWE[[:space:]] ]]
}

@test "buffers are guarded: the stack by a protector, calls by fortified ones" {
	has -s __stack_chk_fail
	[ "$(libc)" = glibc ] || skip 'musl has no fortified calls'
	has -s '__(memcpy|snprintf|vsnprintf|read)_chk'
}

@test "its own code was compiled with all of it" {
	local flag

	[ -e "$(dirname "$HI")/compile" ] || skip 'not in its build directory'
	for flag in -fPIE -fstack-protector-strong -D_FORTIFY_SOURCE=2; do
		grep -q -- " $flag" "$(dirname "$HI")/compile" || fail "not with $flag"
	done
}

@test "no path of the machine that built it is looked for at run time" {
	run readelf -W -d "$HI"
	[[ ! $output =~ (RPATH|RUNPATH) ]]
}

@test "stripped, at most 300 KB; static, 1.5 MB" {
	local strip=strip limit=$((300 * 1024))

	grep -q 'HI_FAULTS' "$(dirname "$HI")/compile" 2>/dev/null && skip 'a diagnostic build'
	! readelf -h "$HI" | grep -q AArch64 || [ "$(uname -m)" = aarch64 ] || strip=aarch64-linux-gnu-strip
	readelf -W -l "$HI" | grep -q INTERP || limit=1500000
	$strip -o "$BATS_TEST_TMPDIR/stripped" "$HI"
	[ "$(stat -c %s "$BATS_TEST_TMPDIR/stripped")" -le $limit ] ||
		fail "$(stat -c %s "$BATS_TEST_TMPDIR/stripped") bytes, more than $limit"
}
