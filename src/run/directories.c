/* Finds runs by their directories and by this user's leases. */
#include <stdlib.h>
#include <string.h>

#include "../base/file.h"
#include "../cleanup/cleanup.h"
#include "../report/report.h"
#include "run.h"

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

struct living {
	const char *id;
	bool yes;
};

static void
living_compare(void *arg, const struct lease_content *l)
{
	struct living *v = arg;

	if (l->owner == OWNER_LIVE && l->dir != NULL && strcmp(file_base(l->dir), v->id) == 0)
		v->yes = true;
}

bool
run_is_alive(const char *dir)
{
	struct living v = { .id = file_base(dir) };

	lease_each(living_compare, &v);
	return v.yes;
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

static void
directory_add(void *dirs, const struct lease_content *l)
{
	if (l->dir != NULL && file_is_dir(l->dir))
		strs_add_new(dirs, l->dir);
}

void
run_directories(const char *logs, bool elsewhere, struct strs *names, struct strs *dirs)
{
	struct strs leased = { 0 };

	(void)run_names(logs, names, NULL);
	for (size_t i = 0; i < names->n; i++)
		strs_addf(dirs, "%s/%s", logs, names->v[i]);
	if (elsewhere)
		lease_each(directory_add, &leased);
	for (size_t i = 0; i < leased.n; i++)
		if (strs_add_new(names, file_base(leased.v[i])))
			strs_add(dirs, leased.v[i]);
	strs_free(&leased);
}
