#!/usr/bin/env bats
# shellcheck disable=SC2154
# report.html: it is there at every end of a run, small, and none of it is markup of others. tests/page looks
# at it in a browser.

load helper

setup() {
	cli_setup
}

# The page of a run holds its verdict, and only the two scripts of hi.
is_page() {
	/usr/bin/python3 - "$1" "$2" <<'END' || fail "$1"
import html.parser, json, sys

class Page(html.parser.HTMLParser):
    scripts, bad, data, inside = 0, [], '', False

    def handle_starttag(self, tag, attrs):
        self.scripts += tag == 'script'
        self.inside = dict(attrs).get('id') == 'data'
        if tag in ('img', 'iframe', 'link', 'object') or any(k.startswith('on') for k, _ in attrs):
            self.bad = self.bad + [tag]

    def handle_data(self, data):
        if self.inside:
            self.data += data

    def handle_endtag(self, tag):
        self.inside = False

page = Page()
page.feed(open(sys.argv[1], encoding='utf-8').read())
verdict = json.loads(page.data)['summary']['verdict']
if page.scripts != 2 or page.bad or verdict != sys.argv[2]:
    sys.exit(f'{page.scripts} scripts, {page.bad}, {verdict}')
END
}

# A run that hangs in TestExample.
hanging_run() {
	event run TestExample >"$STANDIN/runner.out"
	event output TestExample '    example_test.go:5: on its way' >>"$STANDIN/runner.out"
	: >"$STANDIN/runner.hang"
	start_hi run --format=verbose '^TestExample$'
	wait_for 20 grep -q 'on its way' "$BATS_TEST_TMPDIR/out"
}

@test "a run that passes, and one that fails: the page is there, and named at the end and in the summary" {
	local dir result

	for result in pass fail; do
		rm -rf control_logs
		runner_says "$result" "TestExample=$result"
		run hi run '^TestExample$'
		dir=$(run_dir)
		says "Page      control_logs/${dir##*/}/report.html"
		grep -qF "${dir##*/}/report.html" "$dir/summary.md" || fail "$(cat "$dir/summary.md")"
		is_page "$dir/report.html" "${result}ed"
	done
}

@test "interrupted: the page is there, too" {
	hanging_run
	kill -INT "$PID"
	wait_hi
	is_page "$(run_dir)/report.html" interrupted
}

@test "KILL: the cleaner writes the page" {
	hanging_run
	kill -KILL "$PID"
	wait "$PID" || :
	PID=
	wait_for 40 no_ours || fail "still runs: $(ours)"
	is_page "$(run_dir)/report.html" interrupted
}

@test "a set has a page that leads to those of its runs" {
	local set id

	has_tests TestOther
	run hi run -j 2 'TestExample|TestOther'
	set=$(grep -l '"runs"' control_logs/*/summary.json)
	set=${set%/*}
	is_page "$set/report.html" "$(jq -r .verdict "$set/summary.json")"
	for id in $(jq -r '.runs[]' "$set/summary.json"); do
		grep -qF "../$id/report.html" "$set/report.html" || fail "no link to $id"
		[ -s "control_logs/$id/report.html" ] || fail "$id has none"
	done
}

@test "a page of directories of which none can be used says so" {
	mkdir -p "$BATS_TEST_TMPDIR/20260409-104215-mdjtzx"
	run hi report --html "$BATS_TEST_TMPDIR/page.html" "$BATS_TEST_TMPDIR/20260409-104215-mdjtzx"
	exits 1
	is_page "$BATS_TEST_TMPDIR/page.html" incomplete
}

@test "names, output and logs that hold markup and script stay data" {
	local one

	{
		event start
		for one in '</script><img src=x onerror=alert(1)>' '<!--<script>' ']]>&lt;' $'\u2028'; do
			event run "TestExample/$one"
			event output "TestExample/$one" "    x_test.go:3: $one"
			event fail "TestExample/$one"
		done
		event fail TestExample
		event fail
	} >"$STANDIN/runner.out"
	echo 1 >"$STANDIN/runner.exit"
	run hi run 'TestExample|</script><img src=x>'
	exits 1
	is_page "$(run_dir)/report.html" failed
}

@test "a page that can't be written is said, and changes neither verdict nor exit code" {
	answer create "for d in '$CHECKOUT'/control_logs/*-*-*; do mkdir -p \"\$d/report.html/x\"; done"
	run hi run '^TestExample$'
	exits 0
	says 'report.html: '
	[ "$(jq -r .verdict "$(run_dir)/summary.json")" = passed ]
}

@test "hi report --html: of a run, of a stream alone; --open without a shell, and only when asked" {
	local dir

	hi run '^TestExample$'
	dir=$(run_dir)
	printf '#!/bin/sh\necho "$#: $1" >>"%s/opened"\n' "$STANDIN" >"$STANDIN/bin/xdg-open"
	chmod +x "$STANDIN/bin/xdg-open"
	cp -R "$dir" "x; touch y"
	run hi report --html 'a b.html' 'x; touch y'
	exits 0
	is_page 'a b.html' passed
	grep -qF '"link":"x; touch y"' 'a b.html'
	[ ! -e "$STANDIN/opened" ] || fail 'opened'
	rm 'x; touch y/report.html'
	run hi report --open 'x; touch y'
	exits 0
	[ "$(cat "$STANDIN/opened")" = "1: $PWD/x; touch y/report.html" ] || fail "$(cat "$STANDIN/opened")"
	is_page 'x; touch y/report.html' passed
	mkdir past
	cp "$dir/go-test.json" past
	run hi report --html past.html past
	grep -qF '"name":"TestExample"' past.html
	printf '#!/bin/sh\nexit 3\n' >"$STANDIN/bin/xdg-open"
	run hi report --open 'x; touch y'
	exits 3
	[[ $output == *'x; touch y/report.html: xdg-open: exit 3'* ]] || fail 'another error'
}

@test "60 containers and their logs: at most 1 MB, and what was left out is said" {
	/usr/bin/python3 -c 'import sys; sys.path.insert(0, sys.argv[1]); import runs; runs.big("big", 64)' \
	    "$BATS_TEST_DIRNAME/../page"
	run hi report --html big.html big
	exits 1
	[ "$(stat -c %s big.html)" -le 1048576 ] || fail "$(stat -c %s big.html) bytes"
	grep -q 'were not read' big.html
}
