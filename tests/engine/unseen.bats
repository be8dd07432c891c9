#!/usr/bin/env bats
# An engine that does not see the checkout: see unseen.py. It is one of the test's own.

load helper

@test "an engine that does not see the checkout: it is sent, its evidence comes back, nothing is left" {
	run "$BATS_TEST_DIRNAME/unseen.py" --hi "$HI"
	[ "$status" -ne 77 ] || skip "$output"
	[ "$status" -eq 0 ] || { echo "$output"; false; }
}
