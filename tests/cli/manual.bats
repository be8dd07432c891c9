#!/usr/bin/env bats
# shellcheck disable=SC2154
# The manual against the program's own tables and what it writes.

load helper

MAN=$BATS_TEST_DIRNAME/../../man

compare() {
	run "$BATS_TEST_DIRNAME/manual.py" "$1" "$HI"
	exits 0
}

@test "mandoc has nothing to say" {
	run mandoc -Tlint -W warning "$MAN/hi.1" "$MAN/hi-summary.5"
	exits 0
	[ -z "$output" ] || fail
}

@test "the synopsis has every command as its help has it" { compare synopsis; }
@test "every flag, its value and its default; and none besides" { compare flags; }
@test "every choice of a flag" { compare choices; }
@test "every variable of the environment" { compare environment; }
@test "every exit code" { compare exits; }
@test "every verdict and ending" { compare verdicts; }

# A run that fails, with everything in its summary that there can be.
@test "hi-summary(5) has every member that is written, and every one of the event lines" {
	runner_says fail TestExample=fail TestOther=pass
	answer runner 'network hs-abcdef-default; sibling hs-aaaaaa headscale; sibling ts-bbbbbb tailscale'
	answer network-rm 'daemon_says "network hs-abcdef-default has active endpoints"'
	answer cp 'daemon_says "gone"'
	answer stats 'printf "{\"ID\":\"%s\",\"Name\":\"hs-aaaaaa\",\"MemUsage\":\"5MB / 1GB\",\"CPUPerc\":\"1.00%%\"}\n" x'
	hi run --stats --format json TestExample >"$BATS_TEST_TMPDIR/lines" 2>/dev/null || :
	rm -f "/var/tmp/hi-$(id -u)/$(basename "$(run_dir)").lease"
	jq -r 'paths | .[] | strings' "$(run_dir)/summary.json" >"$BATS_TEST_TMPDIR/members"
	for m in schema tests packages memory over leaks missing excerpt findings signature; do
		grep -qx "$m" "$BATS_TEST_TMPDIR/members" || fail "no $m in the summary"
	done
	run "$BATS_TEST_DIRNAME/manual.py" members "$HI" <"$BATS_TEST_TMPDIR/members"
	exits 0
	jq -r '(keys[]), .event' "$BATS_TEST_TMPDIR/lines" >"$BATS_TEST_TMPDIR/members"
	run "$BATS_TEST_DIRNAME/manual.py" members "$HI" <"$BATS_TEST_TMPDIR/members"
	exits 0
}
