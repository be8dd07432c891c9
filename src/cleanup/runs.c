#include "cleanup_internal.h"

#include <sys/stat.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "../base/file.h"
#include "../base/json.h"
#include "../base/mem.h"
#include "../docker/network.h"
#include "../report/page.h"

static struct run_seen *
runs_get(struct runs *r, const char *id)
{
	for (size_t i = 0; i < r->n; i++)
		if (strcmp(r->v[i].id, id) == 0)
			return &r->v[i];
	r->v = xreallocarray(r->v, r->n + 1, sizeof(*r->v));
	r->v[r->n] = (struct run_seen){ .id = xstrdup(id), .owner = OWNER_UNKNOWN, .why = xstrdup(""),
		.pattern = xstrdup(""), .dir = xstrdup("") };
	return &r->v[r->n++];
}

static void
run_set(char **where, char *value)
{
	if (value == NULL)
		return;
	free(*where);
	*where = value;
}

static void
run_find_owner(struct run_seen *run, const struct json *j, int labels)
{
	char *uid = json_dup_member(j, labels, "hi.uid"), *host = json_dup_member(j, labels, "hi.host");
	char *boot = json_dup_member(j, labels, "hi.boot"), *mark = json_dup_member(j, labels, "hi.lease");

	free(run->why);
	run->owner = lease_owner(run->id, uid, host, boot, mark, &run->why, &run->foreign);
	run_set(&run->pattern, json_dup_member(j, labels, "hi.pattern"));
	run_set(&run->dir, json_dup_member(j, labels, "hi.dir"));
	free(uid);
	free(host);
	free(boot);
	free(mark);
}

/* Adds what a runner's labels and networks tell about its run. */
static void
run_add_runner(void *arg, const struct json *j, int c)
{
	int labels = json_path(j, c, "Config.Labels");
	char *id = json_dup_member(j, labels, LABEL_RUN);

	if (id != NULL) {
		struct run_seen *run = runs_get(arg, id);

		run_find_owner(run, j, labels);
		run->labelled = true;
		network_add_tests_of(j, c, &run->networks);
	}
	free(id);
}

static int
runs_inspect(struct docker *d, struct runs *r, const struct containers *all, struct err *e)
{
	struct strs ids = { 0 };
	int got;

	for (size_t i = 0; i < all->n; i++)
		if (strcmp(all->v[i].type, TYPE_RUNNER) == 0)
			strs_add(&ids, all->v[i].id);
	got = container_inspect_each(d, &ids, run_add_runner, r, e);
	strs_free(&ids);
	return got;
}

/* True: the lease belongs to a run on another engine than d's. */
static bool
lease_is_elsewhere(struct docker *d, const struct lease_content *s)
{
	struct docker_info info;
	struct err ignored;

	if (s->engine == NULL)
		return false;
	if (*d->engine_id == '\0' && docker_info(d, &info, &ignored) == 0)
		docker_info_free(&info);
	return *d->engine_id != '\0' && strcmp(d->engine_id, s->engine) != 0;
}

struct runs_of {
	struct docker *docker;
	struct runs *runs;
};

/* Adds a lease of our user's, which tells the owner of a run whose runner is gone. */
static void
runs_add_lease(void *arg, const struct lease_content *l)
{
	const struct runs_of *of = arg;
	struct run_seen *run;

	if (lease_is_elsewhere(of->docker, l))
		return;
	run = runs_get(of->runs, l->run_id);
	run_set(&run->lease, xstrdup(l->path));
	if (!run->labelled) {
		run->foreign = false;
		run_set(&run->why, xstrdup(""));
		run->owner = l->owner;
	}
	if (*run->pattern == '\0' && l->pattern != NULL)
		run_set(&run->pattern, xstrdup(l->pattern));
	if (*run->dir == '\0' && l->dir != NULL)
		run_set(&run->dir, xstrdup(l->dir));
	if (run->created == 0)
		run->created = l->started;
	for (size_t k = 0; k < l->networks.n; k++)
		strs_add_new(&run->networks, l->networks.v[k]);
}

static int
runs_newest_first(const void *a, const void *b)
{
	const struct run_seen *x = a, *y = b;

	return x->created < y->created ? 1 : x->created > y->created ? -1 : strcmp(x->id, y->id);
}

int
runs_list(struct docker *d, struct runs *out, struct err *e)
{
	const char *filters[] = { "label=" LABEL_RUN, NULL };
	struct containers all = { 0 };

	*out = (struct runs){ 0 };
	if (container_list(d, filters, &all, e) == -1)
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		const struct container *c = &all.v[i];
		bool up = strcmp(c->state, "running") == 0 || strcmp(c->state, "restarting") == 0 ||
		    strcmp(c->state, "paused") == 0;
		struct run_seen *run;

		if (*c->run_id == '\0')
			continue;
		run = runs_get(out, c->run_id);
		run->containers++;
		if (up)
			run->running++;
		else if (strcmp(c->state, "created") != 0)
			strs_add(&run->stopped, c->id);
		if (run->created == 0 || (c->created > 0 && c->created < run->created))
			run->created = c->created;
		if (strcmp(c->type, TYPE_RUNNER) == 0) {
			run_set(&run->runner, xstrdup(c->name));
			run->runner_runs = up;
		} else if (*run->why == '\0')
			run_set(&run->why, xstrdup("its runner is gone"));
	}
	if (runs_inspect(d, out, &all, e) == -1) {
		containers_free(&all);
		runs_free(out);
		return -1;
	}
	containers_free(&all);
	/* The runner was removed between the listing and the inspection: the run is ending right now. */
	for (size_t i = 0; i < out->n; i++)
		if (out->v[i].runner != NULL && !out->v[i].labelled) {
			run_set(&out->v[i].why, xstrdup("its runner has just gone"));
			out->v[i].foreign = true;
		}
	lease_each(runs_add_lease, &(struct runs_of){ d, out });
	if (out->n > 0)
		qsort(out->v, out->n, sizeof(*out->v), runs_newest_first);
	return 0;
}

void
runs_free(struct runs *r)
{
	for (size_t i = 0; i < r->n; i++) {
		struct run_seen *run = &r->v[i];

		free(run->id);
		free(run->why);
		free(run->pattern);
		free(run->dir);
		free(run->lease);
		free(run->runner);
		strs_free(&run->networks);
		strs_free(&run->stopped);
	}
	free(r->v);
	*r = (struct runs){ 0 };
}

/* Writes into the files of a dead run how it ended and what was removed, since its cleaner died as well. Only
 * a directory that is named like the run is touched. */
static void
runs_complete_report(const struct run_seen *run, const struct removal *r)
{
	struct facts f = { .ending = END_INTERRUPTED, .signal = SIGKILL, .started = run->created,
	    .why = "hi and its cleaner were killed", .removed = r->removed };
	char *stream = file_join(run->dir, "go-test.json");
	struct stat st;
	struct err e;

	if (strcmp(file_base(run->dir), run->id) == 0 && lstat(stream, &st) == 0) {
		f.ended = (int64_t)st.st_mtime * 1000;
		if (report_complete(run->dir, run->pattern, NULL, &f, &e) == -1 ||
		    page_write(run->dir, &e) == -1)
			err_say("%s", e.text);
	}
	free(stream);
}

int
runs_remove(struct docker *d, const struct run_seen *run, struct removal *r, struct err *e)
{
	r->docker = d;
	r->run_id = run->id;
	/* Only a runner creates more containers. */
	r->quiet_ms = run->runner_runs || (run->runner == NULL && run->running > 0) ? REMOVAL_QUIET_MS : 0;
	for (size_t i = 0; i < run->networks.n; i++)
		strs_add_new(&r->networks, run->networks.v[i]);
	if (removal_run(r, e) == -1)
		return -1;
	if (!r->dry && run->owner == OWNER_DEAD)
		runs_complete_report(run, r);
	if (!r->dry && r->removed.n_left == 0)
		lease_remove(run->lease);
	return 0;
}

void
runs_remove_dead(struct docker *d, const struct runs *runs, const char *except, bool with_stopped, bool dry,
    runs_removed_fn *fn, void *arg)
{
	for (size_t i = 0; i < runs->n && (d->cancel == NULL || !*d->cancel); i++) {
		const struct run_seen *run = &runs->v[i];
		struct removal r = { .dry = dry };
		struct err e;

		if (except != NULL && strcmp(run->id, except) == 0)
			continue;
		if (run->owner == OWNER_DEAD) {
			bool failed = runs_remove(d, run, &r, &e) == -1;

			fn(arg, run, &r, 0, failed ? &e : NULL);
		} else if (with_stopped && run->owner == OWNER_UNKNOWN && !run->foreign &&
		    run->running == 0 &&
		    run->stopped.n > 0) {
			bool failed = !dry && container_remove(d, &run->stopped, &e) == -1;

			fn(arg, run, &r, run->stopped.n, failed ? &e : NULL);
		}
		removal_free(&r);
	}
}
