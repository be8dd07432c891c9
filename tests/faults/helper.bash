# shellcheck shell=bash disable=SC2154
# Runs of hi in which calls fail (fault.c says how); to be loaded after tests/cli/helper.bash.

FAULT_LIB=${FAULT_LIB:-$(dirname "$HI")/fault.so}

# True where the library reaches this hi; not where it is static, or another that comes first (the sanitizers').
can_fault() {
	[ -e "$FAULT_LIB" ] && fault_hi ENOMEM 0 1 version >/dev/null 2>&1 && [ "$(fault_count)" -gt 0 ]
}

# fault_hi FAULT AT FOR ARG...: hi where the calls from AT on fail, so many (0: all).
fault_hi() {
	rm -f "$BATS_TEST_TMPDIR/fault"
	truncate -s 4096 "$BATS_TEST_TMPDIR/fault"
	PATH=$CLI_PATH LD_PRELOAD=$FAULT_LIB FAULT=$1 FAULT_AT=$2 FAULT_FOR=$3 FAULT_STATE=$BATS_TEST_TMPDIR/fault \
	    FAULT_IN=${FAULT_IN-} FAULT_EVERY=${FAULT_EVERY:-1} FAULT_SHIFT=${FAULT_SHIFT:-0} \
	    timeout -k 5 "${FAULT_LIMIT:-100}" "$HI" "${@:4}" 3>&-
}

# How many calls there were that could have failed.
fault_count() {
	od -An -td8 -N8 "$BATS_TEST_TMPDIR/fault" | tr -d ' '
}

# How many of them failed.
fault_failed() {
	od -An -td8 -j8 -N8 "$BATS_TEST_TMPDIR/fault" | tr -d ' '
}

# The first that failed: who, what, on what.
fault_call() {
	tail -c +17 "$BATS_TEST_TMPDIR/fault" | tr -d '\0'
}

# A run that has something to collect and to remove. $1: pass or fail.
fault_world() {
	runner_says "$1" TestExample="$1"
	answer runner 'network hs-abcdef-default; sibling hs-aaaaaa-bbbbbb headscale; sibling ts-aaaaaa-1-74-cccccc tailscale'
}

# What hi may say and leave whatever failed. $1: the exit that the run has where nothing does.
fault_is_borne() {
	case $status in
	"$1") ;;
	3) [[ $stderr$output =~ 'hi run: '|'engine: '|'infra'|'incomplete' ]] || fail 'no word of what failed' || return ;;
	6) says 'left' || return ;;
	*) fail "exit $status" || return ;;
	esac
	wait_for "${FAULT_PATIENCE:-30}" no_ours || fail "still runs: $(ours)" || return
	engine_is_empty && no_lease && no_litter
}

# Nothing half-written, no private directory.
no_litter() {
	local left

	left=$(find "$TMPDIR" "$CHECKOUT" -mindepth 1 \( -path "$TMPDIR/*" -o -name '*.tmp' \))
	[ -z "$left" ] || fail "left behind: $left"
}
