#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/text.h"
#include "../report/report.h"
#include "../run/run.h"
#include "cmd.h"

struct logs_options {
	bool follow;
	const char *format, *logs_dir;
};

#define AT(field) offsetof(struct logs_options, field)

static const struct flag flags[] = {
	SWITCH("f", AT(follow), "follow: go on until the run is over"),
	CHOICE("format", AT(format), "auto", "FORMAT", FORMAT_CHOICES,
	    "as of hi run: auto, verbose, compact, json, quiet"),
	LOGS_DIR(AT(logs_dir), "where run directories are"),
	{ 0 },
};

static bool
logs_is_alive(void *arg)
{
	return run_is_alive(arg);
}

static int
logs_command(const void *opts, const struct strs *args)
{
	const struct logs_options *o = opts;
	struct interrupt i = { 0 };
	struct loop *l = loop_new();
	struct err e;
	char *dir = find_run(o->logs_dir, args->n == 1 ? args->v[0] : NULL, &e);
	bool tty = env_terminal();
	int code;

	interrupt_watch(&i, l);
	code = dir != NULL || e.kind != ERR_USAGE ? 3 : 2;
	if (dir != NULL) {
		const struct results_config view = { .loop = l, .dir = dir, .run_id = strrchr(dir, '/') + 1,
		    .pattern = "", .out = STDOUT_FILENO, .tty = tty, .colour = stdout_has_colours(),
		    .format = format_named(o->format, tty && o->follow), .cancel = &i.stop };

		code = replay(&view, o->follow ? logs_is_alive : NULL, dir, &e) == -1 ? 3 : 0;
	}
	if (code != 0)
		err_say("%s", e.text);
	free(dir);
	loop_free(l);
	if (i.signal != 0)
		loop_die_of(i.signal);
	return code;
}

const struct command command_logs = { .name = "logs", .args = "[RUN]",
	.summary = "follow a run from another terminal, or show one that is over",
	.about = "RUN is a run's id, a part of it, its directory, last, or last-failed; without it, the\n"
	    "newest.",
	.flags = flags, .hints = cmd_hints, .opts_size = sizeof(struct logs_options), .run = logs_command };
