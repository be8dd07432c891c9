#include "find_run.h"

#include <stdlib.h>
#include <string.h>

#include "../base/file.h"
#include "../base/mem.h"
#include "../cleanup/cleanup.h"
#include "../gotool/gotool.h"
#include "../report/report.h"
#include "../run/run.h"

enum { EXAMPLES = 3 };

char *
logs_directory(const char *given)
{
	char *root = NULL, *dir;

	(void)checkout_root(NULL, &root, NULL);
	dir = plan_logs_dir(root, given);
	free(root);
	return dir;
}

int
run_names(const char *logs, struct strs *out, struct err *e)
{
	struct strs names = { 0 };
	int rc = dir_names(logs, &names, e);

	for (size_t i = 0; i < names.n; i++)
		if (is_run_id(names.v[i], NULL))
			strs_add(out, names.v[i]);
	strs_free(&names);
	return rc;
}

/* Directories of this user's runs that have a lease. */
static void
run_leased_directories(struct strs *dirs, bool living)
{
	struct strs files = { 0 };

	lease_files(&files);
	for (size_t i = 0; i < files.n; i++) {
		struct lease_content s;

		if (lease_read(files.v[i], &s) == 0 && s.dir != NULL &&
		    (living ? s.owner == OWNER_LIVE : file_is_dir(s.dir)))
			strs_add_new(dirs, s.dir);
		lease_content_free(&s);
	}
	strs_free(&files);
}

bool
run_is_alive(const char *dir)
{
	struct strs dirs = { 0 };
	bool yes = false;

	run_leased_directories(&dirs, true);
	for (size_t i = 0; i < dirs.n && !yes; i++)
		yes = strcmp(file_base(dirs.v[i]), file_base(dir)) == 0;
	strs_free(&dirs);
	return yes;
}

/* The newest few of some runs' ids, or of those that contain part. */
static char *
run_examples(const struct strs *ids, const char *part)
{
	struct strs sorted = { 0 }, some = { 0 };
	char *joined;

	for (size_t i = 0; i < ids->n; i++)
		if (strstr(ids->v[i], part) != NULL)
			strs_add(&sorted, ids->v[i]);
	strs_sort(&sorted);
	for (size_t i = sorted.n; i-- > 0 && some.n < EXAMPLES;)
		strs_add(&some, sorted.v[i]);
	joined = some.n > 0 ? strs_join(&some, ", ") : xstrdup("");
	strs_free(&sorted);
	strs_free(&some);
	return joined;
}

bool
run_has_failed(const char *dir)
{
	struct report rep;
	bool failed;

	if (report_load(dir, &rep, NULL) == -1)
		return false;
	failed = rep.finished ? rep.exit_code != 0 : !run_is_alive(dir);
	report_free(&rep);
	return failed;
}

/* The newest run, or the newest that failed. -1: there is none. */
static int
run_newest(const struct strs *ids, const struct strs *dirs, bool failed)
{
	int best = -1;

	for (size_t i = 0; i < ids->n; i++)
		if ((best == -1 || strcmp(ids->v[i], ids->v[best]) > 0) &&
		    (!failed || run_has_failed(dirs->v[i])))
			best = (int)i;
	return best;
}

int
run_pick(const struct strs *ids, const struct strs *dirs, const char *word, const char *where, struct err *e)
{
	char *path = xstrdup(word), *examples;
	int found = -1, hits = 0;
	const char *id;
	bool failed;

	for (size_t n = strlen(path); n > 1 && path[n - 1] == '/'; n--)
		path[n - 1] = '\0';
	id = file_base(path);
	failed = strcmp(id, "last-failed") == 0;
	if (failed || strcmp(id, "last") == 0) {
		found = run_newest(ids, dirs, failed);
		hits = found >= 0;
	} else
		for (size_t i = 0; i < ids->n && *id != '\0'; i++) {
			bool whole = strcmp(ids->v[i], id) == 0;

			if (strstr(ids->v[i], id) == NULL)
				continue;
			hits = whole ? 1 : hits + 1;
			found = (int)i;
			if (whole)
				break;
		}
	if (hits == 0 && failed && ids->n > 0)
		found = err_as(e, ERR_USAGE, "no run %s failed; hi ps --all lists them", where);
	else if (hits != 1) {
		examples = run_examples(ids, hits > 1 ? id : "");
		found = hits > 1 ? err_as(e, ERR_USAGE,
		    "%s: %d runs %s have this in their id, give more of it: %s", word, hits, where,
		    examples) :
		    err_as(e, ERR_USAGE, "%s: no such run %s%s%s", word, where,
		    *examples != '\0' ? "; the newest: " : "", examples);
		free(examples);
	}
	free(path);
	return found;
}

void
run_directories(const char *logs, bool elsewhere, struct strs *names, struct strs *dirs)
{
	struct strs others = { 0 };

	(void)run_names(logs, names, NULL);
	for (size_t i = 0; i < names->n; i++) {
		char *dir = file_join(logs, names->v[i]);

		strs_add(dirs, dir);
		free(dir);
	}
	if (elsewhere)
		run_leased_directories(&others, false);
	for (size_t i = 0; i < others.n; i++)
		if (strs_add_new(names, file_base(others.v[i])))
			strs_add(dirs, others.v[i]);
	strs_free(&others);
}

char *
find_run(const char *logs, const char *word, struct err *e)
{
	bool newest = word == NULL || strcmp(word, "last") == 0 || strcmp(word, "last-failed") == 0;
	struct strs dirs = { 0 }, names = { 0 };
	char *dir, *where;
	int at;

	if (word != NULL && file_is_dir(word))
		return file_absolute(word);
	/* One that is asked for may be anywhere; the newest is this checkout's, where it has had any. */
	run_directories(logs, !newest || !file_is_dir(logs), &names, &dirs);
	where = xasprintf("in %s", logs);
	at = names.n == 0 && newest ? err_as(e, ERR_USAGE, "there is no run in %s yet", logs) :
	    run_pick(&names, &dirs, word != NULL ? word : "last", where, e);
	dir = at >= 0 && dirs.v != NULL ? xstrdup(dirs.v[at]) : NULL;
	free(where);
	strs_free(&dirs);
	strs_free(&names);
	return dir;
}
