/* hi clean: the table of its commands, and the account that each of them gives. */
#include "clean.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/json_write.h"
#include "../base/text.h"

#define AT(field) offsetof(struct clean_options, field)

void
clean_count(struct clean *c, const char *kind, size_t n)
{
	size_t i = 0;

	while (i + 1 < KINDS && c->kinds[i].kind != NULL && strcmp(c->kinds[i].kind, kind) != 0)
		i++;
	c->kinds[i].kind = kind;
	c->kinds[i].n += n;
}

static void
clean_say(const struct clean *c, const struct thing *t)
{
	char size[32] = "";

	if (t->bytes > 0)
		text_bytes(t->bytes, size, sizeof(size));
	out_line("%s %s %s%s%s%s%s", c->o->dry_run ? "would remove" : "removed", t->kind, t->name,
	    t->detail != NULL ? ": " : "", t->detail != NULL ? t->detail : "", t->bytes > 0 ? ", " : "",
	    size);
	for (size_t i = 0; t->parts != NULL && i < t->parts->n; i++)
		out_line("  %s", t->parts->v[i]);
	fflush(stdout);
}

void
clean_account_removed(struct clean *c, const struct thing *t)
{
	clean_count(c, t->kind, 1);
	c->bytes += t->bytes;
	jw_object(&c->removed, NULL);
	jw_string(&c->removed, "kind", t->kind);
	jw_string(&c->removed, "name", t->name);
	jw_string(&c->removed, "detail", t->detail);
	if (t->bytes > 0)
		jw_int(&c->removed, "bytes", (int64_t)t->bytes);
	jw_array(&c->removed, "parts");
	for (size_t i = 0; t->parts != NULL && i < t->parts->n; i++)
		jw_string(&c->removed, NULL, t->parts->v[i]);
	jw_end_array(&c->removed);
	jw_end_object(&c->removed);
	if (!c->o->json)
		clean_say(c, t);
}

void
clean_account_left(struct clean *c, const char *kind, const char *name, const char *why, bool failed)
{
	c->failed += failed;
	jw_object(&c->left, NULL);
	jw_string(&c->left, "kind", kind);
	jw_string(&c->left, "name", name);
	jw_string(&c->left, "why", why);
	jw_end_object(&c->left);
	if (!c->o->json)
		err_say("%s %s %s: %s", failed ? "could not remove" : "left", kind, name, why);
}

/* True, after a failed removal: the engine still answers, and no signal came. */
static bool
clean_goes_on(struct clean *c, const struct thing *t)
{
	struct docker_info info = { 0 };
	struct err ignored;
	bool answers = t->id == NULL || docker_info(&c->docker, &info, &ignored) == 0;

	docker_info_free(&info);
	return answers && !c->interrupt.stop;
}

int
clean_thing(struct clean *c, const struct thing *t, struct err *e)
{
	int got = 0;

	clean_begin(c);
	if (c->interrupt.stop)
		got = err_as(e, ERR_INTERRUPTED, "interrupted");
	else if (t->stays != NULL)
		clean_account_left(c, t->kind, t->name, t->stays, t->missed);
	else if (c->o->dry_run || t->remove(c, t, e) == 0)
		clean_account_removed(c, t);
	else if (clean_goes_on(c, t))
		clean_account_left(c, t->kind, t->name, e->text, true);
	else
		got = -1;
	free(t->stays);
	return got;
}

void
clean_begin(struct clean *c)
{
	interrupt_watch(&c->interrupt, c->loop);
}

int
clean_open(struct clean *c, struct err *e)
{
	return c->docker.context != NULL ? 0 : docker_open(&c->docker, c->loop, e);
}

int
clean_list_runs(struct clean *c, struct err *e)
{
	if (clean_open(c, e) == -1)
		return -1;
	runs_free(&c->runs);
	return runs_list(&c->docker, &c->runs, e);
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
clean_account_json(struct clean *c, const char *verb, const char *why)
{
	struct buf b = { 0 };
	size_t n = 0;

	jw_end_array(&c->removed);
	jw_end_array(&c->left);
	jw_object(&b, NULL);
	jw_string(&b, "command", verb);
	jw_bool(&b, "dry_run", c->o->dry_run);
	jw_string(&b, "error", why);
	jw_raw(&b, "removed", buf_str(&c->removed));
	jw_raw(&b, "left", buf_str(&c->left));
	jw_object(&b, "counts");
	for (size_t i = 0; i < KINDS && c->kinds[i].kind != NULL; i++) {
		jw_int(&b, c->kinds[i].kind, (int64_t)c->kinds[i].n);
		n += c->kinds[i].n;
	}
	jw_end_object(&b);
	jw_int(&b, "count", (int64_t)n);
	jw_int(&b, "failed", (int64_t)c->failed);
	jw_int(&b, "bytes", (int64_t)c->bytes);
	jw_end_object(&b);
	out_json(&b);
}

static void
clean_account_text(const struct clean *c)
{
	struct buf b = { 0 };
	char size[32];

	for (size_t i = 0; i < KINDS; i++) {
		if (c->kinds[i].n == 0)
			continue;
		buf_puts(&b, b.len > 0 ? ", " : c->o->dry_run ? "would remove: " : "removed: ");
		buf_count(&b, c->kinds[i].n, c->kinds[i].kind);
	}
	if (c->bytes > 0)
		buf_printf(&b, "; up to %s", text_bytes(c->bytes, size, sizeof(size)));
	buf_puts(&b, b.len > 0 ? "\n" : c->failed > 0 ? "nothing was removed\n" : "nothing to remove\n");
	out_print(&b);
}

static int
clean_command(const void *opts, const struct strs *args, const char *verb, int (*part)(struct clean *,
    struct err *))
{
	struct clean c = { .o = opts, .args = args, .loop = loop_new() };
	struct err e;
	int got, code, sig;

	c.docker.cancel = &c.interrupt.stop;
	jw_array(&c.removed, NULL);
	jw_array(&c.left, NULL);
	got = part(&c, &e);
	code = got == -1 && e.kind == ERR_USAGE ? 2 : got == -1 || c.failed > 0 ? 3 : 0;
	if (got == -1 && !c.interrupt.stop)
		err_say("%s", e.text);
	if (c.o->json && code != 2)
		clean_account_json(&c, verb, got == -1 ? e.text : NULL);
	else if (code == 0 || c.kinds[0].kind != NULL)
		clean_account_text(&c);
	sig = c.interrupt.signal;
	buf_free(&c.removed);
	buf_free(&c.left);
	runs_free(&c.runs);
	docker_close(&c.docker);
	loop_free(c.loop);
	if (sig != 0)
		loop_die_of(sig);
	return code;
}

#define COMMON \
	SWITCH("dry-run", AT(dry_run), "only say what would go"), \
	SWITCH("json", AT(json), "the account as one object")

static const struct flag common[] = { COMMON, { 0 } };
static const struct flag run_flags[] = { COMMON, SWITCH("force", AT(force), "a live run too"), { 0 } };
static const struct flag image_flags[] = { COMMON,
	SWITCH("force", AT(force), "while a run is live, too"), { 0 } };
static const struct flag all_flags[] = { COMMON, SWITCH("force", AT(force), "live runs too"),
	SWITCH("yes", AT(yes), "don't ask at a terminal"), { 0 } };
static const struct flag log_flags[] = {
	COMMON,
	{ "older-than", FLAG_AGE, AT(older_than), .least = 1, .arg = "AGE",
	    .help = "those of runs that began earlier: 7d, 36h" },
	{ "keep", FLAG_INT, AT(keep), .least = 1, .arg = "N",
	    .help = "never the newest N; alone: all but these" },
	{ "max-size", FLAG_BYTES, AT(max_size), .least = 1, .arg = "SIZE",
	    .help = "the oldest, until the rest is no bigger: 5GB" },
	LOGS_DIR(AT(logs_dir), "where they are; the default stands at the module's root"),
	{ 0 },
};

/* Defines a command's function and its row. */
#define COMMAND(fn, flag_rows, words, line, more) \
	static int clean_command_##fn(const void *opts, const struct strs *args) \
	{ \
		return clean_command(opts, args, #fn, clean_##fn); \
	} \
	static const struct command command_clean_##fn = { .name = #fn, .args = (words), .summary = (line), \
		.about = (more), .flags = (flag_rows), .hints = cmd_hints, \
		.opts_size = sizeof(struct clean_options), .run = clean_command_##fn }

COMMAND(stale, common, NULL, "remove dead runs: those whose hi is gone",
    "Only where that is proven; kept ones and other tools' stay.");
COMMAND(run, run_flags, "RUN...", "remove the containers, networks and volumes of runs",
    "RUN is a run's id, a part of it, last, or last-failed. The run's logs stay.");
COMMAND(containers, all_flags, NULL, "remove all runs that are over: kept, dead, and other tools'",
    "Refuses while a run is live, and names it. Asks first, at a terminal.");
COMMAND(networks, common, NULL, "remove the networks of tests that nothing uses",
    "Only hs-<hex>-* ones that no container is on, running or not, and that no live run can have made.");
COMMAND(images, image_flags, NULL, "remove the suite's own images",
    "hs-*, headscale-integration*, the other images that tests build, the tailscale clients, and those\n"
    "that builds of these left without a name. Never one that a container uses, and none while a run\n"
    "is live.");
COMMAND(cache, common, NULL, "remove the volumes of the Go caches",
    "hs-integration-go-cache and hs-integration-go-build-cache; not while a container uses one.\n"
    "The next run downloads and compiles everything again.");
COMMAND(logs, log_flags, NULL, "remove old run directories",
    "By at least one limit. Never that of a live or kept run, nothing but directories named by a\n"
    "run's id, and never through a symbolic link.");
COMMAND(all, all_flags, NULL, "containers, networks, images and cache, in one",
    "Refuses while a run is live, and names it. Asks first, at a terminal. The logs stay.");

static const struct command *const rows[] = { &command_clean_stale, &command_clean_run,
    &command_clean_containers, &command_clean_networks, &command_clean_images, &command_clean_cache,
    &command_clean_logs, &command_clean_all, NULL };

const struct command command_clean = {
	.name = "clean", .summary = "remove what runs left, and only that", .sub = rows,
	.about =
	    "Which one? After a crash: stale. A run that was kept: run RUN. For disk space: logs, then\n"
	    "images, then cache. all also removes images and Go caches that the next run needs again: see\n"
	    "all --dry-run first. Nothing that is not of headscale's tests is touched, and each thing that\n"
	    "goes is named.\n"
	    "Exit: 0 done, 2 usage, 3 refused, or something could not be removed.",
};
