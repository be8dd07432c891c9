#include <stdlib.h>
#include <string.h>

#include "../base/mem.h"
#include "../docker/network.h"
#include "cleanup_internal.h"

enum { DISCONNECTS = 200, IN_FLIGHT_MS = 2000 };

/* When the runners of other runs lived: from, to (0: still alive). */
struct lives {
	int64_t (*v)[2];
	size_t n;
};

static void
lives_add(void *arg, const struct json *j, int container)
{
	struct lives *l = arg;

	l->v = xreallocarray(l->v, l->n + 1, sizeof(*l->v));
	l->v[l->n][0] = 0;
	removal_life(j, container, &l->v[l->n][0], &l->v[l->n][1]);
	l->n++;
}

static int
lives_of_others(struct removal *r, struct lives *out, struct err *e)
{
	const char *filters[] = { "label=" LABEL_TYPE "=" TYPE_RUNNER, NULL };
	struct containers c = { 0 };
	struct strs ids = { 0 };
	int got = container_list(r->docker, filters, &c, e);

	for (size_t i = 0; i < c.n; i++)
		if (strcmp(c.v[i].run_id, r->run_id) != 0)
			strs_add(&ids, c.v[i].id);
	if (got == 0)
		got = container_inspect_each(r->docker, &ids, lives_add, out, e);
	strs_free(&ids);
	containers_free(&c);
	return got;
}

/* A network that was being created when the runner died may be dated after its death. */
static bool
life_covers(int64_t from, int64_t to, int64_t at)
{
	return at >= from && (to == 0 || at <= to + IN_FLIGHT_MS);
}

/* True: by its creation time, only this run can have made it. Otherwise another run's end removes it. */
static bool
network_is_ours_by_time(const struct removal *r, const struct network *n, const struct lives *others)
{
	if (r->created == 0 || n->users.n > 0 || !network_is_test(n->name) || !life_covers(r->created,
	    r->ended, n->created))
		return false;
	for (size_t i = 0; i < others->n; i++)
		if (life_covers(others->v[i][0], others->v[i][1], n->created))
			return false;
	return true;
}

static bool
network_is_ours(const struct removal *r, const struct network *n, const struct lives *others)
{
	if (!network_may_be_test(n->name))
		return false;
	/* A test may have connected itself to a network that is older than the run. */
	if (strs_has(&r->networks, n->id))
		return n->created >= r->created;
	return network_is_ours_by_time(r, n, others);
}

static const char *
network_foreign_user(const struct removal *r, const struct network *n)
{
	for (size_t i = 0; i < n->users.n; i++)
		if (!strs_has(&r->names, n->users.v[i]))
			return n->users.v[i];
	return NULL;
}

static void
network_count_removed(struct removal *r, const struct network *n)
{
	if (strs_add_new(&r->gone, n->id))
		r->removed.networks++;
	strs_add_new(&r->networks, n->id);
	strs_add_new(&r->network_names, n->name);
}

/* Counts the networks that the run's containers were connected to and that are no longer listed: another run
 * that ends at the same moment may remove one by its time, once none of our containers is on it. */
static void
networks_gone(struct removal *r, const struct networks *listed)
{
	for (size_t i = 0; i < r->connected.n; i++) {
		const char *id = r->connected.v[i];
		bool there = false;

		for (size_t k = 0; k < listed->n && !there; k++)
			there = strcmp(listed->v[k].id, id) == 0;
		if (!there && strs_add_new(&r->gone, id))
			r->removed.networks++;
	}
}

static void
removal_network(struct removal *r, const struct network *n)
{
	const char *foreign = network_foreign_user(r, n);
	bool known = strs_has(&r->networks, n->id);
	int64_t pause = REMOVAL_TRY_MS;
	struct err e, ignored;

	if (foreign != NULL) {
		char *why = xasprintf("%s, which is not of this run, uses it", foreign);

		leak_add(&r->removed, "network", n->name, why);
		free(why);
		return;
	}
	for (int i = 0; i < REMOVAL_TRIES; i++) {
		if (network_remove(r->docker, n->id, &e) == 0) {
			network_count_removed(r, n);
			return;
		}
		/* The endpoint's container may be gone: the engine may still disconnect it by name. */
		for (size_t k = r->names.n; i > 0 && k > 0 && r->names.n - k < DISCONNECTS; k--)
			if (i == 1 || strs_has(&n->users, r->names.v[k - 1]))
				network_disconnect(r->docker, n->id, r->names.v[k - 1], &ignored);
		loop_sleep(r->docker->loop, pause, NULL);
		pause *= 2;
	}
	/* A network that seemed ours by its time only, but does have a container, is another run's, which is
	 * just removing it. */
	if (known || e.kind != ERR_CONFLICT)
		leak_add(&r->removed, "network", n->name, e.text);
}

int
removal_networks(struct removal *r, struct err *e)
{
	struct networks nets = { 0 };
	struct lives others = { 0 };
	int got = network_list(r->docker, &nets, e);

	if (got == 0 && !r->dry)
		networks_gone(r, &nets);
	if (got == 0 && nets.n > 0)
		got = lives_of_others(r, &others, e);
	for (size_t i = 0; got == 0 && i < nets.n; i++)
		if (network_is_ours(r, &nets.v[i], &others)) {
			if (r->dry)
				network_count_removed(r, &nets.v[i]);
			else
				removal_network(r, &nets.v[i]);
		}
	free(others.v);
	networks_free(&nets);
	return got;
}
