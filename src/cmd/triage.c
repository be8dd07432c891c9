#include <ctype.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/file.h"
#include "../base/text.h"
#include "../gotool/gotool.h"
#include "../results/triage.h"
#include "cmd.h"

struct options {
	const char *logs_dir;
	bool json;
};

static const struct flag flags[] = {
	{ "logs-dir", FLAG_STRING, offsetof(struct options, logs_dir), "control_logs", "DIR",
	    "where the runs are (from the checkout's root)", NULL, NULL, false },
	{ "json", FLAG_BOOL, offsetof(struct options, json), "false", NULL, "an object", NULL, NULL, false },
	{ 0 },
};

/* YYYYMMDD-HHMMSS-..., so that the last name is the newest run. */
static bool
is_run_id(const char *s)
{
	static const char form[] = "dddddddd-dddddd-";

	for (size_t i = 0; form[i] != '\0'; i++)
		if (form[i] == 'd' ? !isdigit((unsigned char)s[i]) : s[i] != form[i])
			return false;
	return true;
}

static char *
logs_of(struct loop *l, const char *logs_dir)
{
	struct checkout c = {0};
	char *dir;

	if (*logs_dir == '/' || checkout_find(l, NULL, &c, NULL) == -1)
		return file_absolute(logs_dir);
	dir = file_join(c.root, logs_dir);
	checkout_free(&c);
	return dir;
}

/* A run by its id or an unambiguous part of it; NULL: the newest. The caller's; NULL: *e. */
static char *
find_run(const char *logs, const char *run, struct err *e)
{
	const char *found = NULL;
	struct strs names = {0};
	size_t hits = 0;
	char *dir = NULL;

	if (dir_names(logs, &names, e) == -1)
		return NULL;
	for (size_t i = 0; i < names.n; i++) {
		if (run == NULL ? !is_run_id(names.v[i]) : strstr(names.v[i], run) == NULL)
			continue;
		found = names.v[i];
		hits++;
	}
	if (hits == 0)
		err_set(e, run == NULL ? "%s: no run here" : "%s: no run \"%s\" here", logs, run);
	else if (hits > 1 && run != NULL)
		err_set(e, "%s: \"%s\" may mean %zu runs", logs, run, hits);
	else
		dir = file_join(logs, found);
	strs_free(&names);
	return dir;
}

static int
run(const void *opts, const struct strs *args)
{
	const struct options *o = opts;
	struct triage t = {0};
	struct buf out = {0};
	char *logs, *dir;
	struct loop *l;
	struct err e;
	int code = 2;

	if (args->n > 1) {
		err_say("triage: takes one run or directory, not also \"%s\"", args->v[1]);
		return 2;
	}
	l = loop_new();
	logs = logs_of(l, o->logs_dir);
	dir = args->n == 1 && file_is_dir(args->v[0]) ? file_absolute(args->v[0]) :
	    find_run(logs, args->n == 1 ? args->v[0] : NULL, &e);
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
		fwrite(buf_str(&out), 1, out.len, stdout);
		code = fflush(stdout) == 0 ? 0 : 3;
	}
	triage_free(&t);
	buf_free(&out);
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
