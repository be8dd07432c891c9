#!/usr/bin/env bats
# What a Unix user does to hi, case by case: see terminal.py.

load helper

terminal() {
	run "$BATS_TEST_DIRNAME/terminal.py" --hi "$HI" "$1"
	[ "$status" -eq 0 ] || { echo "$output"; false; }
}

@test "Ctrl-C at a terminal ends it by SIGINT and leaves nothing" { terminal ctrl_c; }
@test "Ctrl-C ends the shell loop around it" { terminal ctrl_c_in_a_loop; }
@test "Ctrl-Z stops hi alone, fg goes on" { terminal ctrl_z; }
@test "a terminal that goes away leaves nothing" { terminal terminal_goes_away; }
@test "timeout around it leaves nothing" { terminal under_timeout; }
@test "nohup is honoured" { terminal under_nohup; }
@test "a background job with SIGINT ignored is not interrupted" { terminal background_job; }
@test "a pipe into head ends it by SIGPIPE and leaves nothing" { terminal into_head; }
@test "a reader that stalls does not stall the tests" { terminal stalled_reader; }
@test "a reader that stalls does not stall a signal" { terminal stalled_reader_and_term; }
