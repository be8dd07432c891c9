#!/usr/bin/env bats
# shellcheck disable=SC2154
# hi run: its flags, what it makes of them, how it ends.

load helper

passes() {
	run --separate-stderr hi run "$@"
	exits 0
}

@test "says at the top: run, pattern, image, where the logs are, how to watch" {
	passes TestExample
	local dir
	dir=$(run_dir)
	says "${dir##*/}" TestExample golang:1.26.1 "logs in ${dir#"$PWD"/}" "hi logs -f ${dir##*-}"
	[[ ${dir##*/} =~ ^[0-9]{8}-[0-9]{6}-[a-z0-9]{6}$ ]]
	engine_is_empty
	no_lease
}

@test "the runner is made as the tests expect it" {
	passes TestExample
	local dir
	dir=$(run_dir)
	called "--name headscale-test-suite-${dir##*/} "
	called "--label hi.run-id=${dir##*/} "
	called '--label hi.test-type=test-runner '
	called "--workdir $CHECKOUT/integration "
	called "source=$CHECKOUT.*destination=$CHECKOUT"
	called "source=$STANDIN/docker.sock.*destination=/var/run/docker.sock"
	called "source=$dir.*destination=/tmp/control"
	called "type=tmpfs.*destination=$CHECKOUT/control_logs"
	called 'source=hs-integration-go-cache.*destination=/go\\"'
	called 'source=hs-integration-go-build-cache.*destination=/cache/go-build'
	called '--env HEADSCALE_INTEGRATION_POSTGRES=0 '
	called "--env HEADSCALE_INTEGRATION_RUN_ID=${dir##*/} "
	called '--env GOCACHE=/cache/go-build '
	called 'docker create --pull never .*--log-driver json-file'
	called ' golang:1.26.1 sh -c .* ./... -run TestExample -failfast -timeout 2h0m0s -count=1 -json$'
	called_not '^docker [^$]*( --tty| -t )'
}

@test "--timeout takes Go's durations, and is the tests' own" {
	local given want
	while read -r given want; do
		: >"$STANDIN/log"
		passes TestExample "--timeout=$given"
		called " -timeout $want "
	done <<-'PAIRS'
		900s 15m0s
		15m 15m0s
		1h30m 1h30m0s
	PAIRS
	passes --timeout 45m TestExample
	called ' -timeout 45m0s '
}

@test "--timeout refuses what is no duration" {
	local given
	for given in banana 15 '' -5m 0 1h30; do
		run --separate-stderr hi run TestExample "--timeout=$given"
		exits 2
		complains timeout
	done
	called_not 'docker create'
}

@test "--postgres selects PostgreSQL" {
	local flag
	for flag in --postgres -postgres --postgres=true --postgres=1 --postgres=t; do
		: >"$STANDIN/log"
		passes TestExample "$flag"
		called 'HEADSCALE_INTEGRATION_POSTGRES=1 '
		says PostgreSQL
	done
	: >"$STANDIN/log"
	passes --postgres=false TestExample
	called 'HEADSCALE_INTEGRATION_POSTGRES=0 '
}

@test "--failfast is the default, and can be turned off" {
	passes --failfast=false TestExample
	called_not ' -failfast '
	passes --failfast TestExample
	called ' -failfast '
}

@test "a pattern or a name of 20,000 bytes is cut on the console, and whole in the files" {
	local long

	printf -v long 'TestExample|%020000d' 0
	run hi run "$long"
	exits 0
	says 'run 2' "${long:0:200}" 000...
	says_not "${long:0:400}"
	[ "$(jq -r .pattern "$(run_dir)/summary.json")" = "$long" ] || fail 'not whole'
	run hi ps --all
	says 000...
	says_not "${long:0:400}"
	rm -r control_logs
	runner_fails "TestExample/${long#*|}"
	run hi run --format=compact TestExample
	exits 1
	says 000...
	says_not "${long:12:600}"
}

@test "--go-version names the image" {
	echo golang:1.25.3 >>"$STANDIN/images"
	passes --go-version 1.25.3 TestExample
	called ' golang:1.25.3 sh -c'
	passes --go-version=auto TestExample
	called ' golang:1.26.1 sh -c'
}

@test "the toolchain line is ignored" {
	echo 'toolchain go1.27.0' >>go.mod
	passes TestExample
	called ' golang:1.26.1 sh -c'
}

@test "without a go on the machine the go line is read" {
	rm "$STANDIN/bin/go"
	CLI_PATH=$STANDIN/bin passes TestExample
	called ' golang:1.26.1 sh -c'
	called_not '^go '
}

# old_run NAME STATE: a container of a run by another tool, without a lease.
old_run() {
	local dir=$STANDIN/containers/0123456789abcdef$1

	mkdir -p "$dir"
	echo "$1" >"$dir/name"
	echo golang:1.26.1 >"$dir/image"
	printf '%s\n' "hi.run-id=20260101-000000-$1" hi.test-type=tailscale >"$dir/labels"
	echo "$2" >"$dir/state"
	echo 0 >"$dir/exit"
	echo '2026-01-01 00:00:00 +0000 UTC' >"$dir/created"
	: >"$dir/networks"
}

@test "--clean-before removes stopped containers and no others" {
	old_run aaaaaa exited
	old_run bbbbbb running
	old_run cccccc created
	passes TestExample
	[ ! -e "$STANDIN/containers/0123456789abcdefaaaaaa" ] || fail 'the stopped one is still there'
	[ -e "$STANDIN/containers/0123456789abcdefbbbbbb" ] || fail 'the running one is gone'
	[ -e "$STANDIN/containers/0123456789abcdefcccccc" ] || fail 'one that is about to be started is gone'
}

@test "--clean-before=false leaves them" {
	old_run aaaaaa exited
	passes --clean-before=false TestExample
	[ -e "$STANDIN/containers/0123456789abcdefaaaaaa" ] || fail 'the stopped one is gone'
}

@test "--clean-after=false keeps the run until it is removed by its name" {
	answer runner 'sibling ts-aaaaaa-1-74-cccccc tailscale'
	passes --clean-after=false TestExample
	local run
	run=$(run_dir)
	run=${run##*/}
	says "hi clean run $run" 'docker logs ts-aaaaaa-1-74-cccccc' 'docker exec -it ts-aaaaaa-1-74-cccccc'
	run hi ps
	says kept "$run"
	passes TestExample
	run hi ps
	says kept "$run"
	run hi clean run "$run"
	exits 0
	engine_is_empty
	no_lease
}

@test "--keep-on-failure keeps a failed run" {
	runner_fails TestExample
	answer runner 'sibling hs-aaaaaa-bbbbbb headscale'
	run hi run --keep-on-failure TestExample
	exits 1
	local run
	run=$(run_dir)
	run=${run##*/}
	says "hi clean run $run" hs-aaaaaa-bbbbbb
	grep -q running "$STANDIN"/containers/*/state || fail 'the sibling does not run'
	run hi clean run "$run"
	exits 0
	engine_is_empty
	no_lease
}

@test "--keep-on-failure does not keep one that passed" {
	passes --keep-on-failure TestExample
	engine_is_empty
	no_lease
}

@test "the default log directory is at the module's root, from a subdirectory too" {
	mkdir -p integration/deep/er
	cd integration/deep/er
	passes TestExample
	run_dir "$CHECKOUT/control_logs"
}

@test "--logs-dir is relative to where the user stands" {
	mkdir -p integration/deep
	cd integration/deep
	passes --logs-dir=logs/here TestExample
	run_dir "$CHECKOUT/integration/deep/logs/here"
	[ ! -e "$CHECKOUT/control_logs" ] || fail 'control_logs was made'
	passes --logs-dir "$BATS_TEST_TMPDIR/else where" TestExample
	run_dir "$BATS_TEST_TMPDIR/else where"
}

@test "--logs-dir is not where the tests' own files are" {
	local dir

	mkdir -p hscontrol/state logs/nested
	echo 'package state' >hscontrol/state/state.go
	for dir in . integration hscontrol; do
		run --separate-stderr hi run --logs-dir $dir TestExample
		exits 2
		complains --logs-dir "$CHECKOUT"
	done
	cd integration
	run --separate-stderr hi run -j 2 --logs-dir . TestExample
	exits 2
	complains --logs-dir "$CHECKOUT/integration"
	called_not '^docker create '
	cd ..
	# Evidence may look like it; and above the checkout nothing is hidden.
	mkdir -p logs/20260102-030405-abcdef
	echo >logs/20260102-030405-abcdef/a.go
	passes TestExample --logs-dir logs
	passes TestExample --logs-dir ..
}

@test "the run's directory holds the run's own files" {
	passes TestExample
	local dir name
	dir=$(run_dir)
	for name in go-test.json junit.xml summary.json summary.md runner.log events.json; do
		[ -s "$dir/$name" ] || [ "$name" = runner.log ] || fail "$name: missing or empty" || return
	done
	cmp "$dir/go-test.json" "$STANDIN/runner.out"
	jq -e . "$dir/summary.json" >/dev/null
	xmllint --noout "$dir/junit.xml"
}

@test "--verbose shows all output" {
	passes --verbose TestExample
	says '=== RUN   TestExample' '    example_test.go:5: in TestExample' '--- PASS: TestExample (0.50s)'
}

@test "--stats measures, and limits take decimals" {
	passes --stats --hs-memory-limit=1500.5 --ts-memory-limit 300 TestExample
	called '^docker stats '
	[ -e "$(run_dir)/stats.csv" ]
	run --separate-stderr hi run --ts-memory-limit=much TestExample
	exits 2
	complains ts-memory-limit much
}

@test "--test is the pattern, too" {
	passes --test TestExample
	called ' -run TestExample '
	passes --test=TestExample TestExample
	run --separate-stderr hi run --test TestExample TestOther
	exits 2
	complains TestExample TestOther
}

@test "a pattern is needed" {
	run --separate-stderr hi run
	exits 2
	complains 'hi run PATTERN'
	run --separate-stderr hi run ''
	exits 2
	run --separate-stderr hi run --verbose
	exits 2
	[ ! -s "$STANDIN/log" ] || fail 'something was called'
}

@test "flags stand before and after the pattern, and -- ends them" {
	passes --postgres TestExample --timeout=5m
	called 'POSTGRES=1 .* -run TestExample .*-timeout 5m0s'
	passes --postgres -- TestExample
	called 'POSTGRES=1 .* -run TestExample .*-timeout 2h0m0s'
	run --separate-stderr hi run -- TestExample --postgres
	exits 2
}

@test "an unknown flag is named, with the nearest" {
	run --separate-stderr hi run --postgre TestExample
	exits 2
	complains --postgre 'postgres'
	run --separate-stderr hi run --keep-on-fail TestExample
	exits 2
	complains keep-on-failure
	called_not 'docker create'
}

@test "a bad boolean is named" {
	run --separate-stderr hi run --postgres=yes TestExample
	exits 2
	complains postgres yes
}

@test "CI's words, with their leading blanks: applied, with a warning each" {
	run --separate-stderr hi run --stats --ts-memory-limit=300 --hs-memory-limit=1500 '^TestExample$' ' --timeout=120m' \
	    ' --postgres=1'
	exits 0
	called "HEADSCALE_INTEGRATION_POSTGRES=1 .* -run .*TestExample.* -timeout 2h0m0s"
	[[ $stderr == *--timeout=120m* && $stderr == *--postgres=1* ]] || fail 'no warning'
	says PostgreSQL
}

@test "a blank word is ignored, another surplus one is an error" {
	passes TestExample ' ' ''
	run --separate-stderr hi run TestExample TestOther
	exits 2
	complains TestOther
	run --separate-stderr hi run TestExample ' --nonsense'
	exits 2
	complains nonsense
}

@test "a pattern that is no regular expression" {
	local pattern
	for pattern in 'Test(' 'Test[a' '*Test' 'TestA/(x'; do
		run --separate-stderr hi run "$pattern"
		exits 2
		complains "$pattern"
	done
	[ ! -e control_logs ] || fail 'control_logs was made'
}

@test "patterns go through as they are" {
	has_tests TestA TestB
	runner_says pass TestA=pass 'TestA/sub_one=pass'
	passes '^(TestA|TestB)$/sub one'
	called ' ./... -run \\\^\\\(TestA\\\|TestB\\\)\\\$/sub\\ one '
}

@test "the environment: what is for the tests goes in, by name; what is not stays outside" {
	echo image-of-mine >>"$STANDIN/images"
	export HEADSCALE_INTEGRATION_TAILSCALE_IMAGE=image-of-mine HEADSCALE_INTEGRATION_POSTGRES=1 CI=true GITHUB_RUN_ID=77
	export DOCKERHUB_USERNAME=someone DOCKERHUB_TOKEN=dckr_pat_secret
	export GOFLAGS=-tags=x GOTOOLCHAIN=go1.99 GOPATH=/gopath
	export HEADSCALE_INTEGRATION_RUN_ID=20200101-000000-stolen
	passes TestExample
	local line
	line=$(create_line)
	for word in 'HEADSCALE_INTEGRATION_TAILSCALE_IMAGE ' 'CI ' 'GITHUB_RUN_ID ' 'DOCKERHUB_USERNAME ' 'DOCKERHUB_TOKEN ' \
	    HEADSCALE_INTEGRATION_POSTGRES=0; do
		[[ $line == *"--env $word"* ]] || fail "not in it: $word: $line" || return
	done
	for word in image-of-mine dckr_pat_secret someone GOFLAGS GOTOOLCHAIN GOPATH DOCKER_HOST stolen; do
		[[ $line != *"$word"* ]] || fail "in it: $word: $line" || return
	done
	! grep -r dckr_pat_secret "$STANDIN/log" "$(run_dir)"
}

@test "secrets of the environment stay in no text file, and what is none stays" {
	local word

	export DB_PASS=pass-of-the-db SSH_PRIVATE_KEY=/bAsE64/key== npm_token=npm-token-of-mine X_TOKEN='a<b>&"c"d'
	export SHORT_KEY=7-bytes KEYBOARD=keyboard-of-mine A_KEY=$CHECKOUT/go.mod KEY_FILE=file-of-mine
	runner_says fail TestExample=fail
	sed -i "s|in TestExample|& $DB_PASS $SSH_PRIVATE_KEY $npm_token $SHORT_KEY $KEYBOARD $A_KEY $KEY_FILE \
a\\\\u003cb\\\\u003e\\\\u0026\\\\\"c\\\\\"d|" "$STANDIN/runner.out"
	run hi run TestExample
	exits 1
	says "$DB_PASS"
	for word in "$DB_PASS" "$SSH_PRIVATE_KEY" "$npm_token" 'b>&' 'u0026' '&amp;'; do
		! grep -rF -- "$word" control_logs || fail "kept: $word" || return
	done
	for word in "$SHORT_KEY" "$KEYBOARD" "$A_KEY" "$KEY_FILE"; do
		grep -qF -- "$word" "$(run_dir)/go-test.json" || fail "redacted: $word" || return
		grep -qF -- "$word" "$(run_dir)/summary.json" || fail "not in the excerpt: $word" || return
	done
	jq -es 'length > 3' "$(run_dir)/go-test.json" >/dev/null
	jq -e . "$(run_dir)/summary.json" >/dev/null
}

@test "what is no secret changes nothing that is kept" {
	runner_says fail TestExample=fail
	MONKEY=TestExample CACHE_KEY=headscale TURKEY=integration COMPASS=hs-example BYPASS=github.com A_TOKEN=TestExample \
	    PASS=integration KEY=runner.log run hi run TestExample
	exits 1
	says 'in TestExample'
	! grep -rl -E '[*]{7}' control_logs || fail 'redacted what is no secret'
	grep -q 'in TestExample' "$(run_dir)/summary.json"
}

@test "the Go caches may be directories of the machine" {
	export HEADSCALE_INTEGRATION_GO_CACHE=$BATS_TEST_TMPDIR/cache/go HEADSCALE_INTEGRATION_GO_BUILD_CACHE=$BATS_TEST_TMPDIR/cache/b
	passes TestExample
	called "type=bind.*source=$BATS_TEST_TMPDIR/cache/go\\\\\".*destination=/go\\\\\""
	called "source=$BATS_TEST_TMPDIR/cache/b\\\\\".*destination=/cache/go-build"
	called_not hs-integration-go
}

@test "the socket is that of the engine docker would use" {
	make_socket "$BATS_TEST_TMPDIR/rootless.sock"
	DOCKER_HOST=unix://$BATS_TEST_TMPDIR/rootless.sock passes TestExample
	called "source=$BATS_TEST_TMPDIR/rootless.sock.*destination=/var/run/docker.sock"
	: >"$STANDIN/log"
	DOCKER_HOST=tcp://10.0.0.1:2375 passes TestExample
	called 'source=/var/run/docker.sock.*destination=/var/run/docker.sock'
	: >"$STANDIN/log"
	passes --docker-socket=/srv/engine.sock TestExample
	called 'source=/srv/engine.sock.*destination=/var/run/docker.sock'
}

# What is mounted for an engine that says this of itself, at a socket with another name than the usual one.
mounts_for() {
	: >"$STANDIN/log"
	printf 'do_info | jq -c %q; exit\n' ". + $1" >"$STANDIN/answers/info"
	DOCKER_HOST=unix://$BATS_TEST_TMPDIR/own.sock passes TestExample
	called "source=$2\\\\\".*destination=/var/run/docker.sock"
}

@test "the socket is not chosen by what the machine is called" {
	local name

	make_socket "$BATS_TEST_TMPDIR/own.sock"
	for name in climate-01 alimak kalimantan rancher-node-3 my-colima orbstack-ci docker-desktop-2 lima limabean; do
		mounts_for "{Name: \"$name\"}" "$BATS_TEST_TMPDIR/own.sock"
	done
	mounts_for "{Name: \"lima-7\", KernelVersion: \"$(uname -r)\"}" "$BATS_TEST_TMPDIR/own.sock"
	mounts_for "{OperatingSystem: \"Lima Linux 1\"}" "$BATS_TEST_TMPDIR/own.sock"
}

@test "an engine in a virtual machine has its socket where it usually is" {
	local name

	make_socket "$BATS_TEST_TMPDIR/own.sock"
	mounts_for '{Name: "docker-desktop", OperatingSystem: "Docker Desktop"}' /var/run/docker.sock
	mounts_for '{Name: "orbstack", OperatingSystem: "OrbStack"}' /var/run/docker.sock
	for name in colima colima-work lima-docker lima-rancher-desktop; do
		mounts_for "{Name: \"$name\", KernelVersion: \"1.2.3-of-the-vm\"}" /var/run/docker.sock
	done
}

@test "relative paths to docker and its configuration hold for the cleaner, too" {
	# shellcheck disable=SC2034
	CLI_PATH=::../stand-in/bin:/usr/bin:/bin
	answer rm 'printf "%s\n" "$PWD $DOCKER_CONFIG $DOCKER_CERT_PATH $PATH" >>"$S/rm.env"'
	export DOCKER_CONFIG=conf DOCKER_CERT_PATH=./conf/certs
	passes TestExample
	engine_is_empty
	grep -F "/ $CHECKOUT/conf $CHECKOUT/conf/certs " "$STANDIN/rm.env"
	grep -F ":$CHECKOUT:$CHECKOUT:$STANDIN/bin:/usr/bin" "$STANDIN/rm.env"
	: >"$STANDIN/rm.env"
	DOCKER_CONFIG='' passes TestExample
	grep -F "/  $CHECKOUT/conf/certs" "$STANDIN/rm.env"
}

@test "a blank, a comma, a colon and quotes in the checkout's path" {
	local odd="$BATS_TEST_TMPDIR/a b,c:d\"e'f"
	make_checkout "$odd"
	cd "$odd"
	passes TestExample
	run_dir "$odd/control_logs"
	# The whole field is quoted as CSV: a quote in it is doubled.
	called 'source=.*a\\ b\\,c:d\\"\\"e'
}

@test "a symlinked checkout is resolved once" {
	ln -s "$CHECKOUT" "$BATS_TEST_TMPDIR/link"
	cd "$BATS_TEST_TMPDIR/link"
	passes TestExample
	called "source=$CHECKOUT\\\\\".*destination=$CHECKOUT\\\\\""
	called_not "$BATS_TEST_TMPDIR/link"
}

@test "a git worktree brings its repository along" {
	git init -q "$BATS_TEST_TMPDIR/repository"
	cd "$BATS_TEST_TMPDIR/repository"
	git -c user.name=t -c user.email=t@example.com commit -q --allow-empty -m first
	git worktree add -q "$BATS_TEST_TMPDIR/worktree"
	make_checkout "$BATS_TEST_TMPDIR/worktree"
	cd "$BATS_TEST_TMPDIR/worktree"
	passes TestExample
	called "source=$BATS_TEST_TMPDIR/repository/.git\\\\\".*destination=$BATS_TEST_TMPDIR/repository/.git"
}

@test "two runs at once do not meet" {
	local first second
	runner_hangs TestExample
	answer runner 'sibling "ts-$RANDOM-$RANDOM" tailscale'
	start_hi run TestExample
	first=$PID
	wait_for 20 test -e "$BATS_TEST_TMPDIR/out"
	mv "$BATS_TEST_TMPDIR/out" "$BATS_TEST_TMPDIR/out1"
	start_hi run TestExample
	second=$PID
	wait_for 20 eval '[ "$(cat "$STANDIN"/containers/*/state | grep -c running)" = 4 ]'
	kill -TERM "$second"
	wait_hi
	exits 143
	[ "$(cat "$STANDIN"/containers/*/state | grep -c running)" = 2 ] || fail 'the first was touched'
	PID=$first
	kill -TERM "$first"
	wait_hi
	exits 143
	engine_is_empty
	no_lease
}

@test "ps --all: past runs with their verdict, the newest first, and no engine is asked" {
	local passed failed ids

	run hi ps --all
	exits 0
	says 'no run in'
	passes TestExample
	passed=$(basename "$(run_dir)")
	sleep 1
	runner_fails TestExample
	run hi run TestExample
	exits 1
	ids=(control_logs/*-*-*/)
	failed=$(basename "${ids[1]}")
	: >"$STANDIN/log"
	run hi ps --all
	exits 0
	[ "$(awk '{ print $1, $2, $NF }' <<<"$output")" = "RUN VERDICT PATTERN
$failed failed TestExample
$passed passed TestExample" ] || fail "$output"
	run hi ps --all --json
	[ "$(jq -c '.[] | [.id, .verdict, .exit_code, .pattern]' <<<"$output")" = \
	    "[\"$failed\",\"failed\",1,\"TestExample\"]
[\"$passed\",\"passed\",0,\"TestExample\"]" ] || fail "$output"
	jq -e 'all(.seconds > 0 and .bytes > 0 and (.started | startswith("20")))' <<<"$output"
	[ ! -s "$STANDIN/log" ] || fail 'docker was called'
	# A run is found the same way by each command.
	run hi report last
	says "$failed"
	run hi report "${passed#*-}"
	exits 0
	says "$passed"
	runner_passes TestExample
	passes TestExample
	for command in logs triage report; do
		run --separate-stderr hi $command last-failed
		says "$failed"
		says_not "$passed"
		run --separate-stderr hi $command nosuch
		exits 2
		complains 'nosuch: no such run' 'the newest: 20'
	done
}

@test "clean run last-failed: of this checkout's runs on this engine the newest that failed" {
	local kept

	runner_fails TestExample
	run hi run --keep-on-failure TestExample
	kept=$(basename "$(run_dir)")
	runner_passes TestExample
	sleep 1
	passes --clean-after=false TestExample
	run hi clean run last-failed
	exits 0
	says "$kept"
	run --separate-stderr hi clean run last-failed
	exits 2
	complains 'no run of this checkout on this engine failed'
	run hi clean run last
	exits 0
	engine_is_empty
}

@test "packages without tests are no noise" {
	{
		printf '{"Action":"output","Package":"example.com/none","Output":"%s\\n"}\n' \
		    '?   \texample.com/none\t[no test files]'
		cat "$STANDIN/runner.out"
	} >"$STANDIN/with" && mv "$STANDIN/with" "$STANDIN/runner.out"
	passes TestExample --verbose
	says '--- PASS: TestExample'
	says_not 'no test files'
	grep -q 'no test files' "$(run_dir)/go-test.json"
}
