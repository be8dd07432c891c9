#!/usr/bin/env bats
# How the executable is hardened. HI may be one for another architecture, or a static one.

load helper

# This test needs no checkout.
setup() {
	[ "$(uname -s)" = Linux ] || skip 'readelf is for ELF'
	command -v readelf >/dev/null || skip 'no readelf here'
	! readelf -W -s "$HI" | grep -qE '__(asan|gcov)_init' || skip 'an instrumented build'
}

teardown() {
	:
}

has() {
	readelf -W "$1" "$HI" 2>/dev/null | grep -qE -- "$2" || fail "readelf $1 has no $2"
}

# musl-gcc, which knows no -static-pie, makes one.
fixed() {
	readelf -W -h "$HI" | grep -qE 'Type: +EXEC' && ! readelf -W -l "$HI" | grep -q INTERP
}

@test "position independent, where the compiler can" {
	! fixed || skip 'static, by musl-gcc'
	has -h 'Type: +DYN'
	has -d 'FLAGS_1.* PIE'
}

@test "relocations are done at the start, and read-only from then on" {
	has -l GNU_RELRO
	! fixed || skip 'no dynamic section'
	has -d 'FLAGS.* BIND_NOW'
}

@test "no segment is both writable and executable, the stack neither" {
	has -l 'GNU_STACK.* RW +0'
	run readelf -W -l "$HI"
	[[ ! $output =~ [[:space:]]RWE[[:space:]] ]]
}

@test "buffers are guarded: the stack by a protector, calls by fortified ones" {
	has -s __stack_chk_fail
	! fixed || skip 'musl has no fortified calls'
	has -s '__(memcpy|snprintf|vsnprintf|read)_chk'
}

@test "no path of the machine that built it is looked for at run time" {
	run readelf -W -d "$HI"
	[[ ! $output =~ (RPATH|RUNPATH) ]]
}
