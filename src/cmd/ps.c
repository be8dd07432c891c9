#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/duration.h"
#include "../base/json_write.h"
#include "../base/text.h"
#include "../cleanup/cleanup.h"
#include "cmd.h"
#include "out.h"

struct options {
	bool json;
};

static const struct flag flags[] = {
	{ "json", FLAG_BOOL, offsetof(struct options, json), .def = "false", .help = "an array of objects" },
	{ 0 },
};

static void
ps_json(const struct runs *runs)
{
	struct buf b = { 0 };
	char when[40];

	jw_array(&b, NULL);
	for (size_t i = 0; i < runs->n; i++) {
		const struct run_seen *r = &runs->v[i];

		jw_object(&b, NULL);
		jw_string(&b, "id", r->id);
		jw_string(&b, "owner", owner_name(r->owner));
		jw_string(&b, "why", r->why);
		jw_string(&b, "pattern", r->pattern);
		jw_string(&b, "dir", r->dir);
		jw_string(&b, "created", r->created > 0 ? text_time(r->created, when, sizeof(when)) : NULL);
		jw_int(&b, "containers", (int64_t)r->containers);
		jw_int(&b, "running", (int64_t)r->running);
		jw_int(&b, "networks", (int64_t)r->networks.n);
		jw_end_object(&b);
	}
	jw_end_array(&b);
	buf_putc(&b, '\n');
	out_print(&b);
}

static void
ps_table(const struct runs *runs)
{
	if (runs->n == 0) {
		out_printf("no runs on this engine\n");
		return;
	}
	out_printf("%-24s %-8s %9s %11s %9s  %s\n", "RUN", "OWNER", "AGE", "CONTAINERS", "NETWORKS",
	    "PATTERN");
	for (size_t i = 0; i < runs->n; i++) {
		const struct run_seen *r = &runs->v[i];
		char age[40] = "?", n[40], *id = text_harmless_dup(r->id),
		    *pattern = text_harmless_dup(r->pattern);
		char *why = text_harmless_dup(r->why);

		if (r->created > 0)
			duration_human(text_now() - r->created, age, sizeof(age));
		snprintf(n, sizeof(n), "%zu (%zu up)", r->containers, r->running);
		out_printf("%-24s %-8s %9s %11s %9zu  %s%s%s%s\n", id, owner_name(r->owner), age, n, r->networks.n, pattern,
		    *why != '\0' ? " (" : "", why, *why != '\0' ? ")" : "");
		free(id);
		free(pattern);
		free(why);
	}
}

static int
ps_command(const void *opts, const struct strs *args)
{
	const struct options *o = opts;
	struct loop *l = loop_new();
	struct docker d = { 0 };
	struct runs runs = { 0 };
	int code = 3;
	struct err e;

	(void)args;
	if (docker_open(&d, l, &e) == -1 || runs_list(&d, &runs, &e) == -1)
		err_say("%s", e.text);
	else {
		if (o->json)
			ps_json(&runs);
		else
			ps_table(&runs);
		code = 0;
	}
	runs_free(&runs);
	docker_close(&d);
	loop_free(l);
	return code;
}

const struct command command_ps = { .name = "ps", .summary = "list the runs on this engine, and who owns them",
	.about = "Owner: live (its hi runs), kept (by --keep-on-failure), dead (the next hi run, or hi clean stale, removes it),\n"
	    "unknown (another tool's, host's or user's: hi leaves it alone).",
	.flags = flags, .hints = cmd_hints, .opts_size = sizeof(struct options), .run = ps_command };
