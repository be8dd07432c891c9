/* hi clean logs: old directories of runs, by age, number and size. */
#include <sys/stat.h>

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "../base/duration.h"
#include "../base/file.h"
#include "../base/mem.h"
#include "../base/text.h"
#include "../report/report.h"
#include "../run/run.h"
#include "clean.h"

#define KIND "log directory"

enum { JUST_NOW_MS = 60000 };

/* The user must name the directory itself, not a link to it. */
static int
logs_check_directory(const char *dir, struct err *e)
{
	char target[PATH_MAX];
	struct stat st;

	if (lstat(dir, &st) == -1 && errno == ENOENT)
		return err_set(e, "%s: there is no such directory: name it with --logs-dir", dir);
	if (lstat(dir, &st) == 0 && S_ISLNK(st.st_mode))
		return err_set(e, "%s is a symbolic link: name the directory itself, --logs-dir=%s", dir,
		    realpath(dir, target) != NULL ? target : "DIR");
	return 0;
}

/* Returns why a run's directory must stay; NULL: it need not. */
static const char *
logs_protection(const struct runs *runs, const char *name)
{
	static const char *const why[] = { [OWNER_LIVE] = "its run is live", [OWNER_KEPT] = "its run is kept",
		[OWNER_UNKNOWN] = "containers of its run are still there" };

	for (size_t i = 0; i < runs->n; i++)
		if (strcmp(runs->v[i].id, name) == 0 && runs->v[i].owner != OWNER_DEAD)
			return why[runs->v[i].owner];
	return NULL;
}

/* A set (hi run -j) has no lease of its own, only its runs have. So an unfinished set may be going on while a
 * run beside it that began after it is live, and for a moment after its files were written, when its next run
 * may not have a lease yet. */
static bool
logs_set_goes_on(const struct runs *runs, const struct strs *beside, const char *path, const struct stat *st,
    int64_t began)
{
	struct strs names = { 0 };
	struct report rep;
	int64_t started;
	bool open;

	if (report_load(path, &rep, NULL) == 0) {
		open = !rep.finished && rep.runs.n > 0;
		report_free(&rep);
		if (open && (int64_t)st->st_mtime * 1000 > text_now() - JUST_NOW_MS)
			return true;
	} else	/* Its directory is empty until it has written its first files. */
		open = dir_names(path, &names, NULL) == 0 && names.n == 0;
	strs_free(&names);
	for (size_t i = 0; i < runs->n && open; i++)
		if (clean_is_live(&runs->v[i]) && strs_has(beside, runs->v[i].id) &&
		    is_run_id(runs->v[i].id, &started) && started >= began)
			return true;
	return false;
}

static void
logs_add_lease(void *arg, const struct lease_content *l)
{
	struct runs *runs = arg;

	if (l->owner == OWNER_DEAD)
		return;
	runs->v = xreallocarray(runs->v, runs->n + 1, sizeof(*runs->v));
	runs->v[runs->n++] = (struct run_seen){ .id = xstrdup(l->run_id), .owner = l->owner };
}

/* The leases tell which runs are live or kept, on any engine, and even if none answers. */
static void
logs_know_runs(struct clean *c)
{
	struct err e;

	if (clean_list_runs(c, &e) == -1)
		err_say("the runs are known by their leases alone: %s", e.text);
	lease_each(logs_add_lease, &c->runs);
}

static bool
log_may_go(struct clean *c, const struct strs *names, const char *name, const char *path, int64_t began)
{
	const char *why = logs_protection(&c->runs, name);
	struct stat st;

	if (lstat(path, &st) == -1)
		return false;
	if (!S_ISDIR(st.st_mode))
		why = "it is no directory itself";
	else if (why == NULL && logs_set_goes_on(&c->runs, names, path, &st, began))
		why = "its set may be going on";
	if (why != NULL)
		clean_account_left(c, KIND, name, why, false);
	/* A run that is just beginning may not have a lease yet. */
	return why == NULL && began < text_now() - JUST_NOW_MS;
}

static int
log_go(struct clean *c, const struct thing *t, struct err *e)
{
	char *dir = logs_directory(c->o->logs_dir), *path = file_join(dir, t->name);
	int got = dir_remove(path, e);

	free(path);
	free(dir);
	return got;
}

/* Chooses the directories to remove, from the newest to the oldest; names are sorted by age. Sets goes[i] for
 * those, and bytes[i] to the size of each that may be removed. */
static void
logs_choose(struct clean *c, const char *dir, const struct strs *names, bool *goes, uint64_t *bytes)
{
	const struct clean_options *o = c->o;
	bool only_keep = o->older_than == 0 && o->max_size == 0, full = false;
	int64_t began, oldest = text_now() - o->older_than, n = 0;
	uint64_t sum = 0;

	for (size_t i = names->n; i-- > 0;) {
		char *path = file_join(dir, names->v[i]);

		if (is_run_id(names->v[i], &began) && log_may_go(c, names, names->v[i], path, began)) {
			(void)dir_usage(path, &bytes[i]);
			sum += bytes[i];
			/* Once one exceeds the limit, so does every older one. */
			full = full || (o->max_size > 0 && sum > o->max_size);
			goes[i] = n++ >= o->keep &&
			    (only_keep || full || (o->older_than > 0 && began < oldest));
		}
		free(path);
	}
}

int
clean_logs(struct clean *c, struct err *e)
{
	struct strs names = { 0 };
	char *dir, age[32], *detail;
	uint64_t *bytes;
	int64_t began;
	bool *goes;
	int got;

	if (c->o->older_than == 0 && c->o->keep == 0 && c->o->max_size == 0)
		return err_as(e, ERR_USAGE,
		    "which ones? --older-than=7d, --keep=20, --max-size=5GB, or several of these");
	dir = logs_directory(c->o->logs_dir);
	got = logs_check_directory(dir, e) == -1 ? -1 : run_names(dir, &names, e);
	goes = xcalloc(names.n + 1, sizeof(*goes));
	bytes = xcalloc(names.n + 1, sizeof(*bytes));
	if (got == 0) {
		logs_know_runs(c);
		logs_choose(c, dir, &names, goes, bytes);
	}
	for (size_t i = 0; i < names.n && got == 0; i++) {
		if (!goes[i] || !is_run_id(names.v[i], &began))
			continue;
		detail = xasprintf("%s old", duration_human(text_now() - began, age, sizeof(age)));
		got = clean_thing(c, &(struct thing){ .kind = KIND, .name = names.v[i], .detail = detail,
		    .bytes = bytes[i], .remove = log_go }, e);
		free(detail);
	}
	strs_free(&names);
	free(goes);
	free(bytes);
	free(dir);
	return got;
}
