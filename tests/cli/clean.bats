#!/usr/bin/env bats
# hi clean: what goes, what stays, and what is said of it; a run that is live is a real hi over the stand-in.

load helper

# container NAME RUN TYPE STATE [LABEL...]
container() {
	local id dir

	id=$(printf '%s' "$1" | sha256sum | cut -c 1-64)
	dir=$STANDIN/containers/$id
	mkdir -p "$dir" "$STANDIN/volumes/$id"
	echo "$1" >"$dir/name"
	echo hi-fixture:latest >"$dir/image"
	echo "$4" >"$dir/state"
	echo 0 >"$dir/exit"
	echo '2026-01-02 03:04:05 +0000 UTC' >"$dir/created"
	printf '%s\n' "hi.run-id=$2" "hi.test-type=$3" "${@:5}" >"$dir/labels"
	: >"$dir/networks"
}

# network NAME [CONTAINER]
network() {
	local id

	id=$(printf '%s' "$1" | sha256sum | cut -c 1-64)
	mkdir -p "$STANDIN/networks/$id"
	echo "$1" >"$STANDIN/networks/$id/name"
	echo "${CREATED:-2026-01-02T03:04:06Z}" >"$STANDIN/networks/$id/created"
	[ $# -eq 1 ] || echo "$id $1" >>"$STANDIN/containers/$(printf '%s' "$2" | sha256sum | cut -c 1-64)/networks"
}

# Labels of a runner whose owner is proven dead: it was of another boot, and its lease is gone.
dead_labels=("hi.uid=$(id -u)" "hi.host=$(uname -n)" hi.boot=another hi.lease=1:1)

dead_run() {
	needs_boot_id
	container "headscale-test-suite-$1" "$1" test-runner running "${dead_labels[@]}"
	container "ts-of-$1" "$1" tailscale running
	network hs-0123ab-dead "ts-of-$1"
}

# What another tool left: its runner is gone, or ended.
left_run() {
	container "hs-of-$1" "$1" headscale running
	network hs-0123ab-left "hs-of-$1"
}

live_run() {
	runner_hangs TestExample
	answer runner 'sibling hs-live headscale; network hs-abcdef-live'
	start_hi run TestExample
	wait_for 10 grep -q 'hs-abcdef-live' "$STANDIN/events"
	LIVE=$(basename "$(run_dir)")
}

end_live_run() {
	kill -INT "$PID"
	wait_hi
	exits 130
}

is_there() {
	grep -qsxF -- "$1" "$STANDIN"/*/*/name || fail "gone: $1"
}

is_gone() {
	! grep -sxF -- "$1" "$STANDIN"/*/*/name || fail "is there: $1"
}

DEAD=20260102-030405-deadaa
LEFT=20260102-030405-leftaa

@test "every form has help, and says what it refuses" {
	local form

	run --separate-stderr hi clean
	exits 2
	says networks images containers cache all run stale logs
	for form in networks images containers cache all run stale logs; do
		run --separate-stderr hi clean "$form" --help
		exits 0
		says --dry-run --json "hi clean $form"
		run --separate-stderr hi clean "$form" --nonsense
		exits 2
		complains nonsense
	done
	run --separate-stderr hi clean contaners
	exits 2
	complains 'did you mean containers'
	run --separate-stderr hi clean networks hs-x
	exits 2
	complains hs-x
}

@test "nothing to remove is said, and is no failure" {
	local form

	for form in networks images containers cache stale; do
		run --separate-stderr hi clean "$form"
		exits 0
		[ "$output" = 'nothing to remove' ] || fail "$form"
		[ -z "$stderr" ] || fail "$form"
	done
}

@test "stale takes dead runs, and only these" {
	dead_run $DEAD
	left_run $LEFT
	network foreign
	run --separate-stderr hi clean stale --dry-run
	exits 0
	says "would remove run $DEAD: dead, 2 containers, 1 network" "container ts-of-$DEAD" 'network hs-0123ab-dead'
	says_not "$LEFT"
	is_there "ts-of-$DEAD"
	called_not '^docker (rm|kill|network rm)'

	run --separate-stderr hi clean stale
	exits 0
	says "removed run $DEAD" '1 run, 2 containers, 1 network'
	is_gone "ts-of-$DEAD"
	is_gone hs-0123ab-dead
	is_there "hs-of-$LEFT"
	is_there hs-0123ab-left
	is_there foreign
}

@test "containers takes dead runs and what others left, with their networks" {
	dead_run $DEAD
	left_run $LEFT
	container mine '' '' running
	network foreign
	run --separate-stderr hi clean containers
	exits 0
	says "removed run $DEAD" "removed run $LEFT: unknown" "container hs-of-$LEFT" 'network hs-0123ab-left'
	is_gone "ts-of-$DEAD"
	is_gone "hs-of-$LEFT"
	is_gone hs-0123ab-left
	is_there mine
	is_there foreign
}

@test "a live run is refused by containers and all, and named" {
	local form

	left_run $LEFT
	live_run
	for form in containers all; do
		run --separate-stderr hi clean "$form"
		exits 3
		complains "run $LIVE is live" --force
		is_there "hs-of-$LEFT"
	done
	run --separate-stderr hi clean run "$LIVE"
	exits 3
	complains "run $LIVE is live" interrupt --force
	is_there hs-live
	end_live_run
	engine_is_empty || is_there "hs-of-$LEFT"
}

@test "another tool's run whose runner runs may be live" {
	container "headscale-test-suite-$LEFT" $LEFT test-runner running
	run --separate-stderr hi clean containers
	exits 3
	complains "run $LEFT may be live" "headscale-test-suite-$LEFT" 'made by another tool' --force
	run --separate-stderr hi clean containers --force
	exits 0
	is_gone "headscale-test-suite-$LEFT"
}

@test "run: one that may be live needs --force, too" {
	container "headscale-test-suite-$LEFT" $LEFT test-runner running "hi.uid=$(id -u)" hi.host=elsewhere hi.boot=x hi.lease=1:1
	run --separate-stderr hi clean run $LEFT
	exits 3
	complains "run $LEFT may be live" "headscale-test-suite-$LEFT" 'started on elsewhere' --force
	is_there "headscale-test-suite-$LEFT"
	run --separate-stderr hi clean run $LEFT --force
	exits 0
	is_gone "headscale-test-suite-$LEFT"
}

@test "stale, networks, images and cache leave a live run alone" {
	echo hs-old-image:latest >>"$STANDIN/images"
	echo tailscale/tailscale:v1 >>"$STANDIN/images"
	CREATED=2026-01-02T03:04:05Z network hs-0123ab-older
	live_run
	CREATED=$(date -u -d '+5 seconds' +%FT%TZ) network hs-0123ab-younger

	run --separate-stderr hi clean stale
	exits 0
	run --separate-stderr hi clean networks
	exits 0
	says 'removed network hs-0123ab-older' "left network hs-0123ab-younger" "live run $LIVE"
	says_not hs-abcdef-live
	run --separate-stderr hi clean images
	exits 0
	says 'left image tailscale/tailscale:v1' "live run $LIVE"
	run --separate-stderr hi clean images --force
	exits 0
	says 'removed image tailscale/tailscale:v1'
	is_there hs-live
	is_there hs-abcdef-live
	is_there hs-0123ab-younger
	is_gone hs-0123ab-older
	end_live_run
}

@test "--force takes a live run too" {
	live_run
	run --separate-stderr hi clean run "$LIVE" --force
	exits 0
	says "removed run $LIVE: live" 'container hs-live'
	is_gone hs-live
	wait_hi
	exits 3
	engine_is_empty
}

@test "a kept run stays but for run, containers and all" {
	local kept form

	answer runner 'sibling hs-kept headscale; network hs-abcdef-kept'
	runner_fails TestExample
	run --separate-stderr hi run TestExample --keep-on-failure
	exits 1
	kept=$(basename "$(run_dir)")
	for form in stale networks images; do
		run --separate-stderr hi clean "$form"
		exits 0
		is_there hs-kept
		is_there hs-abcdef-kept
	done
	run --separate-stderr hi clean logs --logs-dir control_logs --older-than 1s
	exits 0
	run_dir
	run --separate-stderr hi clean containers --dry-run
	says "would remove run $kept: kept"
	run --separate-stderr hi clean run "${kept##*-}"
	exits 0
	says "removed run $kept: kept" 'container hs-kept' 'network hs-abcdef-kept'
	engine_is_empty
	run_dir
	no_lease
}

@test "run: by a part of the id, several at once, each only once" {
	left_run $LEFT
	dead_run $DEAD
	run --separate-stderr hi clean run leftaa deadaa 20260102-030405-dead
	exits 0
	says "removed run $LEFT" "removed run $DEAD" '2 runs, 3 containers'
	is_gone "hs-of-$LEFT"
	is_gone "ts-of-$DEAD"
}

@test "run: by a part, a path, or last" {
	left_run $LEFT
	container "hs-other" 20250102-030405-otheraa headscale exited
	run hi clean run last
	exits 0
	is_gone "hs-of-$LEFT"
	is_there hs-other
	run hi clean run control_logs/20250102-030405-otheraa/
	exits 0
	is_gone hs-other
}

@test "run: last is this checkout's newest, and no other's that is still there" {
	runner_says pass TestExample=pass
	hi run TestExample >/dev/null 2>&1
	left_run $LEFT
	run --separate-stderr hi clean run last
	exits 2
	complains 'no such run of this checkout'
	is_there "hs-of-$LEFT"
}

@test "run: one that is not there, or not the only one, and nothing goes" {
	left_run $LEFT
	container "hs-other" 20260102-030405-otheraa headscale exited
	run --separate-stderr hi clean run
	exits 2
	complains 'which run'
	run --separate-stderr hi clean run leftaa nonsense
	exits 2
	complains 'nonsense: no such run'
	run --separate-stderr hi clean run 20260102
	exits 2
	complains '2 runs' $LEFT 20260102-030405-otheraa
	for one in '' / ../control_logs/ leftaab "$PWD"; do
		run --separate-stderr hi clean run "$one"
		exits 2
		complains 'no such run on this engine'
	done
	is_there "hs-of-$LEFT"
	is_there hs-other
}

@test "networks: unused ones of tests, not others', not those of a stopped container" {
	container stopped x x exited
	network hs-0123ab-idle
	network hs-0123ab-of-stopped stopped
	network hs-mine
	network hs-a-b
	network ts-0123ab-x
	run --separate-stderr hi clean networks
	exits 0
	says 'removed network hs-0123ab-idle' '1 network'
	[ "$(grep -c 'removed network' <<<"$output")" -eq 1 ]
	is_gone hs-0123ab-idle
	is_there hs-0123ab-of-stopped
	is_there hs-mine
	is_there hs-a-b
	is_there ts-0123ab-x
}

@test "networks: one that can't be removed is named" {
	network hs-0123ab-idle
	network hs-0123ac-idle
	answer network-rm "[ \"\$(cat \"\$S/networks/\$1/name\")\" != hs-0123ab-idle ] || daemon_says 'has active endpoints'"
	run --separate-stderr hi clean networks
	exits 3
	says 'could not remove network hs-0123ab-idle' 'has active endpoints' 'removed network hs-0123ac-idle'
}

@test "images: the suite's own, not whatever is called tailscale" {
	local own=(hs-abc:1 headscale-integration:2 headscale-integration-x:3 tailscale/tailscale:v1 ghcr.io/tailscale/tailscale:v2
		ts-mdjtzx-head-fgdyls:latest tailscale-head:4)
	local other=(golang:1.26.1 my/tailscale:1 tailscale-exporter:2 tailscale/k8s-operator:3 headscale/headscale:4 postgres:5)

	printf '%s\n' "${own[@]}" "${other[@]}" >"$STANDIN/images"
	run --separate-stderr hi clean images --dry-run
	exits 0
	says 'would remove' '7 images' 'up to 2.0 MB'
	[ "$(wc -l <"$STANDIN/images")" -eq 13 ]
	run --separate-stderr hi clean images
	exits 0
	says '7 images'
	diff <(printf '%s\n' "${other[@]}") "$STANDIN/images"
}

@test "images: one that a container uses stays" {
	echo hs-abc:1 >"$STANDIN/images"
	container other '' '' running
	answer container-inspect 'do_container_inspect "$@" | sed "s/\"Image\":\"sha256:[0-9a-f]*/\"Image\":\"sha256:$(printf %064d 1)/"; exit'
	run --separate-stderr hi clean images
	exits 0
	says 'left image hs-abc:1: a container uses it' 'nothing to remove'
	grep -q hs-abc:1 "$STANDIN/images"
}

@test "images: layers without a name, where the suite's builds left them" {
	# As some clients do (29.0.0 to 29.1.2): untagged ones are left out first, and filtered then.
	answer images '[[ "$*" != *dangling* ]] || {
		[[ " $* " == *" --all "* || " $* " == *" -a "* ]] || exit 0
		for n in 7 8; do
			printf "{\"id\":\"sha256:%s\",\"repository\":\"<none>\",\"tag\":\"<none>\",\"size\":\"3MB\",\"created\":\"2026-01-02 03:04:05 +0000 UTC\"}\n" $n
		done
		exit
	}'
	answer image-inspect '
		printf "%s %s\n" sha256:7 "{\"Cmd\":[\"bash\"],\"WorkingDir\":\"/go/src/headscale\"}"
		printf "%s %s\n" sha256:8 "{\"Cmd\":[\"bash\"],\"WorkingDir\":\"/go/src/app\"}"
		exit'
	run --separate-stderr hi clean images
	exits 0
	says 'removed image sha256:7: without a name, 3.0 MB'
	called '^docker rmi sha256:7$'
	called_not 'rmi .*sha256:8'
}

@test "cache: both volumes, not others" {
	mkdir "$STANDIN"/volumes/{hs-integration-go-cache,hs-integration-go-build-cache,mine}
	run --separate-stderr hi clean cache --dry-run
	exits 0
	says 'would remove volume hs-integration-go-cache' '2 volumes'
	run --separate-stderr hi clean cache
	exits 0
	says 'removed volume hs-integration-go-build-cache'
	[ "$(ls "$STANDIN/volumes")" = mine ]
}

@test "cache: not while a container uses it" {
	mkdir "$STANDIN"/volumes/{hs-integration-go-cache,hs-integration-go-build-cache}
	container user x headscale exited
	answer ps '[[ "$*" != *volume=hs-integration-go-cache* ]] || { do_ps --format x; exit; }'
	run --separate-stderr hi clean cache
	exits 3
	says 'could not remove volume hs-integration-go-cache: container user uses it' 'removed volume hs-integration-go-build-cache'
	[ -d "$STANDIN/volumes/hs-integration-go-cache" ]
}

@test "all: containers, networks, images and cache; dry, it says the same" {
	local dry

	dead_run $DEAD
	left_run $LEFT
	network hs-0123ab-idle
	CREATED=2026-01-01T00:00:00Z network hs-0123ac-older
	network foreign
	echo hs-abc:1 >>"$STANDIN/images"
	mkdir "$STANDIN"/volumes/{hs-integration-go-cache,mine}
	mkdir -p control_logs/20260102-030405-abcdef
	run --separate-stderr hi clean all --dry-run
	exits 0
	dry=$(grep -oE '(run|network|image|volume) [^:, ]+' <<<"$output" | sort -u)
	is_there "ts-of-$DEAD"
	: >"$STANDIN/log"
	run --separate-stderr hi clean all
	exits 0
	# Which engine is meant is asked once: another may be chosen meanwhile.
	[ "$(grep -c '^docker context' "$STANDIN/log")" -eq 1 ]
	diff <(echo "$dry") <(grep -oE '(run|network|image|volume) [^:, ]+' <<<"$output" | sort -u)
	says "removed run $DEAD" "removed run $LEFT" 'network hs-0123ab-idle' 'removed network hs-0123ac-older' \
	    'removed image hs-abc:1' 'removed volume hs-integration-go-cache'
	is_there foreign
	[ -d "$STANDIN/volumes/mine" ]
	[ -d control_logs/20260102-030405-abcdef ]
}

# With a terminal; $1 is what is typed.
at_terminal() {
	local typed=$1

	shift
	PATH=$CLI_PATH run /usr/bin/python3 -c '
import os, pty, select, sys
pid, fd = pty.fork()
if pid == 0:
    os.execv(sys.argv[2], sys.argv[2:])
seen = b""
while True:
    try:
        data = os.read(fd, 4096)
    except OSError:
        break
    if not data:
        break
    seen += data
    if b"[y/N]" in seen and sys.argv[1] is not None:
        os.write(fd, sys.argv[1].encode())
        sys.argv[1] = None
print(seen.decode())
status = os.waitpid(pid, 0)[1]
sys.exit(os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status))' "$typed" "$HI" "$@"
}

@test "at a terminal containers and all ask, and no is no" {
	left_run $LEFT
	at_terminal $'n\n' clean containers
	exits 0
	says "1 run with 1 container (unknown $LEFT)" '[y/N]' 'nothing to remove'
	is_there "hs-of-$LEFT"
	at_terminal $'\n' clean all
	says 'images'
	is_there "hs-of-$LEFT"
	at_terminal $'\x04' clean containers
	is_there "hs-of-$LEFT"
	at_terminal $'\x03' clean containers
	exits 130
	is_there "hs-of-$LEFT"
	at_terminal $'y\n' clean containers
	exits 0
	is_gone "hs-of-$LEFT"
}

@test "at a terminal --yes and --dry-run don't ask, nor does one where there is nothing to remove" {
	at_terminal $'n\n' clean containers
	says_not '[y/N]'
	left_run $LEFT
	at_terminal $'n\n' clean containers --dry-run
	says_not '[y/N]'
	at_terminal $'n\n' clean containers --yes
	says_not '[y/N]'
	is_gone "hs-of-$LEFT"
}

@test "--json is one object, whatever happens" {
	dead_run $DEAD
	CREATED=2026-01-01T00:00:00Z network hs-0123ab-idle
	echo hs-abc:1 >>"$STANDIN/images"
	run --separate-stderr hi clean stale --json
	exits 0
	[ -z "$stderr" ]
	[ "$(jq -r '.command, .removed[0].name, .counts.container, .error' <<<"$output" | xargs)" = "stale $DEAD 2 null" ] ||
	    fail json
	jq -e '.removed[0].parts | index("network hs-0123ab-dead")' <<<"$output"
	run --separate-stderr hi clean networks --json --dry-run
	jq -e '.dry_run and .removed[0].name == "hs-0123ab-idle" and .count == 1' <<<"$output"
	run --separate-stderr hi clean images --json
	jq -e '.removed[0].kind == "image"' <<<"$output"
	live_run
	run --separate-stderr hi clean containers --json
	exits 3
	jq -e '.removed == [] and (.error | contains("is live"))' <<<"$output"
	end_live_run
}

@test "no engine, and one that goes away in the middle: what went is named" {
	network hs-0123ab-idle
	network hs-0123ac-idle
	answer network-rm '[ "$(nth rm)" = 1 ] || {
		for v in info ps network-rm network-ls; do
			echo "echo Cannot connect to the Docker daemon at unix:///var/run/docker.sock. >&2; exit 1" >"$S/answers/$v"
		done
		. "$S/answers/network-rm"
	}'
	run --separate-stderr hi clean networks
	exits 3
	says 'removed network hs-0123' 'removed: 1 network' 'no engine answers'
	[ "$(ls "$STANDIN/networks" | wc -l)" -eq 1 ]
	run --separate-stderr hi clean stale
	exits 3
	complains 'no engine answers'
}

@test "an engine that goes away after something could not be removed: both are said" {
	network hs-0123ab-idle
	network hs-0123ac-idle
	answer network-rm '[ "$(nth rm)" != 1 ] || daemon_says "network has active endpoints"
		for v in info network-rm; do
			echo "echo Cannot connect to the Docker daemon at unix:///var/run/docker.sock. >&2; exit 1" >"$S/answers/$v"
		done
		. "$S/answers/network-rm"'
	cp "$STANDIN/answers/network-rm" rm.answer
	run --separate-stderr hi clean networks
	exits 3
	says 'could not remove network hs-0123' 'active endpoints' 'no engine answers'
	rm -r "$STANDIN/answers/info" "$STANDIN/nth.rm.1" "$STANDIN/nth.rm.2"
	mv rm.answer "$STANDIN/answers/network-rm"
	run --separate-stderr hi clean networks --json
	exits 3
	jq -e ".failed == 1 and (.error | contains(\"no engine answers\"))" <<<"$output" || fail "$output"
}

@test "a signal ends it between two things" {
	network hs-0123ab-idle
	network hs-0123ac-idle
	answer network-rm '[ "$(nth rm)" != 1 ] || { until kill -TERM "$(cat "$S/hi")"; do sleep 0.01; done; sleep 0.2; }'
	start_hi clean networks
	echo "$PID" >"$STANDIN/hi"
	wait_hi
	exits 143
	[ "$(ls "$STANDIN/networks" | wc -l)" -ge 1 ]
}

# logs_of ID...: directories of runs, 1 MB each.
logs_of() {
	local id

	for id; do
		mkdir -p "control_logs/$id"
		head -c 1000000 /dev/zero >"control_logs/$id/a.log"
	done
}

left_logs() {
	local left=(control_logs/*)

	left=("${left[@]##*/}")
	[ "${left[*]}" = "$*" ] || fail "left: ${left[*]}"
}

A=20240101-000000-aaaaaa B=20250101-000000-bbbbbb C=20260101-000000-cccccc

@test "logs: a limit has to be given" {
	logs_of $A
	run --separate-stderr hi clean logs
	exits 2
	complains --older-than --keep --max-size
	run --separate-stderr hi clean logs --keep 0
	exits 2
	run --separate-stderr hi clean logs --older-than yesterday
	exits 2
	complains yesterday
	left_logs $A
}

@test "logs: by number, by age, by size, and the newest stay in any case" {
	local now

	now=$(date -d '2 hours ago' +%Y%m%d-%H%M%S)-dddddd
	logs_of $A $B $C "$now"
	run --separate-stderr hi clean logs --older-than 7d --dry-run
	exits 0
	says "would remove log directory $A" "$C" '3 log directories; up to 3.0 MB'
	says_not "$now"
	left_logs $A $B $C "$now"
	run --separate-stderr hi clean logs --older-than 7d --keep 3
	exits 0
	says "removed log directory $A" '1 log directory; up to 1.0 MB'
	left_logs $B $C "$now"
	run --separate-stderr hi clean logs --max-size 2500KB
	exits 0
	left_logs $C "$now"
	run --separate-stderr hi clean logs --keep 1
	exits 0
	left_logs "$now"
}

@test "logs: only what is named by a run's id, and never through a link" {
	mkdir -p control_logs/mine "$BATS_TEST_TMPDIR/elsewhere/x"
	echo precious >"$BATS_TEST_TMPDIR/elsewhere/x/y"
	ln -s "$BATS_TEST_TMPDIR/elsewhere" control_logs/$A
	logs_of $B
	ln -s "$BATS_TEST_TMPDIR/elsewhere" control_logs/$B/link
	echo file >control_logs/$C
	run --separate-stderr hi clean logs --older-than 1s
	exits 0
	says "removed log directory $B" "left log directory $A" "left log directory $C"
	left_logs $A $C mine
	[ "$(cat "$BATS_TEST_TMPDIR/elsewhere/x/y")" = precious ]

	rm -r control_logs
	ln -s "$BATS_TEST_TMPDIR/elsewhere" control_logs
	mkdir "$BATS_TEST_TMPDIR/elsewhere/$A"
	run --separate-stderr hi clean logs --older-than 1s
	exits 3
	complains 'is a symbolic link' "--logs-dir=$BATS_TEST_TMPDIR/elsewhere"
	[ -d "$BATS_TEST_TMPDIR/elsewhere/$A" ]
	run --separate-stderr hi clean logs --older-than 1s --logs-dir "$BATS_TEST_TMPDIR/elsewhere"
	exits 0
	[ ! -d "$BATS_TEST_TMPDIR/elsewhere/$A" ]
	[ -d "$BATS_TEST_TMPDIR/elsewhere/x" ]
}

@test "logs: never a live run's, with an engine or without" {
	live_run
	logs_of $A
	answer ps 'echo Cannot connect to the Docker daemon. >&2; exit 1'
	run --separate-stderr hi clean logs --older-than 1s
	exits 0
	says 'by their leases alone'
	left_logs "$LIVE"
	rm "$STANDIN/answers/ps"
	run --separate-stderr hi clean logs --older-than 1s
	exits 0
	left_logs "$LIVE"
	end_live_run
}

@test "logs: never those of a run that is live or kept on another engine" {
	local kept

	answer runner 'sibling hs-kept headscale'
	runner_fails TestExample
	run --separate-stderr hi run TestExample --keep-on-failure --logs-dir kept
	exits 1
	kept=$(basename "$(run_dir kept)")
	live_run
	mv kept/"$kept" control_logs
	answer ps 'exit 0'
	answer info 'S=/another do_info; exit'
	run --separate-stderr hi ps
	says_not "$LIVE" "$kept"
	run --separate-stderr hi clean logs --older-than 1s
	exits 0
	says "left log directory $LIVE: its run is live" "left log directory $kept: its run is kept"
	[ -d control_logs/"$kept" ] && [ -d control_logs/"$LIVE" ]
	rm "$STANDIN/answers"/{ps,info}
	end_live_run
	hi clean run "$kept"
}

# set_of ID true|false: a set's directory, finished or not, as it was an hour ago.
set_of() {
	mkdir -p "control_logs/$1"
	printf '{"schema":1,"finished":%s,"run_id":"%s","verdict":"passed","runs":["%s"]}\n' "$2" "$1" "$1" \
	    >"control_logs/$1/summary.json"
	touch -d '1 hour ago' "control_logs/$1"
}

@test "logs: never that of a set that may be going on" {
	live_run
	rm -f control_logs/history.tsv
	# Empty, until its first run has ended.
	mkdir -p control_logs/$A
	set_of $B false
	set_of $C true
	logs_of 20260101-000000-killed
	run --separate-stderr hi clean logs --older-than 1s
	exits 0
	says "left log directory $A: its set may be going on" "left log directory $B: its set"
	left_logs $A $B "$LIVE"
	end_live_run
	touch control_logs/$B
	run --separate-stderr hi clean logs --older-than 1s
	says "left log directory $B: its set" "removed log directory $A"
	set_of $B false
	run --separate-stderr hi clean logs --older-than 1s
	says "removed log directory $B"
}

@test "logs: no such directory" {
	run --separate-stderr hi clean logs --keep 3
	exits 3
	complains control_logs --logs-dir
	run --separate-stderr hi clean logs --keep 3 --logs-dir go.mod/logs
	exits 3
	complains 'go.mod/logs: Not a directory'
}
