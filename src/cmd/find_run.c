#include "cmd.h"

#include <stdlib.h>
#include <string.h>

#include "../base/file.h"
#include "../base/mem.h"
#include "../gotool/gotool.h"
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

/* Returns the newest few of the ids that contain part; the caller frees it. */
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
run_is_newest(const char *word)
{
	return strcmp(word, "last") == 0 || strcmp(word, "last-failed") == 0;
}

/* Returns the index of the newest run, or of the newest that failed; -1: there is none. */
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

/* Finds the run whose id is id, or contains it. Returns how many do; 1 if one is id. */
static int
run_match(const struct strs *ids, const char *id, int *found)
{
	int hits = 0;

	for (size_t i = 0; i < ids->n && *id != '\0'; i++) {
		if (strstr(ids->v[i], id) == NULL)
			continue;
		*found = (int)i;
		if (strcmp(ids->v[i], id) == 0)
			return 1;
		hits++;
	}
	return hits;
}

int
run_pick(const struct strs *ids, const struct strs *dirs, const char *word, const char *where, struct err *e)
{
	size_t len = strlen(word);
	char *path, *examples;
	int found = -1, hits;
	const char *id;
	bool failed;

	while (len > 1 && word[len - 1] == '/')
		len--;
	path = xstrndup(word, len);
	id = file_base(path);
	failed = strcmp(id, "last-failed") == 0;
	if (run_is_newest(id))
		hits = (found = run_newest(ids, dirs, failed)) >= 0;
	else
		hits = run_match(ids, id, &found);
	examples = run_examples(ids, hits > 1 ? id : "");
	if (hits == 0 && failed && ids->n > 0)
		found = err_as(e, ERR_USAGE, "no run %s failed; hi ps --all lists them", where);
	else if (hits > 1)
		found = err_as(e, ERR_USAGE, "%s: %d runs %s have this in their id, give more of it: %s",
		    word, hits, where, examples);
	else if (hits == 0)
		found = err_as(e, ERR_USAGE, "%s: no such run %s%s%s", word, where,
		    *examples != '\0' ? "; the newest: " : "", examples);
	free(examples);
	free(path);
	return found;
}

char *
find_run(const char *logs_dir, const char *word, struct err *e)
{
	bool newest = word == NULL || run_is_newest(word);
	struct strs dirs = { 0 }, names = { 0 };
	char *logs, *dir, *where;
	int at;

	if (word != NULL && file_is_dir(word))
		return file_absolute(word);
	logs = logs_directory(logs_dir);
	/* A run that is named may be anywhere; the newest is this checkout's, if that has a log directory. */
	run_directories(logs, !newest || !file_is_dir(logs), &names, &dirs);
	where = xasprintf("in %s", logs);
	at = names.n == 0 && newest ? err_as(e, ERR_USAGE, "there is no run in %s yet", logs) :
	    run_pick(&names, &dirs, word != NULL ? word : "last", where, e);
	dir = at >= 0 && dirs.v != NULL ? xstrdup(dirs.v[at]) : NULL;
	strs_free(&dirs);
	strs_free(&names);
	free(where);
	free(logs);
	return dir;
}
