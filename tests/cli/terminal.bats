#!/usr/bin/env bats
# What stands on a terminal: --format=compact with its foot line. screen.py is the terminal.

load helper

# on_screen SCREEN-FLAG... -- ARG...: hi at a terminal; FRAMES has the foot at each redraw.
on_screen() {
	local flags=()

	while [ "$1" != -- ]; do
		flags+=("$1")
		shift
	done
	shift
	FRAMES=$BATS_TEST_TMPDIR/frames
	run env PATH="$CLI_PATH" "$BATS_TEST_DIRNAME/screen.py" --frames "$FRAMES" --raw "$BATS_TEST_TMPDIR/raw" "${flags[@]}" \
	    "$HI" "$@" 3>&-
}

# The runner's output comes as the function that is named writes it.
runner_streams() {
	rm -f "$STANDIN/runner.out"
	mkfifo "$STANDIN/runner.out"
	"$@" >"$STANDIN/runner.out" 3>&- &
}

three_tests() {
	sleep 1.2
	event start
	event run TestFirst
	event output TestFirst '=== RUN   TestFirst'
	sleep 1.5
	event pass TestFirst
	event run TestSecond
	event output TestSecond '    x_test.go:3: not seen'
	sleep 1.5
	event fail TestSecond
	event run TestThird
	echo '# a line of the go command'
	event skip TestThird
	event output '' FAIL
	event fail
}

@test "compact: a line a finished test, a foot meanwhile, and nothing of the foot in the end" {
	runner_streams three_tests
	echo 1 >"$STANDIN/runner.exit"
	on_screen -- run TestExample
	exits 1
	head=$(sed '/^Slowest/,$d' <<<"$output" | tail -n +2)
	[ "$head" = "  1 test matches: TestExample
  image golang:1.26.1, database SQLite, timeout 2h 00m
$(grep '^  logs in ' <<<"$output")
$(grep '^  follow it' <<<"$output")
PASS     0.5s  TestFirst
FAIL     0.5s  TestSecond
# a line of the go command
SKIP     0.5s  TestThird" ] || fail 'not these lines'
	! grep -E '/2h 00m|\[K' <<<"$output" || fail 'the foot is left'
	grep -qE '^[0-9.]+ [0-9.]+s/2h 00m  compiling  [01] container' "$FRAMES"
	grep -qE '^[0-9.]+ [0-9.]+s/2h 00m  0 done, 1 running  TestFirst [01]\.[0-9]s  1 container$' "$FRAMES"
	grep -qE '^[0-9.]+ [0-9.]+s/2h 00m  1 done, 1 running  TestSecond [01]\.[0-9]s  1 container$' "$FRAMES"
}

@test "compact: a terminal that gets narrower and wider in mid-run keeps its lines" {
	runner_streams three_tests
	echo 1 >"$STANDIN/runner.exit"
	on_screen --columns 100 --resize 1.8:30 --resize 2.6:20 --resize 3.6:90 -- run TestExample
	exits 1
	[ "$(grep -cE '^(PASS|FAIL|SKIP) ' <<<"$output")" -eq 3 ]
	! grep '/2h 00m' <<<"$output" || fail 'the foot is left'
	# It was there, and not wider than the terminal.
	grep -qE '^[0-9.]+ [0-9.]+s/2h 00m  [01] d' "$FRAMES"
	[ "$(awk '$1 > 2.8 && $1 < 3.5 { sub(/^[^ ]* /, ""); sub(/…/, "."); if (length > 19) print }' "$FRAMES" | wc -l)" -eq 0 ] ||
	    fail 'wider than the terminal' "$(cat "$FRAMES")"
}

many_tests() {
	local i

	event start
	for i in $(seq 1500); do
		event run "Test$i"
		event output "Test$i" "=== RUN   Test$i"
		event pass "Test$i"
		[ $((i % 10)) -ne 0 ] || sleep 0.01
	done
	event output '' PASS
	event pass
}

@test "compact: the foot is drawn at most ten times a second, however fast tests end" {
	runner_streams many_tests
	on_screen -- run TestExample
	exits 0
	[ "$(grep -c '^PASS ' <<<"$output")" -eq 1500 ]
	drawn=$(grep -ao '/2h 00m' "$BATS_TEST_TMPDIR/raw" | wc -l)
	took=$(tail -n 1 "$FRAMES" | cut -d . -f 1)
	[ "$drawn" -gt 2 ] && [ "$drawn" -le $((10 * (took + 1))) ] || fail "drawn $drawn times in $took s"
}

@test "colours at a terminal, none with NO_COLOR or off it, and no status line on a dumb one" {
	runner_fails TestX
	on_screen -- run TestExample
	exits 1
	grep -q $'\e\[1;31mFAIL\e\[0m' "$BATS_TEST_TMPDIR/raw"
	NO_COLOR=1 on_screen -- run TestExample
	exits 1
	! grep -q $'\e\[[0-9;]*m' "$BATS_TEST_TMPDIR/raw" || fail 'coloured'
	grep -q $'\e\[J' "$BATS_TEST_TMPDIR/raw"
	run hi run TestExample
	[[ $output != *$'\e'* ]] || fail 'coloured off a terminal'
	run env PATH="$CLI_PATH" "$BATS_TEST_DIRNAME/screen.py" --raw "$BATS_TEST_TMPDIR/raw" env TERM=dumb "$HI" run TestExample
	! grep -q $'\e' "$BATS_TEST_TMPDIR/raw" || fail 'an escape on a dumb terminal'
}

escapes() {
	event start
	event run TestX
	event output TestX '    x_test.go:3: \u001b[31mred\u001b[0m \u001b]0;title\u0007 \u001b[2J\u001b[1;1H \u009b2J \b\r end'
	printf 'plain \e[32mgreen\e[m \e]52;c;AAAA\a \e[3A\x9b2J\xc2\x9bK\n'
	event fail TestX
	event fail
}

@test "colours of the tests pass to a terminal, other control sequences never do" {
	runner_streams escapes
	echo 1 >"$STANDIN/runner.exit"
	on_screen -- run TestExample --verbose
	exits 1
	grep -q $'\e\[31mred\e\[0m' "$BATS_TEST_TMPDIR/raw"
	grep -q $'\e\[32mgreen\e\[m' "$BATS_TEST_TMPDIR/raw"
	sed $'s/\e\[[0-9;]*m//g; s/\e\[J//g; s/\e\[[0-9]*A//g' "$BATS_TEST_TMPDIR/raw" | tr -d '\r\n\t[:print:]\200-\377' >"$BATS_TEST_TMPDIR/left"
	[ ! -s "$BATS_TEST_TMPDIR/left" ] || fail "$(od -c "$BATS_TEST_TMPDIR/left")"
	! grep -qaP '\xc2\x9b|(?<![\xc0-\xff\x80-\xbf])\x9b' "$BATS_TEST_TMPDIR/raw" || fail 'a C1 control'
}
