#include <stdio.h>

#include "../version.h"
#include "cmd.h"

static int
version_command(const void *opts, const struct strs *args)
{
	(void)opts;
	(void)args;
	out_printf("hi %s\n", HI_VERSION);
	return 0;
}

const struct command command_version = { .name = "version", .summary = "print the version",
    .run = version_command };
