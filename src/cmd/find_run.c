#include "find_run.h"

#include <stdlib.h>
#include <string.h>

#include "../base/file.h"
#include "../base/mem.h"
#include "../gotool/gotool.h"
#include "../cleanup/cleanup.h"
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
leased(struct strs *dirs, bool living)
{
	struct strs files = { 0 };

	lease_files(&files);
	for (size_t i = 0; i < files.n; i++) {
		struct lease_content s;

		if (lease_read(files.v[i], &s) == 0 && s.dir != NULL && (!living || s.owner == OWNER_LIVE))
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

	leased(&dirs, true);
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

int
run_pick(const struct strs *ids, const char *word, const char *where, struct err *e)
{
	char *path = xstrdup(word), *examples;
	const char *id;
	int found = -1;
	size_t hits = 0;
	bool last;

	for (size_t n = strlen(path); n > 1 && path[n - 1] == '/'; n--)
		path[n - 1] = '\0';
	id = file_base(path);
	last = strcmp(id, "last") == 0;
	for (size_t i = 0; i < ids->n; i++) {
		if (strcmp(ids->v[i], id) == 0) {
			hits = 1;
			found = (int)i;
			break;
		}
		if (last ? found >= 0 && strcmp(ids->v[i], ids->v[found]) < 0 : *id == '\0' ||
		    strstr(ids->v[i], id) == NULL)
			continue;
		hits = last ? 1 : hits + 1;
		found = (int)i;
	}
	if (hits != 1) {
		examples = run_examples(ids, hits > 1 ? id : "");
		found = hits > 1 ? err_as(e, ERR_USAGE,
		    "%s: %zu runs %s are called so, give more of the id: %s", word, hits, where,
		    examples) : err_as(e, ERR_USAGE, "%s: no such run %s%s%s", word, where,
		    *examples != '\0' ? "; the newest: " : "", examples);
		free(examples);
	}
	free(path);
	return found;
}

char *
find_run(const char *logs, const char *word, struct err *e)
{
	struct strs dirs = { 0 }, names = { 0 }, elsewhere = { 0 };
	char *dir, *where;
	bool there;
	int at;

	if (word != NULL && file_is_dir(word))
		return file_absolute(word);
	there = run_names(logs, &names, NULL) == 0;
	for (size_t i = 0; i < names.n; i++) {
		dir = file_join(logs, names.v[i]);
		strs_add(&dirs, dir);
		free(dir);
	}
	/* One that is asked for may be anywhere; the newest is this checkout's, where it has had any. */
	if ((word != NULL && strcmp(word, "last") != 0) || !there)
		leased(&elsewhere, false);
	for (size_t i = 0; i < elsewhere.n; i++)
		if (strs_add_new(&names, file_base(elsewhere.v[i])))
			strs_add(&dirs, elsewhere.v[i]);
	where = xasprintf("in %s", logs);
	at = names.n == 0 && word == NULL ? err_as(e, ERR_USAGE, "there is no run in %s yet", logs) :
	    run_pick(&names, word != NULL ? word : "last", where, e);
	dir = at >= 0 && dirs.v != NULL ? xstrdup(dirs.v[at]) : NULL;
	free(where);
	strs_free(&dirs);
	strs_free(&names);
	strs_free(&elsewhere);
	return dir;
}
