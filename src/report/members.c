#include "members.h"

#include <stddef.h>

const struct member members_run[] = {
	{ "finished", offsetof(struct report, finished), M_FLAG, false },
	{ "run_id", offsetof(struct report, run_id), M_WORD, false },
	{ "pattern", offsetof(struct report, pattern), M_WORD, false },
	{ .name = "" },
};

const struct member members_end[] = {
	{ "sentence", offsetof(struct report, sentence), M_WORD, false },
	{ "exit_code", offsetof(struct report, exit_code), M_INT, false },
	{ .name = "" },
};

const struct member members_times[] = {
	{ "why", offsetof(struct facts, why), M_STRING, false },
	{ "started", offsetof(struct facts, started), M_TIME, false },
	{ "ended", offsetof(struct facts, ended), M_TIME, false },
	{ .name = "" },
};

const struct member members_facts[] = {
	{ "hi_version", offsetof(struct facts, hi_version), M_STRING, false },
	{ "go_version", offsetof(struct facts, go_version), M_STRING, false },
	{ "image", offsetof(struct facts, image), M_STRING, false },
	{ "engine", offsetof(struct facts, engine), M_STRING, false },
	{ "postgres", offsetof(struct facts, postgres), M_FLAG, false },
	{ "kept", offsetof(struct facts, kept), M_FLAG, false },
	{ .name = "" },
};

const struct member members_removed[] = {
	{ "containers", offsetof(struct facts, removed_containers), M_SIZE, false },
	{ "networks", offsetof(struct facts, removed_networks), M_SIZE, false },
	{ "volumes", offsetof(struct facts, removed_volumes), M_SIZE, false },
	{ "images", offsetof(struct facts, removed_images), M_SIZE, false },
	{ .name = "" },
};

const struct member members_counts[] = {
	{ "passed", offsetof(struct counts, passed), M_SIZE, false },
	{ "failed", offsetof(struct counts, failed), M_SIZE, false },
	{ "skipped", offsetof(struct counts, skipped), M_SIZE, false },
	{ "unfinished", offsetof(struct counts, unfinished), M_SIZE, false },
	{ .name = "" },
};

const struct member members_memory[] = {
	{ "name", offsetof(struct memory_peak, name), M_WORD, false },
	{ "kind", offsetof(struct memory_peak, kind), M_WORD, false },
	{ "min_mb", offsetof(struct memory_peak, min_mb), M_TENTHS, false },
	{ "avg_mb", offsetof(struct memory_peak, avg_mb), M_TENTHS, false },
	{ "max_mb", offsetof(struct memory_peak, max_mb), M_TENTHS, false },
	{ "max_at", offsetof(struct memory_peak, max_at), M_TIME, false },
	{ "avg_cpu", offsetof(struct memory_peak, avg_cpu), M_TENTHS, false },
	{ "max_cpu", offsetof(struct memory_peak, max_cpu), M_TENTHS, false },
	{ "limit_mb", offsetof(struct memory_peak, limit_mb), M_TENTHS, false },
	{ "over", offsetof(struct memory_peak, over), M_FLAG, false },
	{ "oom", offsetof(struct memory_peak, oom), M_FLAG, false },
	{ "restarts", offsetof(struct memory_peak, restarts), M_INT, false },
	{ .name = "" },
};

const struct member members_leak[] = {
	{ "kind", offsetof(struct leak, kind), M_WORD, false },
	{ "name", offsetof(struct leak, name), M_WORD, false },
	{ "why", offsetof(struct leak, why), M_WORD, false },
	{ .name = "" },
};

const struct member members_test[] = {
	{ "package", offsetof(struct report_test, package), M_WORD, false },
	{ "name", offsetof(struct report_test, name), M_WORD, true },
	{ "result", offsetof(struct report_test, result), M_WORD, false },
	{ "seconds", offsetof(struct report_test, seconds), M_SECONDS, false },
	{ "parent", offsetof(struct report_test, parent), M_FLAG, true },
	{ "file", offsetof(struct report_test, file), M_STRING, true },
	{ .name = "" },
};
