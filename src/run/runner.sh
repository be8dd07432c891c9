# What the runner executes: `go test` with the arguments of this script, its test binaries kept in the build
# cache.
#
# `go test` links a package's test binary anew each time, even if nothing has changed. With -o it executes an
# existing file of that name if its build ID says that it is up to date, and links it otherwise. So go itself
# decides what is executed; the files here only save it work.
#
# Each run has a directory of its own, which begins with hard links to the kept binaries. go removes a file
# before it writes it, so no run writes into another's binary. go calls "start" (-exec) for each binary that
# it is about to execute, and that is complete by then: "start" keeps a copy of a new one, by a rename. What
# a killed run had half written stays in its own directory, which nobody else reads.
#
# The runs of a set (HI_SET is its id) share the directory of the first of them, which is renamed. The others
# execute its binaries without asking go, so that editing a file meanwhile does not change what is tested.

# Podman does not create this file, and the tests skip themselves without it.
[ -e /.dockerenv ] || touch /.dockerenv

link_each_time() {
	why=$1
	shift
	echo "hi: each run links its test binaries anew: $why" >&2
	exec go test "$@"
}

# Touches what the run uses each minute, so that a later run can tell, and remove, what killed runs left.
stay() {
	while sleep 60 && [ -d "$1" ]; do
		touch "$@"
	done >/dev/null 2>&1 &
}

# Links the kept binaries into this run's directory.
link_kept() {
	for binary in "$kept"/*.test; do
		[ ! -f "$binary" ] || ln "$binary" "$mine/" 2>/dev/null
	done
}

# Builds everything that the runs of the set execute. Fails if something does not compile: `go test` then
# says what.
build_for_set() {
	go test -c -o "$mine/" '-ldflags=-s -w' ./... && cp "$test2json" "$mine/test2json" &&
	    go list -f '{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}} {{.Dir}}{{end}}' ./... \
	    >"$mine/packages" || return
	while read -r package dir; do
		binary=${package##*/}.test
		ln "$mine/$binary" "$mine/whole" && mv -f "$mine/whole" "$kept/$binary" || return
		rm -f "$mine/whole"
	done <"$mine/packages"
	[ -e "$built" ] || mv "$mine" "$built"
} >/dev/null 2>&1

# Executes the binaries as `go test` does, with its flags and its words on how a process ended.
execute_built() {
	stay "$built" "$kept"
	for flag; do
		shift
		case $flag in
		./... | -json) ;;
		-*) set -- "$@" "-test.${flag#-}" ;;
		*) set -- "$@" "$flag" ;;
		esac
	done
	failed=0
	while read -r package dir; do
		cd "$dir" && "$built/test2json" -t -p "$package" sh -c '
			exec 3>&2 2>/dev/null
			"$@" 2>&3 3>&-
			code=$?
			case $code in
			0) printf "ok  \t$0\n" ;;
			137) printf "signal: killed\n\026FAIL\t$0\n" ;;
			*) printf "\026FAIL\t$0\n" ;;
			esac
			exit $code' "$package" "$built/${package##*/}.test" \
		    -test.paniconexit0 -test.v=test2json "$@" </dev/null || failed=1
	done <"$built/packages"
	exit $failed
}

all=$GOCACHE/hi-test
key=$(pwd | sha256sum | cut -c 1-16)
[ -n "$key" ] || link_each_time 'the image has no sha256sum' "$@"
kept=$all/$key
mine=$kept/$HEADSCALE_INTEGRATION_RUN_ID
built=$kept/set-$HI_SET

[ -z "$HI_SET" ] || [ ! -e "$built" ] || execute_built "$@"

case $(go env GOVERSION) in
go1.?|go1.?.*|go1.1?|go1.1?.*|go1.20|go1.20.*)
	link_each_time 'go before 1.21 keeps no more than one' "$@" ;;
esac
# Binaries are named after the last part of a package's path, so that has to be unique.
twice=$(find "$PWD" -name '*_test.go' | sed 's|/[^/]*$||' | sort -u | sed 's|.*/||' | sort | uniq -d |
    head -n 1)
[ -z "$twice" ] || link_each_time "two packages are named $twice" "$@"
mkdir -p "$mine" 2>/dev/null || link_each_time "no directory can be made in $all" "$@"

# The binaries of the four checkouts that were used last stay.
touch "$kept"
stay "$mine" "$kept"
find "$kept" -mindepth 1 -maxdepth 1 -type d -mmin +10 -exec rm -rf {} +
ls -td "$all"/*/ | tail -n +5 | while read -r old; do
	find "$old" -maxdepth 0 -mmin +10 -exec rm -rf {} +
done

link_kept
if [ -n "$HI_SET" ]; then
	if ! test2json=$(go tool -n test2json 2>/dev/null); then
		echo 'hi: each run of the set asks go for its test binaries: the image has no test2json' >&2
	elif build_for_set; then
		execute_built "$@"
	fi
fi

# go executes a binary that it has just linked from a temporary directory, others from $mine.
cat >"$mine/start" <<'END'
mine=${0%/*}
case $1 in
"$mine"/*) ;;
*) cp "$1" "$mine/whole.${1##*/}" && mv -f "$mine/whole.${1##*/}" "${mine%/*}/${1##*/}" ;;
esac 2>/dev/null
exec "$@"
END
go test -o "$mine/" -exec "sh $mine/start" '-ldflags=-s -w' "$@"
code=$?
rm -rf "$mine"
exit $code
