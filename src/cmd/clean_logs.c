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
#include "find_run.h"

enum { JUST_NOW_MS = 60000 };

struct log {
	char *name;
	int64_t started;
	uint64_t bytes;
	bool goes;
};
struct logs {
	struct log *v;
	size_t n;
};

static int
logs_newest_first(const void *a, const void *b)
{
	return -strcmp(((const struct log *)a)->name, ((const struct log *)b)->name);
}

/* The directory that was meant: itself, no link to another. */
static int
logs_find_directory(struct clean *c, char **dir, struct err *e)
{
	char target[PATH_MAX];
	struct stat st;

	*dir = logs_directory(c->o->logs_dir);
	if (lstat(*dir, &st) == -1)
		return errno == ENOENT ?
		    err_set(e, "%s: there is no such directory: name it with --logs-dir", *dir) :
		    err_set(e, "%s: %s", *dir, strerror(errno));
	if (S_ISLNK(st.st_mode))
		return err_set(e, "%s is a symbolic link: name the directory itself, --logs-dir=%s", *dir,
		    realpath(*dir, target) != NULL ? target : "DIR");
	if (!S_ISDIR(st.st_mode))
		return err_set(e, "%s: not a directory", *dir);
	return 0;
}

/* Why a run's directory is not to be touched; NULL: nothing says so. */
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

/* A set (hi run -j) has no lease, its runs have: without an end it stays while a run beside it that began
 * after it is live, and for a moment after its last word, when the next one may not have a lease yet. */
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
	} else	/* Until its first run has ended it is empty. */
		open = dir_names(path, &names, NULL) == 0 && names.n == 0;
	strs_free(&names);
	for (size_t i = 0; i < runs->n && open; i++)
		if (clean_is_live(&runs->v[i]) && strs_has(beside, runs->v[i].id) &&
		    is_run_id(runs->v[i].id, &started) && started >= began)
			return true;
	return false;
}

/* The leases know which runs are live or kept on whichever engine, and without one. */
static void
logs_know_runs(struct clean *c)
{
	struct strs files = { 0 };
	struct err e;

	if (clean_look(c, &e) == -1 && !c->interrupt.stop)
		err_say("the runs are known by their leases alone: %s", e.text);
	lease_files(&files);
	for (size_t i = 0; i < files.n; i++) {
		struct lease_content s;

		if (lease_read(files.v[i], &s) == 0 && s.owner != OWNER_DEAD) {
			c->runs.v = xreallocarray(c->runs.v, c->runs.n + 1, sizeof(*c->runs.v));
			c->runs.v[c->runs.n++] =
			    (struct run_seen){ .id = xstrdup(s.run_id), .owner = s.owner };
		}
		lease_content_free(&s);
	}
	strs_free(&files);
}

static int
logs_list(struct clean *c, const char *dir, struct logs *logs, struct err *e)
{
	struct strs names = { 0 };

	if (dir_names(dir, &names, e) == -1)
		return -1;
	for (size_t i = 0; i < names.n; i++) {
		struct log l = { .name = names.v[i] };
		char *path = file_join(dir, names.v[i]);
		const char *why = logs_protection(&c->runs, names.v[i]);
		struct stat st;
		uint64_t files;

		if (!is_run_id(names.v[i], &l.started) || lstat(path, &st) == -1)
			;
		else if (!S_ISDIR(st.st_mode))
			clean_left(c, "log directory", names.v[i], "it is no directory itself");
		else if (why != NULL)
			clean_left(c, "log directory", names.v[i], why);
		else if (logs_set_goes_on(&c->runs, &names, path, &st, l.started))
			clean_left(c, "log directory", names.v[i], "its set may be going on");
		/* One that begins at this moment has no lease yet. */
		else if (l.started < text_now() - JUST_NOW_MS) {
			(void)dir_usage(path, &l.bytes, &files);
			l.name = xstrdup(names.v[i]);
			logs->v = xreallocarray(logs->v, logs->n + 1, sizeof(*logs->v));
			logs->v[logs->n++] = l;
		}
		free(path);
	}
	strs_free(&names);
	if (logs->n > 0)
		qsort(logs->v, logs->n, sizeof(*logs->v), logs_newest_first);
	return 0;
}

/* The newest --keep stay in any case. */
static void
logs_choose(const struct clean_options *o, struct logs *logs)
{
	bool only_keep = o->older_than == 0 && o->max_size == 0;
	int64_t oldest = text_now() - o->older_than;
	bool full = false;
	uint64_t sum = 0;

	for (size_t i = 0; i < logs->n; i++) {
		struct log *l = &logs->v[i];

		sum += l->bytes;
		/* Once one is too much, so is whatever is older. */
		full = full || (o->max_size > 0 && sum > o->max_size);
		l->goes = (int64_t)i >= o->keep &&
		    (only_keep || full || (o->older_than > 0 && l->started < oldest));
	}
}

int
clean_logs(struct clean *c, struct err *e)
{
	struct logs logs = { 0 };
	char *dir = NULL;
	int got;

	if (c->o->older_than == 0 && c->o->keep == 0 && c->o->max_size == 0)
		return err_as(e, ERR_USAGE,
		    "which ones? --older-than=7d, --keep=20, --max-size=5GB, or several of these");
	if (logs_find_directory(c, &dir, e) == -1) {
		free(dir);
		return -1;
	}
	logs_know_runs(c);
	got = logs_list(c, dir, &logs, e);
	logs_choose(c->o, &logs);
	/* The oldest first. */
	for (size_t i = logs.n; i-- > 0 && got == 0;) {
		char *path = file_join(dir, logs.v[i].name), age[32];
		struct err why;

		if (c->interrupt.stop)
			got = err_as(e, ERR_INTERRUPTED, "interrupted");
		else if (logs.v[i].goes && !c->o->dry_run && dir_remove(path, &why) == -1)
			clean_failed(c, "log directory", logs.v[i].name, why.text);
		else if (logs.v[i].goes) {
			struct buf detail = { 0 };

			buf_printf(&detail, "%s old",
			    duration_human(text_now() - logs.v[i].started, age, sizeof(age)));
			clean_took(c, "log directory", logs.v[i].name, buf_str(&detail),
			    logs.v[i].bytes, NULL);
			buf_free(&detail);
		}
		free(path);
	}
	for (size_t i = 0; i < logs.n; i++)
		free(logs.v[i].name);
	free(logs.v);
	free(dir);
	return got;
}
