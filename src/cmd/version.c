#include "../version.h"
#include "cmd.h"

static int
version_command(const void *opts, const struct strs *args)
{
	(void)opts;
	(void)args;
	out_line("hi %s", HI_VERSION);
	return 0;
}

const struct command command_version = { .name = "version", .summary = "print the version",
    .run = version_command };
