/* The table of commands, and nothing else. */
#include <string.h>

#include "base/proc.h"
#include "cmd/cmd.h"

static const struct command *const commands[] = {
	&command_run,
	&command_ps,
	&command_clean,
	&command_doctor,
	&command_logs,
	&command_triage,
	&command_list,
	&command_report,
	&command_list_versions,
	&command_completion,
	&command_version,
	&command_cleaner,
	NULL,
};

static const struct flag_hint meant[] = {
	{ "runs", NULL, "ps --all" },
	{ "history", NULL, "ps --all" },
	{ 0 },
};

static const struct command hi = {
	.name = "hi",
	.summary = "run headscale's integration tests, keep the evidence, leave nothing behind",
	.sub = commands,
	.meant = meant,
	.unknown = "hi run PATTERN runs tests",
	.about = "First: hi doctor, hi list, then hi run '^TestPingAllByIP$'. When it failed: hi triage.\n"
	    "In GitHub Actions hi annotates and summarises by itself; man hi has examples for CI.",
};

int
main(int argc, char **argv)
{
	proc_started_as(argc > 0 ? argv[0] : "hi");
	if (argc > 1 && strcmp(argv[1], "__complete") == 0)
		return completion_answer(&hi, argc - 2, argv + 2);
	return flags_main(&hi, argc, argv);
}
