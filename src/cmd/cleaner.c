#include "../cleanup/cleanup.h"
#include "cmd.h"

static int
cleaner_command(const void *opts, const struct strs *args)
{
	(void)opts;
	(void)args;
	return cleaner_main();
}

const struct command command_cleaner = { .name = "cleaner", .summary = "hi run starts this by itself",
    .run = cleaner_command, .hidden = true };
