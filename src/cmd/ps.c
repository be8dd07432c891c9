#include <stdio.h>
#include <stdlib.h>

#include "../base/duration.h"
#include "../base/json_write.h"
#include "../base/text.h"
#include "../base/file.h"
#include "../cleanup/cleanup.h"
#include "../report/report.h"
#include "../run/run.h"
#include "cmd.h"

struct ps_options {
	bool json, all;
	const char *logs_dir;
};

#define AT(field) offsetof(struct ps_options, field)

static const struct flag flags[] = {
	SWITCH("json", AT(json), "an array of objects"),
	SWITCH("all", AT(all), "the past runs of this checkout: verdict, age, duration, size"),
	LOGS_DIR(AT(logs_dir), "where the run directories are, for --all"),
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
	out_json(&b);
}

static void
ps_table(const struct runs *runs)
{
	if (runs->n == 0) {
		out_line("no runs on this engine");
		return;
	}
	out_line("%-24s %-8s %9s %11s %9s  %s", "RUN", "OWNER", "AGE", "CONTAINERS", "NETWORKS", "PATTERN");
	for (size_t i = 0; i < runs->n; i++) {
		const struct run_seen *r = &runs->v[i];
		char age[40] = "?", n[40], shown[TEXT_SHOWN];

		if (r->created > 0)
			duration_human(text_now() - r->created, age, sizeof(age));
		snprintf(n, sizeof(n), "%zu (%zu up)", r->containers, r->running);
		out_line("%-24s %-8s %9s %11s %9zu  %s%s%s%s", r->id, owner_name(r->owner), age, n,
		    r->networks.n, text_shown(r->pattern, shown), *r->why != '\0' ? " (" : "", r->why,
		    *r->why != '\0' ? ")" : "");
	}
}

/* A run that has a directory, whether or not the engine still has any of it. */
struct ps_past {
	struct report rep;
	const char *verdict;
	int64_t started, took;	/* ms; took -1: unknown */
	uint64_t bytes;
};

static void
ps_past_load(const char *id, const char *dir, struct ps_past *p)
{
	*p = (struct ps_past){ .verdict = "unknown", .took = -1 };
	(void)is_run_id(id, &p->started);
	(void)dir_usage(dir, &p->bytes);
	if (report_load(dir, &p->rep, NULL) == -1) {
		p->rep = (struct report){ .pattern = "" };
		p->verdict = run_is_alive(dir) ? "running" : "unknown";
		return;
	}
	p->started = p->rep.f.started > 0 ? p->rep.f.started : p->started;
	if (!p->rep.finished)
		p->verdict = run_is_alive(dir) ? "running" : "interrupted";
	else {
		p->verdict = verdict_name(p->rep.verdict);
		p->took = p->rep.f.ended - p->rep.f.started;
	}
}

static void
ps_past_json(struct buf *b, const char *id, const char *dir, const struct ps_past *p)
{
	char when[40];

	jw_object(b, NULL);
	jw_string(b, "id", id);
	jw_string(b, "verdict", p->verdict);
	if (p->rep.finished)
		jw_int(b, "exit_code", p->rep.exit_code);
	else
		jw_null(b, "exit_code");
	jw_string(b, "pattern", p->rep.pattern);
	jw_string(b, "dir", dir);
	jw_string(b, "started", text_time(p->started, when, sizeof(when)));
	if (p->took >= 0)
		jw_real(b, "seconds", (double)p->took / 1000, 3);
	else
		jw_null(b, "seconds");
	jw_int(b, "bytes", (int64_t)p->bytes);
	jw_int(b, "runs", (int64_t)p->rep.runs.n);
	jw_end_object(b);
}

static void
ps_past_line(const char *id, const struct ps_past *p)
{
	char age[32], took[32] = "", size[32], set[40] = "", shown[TEXT_SHOWN];

	if (p->took >= 0)
		duration_human(p->took, took, sizeof(took));
	if (p->rep.runs.n > 0)
		snprintf(set, sizeof(set), " (set of %zu)", p->rep.runs.n);
	out_line("%-22s %-14s %8s %8s %8s  %s%s", id, p->verdict,
	    duration_human(text_now() - p->started, age, sizeof(age)), took,
	    text_bytes(p->bytes, size, sizeof(size)), text_shown(p->rep.pattern, shown), set);
}

/* Shows all runs that have a directory, the newest first. No engine is asked. */
static int
ps_all(const struct ps_options *o)
{
	char *logs = logs_directory(o->logs_dir);
	struct strs ids = { 0 }, dirs = { 0 };
	struct buf b = { 0 };

	run_directories(logs, false, &ids, &dirs);
	jw_array(&b, NULL);
	if (!o->json && ids.n == 0)
		out_line("there is no run in %s yet", logs);
	else if (!o->json)
		out_line("%-22s %-14s %8s %8s %8s  %s", "RUN", "VERDICT", "AGE", "TOOK", "SIZE", "PATTERN");
	for (size_t i = ids.n; i-- > 0;) {
		struct ps_past p;

		ps_past_load(ids.v[i], dirs.v[i], &p);
		if (o->json)
			ps_past_json(&b, ids.v[i], dirs.v[i], &p);
		else
			ps_past_line(ids.v[i], &p);
		report_free(&p.rep);
	}
	jw_end_array(&b);
	if (o->json)
		out_json(&b);
	buf_free(&b);
	strs_free(&ids);
	strs_free(&dirs);
	free(logs);
	return 0;
}

static int
ps_command(const void *opts, const struct strs *args)
{
	const struct ps_options *o = opts;
	struct docker d = { 0 };
	struct runs runs = { 0 };
	struct loop *l;
	struct err e;
	int code = 0;

	(void)args;
	if (o->all)
		return ps_all(o);
	l = loop_new();
	if (docker_open(&d, l, &e) == -1 || runs_list(&d, &runs, &e) == -1) {
		err_say("%s", e.text);
		code = 3;
	} else if (o->json)
		ps_json(&runs);
	else
		ps_table(&runs);
	runs_free(&runs);
	docker_close(&d);
	loop_free(l);
	return code;
}

const struct command command_ps = {
	.name = "ps", .summary = "list the runs on this engine; with --all past runs",
	.about = "Owner: live (its hi runs), kept (by --keep-on-failure), dead (the next hi run, or\n"
	    "hi clean stale, removes it), unknown (another tool's, host's or user's: hi leaves it alone).\n"
	    "With --all: the runs that have a directory, the newest first; no engine is asked.",
	.flags = flags, .hints = cmd_hints, .opts_size = sizeof(struct ps_options), .run = ps_command,
};
