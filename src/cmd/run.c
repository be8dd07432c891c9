#include "../base/duration.h"
#include "../run/run.h"
#include "../set/set.h"
#include "cmd.h"

/* RUN(...) marks a flag of a run, which a set passes on to each of its runs. SET(...) marks a flag of the set
 * alone, which its runs never see. */
#define RUN(field) offsetof(struct set_options, run.field)
#define SET(field) offsetof(struct set_options, field)
_Static_assert(offsetof(struct set_options, run) == 0, "what follows the run's options is the set's");

static const struct flag flags[] = {
	WORD("test", RUN(test), "", "PATTERN", "the pattern, as a flag"),
	{ "timeout", FLAG_DURATION, RUN(timeout), .def = "120m", .arg = "DURATION", .least = 1,
	    .help = "the limit of all tests together, as of go test" },
	SWITCH("postgres", RUN(postgres), "use PostgreSQL instead of SQLite"),
	{ "failfast", FLAG_BOOL, RUN(failfast), .def = "true", .help = "stop at the first failure" },
	{ "go-version", FLAG_TAG, RUN(go_version), .def = "auto", .arg = "VERSION",
	    .help = "of the image golang:VERSION; auto: go.mod's" },
	{ "clean-before", FLAG_BOOL, RUN(clean_before), .def = "true",
	    .help = "remove stale containers and dead runs first" },
	{ "clean-after", FLAG_BOOL, RUN(clean_after), .def = "true",
	    .help = "remove what this run created when it ends" },
	SWITCH("keep-on-failure", RUN(keep_on_failure),
	    "keep the containers of a failed run, and say how to enter them"),
	LOGS_DIR(RUN(logs_dir), "where run directories are made; the default stands at the module's root"),
	SWITCH("verbose", RUN(verbose), "all that the tests print, on a terminal too"),
	CHOICE("format", RUN(format), "auto", "FORMAT", FORMAT_CHOICES,
	    "verbose, compact, json, quiet; auto: compact on a terminal, else verbose"),
	{ "slow", FLAG_DURATION, RUN(slow), .def = "60s", .arg = "DURATION",
	    .help = "say which tests run for longer, while they run; 0: never" },
	SWITCH("stats", RUN(stats), "measure memory and CPU of each container"),
	{ "hs-memory-limit", FLAG_NUMBER, RUN(hs_limit), .def = "0", .arg = "MB",
	    .help = "fail if a headscale container exceeds it; 0: none" },
	{ "ts-memory-limit", FLAG_NUMBER, RUN(ts_limit), .def = "0", .arg = "MB",
	    .help = "fail if a tailscale container exceeds it; 0: none" },
	CHOICE("limit-action", RUN(limit_action), "report", "ACTION", "report|stop",
	    "when a limit is exceeded: report or stop"),
	CHOICE("on-leak", RUN(on_leak), "fail", "ACTION", "fail|warn",
	    "when something can't be removed after a pass: fail or warn"),
	{ "docker-socket", FLAG_PATH, RUN(docker_socket), .def = "", .arg = "PATH",
	    .help = "the engine's socket, as the engine sees it" },
	{ "j", FLAG_INT, SET(jobs), .def = "1", .arg = "N", .least = 1, .most = 1000, .zero = "auto",
	    .help = "each test in a run of its own, N at once; auto: by cores and memory" },
	WORD("shard", SET(shard), NULL, "I/N", "only the I-th of N parts, each test in a run of its own"),
	{ "rerun-fails", FLAG_INT, SET(rerun_fails), .def = "0", .arg = "N", .most = 1000,
	    .help = "run a failed test again, up to N times", .bare = "1" },
	CHOICE("rerun-only", SET(rerun_only), "any", "KIND", "any|infra",
	    "of which failures: any, or infra, those of the machine"),
	CHOICE("flaky", SET(flaky), "pass", "RESULT", "pass|fail",
	    "what a test is that failed first and passed again: pass or fail"),
	SWITCH("rerun-last", SET(rerun_last), "only tests that did not pass the last time they ran"),
	{ "count", FLAG_INT, SET(count), .def = "1", .arg = "N", .least = 1, .most = 100000,
	    .help = "each test N times, to see how often it fails" },
	{ "history", FLAG_BOOL, RUN(history), .def = "true", .help = "remember the results in history.tsv",
	    .hidden = true },
	{ "set", FLAG_STRING, RUN(set), .def = "", .arg = "ID", .help = "the set that this run is of",
	    .hidden = true },
	{ 0 },
};

/* Spells out a run's flags, for each run of a set. */
static void
run_spell_flags(const struct set_options *m, struct strs *out)
{
	char duration[48];

	for (const struct flag *f = flags; f->name != NULL; f++) {
		const void *at = (const char *)m + f->offset;

		if (f->offset >= sizeof(m->run))
			continue;
		switch (f->type) {
		case FLAG_BOOL:
			strs_addf(out, "--%s=%s", f->name, *(const bool *)at ? "true" : "false");
			break;
		case FLAG_DURATION:
			strs_addf(out, "--%s=%s", f->name,
			    duration_go(*(const int64_t *)at, duration, sizeof(duration)));
			break;
		case FLAG_NUMBER:
			strs_addf(out, "--%s=%.12f", f->name, *(const double *)at);
			break;
		case FLAG_INT:
			strs_addf(out, "--%s=%lld", f->name, (long long)*(const int64_t *)at);
			break;
		default:
			if (*(const char *const *)at != NULL)
				strs_addf(out, "--%s=%s", f->name, *(const char *const *)at);
		}
	}
}

static int
run_command(const void *opts, const struct strs *args)
{
	struct set_options m = *(const struct set_options *)opts, each;
	struct run_options *o = &m.run;
	struct strs words = { 0 };
	int code;

	if (args->n > 1)
		return one_pattern("hi run", args);
	o->pattern = args->n == 1 ? args->v[0] : NULL;
	if (*o->test == '\0')
		o->test = NULL;
	if (!set_wanted(&m))
		return run_suite(o);
	each = m;
	/* Each run gets a pattern of its own. */
	each.run.test = NULL;
	run_spell_flags(&each, &words);
	code = set_run(&m, &words);
	strs_free(&words);
	return code;
}

const struct command command_run = {
	.name = "run", .args = "[PATTERN]", .summary = "run the tests that match PATTERN",
	.about =
	    "Starts headscale's integration tests in a container, shows what happens, keeps the evidence in\n"
	    "control_logs/<run id>/, and removes every container, network and volume that it created, even\n"
	    "after Ctrl-C or kill -9. PATTERN is a regular expression, as go test -run takes it: TestPing\n"
	    "matches anywhere in a name, '^TestPing$' is one test.\n"
	    "Exit: 0 passed, 1 failed, 2 usage, 3 infrastructure, 4 nothing ran, 5 memory limit,\n"
	    "6 something left behind, 124 deadline; interrupted, hi dies of the signal after its cleanup.\n"
	    "\n"
	    "With -j, --shard, --rerun-fails, --rerun-last or --count each top-level test has an isolated\n"
	    "run of its own, and a further directory has the summary of all. --failfast then stops starting\n"
	    "others (never with --count). The exit code of all is the first of these that one of them had:\n"
	    "2, 1, 124, 3, 5, 6, 4, 0; tests that are skipped count for 0 beside others.",
	.flags = flags, .hints = cmd_hints, .opts_size = sizeof(struct set_options), .run = run_command,
	.lenient = true, .own_args = true,
};
