#!/usr/bin/env bats
# shellcheck disable=SC2154
# What the GitHub Actions runner takes for a command in hi's output (actions.py reads it as the runner does): hi's own,
# and nothing that a test, a container or a file says.

load helper

setup() {
	cli_setup
	export GITHUB_ACTIONS=true GITHUB_STEP_SUMMARY=$BATS_TEST_TMPDIR/step
}

# Lines as JSON has them.
hostile=('::error::forged' '        ::add-mask::e' '\t::stop-commands::abc' '\u00a0\u3000::warning file=a.go,line=1::forged'
	'\u200b::group::forged' ':\u200b:error::forged' '\ufeff::set-output name=a::b' '::ERROR::forged' 'fine\r::error::forged'
	'said: ##[error]forged' '##[add-matcher]/tmp/x' '`##[set-env name=PATH;]/tmp`' '#\u200b#[command]forged' '###[group]forged'
	'\u001b[31m::error::forged' '\u001b[0m##[error]forged')

# $1: a test that prints each of them, by t.Log's second lines, in pieces, and by itself.
hostile_test() {
	local one

	event start
	event run TestExample
	event output TestExample '    example_test.go:5: the server said'
	for one in "${hostile[@]}"; do
		event output TestExample "$one"
		event output TestExample "        $one"
		event output TestExample "    example_test.go:6: $one"
	done
	# Cut within the mark.
	event output TestExample '  :' | sed 's/\\n"/"/'
	event output TestExample ':error::forged'
	event output TestExample '#' | sed 's/\\n"/"/'
	event output TestExample '#[error]forged'
	# Text that is no event.
	for one in "${hostile[@]}"; do
		printf '%b\n' "$one"
	done
	event output TestExample '--- FAIL: TestExample (0.50s)'
	event fail TestExample
	event output '' FAIL
	event fail
}

commands() {
	printf '%s\n' "$1" | "$BATS_TEST_DIRNAME/actions.py"
}

# The commands of $output are exactly these, a name a line; those of $stderr none.
has_commands() {
	local seen

	seen=$(commands "$output" | cut -f 1 | tr '\n' ' ')
	[ "$seen" = "${*:+$* }" ] || fail "on stdout: $(commands "$output")"
}

@test "the reader takes what it should" {
	[ "$(printf '%b\n' "${hostile[@]}" | "$BATS_TEST_DIRNAME/actions.py" | wc -l)" -ge 12 ]
}

@test "hi run, in every format: a test's lines are no commands, hi's own are" {
	hostile_test >"$STANDIN/runner.out"
	echo 1 >"$STANDIN/runner.exit"
	for one in "${hostile[@]}"; do
		printf '%b\n' "$one"
	done >"$STANDIN/runner.err"
	for format in verbose compact quiet; do
		run --separate-stderr hi run TestExample --format="$format"
		exits 1
		has_commands group endgroup error
		says '::error title=TestExample,file=integration/example_test.go,line=6::'
		[ -z "$(commands "$stderr")" ] || fail "on stderr: $(commands "$stderr")"
		[ "$format" != verbose ] || says '\:error::forged' '##\[add-matcher]/tmp/x'
		rm -rf control_logs
	done
	run --separate-stderr hi run TestExample --format=json
	exits 1
	has_commands
	[ "$(commands "$stderr" | cut -f 1)" = error ] || fail "on stderr: $(commands "$stderr")"
	# JSON loses nothing.
	jq -es 'any(.output == "##[add-matcher]/tmp/x\n")' <<<"$output" >/dev/null || fail 'not as printed'
}

@test "the files have what the test printed" {
	hostile_test >"$STANDIN/runner.out"
	echo 1 >"$STANDIN/runner.exit"
	run hi run TestExample --format=quiet
	exits 1
	cmp "$STANDIN/runner.out" "$(run_dir)/go-test.json"
	jq -e '.tests[0].excerpt | contains("\n##[add-matcher]/tmp/x\n") or contains("##[")' "$(run_dir)/summary.json" >/dev/null
}

@test "hi logs and hi report of it, in every format" {
	hostile_test >"$STANDIN/runner.out"
	echo 1 >"$STANDIN/runner.exit"
	run hi run TestExample --format=quiet
	exits 1
	for format in verbose compact json quiet; do
		run --separate-stderr hi logs --format="$format"
		exits 0
		has_commands
	done
	for format in '' --json; do
		# shellcheck disable=SC2086
		run --separate-stderr hi report $format
		exits 1
		has_commands
	done
}

@test "a set" {
	printf 'package integration\n\nimport "testing"\n\nfunc TestExample(t *testing.T) {}\nfunc TestOther(t *testing.T) {}\n' \
	    >integration/example_test.go
	hostile_test >"$STANDIN/runner.out"
	echo 1 >"$STANDIN/runner.exit"
	answer go-build 'exit 0'
	for format in verbose compact json; do
		run --separate-stderr hi run -j 2 --failfast=false --format="$format" 'TestExample|TestOther'
		[ "$(commands "$output" | cut -f 1 | sort -u | tr -d '\n')" = "$([ "$format" = json ] || echo error)" ] ||
		    fail "$(commands "$output")"
		rm -rf control_logs
	done
}

@test "names and words of the engine: ps, clean, an error, triage of a container's log" {
	mkdir -p control_logs/20260409-104215-mdjtzx
	for one in "${hostile[@]}"; do
		printf 'panic: \n%b\nERR %b\n' "$one" "$one"
	done >control_logs/20260409-104215-mdjtzx/hs-a-b.stderr.log
	for format in '' --json; do
		# shellcheck disable=SC2086
		run --separate-stderr hi triage $format
		exits 0
		has_commands
	done
	answer create 'echo "docker: Error response from daemon: ##[error]forged" >&2; echo "::error::forged" >&2; exit 1'
	run --separate-stderr hi run TestExample
	exits 3
	has_commands group endgroup error
	[ -z "$(commands "$stderr")" ] || fail "on stderr: $(commands "$stderr")"
	run --separate-stderr hi list '##[error]forged'
	[ -z "$(commands "$output$stderr")" ] || fail 'an argument is a command'
}

@test "elsewhere nothing is changed" {
	hostile_test >"$STANDIN/runner.out"
	echo 1 >"$STANDIN/runner.exit"
	GITHUB_ACTIONS=false run hi run TestExample --format=verbose
	exits 1
	says $'\n        ::add-mask::e' $'\n##[add-matcher]/tmp/x'
}
