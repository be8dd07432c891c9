# What the runner executes: `go test` with the arguments of this script, its test binaries kept in the build
# cache.
#
# `go test` links a package's test binary anew each time, even where nothing has changed. With -o it
# executes the file of that name where its build ID says that it is up to date, and links it otherwise. So
# go itself decides what is executed; the files here only save it work.
#
# Each run has a directory of its own, which begins with hard links to the binaries that were kept. go
# removes a file before it writes it, so no run writes into another's binary. go calls "start" (-exec) for
# each binary that it is about to execute, which is then whole: a new one is kept from there, by a rename.
# What a killed run had half written stays in its own directory, which nobody else reads.

# The tests skip themselves where it is missing: Podman does not make it.
[ -e /.dockerenv ] || touch /.dockerenv

link_each_time() {
	why=$1
	shift
	echo "hi: each run links its test binaries anew: $why" >&2
	exec go test "$@"
}

case $(go env GOVERSION) in
go1.?|go1.?.*|go1.1?|go1.1?.*|go1.20|go1.20.*)
	link_each_time 'go before 1.21 keeps no more than one' "$@" ;;
esac
# Binaries are named by the last part of a package's path.
twice=$(find "$PWD" -name '*_test.go' | sed 's|/[^/]*$||' | sort -u | sed 's|.*/||' | sort | uniq -d |
    head -n 1)
[ -z "$twice" ] || link_each_time "two packages are named $twice" "$@"

all=$GOCACHE/hi-test
key=$(pwd | sha256sum | cut -c 1-16)
[ -n "$key" ] || link_each_time 'the image has no sha256sum' "$@"
kept=$all/$key
mine=$kept/$HEADSCALE_INTEGRATION_RUN_ID
mkdir -p "$mine" 2>/dev/null || link_each_time "no directory can be made in $all" "$@"

# A run touches what it uses each minute. So what killed runs left is known: it goes with a later run, and so
# do the binaries of all but four checkouts.
while sleep 60 && [ -d "$mine" ]; do
	touch "$kept" "$mine"
done >/dev/null 2>&1 &
touch "$kept"
find "$kept" -mindepth 1 -maxdepth 1 -type d -mmin +10 -exec rm -rf {} +
ls -td "$all"/*/ | tail -n +5 | while read -r old; do
	find "$old" -maxdepth 0 -mmin +10 -exec rm -rf {} +
done

for binary in "$kept"/*.test; do
	[ ! -f "$binary" ] || ln "$binary" "$mine/" 2>/dev/null
done
# go executes what it has just linked from a directory of its own.
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
