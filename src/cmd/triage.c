#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/text.h"
#include "../triage/triage.h"
#include "cmd.h"
#include "find_run.h"
#include "out.h"

struct options {
	const char *logs_dir;
	bool json;
};

static const struct flag flags[] = {
	{ "logs-dir", FLAG_STRING, offsetof(struct options, logs_dir), .def = "control_logs", .arg = "DIR",
	    .help = "where the runs are (from the checkout's root)" },
	{ "json", FLAG_BOOL, offsetof(struct options, json), .def = "false", .help = "an object" },
	{ 0 },
};

static int
run(const void *opts, const struct strs *args)
{
	const struct options *o = opts;
	struct triage t = {0};
	struct buf out = {0};
	char *logs, *dir;
	struct loop *l;
	struct err e;
	int code = 3;

	if (args->n > 1) {
		err_say("triage: takes one run or directory, not also \"%s\"", args->v[1]);
		return 2;
	}
	l = loop_new();
	logs = logs_directory(o->logs_dir);
	dir = find_run(logs, args->n == 1 ? args->v[0] : NULL, &e);
	if (dir == NULL || triage_dir_with(l, dir, &t, &e) == -1) {
		err_say("triage: %s", e.text);
	} else {
		if (o->json) {
			triage_json(&t, &out);
		} else {
			buf_puts(&out, "triage of ");
			text_harmless(&out, dir, strlen(dir));
			buf_putc(&out, '\n');
			triage_text(&t, &out);
		}
		out_print(&out);
		code = 0;
	}
	triage_free(&t);
	free(dir);
	free(logs);
	loop_free(l);
	return code;
}

const struct command command_triage = { .name = "triage", .args = "[RUN | DIR]",
	.summary = "say what a run's evidence shows, and whether the machine or the code is to blame",
	.about = "Reads the directory of a run (the newest by default), also one that another tool made,\n"
	    "in the order in which one debugs: servers, clients, map responses, status, database,\n"
	    "metrics. The verdict is \"code\" unless the signature of an infrastructure failure is\n"
	    "seen; then the line that shows it is named.",
	.flags = flags, .opts_size = sizeof(struct options), .run = run };
