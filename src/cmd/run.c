#include "../run/run.h"

#include <stddef.h>
#include <string.h>

#include "../base/duration.h"
#include "../set/set.h"
#include "cmd.h"

#define AT(field) offsetof(struct many_options, run.field)
#define OF_SET(field) offsetof(struct many_options, field)

static const struct flag flags[] = {
	{ "test", FLAG_STRING, AT(test), .def = "", .arg = "PATTERN", .help = "the pattern, as a flag" },
	{ "timeout", FLAG_DURATION, AT(timeout), .def = "120m", .arg = "DURATION",
	    .help = "of all tests together, go test's own" },
	{ "postgres", FLAG_BOOL, AT(postgres), .def = "false", .help = "use PostgreSQL instead of SQLite" },
	{ "failfast", FLAG_BOOL, AT(failfast), .def = "true", .help = "stop at the first failure" },
	{ "go-version", FLAG_STRING, AT(go_version), .def = "auto", .arg = "VERSION",
	    .help = "of the image golang:VERSION; auto: go.mod's" },
	{ "clean-before", FLAG_BOOL, AT(clean_before), .def = "true",
	    .help = "remove stale containers and dead runs first" },
	{ "clean-after", FLAG_BOOL, AT(clean_after), .def = "true", .help = "remove this run's containers in the end" },
	{ "keep-on-failure", FLAG_BOOL, AT(keep_on_failure), .def = "false",
	    .help = "keep the containers of a failed run" },
	{ "logs-dir", FLAG_STRING, AT(logs_dir), .def = "control_logs", .arg = "DIR",
	    .help = "where run directories are made; the default stands at the module's root" },
	{ "verbose", FLAG_BOOL, AT(verbose), .def = "false", .help = "all output of the tests, on a terminal too" },
	{ "format", FLAG_CHOICE, AT(format), .def = "auto", .arg = "FORMAT",
	    .help = "verbose, compact, json, quiet; auto: compact on a terminal, else verbose",
	    .choices = "auto|verbose|compact|json|quiet" },
	{ "slow", FLAG_DURATION, AT(slow), .def = "60s", .arg = "DURATION",
	    .help = "say which tests run for longer, while they run; 0: never" },
	{ "stats", FLAG_BOOL, AT(stats), .def = "false", .help = "measure memory and CPU of each container" },
	{ "hs-memory-limit", FLAG_NUMBER, AT(hs_limit), .def = "0", .arg = "MB",
	    .help = "fail if a headscale container exceeds it; 0: none" },
	{ "ts-memory-limit", FLAG_NUMBER, AT(ts_limit), .def = "0", .arg = "MB",
	    .help = "fail if a tailscale container exceeds it; 0: none" },
	{ "limit-action", FLAG_CHOICE, AT(limit_action), .def = "report", .arg = "ACTION",
	    .help = "when a limit is exceeded: report or stop", .choices = "report|stop" },
	{ "on-leak", FLAG_CHOICE, AT(on_leak), .def = "fail", .arg = "ACTION",
	    .help = "when something can't be removed after a pass: fail or warn", .choices = "fail|warn" },
	{ "docker-socket", FLAG_STRING, AT(docker_socket), .def = "", .arg = "PATH",
	    .help = "the engine's socket, as the engine sees it" },
	{ "j", FLAG_STRING, OF_SET(jobs), .def = "1", .arg = "N",
	    .help = "each test in a run of its own, N at once; auto: by cores and memory" },
	{ "shard", FLAG_STRING, OF_SET(shard), .def = "", .arg = "I/N",
	    .help = "only the I-th of N parts, each test in a run of its own" },
	{ "rerun-fails", FLAG_INT, OF_SET(rerun_fails), .def = "0", .arg = "N",
	    .help = "run a failed test again, up to N times", .bare = "1" },
	{ "rerun-only", FLAG_CHOICE, OF_SET(rerun_only), .def = "any", .arg = "KIND",
	    .help = "of which failures: any, or infra, those of the machine", .choices = "any|infra" },
	{ "flaky", FLAG_CHOICE, OF_SET(flaky), .def = "pass", .arg = "RESULT",
	    .help = "what a test is that failed first and passed again: pass or fail", .choices = "pass|fail" },
	{ "rerun-last", FLAG_BOOL, OF_SET(rerun_last), .def = "false",
	    .help = "only tests that did not pass the last time they ran" },
	{ "count", FLAG_INT, OF_SET(count), .def = "1", .arg = "N",
	    .help = "each test N times, to see how often it fails" },
	{ "history", FLAG_BOOL, AT(history), .def = "true", .help = "remember the results in history.tsv",
	    .hidden = true },
	{ 0 },
};

/* The flags of a run, as each run of a set is to take them. */
static void
spell(const void *opts, struct strs *out)
{
	static const char *const own[] = { "test", "verbose", "format", "j", "shard", "rerun-fails", "rerun-only", "flaky",
		"rerun-last", "count", NULL };
	char duration[48];

	for (const struct flag *f = flags; f->name != NULL; f++) {
		const char *at = (const char *)opts + f->offset;
		const char *const *o = own;

		while (*o != NULL && strcmp(*o, f->name) != 0)
			o++;
		if (*o != NULL)
			continue;
		switch (f->type) {
		case FLAG_BOOL:
			strs_addf(out, "--%s=%s", f->name, *(const bool *)(const void *)at ? "true" : "false");
			break;
		case FLAG_DURATION:
			strs_addf(out, "--%s=%s", f->name,
			    duration_go(*(const int64_t *)(const void *)at, duration, sizeof(duration)));
			break;
		case FLAG_NUMBER:
			strs_addf(out, "--%s=%.6f", f->name, *(const double *)(const void *)at);
			break;
		case FLAG_INT:
			strs_addf(out, "--%s=%lld", f->name, (long long)*(const int64_t *)(const void *)at);
			break;
		default:
			strs_addf(out, "--%s=%s", f->name, *(const char *const *)(const void *)at);
		}
	}
}

static int
run(const void *opts, const struct strs *args)
{
	struct many_options m = *(const struct many_options *)opts;
	struct run_options *o = &m.run;
	struct strs words = { 0 };
	int code;

	o->pattern = args->n == 1 ? args->v[0] : NULL;
	if (o->test != NULL && *o->test == '\0')
		o->test = NULL;
	if (!many_wanted(&m))
		return run_suite(o);
	spell(&m, &words);
	code = many_run(&m, &words);
	strs_free(&words);
	return code;
}

const struct command command_run = {
	.name = "run", .args = "[PATTERN]", .summary = "run the tests that match PATTERN",
	.about = "Starts headscale's integration tests in a container, shows what happens, keeps the evidence in\n"
	    "control_logs/<run id>/, and removes every container, network and volume of the run, whatever ends it.\n"
	    "Exit: 0 passed, 1 failed, 2 usage, 3 infrastructure, 4 nothing ran, 5 memory limit, 6 something left behind,\n"
	    "124 deadline; interrupted, hi dies of the signal after its cleanup.\n"
	    "\n"
	    "With -j, --shard, --rerun-fails, --rerun-last or --count each top-level test has an isolated run of its own, and a\n"
	    "further directory has the summary of all. --failfast then stops starting others (never with --count). Their exit\n"
	    "codes come to one, the first of these that there is: 2, 1, 124, 3, 5, 6, 4, 0; tests that are skipped count for 0\n"
	    "beside others.",
	.flags = flags, .opts_size = sizeof(struct many_options), .run = run, .lenient = true,
};
