#include "find_run.h"

#include <stdlib.h>
#include <string.h>

#include "../base/file.h"
#include "../base/mem.h"
#include "../gotool/gotool.h"
#include "../cleanup/lease.h"
#include "../run/plan.h"

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
		struct lease_says s;

		if (lease_read(files.v[i], &s) == 0 && s.dir != NULL && (!living || s.owner == OWNER_LIVE))
			strs_add_new(dirs, s.dir);
		lease_says_free(&s);
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

char *
find_run(const char *logs, const char *run, struct err *e)
{
	struct strs dirs = { 0 }, names = { 0 };
	const char *found = NULL;
	size_t hits = 0;
	char *dir = NULL;
	bool there;

	if (run != NULL && file_is_dir(run))
		return file_absolute(run);
	there = run_names(logs, &names, e) == 0;
	for (size_t i = 0; i < names.n; i++) {
		dir = file_join(logs, names.v[i]);
		strs_add(&dirs, dir);
		free(dir);
	}
	/* One that is asked for may be anywhere; the newest is this checkout's, where it has had any. */
	if (run != NULL || !there)
		leased(&dirs, false);
	for (size_t i = 0; i < dirs.n; i++) {
		const char *name = file_base(dirs.v[i]);

		if (run != NULL && strstr(name, run) == NULL)
			continue;
		hits++;
		/* The newest has the last name. */
		if (found == NULL || strcmp(name, file_base(found)) > 0)
			found = dirs.v[i];
	}
	dir = NULL;
	if (found == NULL && run != NULL)
		err_set(e, "%s: no such run in %s", run, logs);
	else if (found == NULL)
		err_set(e, "%s: no run there yet", logs);
	else if (run != NULL && hits > 1 && strcmp(file_base(found), run) != 0)
		err_set(e, "%s: %zu runs are called so; give more of the id", run, hits);
	else
		dir = xstrdup(found);
	strs_free(&dirs);
	strs_free(&names);
	return dir;
}
