#!/usr/bin/env bats
# The engine goes away in the middle of a run: see restart.py. It is one of the test's own.

load helper

engine() {
	run "$BATS_TEST_DIRNAME/restart.py" --hi "$HI" "$1"
	[ "$status" -ne 77 ] || skip "$output"
	[ "$status" -eq 0 ] || { echo "$output"; false; }
}

@test "an engine that is restarted in the middle: exit 3, nothing left" { engine restarted; }
@test "an engine that is killed in the middle: exit 3, nothing left of what it revived" { engine killed; }
@test "hi and its engine killed: the cleaner waits for the engine" { engine killed_with_hi; }
@test "interrupted while the engine is away: hi waits, and nothing is left" { engine interrupted_while_away; }
@test "an engine that hangs: three interrupts lead out, the cleaner does the rest" { engine hung; }
