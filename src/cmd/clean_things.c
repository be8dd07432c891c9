/* hi clean networks and cache. */
#include <stdlib.h>
#include <string.h>

#include "../base/mem.h"
#include "../docker/usage.h"
#include "clean.h"

static const char *const caches[] = { "hs-integration-go-cache", "hs-integration-go-build-cache", NULL };

const struct run_seen *
clean_network_claim(const struct runs *runs, const struct network *n)
{
	for (size_t i = 0; i < runs->n; i++) {
		const struct run_seen *r = &runs->v[i];

		if (clean_is_live(r) &&
		    (strs_has(&r->networks, n->id) || n->created == -1 || r->created <= n->created))
			return r;
	}
	return NULL;
}

static int
take_network(struct clean *c, const struct network *n, struct err *e)
{
	const struct run_seen *live = clean_network_claim(&c->runs, n);
	char *why;

	if (c->interrupt.stop)
		return err_set(e, "interrupted");
	if (live != NULL) {
		why = xasprintf("it is younger than the live run %s, which may have made it", live->id);
		clean_left(c, "network", n->name, why);
		free(why);
	} else if (c->o->dry_run || network_remove(&c->docker, n->id, e) == 0)
		clean_took(c, "network", n->name, NULL, 0, NULL);
	else
		return clean_refused(c, "network", n->name, e);
	return 0;
}

int
clean_networks(struct clean *c, struct err *e)
{
	struct networks nets = { 0 };
	struct strs used = { 0 };
	int got;

	/* In this order: a run that begins meanwhile makes networks that are not in the list. */
	if (clean_open(c, e) == -1)
		return -1;
	got = network_list(&c->docker, "hs-", &nets, e);
	if (got == 0)
		got = networks_used(&c->docker, &used, e);
	if (got == 0)
		got = clean_list_runs(c, e);
	for (size_t i = 0; i < nets.n && got == 0; i++) {
		const struct network *n = &nets.v[i];

		if (network_is_test(n->name) && n->users.n == 0 && !strs_has(&used, n->id) &&
		    !strs_has(&used, n->name) && !strs_has(&c->networks_gone, n->id))
			got = take_network(c, n, e);
	}
	strs_free(&used);
	networks_free(&nets);
	return got;
}

/* 1: a container uses it, *e names it. */
static int
cache_used(struct clean *c, const char *volume, struct err *e)
{
	char *filter = xasprintf("volume=%s", volume);
	const char *filters[] = { filter, NULL };
	struct containers users = { 0 };
	int got = container_list(&c->docker, filters, &users, e);

	for (size_t i = 0; i < users.n && got == 0; i++) {
		const struct container *u = &users.v[i];

		if (c->runs_gone && *u->run_id != '\0')
			continue;
		err_set(e, "container %s uses it%s%s", u->name, *u->run_id != '\0' ? ", of run " : "",
		    u->run_id);
		got = 1;
	}
	containers_free(&users);
	free(filter);
	return got;
}

static int
take_cache(struct clean *c, const char *volume, int64_t bytes, struct err *e)
{
	struct strs one = { 0 };
	int got = c->interrupt.stop ? err_set(e, "interrupted") : cache_used(c, volume, e);

	strs_add(&one, volume);
	if (got == 1) {
		clean_failed(c, "volume", volume, e->text);
		got = 0;
	} else if (got == 0 && !c->o->dry_run && volume_remove(&c->docker, &one, e) == -1)
		got = clean_refused(c, "volume", volume, e);
	else if (got == 0)
		clean_took(c, "volume", volume, NULL, bytes, NULL);
	strs_free(&one);
	return got;
}

int
clean_cache(struct clean *c, struct err *e)
{
	struct strs there = { 0 }, names = { 0 };
	int64_t sizes[2] = { -1, -1 };
	struct err ignored;
	int got;

	if (clean_open(c, e) == -1)
		return -1;
	got = volume_names(&c->docker, NULL, &there, e);
	for (const char *const *v = caches; *v != NULL; v++)
		if (strs_has(&there, *v))
			strs_add(&names, *v);
	if (got == 0 && names.n > 0 && volume_sizes(&c->docker, &names, sizes, &ignored) == -1)
		sizes[0] = sizes[1] = -1;
	for (size_t i = 0; i < names.n && got == 0; i++)
		got = take_cache(c, names.v[i], sizes[i], e);
	strs_free(&there);
	strs_free(&names);
	return got;
}
