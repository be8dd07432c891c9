#!/usr/bin/env bats
# hi completion: the three scripts, and what they are answered.

load helper

answers() {
	run --separate-stderr hi __complete "$@"
	exits 0
	[ -z "$stderr" ] || fail 'says something on stderr'
}

# The first column is this, in this order.
only() {
	local got

	got=$(cut -f 1 <<<"$output")
	[ "$got" = "$(printf '%s\n' "$@")" ] || fail "not: $*"
}

@test "every command that the help names completes, nested ones too, and no hidden one" {
	local command
	for command in $(hi --help | sed -n 's/^  \([a-z-]*\)  .*/\1/p'); do
		answers "${command%?}"
		grep -q "^$command	" <<<"$output" || fail "not among them: $command"
	done
	answers cleane
	only ''
	answers clean st
	only stale
	answers help ver
	only version
}

@test "every flag that the help names completes, with its help and as many dashes as were typed" {
	local flag
	for flag in $(hi run --help | sed -n 's/^  --\([a-z-]*\).*/\1/p'); do
		answers run --"${flag%?}"
		grep -q "^--$flag	..*" <<<"$output" || fail "not among them: --$flag"
	done
	answers run -posture
	only ''
	answers run -postg
	only -postgres
	answers clean logs --ke
	only --keep
}

@test "choices and booleans complete, in one word, in two, and in the three of bash" {
	answers run --format=c
	only --format=compact
	answers run --format c
	only compact
	answers run --format = c
	only --format=compact
	answers run --failfast=
	only --failfast=true --failfast=false
	answers run --postgres TestEx
	only TestExample
}

@test "names of tests complete, also as --test=" {
	answers run TestE
	only TestExample
	answers run --test=TestE
	only --test=TestExample
	answers run --test TestE
	only TestExample
	answers run TestExample TestE
	only ''
	answers run --timeout TestE
	only ''
}

@test "ids of runs complete: from the logs the newest first, for clean from the engine" {
	mkdir -p control_logs/20260102-030405-abcdef control_logs/20260102-030406-abcdef control_logs/other
	answers logs ''
	only last last-failed 20260102-030406-abcdef 20260102-030405-abcdef
	answers logs last-
	only last-failed
	answers logs 0406
	only 20260102-030406-abcdef
	answers logs abcdef
	only ''
	answers triage 20260102-030405
	only 20260102-030405-abcdef /
	answers clean run ''
	only ''
	called '^docker '
}

@test "a directory may stand where one is meant" {
	answers run --logs-dir ''
	only /
	answers run --logs-dir=
	only /
	answers run --timeout ''
	only ''
}

@test "nothing that would need quoting is offered; outside a checkout nothing is said" {
	mkdir "$BATS_TEST_TMPDIR/elsewhere"
	cd "$BATS_TEST_TMPDIR/elsewhere"
	answers run ''
	only ''
	answers logs ''
	only ''
}

@test "an answer that does not arrive is an error" {
	run --separate-stderr bash -c '"$1" __complete run -- >/dev/full' - "$HI"
	exits 3
	complains 'standard output'
}

@test "an unknown shell is named, and none is asked for" {
	run --separate-stderr hi completion fush
	exits 2
	complains fush 'did you mean fish?'
	run --separate-stderr hi completion
	exits 2
	complains bash zsh fish
}

@test "bash completes" {
	hi completion bash >script
	cat >ask <<-'END'
		. ./script
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
		_hi "$HI" "${@: -1}" "${@: -2:1}"
		printf '%s\n' "${COMPREPLY[@]}"
	END
	ask() {
		PATH=$CLI_PATH HI=$HI run bash --norc ask hi "$@"
	}
	ask run --form
	[ "$output" = --format ]
	ask run --format = co
	[ "$output" = compact ]
	ask run --format =
	[ "${lines[*]}" = 'auto verbose compact json quiet' ]
	ask run TestE
	[ "$output" = TestExample ]
	ask clean net
	[ "$output" = networks ]
}

@test "zsh completes" {
	command -v zsh >/dev/null || skip 'no zsh here'
	hi completion zsh >_hi
	cat >ask <<-'END'
		compdef() { : }
		_describe() { print -l -- ${(P)4:-${(P)3}} }
		_files() { print files }
		source ./_hi
		words=("$@") CURRENT=$#
		words[1]=$HI
		_hi
	END
	ask() {
		PATH=$CLI_PATH HI=$HI run zsh -f ask hi "$@"
	}
	ask run --form
	[[ $output == --format:* ]] || fail 'no flag'
	ask run --format=co
	[[ $output == --format=compact* ]] || fail 'no choice'
	ask run TestE
	[[ $output == TestExample:integration/* ]] || fail 'no test'
	ask run --logs-dir ''
	[[ $output == *files ]] || fail 'no files'
}

@test "fish completes" {
	command -v fish >/dev/null || skip 'no fish here'
	hi completion fish >hi.fish
	ask() {
		PATH=$(dirname "$HI"):$CLI_PATH run fish --no-config -c "source hi.fish; complete -C '$1'"
	}
	ask 'hi run --form'
	[[ $output == *--format$'\t'* ]] || fail 'no flag'
	ask 'hi run --format=co'
	[[ $output == *--format=compact* ]] || fail 'no choice'
	ask 'hi run TestE'
	[[ $output == TestExample$'\t'* ]] || fail 'no test'
	ask 'hi clean ne'
	[[ $output == networks$'\t'* ]] || fail 'no command'
}

@test "make install puts them where the shells look, make uninstall takes all away" {
	local dest=$BATS_TEST_TMPDIR/dest
	[ "${HI##*/}" = hi ] || skip "HI is not called hi"
	make -s -C "$BATS_TEST_DIRNAME/../.." B="$(dirname "$HI")" DESTDIR="$dest" prefix=/usr -o "$(dirname "$HI")/hi" install
	[ -x "$dest/usr/bin/hi" ]
	[ -s "$dest/usr/share/man/man1/hi.1" ]
	cmp <("$HI" completion bash) "$dest/usr/share/bash-completion/completions/hi"
	cmp <("$HI" completion zsh) "$dest/usr/share/zsh/site-functions/_hi"
	cmp <("$HI" completion fish) "$dest/usr/share/fish/vendor_completions.d/hi.fish"
	make -s -C "$BATS_TEST_DIRNAME/../.." B="$(dirname "$HI")" DESTDIR="$dest" prefix=/usr uninstall
	[ -z "$(find "$dest" -type f)" ] || fail "left: $(find "$dest" -type f)"
}
