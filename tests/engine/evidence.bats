# shellcheck shell=bash disable=SC2154
# Evidence of a real engine: databases that are written to while they are copied.

load helper

WRITERS=10
# Of what the machine has: sqlite3, a shell, and their libraries.
IMAGE=hi-test-sqlite:$$

setup() {
	engine_setup
}

teardown() {
	engine_teardown
	docker rmi -f "$IMAGE" >/dev/null 2>&1 || :
}

# An image whose containers write to a database in WAL mode, as fast as they can and with checkpoints all the
# time, and say a row of "said" once it is committed.
build_writer() {
	local root=$BATS_TEST_TMPDIR/image one

	mkdir -p "$root/tmp" "$root/bin"
	for one in sqlite3 dash; do
		cp "$(command -v "$one")" "$root/bin/"
		ldd "$(command -v "$one")" | grep -oE '/[^ ]+' | while read -r lib; do
			mkdir -p "$root${lib%/*}"
			cp -L "$lib" "$root$lib"
		done
	done
	mv "$root/bin/dash" "$root/bin/sh"
	cat >"$root/bin/write" <<'END'
#!/bin/sh
{
	echo 'pragma journal_mode=wal; pragma synchronous=off; pragma wal_autocheckpoint=20;'
	echo 'create table said(i integer primary key); create table more(i integer primary key, x);'
	i=0
	while :; do
		i=$((i + 1))
		for n in 1 2 3 4 5 6 7 8 9; do
			echo 'insert into more(x) values(hex(randomblob(1500)));'
			echo 'update more set x=hex(randomblob(1500)) where i=(abs(random()) % 200);'
			echo 'delete from more where i=(abs(random()) % 4000);'
		done
		echo "insert into said values($i);"
		# Closes what it opens, and so says it now.
		echo '.once /dev/stdout'
		echo 'select max(i) from said;'
	done
} | sqlite3 /tmp/integration_test_db.sqlite3
END
	chmod +x "$root/bin/write"
	tar -C "$root" -c . | docker import --change 'CMD ["/bin/write"]' - "$IMAGE" >/dev/null
}

has_written() {
	[ "$(docker logs --tail 1 "$1" 2>/dev/null)" -gt 20 ]
}

# Runs hi over a test that ends when that many servers, started beside it, have written something.
run_with_writers() {
	local i run

	start_hi '^TestHang$'
	wait_for 120 has_said 'RUN   TestHang'
	run=$(basename "$(run_dir)")
	for ((i = 1; i <= WRITERS; i++)); do
		docker run -d --name "hs-sqlite$$-$i" --label "hi.run-id=$run" \
		    --label hi.test-type=headscale "$IMAGE" >/dev/null
	done
	for ((i = 1; i <= WRITERS; i++)); do
		wait_for 120 has_written "hs-sqlite$$-$i"
	done
	docker kill "headscale-test-suite-$run" >/dev/null
	wait_hi
	exits 3
}

# Counts in WHOLE the copies that are intact and hold what was committed when the log was read.
check_copies() {
	local db said have

	WHOLE=0
	for db in "$(run_dir)"/hs-sqlite*.db; do
		said=$(tail -1 "${db%.db}.stdout.log")
		mkdir -p "$BATS_TEST_TMPDIR/open"
		cp "$db"* "$BATS_TEST_TMPDIR/open"
		have=$(sqlite3 "$BATS_TEST_TMPDIR/open/${db##*/}" 'pragma integrity_check;
		    select count(*) = max(i) and max(i) >= '"${said:-1}"' from said' 2>&1 | tr '\n' ' ')
		rm -r "$BATS_TEST_TMPDIR/open"
		if [ "$have" = 'ok 1 ' ]; then
			WHOLE=$((WHOLE + 1))
		else
			echo "${db##*/}: last said: $said: $have"
		fi
	done
}

@test "a database that is written to is copied whole, and its server goes with the run" {
	command -v sqlite3 >/dev/null || skip 'no sqlite3'
	build_writer
	run_with_writers
	# An engine without cgroups of its own can pause nothing: then that is said.
	if [ "$(docker info --format '{{.CgroupDriver}}')" = none ]; then
		says 'while its server ran'
	else
		[[ $output$stderr != *'while its server ran'* ]] || fail 'a server was not paused'
		check_copies
		[ "$WHOLE" -eq "$WRITERS" ] || fail "$WHOLE of $WRITERS copies are whole"
	fi
	[ -z "$(docker ps -aq --filter "label=hi.run-id=$(basename "$(run_dir)")")" ]
}

@test "an engine that remaps ids: files that the tests wrote as root belong to the caller" {
	[ "$(id -u)" -eq 0 ] || skip 'needs root'
	[[ $(docker version) != *[Pp]odman* ]] || skip 'its images come from this engine, which gives them other names'
	# shellcheck disable=SC2016
	run "$BATS_TEST_DIRNAME/engine.py" userns "$BATS_TEST_DIRNAME/../../scripts/as-user" bash -c '
	    cd tests/fixture && "$HI" run --logs-dir "$TMPDIR/logs" "^TestWriteArtefactsFail$"
	    [ -s "$TMPDIR"/logs/*/hs-abcdef-012345.stdout.log ] && echo "they are saved"
	    find "$TMPDIR/logs" ! -user "$(id -u)" | sed "s/^/foreign: /"'
	[ "$status" -ne 77 ] || skip "$output"
	says 'they are saved' '(exit 1)'
	[[ $output != *foreign:* ]] || fail 'not handed over'
}
