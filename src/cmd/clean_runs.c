/* hi clean containers, run, stale and all: whole runs, by the one path that removes them. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/mem.h"
#include "clean.h"
#include "find_run.h"

static int
clean_refuse_live(const struct run_seen *live, struct err *e)
{
	if (live->owner == OWNER_LIVE)
		return err_set(e,
		    "run %s is live: interrupt its hi (Ctrl-C), or wait for its end, or add --force",
		    live->id);
	return err_set(e, "run %s may be live: its runner %s runs (%s); stop it, or add --force", live->id,
	    live->runner, live->why);
}

struct answer {
	char first;		/* letter of the line */
	bool given;
	volatile bool *stop;
};

static void
answer_read(void *arg, short revents)
{
	struct answer *a = arg;
	char ch;

	(void)revents;
	if (read(STDIN_FILENO, &ch, 1) != 1 || ch == '\n')
		a->given = true;
	else if (a->first == '\0')
		a->first = ch;
}

static bool
answer_given(void *arg)
{
	const struct answer *a = arg;

	return a->given || *a->stop;
}

/* True: go on. Off a terminal there is nobody to ask. */
static bool
clean_agreed(struct clean *c, const char *what)
{
	struct answer a = { .stop = &c->interrupt.stop };
	struct watch *w;

	if (c->o->yes || c->o->dry_run || !isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
		return true;
	fprintf(stderr, "remove %s? [y/N] ", what);
	w = loop_fd(c->loop, STDIN_FILENO, POLLIN, answer_read, &a);
	loop_until(c->loop, answer_given, &a, -1);
	loop_fd_del(w);
	return !c->interrupt.stop && (a.first == 'y' || a.first == 'Y');
}

static void
clean_put_count(struct buf *b, size_t n, const char *what)
{
	if (n == 0)
		return;
	buf_puts(b, b->len > 0 ? ", " : "");
	buf_count(b, n, what);
}

/* What was removed of a run, or would be, and what could not be. */
static void
clean_run_account(struct clean *c, const struct run_seen *run, const struct removal *r)
{
	struct strs parts = { 0 };
	struct buf detail = { 0 };

	for (size_t i = 0; i < r->names.n; i++)
		strs_addf(&parts, "container %s", r->names.v[i]);
	for (size_t i = 0; i < r->network_names.n; i++)
		strs_addf(&parts, "network %s", r->network_names.v[i]);
	buf_puts(&detail, owner_name(run->owner));
	clean_put_count(&detail, r->containers, "container");
	clean_put_count(&detail, r->networks_removed, "network");
	clean_put_count(&detail, r->volumes, "volume");
	clean_put_count(&detail, r->images, "image tag");
	if (r->n_left == 0)
		clean_took(c, "run", run->id, buf_str(&detail), 0, &parts);
	clean_count(c, "container", r->containers);
	clean_count(c, "network", r->networks_removed);
	clean_count(c, "volume", r->volumes);
	clean_count(c, "image tag", r->images);
	for (size_t i = 0; i < r->n_left; i++)
		clean_failed(c, r->left[i].kind, r->left[i].name, r->left[i].why);
	buf_free(&detail);
	strs_free(&parts);
}

static int
clean_one_run(struct clean *c, const struct run_seen *run, struct err *e)
{
	struct removal r = { .dry = c->o->dry_run };
	int got = c->interrupt.stop ? err_as(e, ERR_INTERRUPTED, "interrupted") : runs_remove(&c->docker, run,
	    &r, e);

	if (got == 0)
		clean_run_account(c, run, &r);
	else
		err_on(e, "run %s", run->id);
	removal_free(&r);
	return got;
}

struct stale {
	struct clean *clean;
	struct err *e;		/* of the first one that failed */
	int got;
};

static void
clean_stale_removed(void *arg, const struct run_seen *run, const struct removal *r, size_t stopped,
    const struct err *e)
{
	struct stale *s = arg;

	(void)stopped;
	if (e == NULL)
		clean_run_account(s->clean, run, r);
	else if (s->got == 0) {
		*s->e = *e;
		s->got = err_on(s->e, "run %s", run->id);
	}
}

int
clean_stale(struct clean *c, struct err *e)
{
	struct stale s = { .clean = c, .e = e, .got = clean_look(c, e) };

	if (s.got == 0)
		runs_remove_dead(&c->docker, &c->runs, NULL, false, c->o->dry_run, clean_stale_removed, &s);
	return s.got;
}

/* Looks, refuses, asks, and removes all runs. 1: the user said no. */
static int
clean_all_runs(struct clean *c, const char *beside, struct err *e)
{
	const struct run_seen *live;
	size_t containers = 0;
	struct buf what = { 0 };
	int got;

	if (clean_look(c, e) == -1)
		return -1;
	live = clean_live(&c->runs);
	if (live != NULL && !c->o->force)
		return clean_refuse_live(live, e);
	for (size_t i = 0; i < c->runs.n; i++)
		containers += c->runs.v[i].containers;
	if (c->runs.n > 0) {
		buf_count(&what, c->runs.n, "run");
		buf_puts(&what, " with ");
		buf_count(&what, containers, "container");
	}
	for (size_t i = 0; i < c->runs.n; i++)
		buf_printf(&what, "%s%s %s", i > 0 ? ", " : " (", owner_name(c->runs.v[i].owner),
		    c->runs.v[i].id);
	buf_printf(&what, "%s%s%s", c->runs.n > 0 ? ")" : "", c->runs.n > 0 && *beside != '\0' ? ", " : "",
	    beside);
	got = what.len == 0 || clean_agreed(c, buf_str(&what)) ? 0 : 1;
	buf_free(&what);
	for (size_t i = 0; i < c->runs.n && got == 0; i++)
		got = clean_one_run(c, &c->runs.v[i], e);
	return got;
}

int
clean_containers(struct clean *c, struct err *e)
{
	return clean_all_runs(c, "", e) == -1 ? -1 : 0;
}

int
clean_all(struct clean *c, struct err *e)
{
	int got = clean_all_runs(c, "the tests' unused networks and images, and the Go caches", e);

	c->runs_gone = c->o->dry_run;
	if (got == 0)
		got = clean_networks(c, e);
	if (got == 0)
		got = clean_images(c, e);
	if (got == 0)
		got = clean_cache(c, e);
	return got == -1 ? -1 : 0;
}

int
clean_run(struct clean *c, struct err *e)
{
	struct strs ids = { 0 }, dirs = { 0 }, done = { 0 };
	int *at = xcalloc(c->args->n + 1, sizeof(*at)), got = 0;

	if (c->args->n == 0)
		got = err_as(e, ERR_USAGE, "which run? hi ps lists them");
	else
		got = clean_look(c, e);
	for (size_t i = 0; i < c->runs.n; i++) {
		strs_add(&ids, c->runs.v[i].id);
		strs_add(&dirs, c->runs.v[i].dir);
	}
	/* Before the first one goes all are found. */
	for (size_t i = 0; i < c->args->n && got == 0; i++) {
		at[i] = run_pick(&ids, &dirs, c->args->v[i], "on this engine", e);
		if (at[i] == -1)
			got = -1;
		else if (clean_is_live(&c->runs.v[at[i]]) && !c->o->force)
			got = clean_refuse_live(&c->runs.v[at[i]], e);
	}
	for (size_t i = 0; i < c->args->n && got == 0; i++)
		if (ids.v != NULL && strs_add_new(&done, ids.v[at[i]]))
			got = clean_one_run(c, &c->runs.v[at[i]], e);
	strs_free(&ids);
	strs_free(&dirs);
	strs_free(&done);
	free(at);
	return got;
}
