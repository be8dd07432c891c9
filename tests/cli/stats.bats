# shellcheck shell=bash disable=SC2016,SC2154
# What is measured of containers, and what an engine does not measure.

load helper

# measured NAME MEMORY CPU: docker stats says that of the sibling, all the time.
measured() {
	answer stats 'while sleep 0.2; do
	    printf "{\"ID\":\"%s\",\"Name\":\"x\",\"MemUsage\":\"'"$2"'\",\"CPUPerc\":\"'"$3"'\"}\n" \
	        "$(find_container '"$1"' || echo gone)"
	done'
}

# The engine's info with other members.
info_says() {
	answer info 'do_info() {
	    printf "{\"ID\":\"STANDIN:%s\",\"ServerVersion\":\"28.2.2\",\"OSType\":\"linux\",%s}\n" "$S" \
	        "'"${1//\"/\\\"}"',\"NCPU\":2,\"MemTotal\":8589934592,\"SecurityOptions\":[]"
	}'
}

# A test that ends once the siblings were measured, or could have been.
a_second() {
	runner_passes TestExample
	answer runner 'sibling hs-aaaaaa-bbbbbb headscale; sleep 3'
}

@test "a limit that is exceeded fails the run" {
	a_second
	measured hs-aaaaaa-bbbbbb '700MiB / 7.6GiB' 5.00%%
	run hi run --hs-memory-limit=100 TestExample
	exits 5
	says 'hs-aaaaaa-bbbbbb holds 700.0 MB'
	grep -q ',hs-aaaaaa-bbbbbb,headscale,700.00,' "$(run_dir)/stats.csv"
}

@test "an engine without cgroups: no number is shown, no limit fails, and it is said once" {
	a_second
	info_says '"CgroupDriver":"none","CgroupVersion":"2","MemoryLimit":false'
	measured hs-aaaaaa-bbbbbb '700MiB / 7.6GiB' 5.00%%
	run hi run --stats --hs-memory-limit=100 --ts-memory-limit=100 TestExample
	exits 0
	[ "$(grep -c "memory limits can't be checked" <<<"$output")" -eq 1 ]
	says_not '700'
	[ "$(wc -l <"$(run_dir)/stats.csv")" -eq 1 ]
	called_not '^docker stats '
	jq -e '[.memory[] | select(.kind == "headscale")] |
	    length == 1 and .[0].max_mb == null and .[0].max_cpu == null' \
	    "$(run_dir)/summary.json"
}

@test "a kernel without the memory cgroup: the CPU is shown alone" {
	a_second
	info_says '"CgroupDriver":"cgroupfs","CgroupVersion":"1","MemoryLimit":false'
	measured hs-aaaaaa-bbbbbb '0B / 0B' 5.00%%
	run hi run --stats TestExample
	exits 0
	says 'does not measure the memory of containers'
	says_not 'limits'
	grep -q ',hs-aaaaaa-bbbbbb,headscale,,5.00' "$(run_dir)/stats.csv"
	jq -e '[.memory[] | select(.kind == "headscale")] | .[0].max_mb == null and .[0].max_cpu == 5' \
	    "$(run_dir)/summary.json"
}
