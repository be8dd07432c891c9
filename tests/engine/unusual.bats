#!/usr/bin/env bats
# Log drivers, address pools, clocks and directories that most engines do not have: see unusual.py.

load helper

@test "engines that are set up in another way than most: the evidence is there or what is missing is named, nothing is left" {
	run "$BATS_TEST_DIRNAME/unusual.py" --hi "$HI"
	[ "$status" -ne 77 ] || skip "$output"
	[ "$status" -eq 0 ] || { echo "$output"; false; }
}
