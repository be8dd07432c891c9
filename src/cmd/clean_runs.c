/* hi clean containers, run, stale and all: whole runs, removed as everywhere else by cleanup/. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../base/file.h"
#include "../base/mem.h"
#include "../base/text.h"
#include "clean.h"

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

/* True: go on. Off a terminal there is nobody to ask. Nothing has begun yet, so a signal ends hi at once. */
static bool
clean_agreed(const struct clean *c, const char *what)
{
	char line[64];

	if (c->o->yes || c->o->dry_run || !isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
		return true;
	fprintf(stderr, "remove %s? [y/N] ", what);
	return fgets(line, sizeof(line), stdin) != NULL && (*line == 'y' || *line == 'Y');
}

/* Accounts for the parts of a run that were removed, or would be, and for those that could not be. */
static void
clean_run_account(struct clean *c, const struct run_seen *run, const struct removal *r)
{
	const struct removed *gone = &r->removed;
	const struct {
		const char *kind;
		size_t n;
	} counts[] = { { "container", gone->containers }, { "network", gone->networks },
		{ "volume", gone->volumes }, { "image tag", gone->images } };
	struct strs parts = { 0 };
	struct buf detail = { 0 };

	for (size_t i = 0; i < r->names.n; i++)
		strs_addf(&parts, "container %s", r->names.v[i]);
	for (size_t i = 0; i < r->network_names.n; i++)
		strs_addf(&parts, "network %s", r->network_names.v[i]);
	buf_puts(&detail, owner_name(run->owner));
	for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++)
		if (counts[i].n > 0) {
			buf_puts(&detail, ", ");
			buf_count(&detail, counts[i].n, counts[i].kind);
		}
	if (gone->n_left == 0)
		clean_account_removed(c, &(struct thing){ .kind = "run", .name = run->id,
		    .detail = buf_str(&detail), .parts = &parts });
	for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++)
		clean_count(c, counts[i].kind, counts[i].n);
	for (size_t i = 0; i < gone->n_left; i++)
		clean_account_left(c, gone->left[i].kind, gone->left[i].name, gone->left[i].why, true);
	buf_free(&detail);
	strs_free(&parts);
}

static int
clean_one_run(struct clean *c, const struct run_seen *run, struct err *e)
{
	struct removal r = { .dry = c->o->dry_run };
	int got;

	clean_begin(c);
	got = c->interrupt.stop ? err_as(e, ERR_INTERRUPTED, "interrupted") :
	    runs_remove(&c->docker, run, &r, e) == -1 ? err_on(e, "run %s", run->id) : 0;
	if (got == 0)
		clean_run_account(c, run, &r);
	removal_free(&r);
	return got;
}

static void
clean_stale_removed(void *arg, const struct run_seen *run, const struct removal *r, size_t stopped,
    const struct err *e)
{
	(void)stopped;
	if (e == NULL)
		clean_run_account(arg, run, r);
	else
		clean_account_left(arg, "run", run->id, e->text, true);
}

int
clean_stale(struct clean *c, struct err *e)
{
	int got = clean_list_runs(c, e);

	clean_begin(c);
	if (got == 0)
		runs_remove_dead(&c->docker, &c->runs, NULL, false, c->o->dry_run, clean_stale_removed, c);
	return got;
}

/* Removes all runs, unless one is live or the user refuses. beside: what else would be removed. Returns 1 if
 * the user refused. */
static int
clean_all_runs(struct clean *c, const char *beside, struct err *e)
{
	const struct run_seen *live;
	struct strs runs = { 0 };
	struct buf what = { 0 };
	size_t containers = 0;
	char *names;
	int got;

	if (clean_list_runs(c, e) == -1)
		return -1;
	live = clean_live(&c->runs);
	if (live != NULL && !c->o->force)
		return clean_refuse_live(live, e);
	for (size_t i = 0; i < c->runs.n; i++) {
		containers += c->runs.v[i].containers;
		strs_addf(&runs, "%s %s", owner_name(c->runs.v[i].owner), c->runs.v[i].id);
	}
	if (runs.n > 0) {
		names = strs_join(&runs, ", ");
		buf_count(&what, runs.n, "run");
		buf_puts(&what, " with ");
		buf_count(&what, containers, "container");
		buf_printf(&what, " (%s)%s", names, *beside != '\0' ? ", " : "");
		free(names);
	}
	buf_puts(&what, beside);
	got = what.len == 0 || clean_agreed(c, buf_str(&what)) ? 0 : 1;
	buf_free(&what);
	strs_free(&runs);
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

/* As run_pick, but the newest run is one of this checkout's, if any ran here: "last" is never another's. */
static int
clean_pick_run(const struct runs *runs, const char *word, struct err *e)
{
	char *logs = logs_directory(NULL);
	bool here = run_is_newest(word) && file_is_dir(logs);
	struct strs ids = { 0 }, dirs = { 0 };
	size_t *index = xcalloc(runs->n + 1, sizeof(*index));
	int at;

	for (size_t i = 0; i < runs->n; i++) {
		const char *below = text_after(runs->v[i].dir, logs);

		if (here && (below == NULL || *below != '/'))
			continue;
		index[ids.n] = i;
		strs_add(&ids, runs->v[i].id);
		strs_add(&dirs, runs->v[i].dir);
	}
	at = run_pick(&ids, &dirs, word, here ? "of this checkout on this engine" : "on this engine", e);
	if (at >= 0)
		at = (int)index[at];
	free(index);
	strs_free(&ids);
	strs_free(&dirs);
	free(logs);
	return at;
}

int
clean_run(struct clean *c, struct err *e)
{
	bool *goes;
	int at, got = 0;

	if (c->args->n == 0)
		return err_as(e, ERR_USAGE, "which run? hi ps lists them");
	if (clean_list_runs(c, e) == -1)
		return -1;
	goes = xcalloc(c->runs.n + 1, sizeof(*goes));
	/* All are found before the first one is removed. */
	for (size_t i = 0; i < c->args->n && got == 0; i++) {
		at = clean_pick_run(&c->runs, c->args->v[i], e);
		if (at == -1)
			got = -1;
		else if (clean_is_live(&c->runs.v[at]) && !c->o->force)
			got = clean_refuse_live(&c->runs.v[at], e);
		else
			goes[at] = true;
	}
	for (size_t i = 0; i < c->runs.n && got == 0; i++)
		if (goes[i])
			got = clean_one_run(c, &c->runs.v[i], e);
	free(goes);
	return got;
}
