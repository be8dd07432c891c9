#include "clean.h"
#include "out.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/json.h"
#include "../base/text.h"
#include "cmd.h"

#define AT(field) offsetof(struct clean_options, field)

void
clean_count(struct clean *c, const char *kind, size_t n)
{
	size_t i = 0;

	while (i < CLEAN_KINDS - 1 && c->kinds[i].kind != NULL && strcmp(c->kinds[i].kind, kind) != 0)
		i++;
	c->kinds[i].kind = kind;
	c->kinds[i].n += n;
}

static void
open_element(struct buf *b, const char *kind, const char *name)
{
	buf_puts(b, b->len > 0 ? ",\n    {" : "\n    {");
	out_member(b, "kind", kind);
	out_member(b, "name", name);
}

void
clean_took(struct clean *c, const char *kind, const char *name, const char *detail, int64_t bytes,
    const struct strs *parts)
{
	char *harmless = text_harmless_dup(name), size[32] = "";

	clean_count(c, kind, 1);
	if (bytes >= 0)
		c->won += bytes;
	else
		c->won_unknown = true;
	if (c->o->json) {
		open_element(&c->removed, kind, name);
		out_member(&c->removed, "detail", detail);
		if (bytes >= 0)
			buf_printf(&c->removed, ", \"bytes\": %lld", (long long)bytes);
		else
			buf_puts(&c->removed, ", \"bytes\": null");
		buf_puts(&c->removed, ", \"parts\": [");
		for (size_t i = 0; parts != NULL && i < parts->n; i++) {
			buf_puts(&c->removed, i > 0 ? ", " : "");
			json_put(&c->removed, parts->v[i]);
		}
		buf_puts(&c->removed, "]}");
	} else {
		if (bytes > 0)
			snprintf(size, sizeof(size), ", %s",
			    text_bytes((uint64_t)bytes, (char[24]){ 0 }, 24));
		out_printf("%s %s %s%s%s%s\n", c->o->dry_run ? "would remove" : "removed", kind, harmless,
		    detail != NULL ? ": " : "", detail != NULL ? detail : "", size);
		for (size_t i = 0; parts != NULL && i < parts->n; i++) {
			char *part = text_harmless_dup(parts->v[i]);

			out_printf("  %s\n", part);
			free(part);
		}
		fflush(stdout);
	}
	free(harmless);
}

void
clean_left(struct clean *c, const char *kind, const char *name, const char *why)
{
	if (c->o->json) {
		open_element(&c->left, kind, name);
		out_member(&c->left, "why", why);
		buf_puts(&c->left, "}");
	} else
		err_say("left %s %s: %s", kind, name, why);
}

void
clean_failed(struct clean *c, const char *kind, const char *name, const char *why)
{
	c->failed++;
	if (c->o->json)
		clean_left(c, kind, name, why);
	else
		err_say("could not remove %s %s: %s", kind, name, why);
}

int
clean_open(struct clean *c, struct err *e)
{
	return c->docker.context != NULL ? 0 : docker_open(&c->docker, c->loop, e);
}

int
clean_list_runs(struct clean *c, struct err *e)
{
	runs_free(&c->runs);
	return runs_list(&c->docker, &c->runs, e);
}

int
clean_refused(struct clean *c, const char *kind, const char *name, const struct err *e)
{
	struct docker_info info;
	struct err ignored;

	if (c->interrupt.stop || docker_info(&c->docker, &info, &ignored) == -1)
		return -1;
	docker_info_free(&info);
	clean_failed(c, kind, name, e->text);
	return 0;
}

bool
clean_is_live(const struct run_seen *run)
{
	return run->owner == OWNER_LIVE || (run->owner == OWNER_UNKNOWN && run->runner_runs);
}

const struct run_seen *
clean_live(const struct runs *runs)
{
	for (size_t i = 0; i < runs->n; i++)
		if (clean_is_live(&runs->v[i]))
			return &runs->v[i];
	return NULL;
}

static void
say_json(const struct clean *c, const char *why)
{
	struct buf b = { 0 };
	size_t n = 0;

	buf_puts(&b, "{\n  \"command\": ");
	json_put(&b, c->verb);
	buf_printf(&b, ",\n  \"dry_run\": %s,\n  \"error\": ", c->o->dry_run ? "true" : "false");
	json_put(&b, why);
	buf_printf(&b, ",\n  \"removed\": [%s%s],\n  \"left\": [%s%s],\n  \"counts\": {",
	    buf_str(&c->removed), c->removed.len > 0 ? "\n  " : "", buf_str(&c->left),
	    c->left.len > 0 ? "\n  " : "");
	for (size_t i = 0; i < CLEAN_KINDS && c->kinds[i].kind != NULL; i++) {
		buf_printf(&b, "%s\"%s\": %zu", i > 0 ? ", " : "", c->kinds[i].kind, c->kinds[i].n);
		n += c->kinds[i].n;
	}
	buf_printf(&b, "},\n  \"count\": %zu,\n  \"failed\": %zu,\n  \"bytes\": ", n, c->failed);
	if (c->won_unknown)
		buf_puts(&b, "null");
	else
		buf_printf(&b, "%lld", (long long)c->won);
	buf_puts(&b, "\n}\n");
	out_print(&b);
}

static void
say_text(const struct clean *c)
{
	struct buf b = { 0 };
	char size[32];

	for (size_t i = 0; i < CLEAN_KINDS && c->kinds[i].kind != NULL; i++) {
		const char *kind = c->kinds[i].kind;
		bool y = kind[strlen(kind) - 1] == 'y';

		if (c->kinds[i].n > 0)
			buf_printf(&b, "%s%zu %.*s%s", b.len > 0 ? ", " : "", c->kinds[i].n,
			    (int)(strlen(kind) - (y && c->kinds[i].n != 1)), kind,
			    c->kinds[i].n == 1 ? "" : y ? "ies" : "s");
	}
	if (b.len == 0)
		puts("nothing to remove");
	else {
		text_bytes((uint64_t)c->won, size, sizeof(size));
		out_printf("%s: %s; %s%s%s\n", c->o->dry_run ? "would remove" : "removed", buf_str(&b),
		    c->won_at_most ? "at most " : c->won_unknown && c->won > 0 ? "at least " : "",
		    c->won_unknown && c->won == 0 ? "space unknown" : size,
		    c->won_unknown && c->won == 0 ? "" : c->o->dry_run ? " to win" : " won");
	}
	buf_free(&b);
}

typedef int part(struct clean *c, struct err *e);

static int
carry_out(const void *opts, const struct strs *args, const char *verb, part *fn)
{
	struct clean c = { .o = opts, .args = args, .verb = verb, .loop = loop_new() };
	struct err e;
	int got, code, sig;

	c.docker.cancel = &c.interrupt.stop;
	interrupt_watch(&c.interrupt, c.loop);
	got = fn(&c, &e);
	code = c.usage ? 2 : got == -1 || c.failed > 0 ? 3 : 0;
	if (got == -1 && !c.interrupt.stop)
		err_say_as("hi clean", "%s: %s", verb, e.text);
	if (!c.usage) {
		if (c.o->json)
			say_json(&c, got == -1 ? e.text : NULL);
		else if (code == 0 || c.kinds[0].kind != NULL)
			say_text(&c);
	}
	sig = c.interrupt.signal;
	strs_free(&c.networks_gone);
	buf_free(&c.removed);
	buf_free(&c.left);
	runs_free(&c.runs);
	docker_close(&c.docker);
	loop_free(c.loop);
	if (sig != 0)
		loop_die_of(sig);
	return code;
}

#define ROW(fn) \
	static int row_##fn(const void *opts, const struct strs *args) \
	{ \
		return carry_out(opts, args, #fn, clean_##fn); \
	}
ROW(networks)
ROW(images)
ROW(containers)
ROW(cache)
ROW(all)
ROW(run)
ROW(stale)
ROW(logs)

#define SWITCH(id, field, words) { id, FLAG_BOOL, AT(field), .def = "false", .help = (words) }
#define COMMON \
	SWITCH("dry-run", dry_run, "only say what would go"), SWITCH("json", json, "the account as one object")
#define YES SWITCH("yes", yes, "don't ask at a terminal")

static const struct flag common[] = { COMMON, { 0 } };
static const struct flag run_flags[] = { COMMON, SWITCH("force", force, "a live run too"), { 0 } };
static const struct flag image_flags[] = { COMMON,
	SWITCH("force", force, "what a live run may be about to use, too"), { 0 } };
static const struct flag all_flags[] = { COMMON, SWITCH("force", force, "live runs too"), YES, { 0 } };
static const struct flag log_flags[] = {
	COMMON,
	{ "older-than", FLAG_AGE, AT(older_than), .least = 1, .arg = "AGE", .help = "those of runs that began earlier: 7d, 36h" },
	{ "keep", FLAG_INT, AT(keep), .least = 1, .arg = "N", .help = "never the newest N; alone: all but these" },
	{ "max-size", FLAG_BYTES, AT(max_size), .least = 1, .arg = "SIZE", .help = "the oldest, until the rest is no bigger: 5GB" },
	{ "logs-dir", FLAG_STRING, AT(logs_dir), .def = "control_logs", .arg = "DIR",
	    .help = "where they are; the default stands at the module's root" },
	{ 0 },
};

#define COMMAND(fn, flag_rows, words, line, more) \
	static const struct command command_clean_##fn = { .name = #fn, .args = (words), .summary = (line), \
		.about = (more), .flags = (flag_rows), .opts_size = sizeof(struct clean_options), .run = row_##fn }

COMMAND(networks, common, NULL, "remove the networks of tests that nothing uses",
    "Only hs-<hex>-* ones that no container is on, running or not, and that no live run can have made.");
COMMAND(images, image_flags, NULL, "remove the suite's own images",
    "hs-*, headscale-integration*, the other images that tests build, the tailscale clients, and the layers\n"
    "that builds of these left without a name. Never one that a container uses.");
COMMAND(containers, all_flags, NULL, "remove all runs that are over: kept, dead, and other tools'",
    "Refuses while a run is live, and names it. Asks first, at a terminal.");
COMMAND(cache, common, NULL, "remove the volumes of the Go caches",
    "hs-integration-go-cache and hs-integration-go-build-cache; not while a container uses one.\n"
    "The next run downloads and compiles everything again.");
COMMAND(all, all_flags, NULL, "containers, networks, images and cache, in one",
    "Refuses while a run is live, and names it. Asks first, at a terminal. The logs stay.");
COMMAND(run, run_flags, "RUN...", "remove the containers, networks and volumes of runs",
    "RUN is an id, an unambiguous part of one, or last. The run's logs stay.");
COMMAND(stale, common, NULL, "remove dead runs: those whose hi is gone",
    "Only where that is proven; kept ones and other tools' stay.");
COMMAND(logs, log_flags, NULL, "remove old run directories",
    "By at least one limit. Never that of a live or kept run, nothing but directories named by a\n"
    "run's id, and never through a symbolic link.");

static const struct command *const rows[] = { &command_clean_networks, &command_clean_images,
	&command_clean_containers, &command_clean_cache, &command_clean_all, &command_clean_run,
	&command_clean_stale, &command_clean_logs, NULL };

const struct command command_clean = { .name = "clean",
	.summary = "remove what runs left, and only that",
	.sub = rows,
	.about = "Nothing that is not of headscale's tests is touched, and each thing that goes is named.\n"
		 "Exit: 0 done, 2 usage, 3 refused, or something could not be removed." };
