#include "../run/run.h"

#include <stddef.h>

#include "cmd.h"

#define AT(field) offsetof(struct run_options, field)

static const struct flag flags[] = {
	{ "test", FLAG_STRING, AT(test), "", "PATTERN", "the pattern, as a flag", NULL, NULL, false },
	{ "timeout", FLAG_DURATION, AT(timeout), "120m", "DURATION", "of all tests together, go test's own", NULL, NULL, false },
	{ "postgres", FLAG_BOOL, AT(postgres), "false", NULL, "use PostgreSQL instead of SQLite", NULL, NULL, false },
	{ "failfast", FLAG_BOOL, AT(failfast), "true", NULL, "stop at the first failure", NULL, NULL, false },
	{ "go-version", FLAG_STRING, AT(go_version), "auto", "VERSION", "of the image golang:VERSION; auto: go.mod's", NULL,
	    NULL, false },
	{ "clean-before", FLAG_BOOL, AT(clean_before), "true", NULL, "remove stale containers and dead runs first", NULL,
	    NULL, false },
	{ "clean-after", FLAG_BOOL, AT(clean_after), "true", NULL, "remove this run's containers in the end", NULL, NULL, false },
	{ "keep-on-failure", FLAG_BOOL, AT(keep_on_failure), "false", NULL, "keep the containers of a failed run", NULL,
	    NULL, false },
	{ "logs-dir", FLAG_STRING, AT(logs_dir), "control_logs", "DIR",
	    "where run directories are made; the default stands at the module's root", NULL, NULL, false },
	{ "verbose", FLAG_BOOL, AT(verbose), "false", NULL, "all output of the tests, on a terminal too", NULL, NULL, false },
	{ "format", FLAG_CHOICE, AT(format), "auto", "FORMAT", "of the output; auto: compact on a terminal, else verbose",
	    "auto|verbose|compact|json|quiet", NULL, false },
	{ "slow", FLAG_DURATION, AT(slow), "60s", "DURATION", "say which tests run for longer, while they run; 0: never", NULL,
	    NULL, false },
	{ "stats", FLAG_BOOL, AT(stats), "false", NULL, "measure memory and CPU of each container", NULL, NULL, false },
	{ "hs-memory-limit", FLAG_NUMBER, AT(hs_limit), "0", "MB", "fail if a headscale container exceeds it; 0: none", NULL,
	    NULL, false },
	{ "ts-memory-limit", FLAG_NUMBER, AT(ts_limit), "0", "MB", "fail if a tailscale container exceeds it; 0: none", NULL,
	    NULL, false },
	{ "limit-action", FLAG_CHOICE, AT(limit_action), "report", "ACTION", "when a limit is exceeded", "report|stop", NULL,
	    false },
	{ "on-leak", FLAG_CHOICE, AT(on_leak), "fail", "ACTION", "when something can't be removed after a pass", "fail|warn",
	    NULL, false },
	{ "docker-socket", FLAG_STRING, AT(docker_socket), "", "PATH", "the engine's socket, as the engine sees it", NULL, NULL,
	    false },
	{ "history", FLAG_BOOL, AT(history), "true", NULL, "remember the results in history.tsv", NULL, NULL, true },
	{ 0 },
};

static int
run(const void *opts, const struct strs *args)
{
	struct run_options o = *(const struct run_options *)opts;

	if (args->n > 1) {
		err_say("run: one pattern, not %zu: what is \"%s\"?", args->n, args->v[1]);
		return 2;
	}
	o.pattern = args->n == 1 ? args->v[0] : NULL;
	if (o.test != NULL && *o.test == '\0')
		o.test = NULL;
	return run_suite(&o);
}

const struct command command_run = {
	.name = "run", .args = "[PATTERN]", .summary = "run the tests that match PATTERN",
	.about = "Starts headscale's integration tests in a container, shows what happens, keeps the evidence in\n"
	    "control_logs/<run id>/, and removes every container, network and volume of the run, whatever ends it.\n"
	    "Exit: 0 passed, 1 failed, 2 usage, 3 infrastructure, 4 nothing ran, 5 memory limit, 6 something left behind,\n"
	    "124 deadline; interrupted, hi dies of the signal after its cleanup.",
	.flags = flags, .opts_size = sizeof(struct run_options), .run = run, .lenient = true,
};
