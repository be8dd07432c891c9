/* The table of commands, and nothing else. */
#include "cmd/cmd.h"

static const struct command *const commands[] = {
	&command_run,
	&command_ps,
	&command_clean,
	&command_doctor,
	&command_logs,
	&command_triage,
	&command_list_versions,
	&command_version,
	&command_cleaner,
	NULL,
};

static const struct command hi = {
	.name = "hi",
	.summary = "run headscale's integration tests, keep the evidence, leave nothing behind",
	.sub = commands,
};

int
main(int argc, char **argv)
{
	return flags_main(&hi, argc, argv);
}
