#!/usr/bin/env bats
# A short cut through the matrix of kills (make orphans runs the whole).

load helper

@test "killed at its worst moments, hi leaves nothing" {
	[ -x "$HI_FAULTS" ] || skip "no diagnostic build: make check-engine makes one"
	run "$BATS_TEST_DIRNAME/orphans.py" --hi "$HI" --faults "$HI_FAULTS" --short --jobs 2
	[ "$status" -eq 0 ] || { echo "$output"; false; }
}
