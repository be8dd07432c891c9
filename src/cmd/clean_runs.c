/* hi clean containers, run, stale and all: whole runs, by the one path that removes them. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/mem.h"
#include "../base/text.h"
#include "../docker/usage.h"
#include "clean.h"
#include "find_run.h"

enum { WEIGHED = 20 };	/* containers of a run whose space is asked for */

static int
look(struct clean *c, struct err *e)
{
	if (clean_open(c, e) == -1)
		return -1;
	return clean_list_runs(c, e);
}

static int
refuse_live(const struct run_seen *live, struct err *e)
{
	if (live->owner == OWNER_LIVE)
		return err_set(e,
		    "run %s is live: interrupt its hi (Ctrl-C), or wait for its end, or add --force",
		    live->id);
	return err_set(e, "run %s may be live: its runner %s runs (%s); stop it, or add --force",
	    live->id, live->runner, live->why);
}

struct answer {
	char text[16];
	size_t len;
	bool given;
	volatile bool *stop;
};

static void
on_answer(void *arg, short revents)
{
	struct answer *a = arg;
	char ch;

	(void)revents;
	if (read(STDIN_FILENO, &ch, 1) != 1 || ch == '\n')
		a->given = true;
	else if (a->len < sizeof(a->text) - 1)
		a->text[a->len++] = ch;
}

static bool
answered(void *arg)
{
	const struct answer *a = arg;

	return a->given || *a->stop;
}

/* True: go on. Off a terminal there is nobody to ask. */
static bool
agreed(struct clean *c, const char *what)
{
	struct answer a = { .stop = &c->interrupt.stop };
	struct watch *w;

	if (c->o->yes || c->o->dry_run || !isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
		return true;
	fprintf(stderr, "remove %s? [y/N] ", what);
	w = loop_fd(c->loop, STDIN_FILENO, POLLIN, on_answer, &a);
	loop_until(c->loop, answered, &a, -1);
	loop_fd_del(w);
	return !c->interrupt.stop &&
	    (strcmp(a.text, "y") == 0 || strcmp(a.text, "Y") == 0 || strcmp(a.text, "yes") == 0);
}

/* What a run consists of, by name, before it goes. */
static int
name_parts(struct clean *c, const struct run_seen *run, struct removal *r, struct strs *parts, struct err *e)
{
	int got;

	r->dry = true;
	got = runs_remove(&c->docker, run, r, e);
	for (size_t i = 0; i < r->names.n; i++)
		strs_addf(parts, "container %s", r->names.v[i]);
	for (size_t i = 0; i < r->network_names.n; i++)
		strs_addf(parts, "network %s", r->network_names.v[i]);
	return got;
}

static void
count(struct buf *b, size_t n, const char *what)
{
	buf_printf(b, ", %zu %s%s", n, what, n == 1 ? "" : "s");
}

static char *
counts(const struct removal *r, enum owner owner)
{
	struct buf b = { 0 };

	buf_puts(&b, owner_name(owner));
	count(&b, r->containers, "container");
	count(&b, r->networks_removed, "network");
	if (r->volumes > 0)
		count(&b, r->volumes, "volume");
	if (r->images > 0)
		count(&b, r->images, "image tag");
	return buf_take(&b);
}

static int
take(struct clean *c, const struct run_seen *run, struct err *e)
{
	struct removal seen = { 0 }, r = { 0 }, *done = c->o->dry_run ? &seen : &r;
	char *label = xasprintf(LABEL_RUN "=%s", run->id), *detail;
	struct strs parts = { 0 };
	int64_t bytes = 0;
	int got = name_parts(c, run, &seen, &parts, e);

	/* To weigh a crowd takes the engine longer than to remove it. */
	if (run->containers > 0)
		bytes = run->containers <= WEIGHED || c->o->dry_run ? containers_size(&c->docker, label) : -1;
	if (got == 0 && c->interrupt.stop)
		got = err_set(e, "interrupted");
	if (got == 0 && !c->o->dry_run)
		got = runs_remove(&c->docker, run, &r, e);
	if (got == -1)
		err_on(e, "run %s", run->id);
	else {
		detail = counts(done, run->owner);
		if (done->n_left == 0)
			clean_took(c, "run", run->id, detail, bytes, &parts);
		free(detail);
		clean_count(c, "container", done->containers);
		clean_count(c, "network", done->networks_removed);
		clean_count(c, "volume", done->volumes);
		clean_count(c, "image tag", done->images);
		for (size_t i = 0; i < done->n_left; i++)
			clean_failed(c, done->left[i].kind, done->left[i].name, done->left[i].why);
	}
	for (size_t i = 0; c->o->dry_run && i < seen.networks.n; i++)
		strs_add_new(&c->networks_gone, seen.networks.v[i]);
	removal_free(&seen);
	removal_free(&r);
	strs_free(&parts);
	free(label);
	return got;
}

static int
take_all(struct clean *c, bool (*wanted)(const struct clean *, const struct run_seen *), struct err *e)
{
	int got = 0;

	for (size_t i = 0; i < c->runs.n && got == 0; i++)
		if (wanted(c, &c->runs.v[i]))
			got = take(c, &c->runs.v[i], e);
	return got;
}

static bool
is_any(const struct clean *c, const struct run_seen *run)
{
	(void)c;
	(void)run;
	return true;
}

static bool
is_dead(const struct clean *c, const struct run_seen *run)
{
	(void)c;
	return run->owner == OWNER_DEAD;
}

int
clean_stale(struct clean *c, struct err *e)
{
	if (look(c, e) == -1)
		return -1;
	return take_all(c, is_dead, e);
}

/* Looks, refuses, asks. 1: there is nothing to do, or the user said no. */
static int
before_all(struct clean *c, const char *beside, struct err *e)
{
	const struct run_seen *live;
	size_t containers = 0;
	struct buf what = { 0 };
	bool go_on;

	if (look(c, e) == -1)
		return -1;
	live = clean_live(&c->runs);
	if (live != NULL && !c->o->force)
		return refuse_live(live, e);
	for (size_t i = 0; i < c->runs.n; i++)
		containers += c->runs.v[i].containers;
	if (c->runs.n == 0 && beside == NULL)
		return 1;
	if (c->runs.n > 0)
		buf_printf(&what, "%zu run%s with %zu container%s (", c->runs.n, c->runs.n == 1 ? "" : "s",
		    containers, containers == 1 ? "" : "s");
	for (size_t i = 0; i < c->runs.n; i++)
		buf_printf(&what, "%s%s %s", i > 0 ? ", " : "", owner_name(c->runs.v[i].owner),
		    c->runs.v[i].id);
	buf_printf(&what, "%s%s%s", c->runs.n > 0 ? ")" : "", c->runs.n > 0 && beside != NULL ? ", " : "",
	    beside != NULL ? beside : "");
	go_on = agreed(c, buf_str(&what));
	buf_free(&what);
	return go_on ? 0 : 1;
}

int
clean_containers(struct clean *c, struct err *e)
{
	int got = before_all(c, NULL, e);

	if (got == 0)
		got = take_all(c, is_any, e);
	return got == -1 ? -1 : 0;
}

int
clean_all(struct clean *c, struct err *e)
{
	int got = before_all(c, "the tests' unused networks and images, and the Go caches", e);

	if (got != 0)
		return got == -1 ? -1 : 0;
	if (take_all(c, is_any, e) == -1)
		return -1;
	c->runs_gone = c->o->dry_run;
	if (clean_networks(c, e) == -1 || clean_images(c, e) == -1)
		return -1;
	return clean_cache(c, e);
}

int
clean_run(struct clean *c, struct err *e)
{
	const struct run_seen **runs;
	struct strs ids = { 0 };
	int got = 0, at;

	if (c->args->n == 0) {
		c->usage = true;
		return err_as(e, ERR_USAGE, "which run? hi ps lists them");
	}
	if (look(c, e) == -1)
		return -1;
	runs = xcalloc(c->args->n, sizeof(*runs));
	for (size_t i = 0; i < c->runs.n; i++)
		strs_add(&ids, c->runs.v[i].id);
	/* Before the first one goes all are found. */
	for (size_t i = 0; i < c->args->n && got == 0; i++) {
		at = run_pick(&ids, c->args->v[i], "on this engine", e);
		runs[i] = at >= 0 ? &c->runs.v[at] : NULL;
		c->usage = at < 0;
		if (at < 0)
			got = -1;
		else if (clean_is_live(runs[i]) && !c->o->force)
			got = refuse_live(runs[i], e);
	}
	for (size_t i = 0; i < c->args->n && got == 0; i++) {
		bool again = false;

		for (size_t k = 0; k < i; k++)
			again = again || runs[k] == runs[i];
		if (!again)
			got = take(c, runs[i], e);
	}
	strs_free(&ids);
	free(runs);
	return got;
}
