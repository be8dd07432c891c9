#include "../cleanup/cleanup.h"
#include "cmd.h"

static int
run(const void *opts, const struct strs *args)
{
	(void)opts;
	(void)args;
	return cleaner_main();
}

const struct command command_cleaner = { .name = "cleaner", .summary = "hi run starts this by itself",
    .run = run, .hidden = true };
