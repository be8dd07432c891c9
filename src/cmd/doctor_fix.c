/* hi doctor --fix: the safe ones only. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/mem.h"
#include "../run/pull.h"
#include "doctor.h"

static void
say(void *arg, const char *line)
{
	(void)arg;
	fprintf(stderr, "%s\n", line);
}

static int
pull(struct doctor *d, struct err *e)
{
	if (pull_image(&d->docker, d->image, "see the go line of go.mod", say, NULL, e) == -1)
		return -1;
	d->survey.image_there[0] = 1;
	return 0;
}

static int
remove_dead(struct doctor *d, struct err *e)
{
	struct runs runs = d->runs;
	int got = 0;

	for (size_t i = 0; i < runs.n && got == 0; i++) {
		struct removal r = { 0 };

		if (runs.v[i].owner != OWNER_DEAD)
			continue;
		got = runs_remove(&d->docker, &runs.v[i], &r, e);
		if (got == 0 && r.n_left > 0)
			got = err_set(e, "%s %s: %s", r.left[0].kind, r.left[0].name, r.left[0].why);
		removal_free(&r);
	}
	if (got == 0) {
		d->runs = (struct runs){ 0 };
		runs_free(&runs);
		d->runs_known = runs_list(&d->docker, &d->runs, &d->engine_failed) == 0;
	}
	return got;
}

int
doctor_fix(struct doctor *d, const struct check *c, const struct check_result *r, char **action,
    struct err *e)
{
	size_t containers = 0;
	struct buf dead = { 0 };

	if (c == &check_golang && r->state == CHECK_FAIL) {
		*action = xasprintf("pull %s", d->image);
		return d->o->dry_run ? 0 : pull(d, e);
	}
	if (c != &check_runs || r->state != CHECK_WARN)
		return 1;
	for (size_t i = 0; i < d->runs.n; i++)
		if (d->runs.v[i].owner == OWNER_DEAD) {
			buf_printf(&dead, "%s %s", dead.len > 0 ? "," : "", d->runs.v[i].id);
			containers += d->runs.v[i].containers;
		}
	if (dead.len == 0)
		return 1;
	*action = xasprintf("remove the dead runs%s with %zu container%s", dead.s, containers,
	    containers == 1 ? "" : "s");
	buf_free(&dead);
	return d->o->dry_run ? 0 : remove_dead(d, e);
}
