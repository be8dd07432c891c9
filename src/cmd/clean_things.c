/* hi clean networks, images and cache. */
#include <stdlib.h>
#include <string.h>

#include "../base/mem.h"
#include "../docker/image.h"
#include "clean.h"

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

/* It goes with its run: `clean all` has removed it, or would have. */
static bool
network_goes_with_run(const struct clean *c, const struct network *n)
{
	for (size_t i = 0; i < c->runs.n && c->runs_gone; i++)
		if (strs_has(&c->runs.v[i].networks, n->id))
			return true;
	return false;
}

static int
clean_network(struct clean *c, const struct network *n, struct err *e)
{
	const struct run_seen *live = clean_network_claim(&c->runs, n);
	char *why;

	if (c->interrupt.stop)
		return err_as(e, ERR_INTERRUPTED, "interrupted");
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
	if (c->docker.context == NULL && docker_open(&c->docker, c->loop, e) == -1)
		return -1;
	got = network_list(&c->docker, "hs-", &nets, e);
	if (got == 0)
		got = networks_used(&c->docker, c->runs_gone, &used, e);
	if (got == 0)
		got = clean_look(c, e);
	for (size_t i = 0; i < nets.n && got == 0; i++) {
		const struct network *n = &nets.v[i];

		if (network_is_test(n->name) && !strs_has(&used, n->id) && !strs_has(&used, n->name) &&
		    !network_goes_with_run(c, n))
			got = clean_network(c, n, e);
	}
	strs_free(&used);
	networks_free(&nets);
	return got;
}

static bool
is_hash(const char *s, size_t len)
{
	return len == 6 && strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789") >= 6;
}

/* "ts-mdjtzx-head-fgdyls": a container's name, which dockertest gives to the image that it builds for it. */
static bool
is_built_name(const char *repo, const char *prefix)
{
	size_t n = strlen(prefix), len = strlen(repo);

	return strncmp(repo, prefix, n) == 0 && len >= n + 13 && is_hash(repo + n, strcspn(repo + n, "-")) &&
	    repo[len - 7] == '-' && is_hash(repo + len - 6, 6);
}

bool
clean_image_is_ours(const char *ref)
{
	static const char *const clients[] = { "tailscale/tailscale", "docker.io/tailscale/tailscale",
		"ghcr.io/tailscale/tailscale", "tailscale-head", NULL };
	const char *colon = strrchr(ref, ':');
	char *repo;
	bool ours = false;

	if (colon == NULL || strchr(colon, '/') != NULL)
		return false;
	repo = xstrndup(ref, (size_t)(colon - ref));
	for (const char *const *p = clients; *p != NULL && !ours; p++)
		ours = strcmp(repo, *p) == 0;
	if (!ours && strchr(repo, '/') == NULL)
		ours = strncmp(repo, "hs-", 3) == 0 || strncmp(repo, "headscale-integration", 21) == 0 ||
		    is_built_name(repo, "ts-") || is_built_name(repo, "tsrs-") ||
		    is_built_name(repo, "derp-");
	free(repo);
	return ours;
}

/* An image without a name: what the suite's Dockerfiles make starts these, or stands there. */
static bool
config_is_ours(const char *config)
{
	static const char *const marks[] = { "/go/src/headscale", "/usr/local/bin/headscale",
	    "/go/src/tailscale", "/usr/local/bin/derper", NULL };

	for (const char *const *m = marks; *m != NULL; m++)
		if (config != NULL && strstr(config, *m) != NULL)
			return true;
	return false;
}

/* One image, of the given names: those of the suite, or those that have none. */
static int
clean_image(struct clean *c, const struct image *i, const struct strs *used, struct strs *seen, struct err *e)
{
	const struct run_seen *live = clean_live(&c->runs);
	const char *ref = i->dangling ? i->id : i->ref;
	char *why = NULL;
	int got = 0;

	if (c->interrupt.stop)
		return err_as(e, ERR_INTERRUPTED, "interrupted");
	if (strs_has(used, i->id))
		why = xstrdup("a container uses it");
	else if (live != NULL && !c->o->force)
		why = xasprintf("the live run %s may be about to use it; take it too with --force", live->id);
	if (why != NULL)
		clean_left(c, "image", ref, why);
	else if (c->o->dry_run || image_remove(&c->docker, ref, false, e) == 0)
		/* A second name of the same layers frees nothing more. */
		clean_took(c, "image", ref, i->dangling ? "without a name" : NULL,
		    strs_add_new(seen, i->id) && i->size > 0 ? (uint64_t)i->size : 0, NULL);
	else
		got = clean_refused(c, "image", ref, e);
	free(why);
	return got;
}

static int
clean_images_of(struct clean *c, bool dangling, const struct strs *used, struct err *e)
{
	struct images images = { 0 };
	struct strs ids = { 0 }, seen = { 0 };
	char **configs = NULL;
	int got = image_list(&c->docker, dangling, &images, e);

	for (size_t i = 0; i < images.n; i++)
		strs_add(&ids, images.v[i].id);
	configs = xcalloc(images.n + 1, sizeof(*configs));
	if (got == 0 && dangling)
		got = image_configs(&c->docker, &ids, configs, e);
	for (size_t i = 0; i < images.n && got == 0; i++)
		if (dangling ? config_is_ours(configs[i]) : clean_image_is_ours(images.v[i].ref))
			got = clean_image(c, &images.v[i], used, &seen, e);
	for (size_t i = 0; i < images.n; i++)
		free(configs[i]);
	free(configs);
	strs_free(&ids);
	strs_free(&seen);
	images_free(&images);
	return got;
}

int
clean_images(struct clean *c, struct err *e)
{
	struct strs used = { 0 };
	int got = clean_look(c, e);

	if (got == 0)
		got = image_used(&c->docker, c->runs_gone, &used, e);
	if (got == 0)
		got = clean_images_of(c, false, &used, e);
	/* Some have no name only now. */
	if (got == 0)
		got = clean_images_of(c, true, &used, e);
	strs_free(&used);
	return got;
}

/* A volume of Go's caches, where it is there. */
static int
clean_volume(struct clean *c, const char *volume, struct err *e)
{
	char *filter = xasprintf("volume=%s", volume), *why = NULL;
	const char *filters[] = { filter, NULL };
	struct containers users = { 0 };
	struct strs one = { 0 };
	int got = container_list(&c->docker, filters, &users, e);

	for (size_t i = 0; i < users.n && why == NULL; i++)
		if (!c->runs_gone || *users.v[i].run_id == '\0')
			why = xasprintf("container %s uses it%s%s", users.v[i].name,
			    *users.v[i].run_id != '\0' ? ", of run " : "", users.v[i].run_id);
	strs_add(&one, volume);
	if (got == 0 && why != NULL)
		clean_failed(c, "volume", volume, why);
	else if (got == 0 && !c->o->dry_run && volume_remove(&c->docker, &one, e) == -1)
		got = clean_refused(c, "volume", volume, e);
	else if (got == 0)
		clean_took(c, "volume", volume, NULL, 0, NULL);
	strs_free(&one);
	containers_free(&users);
	free(why);
	free(filter);
	return got;
}

int
clean_cache(struct clean *c, struct err *e)
{
	static const char *const caches[] = { "hs-integration-go-cache", "hs-integration-go-build-cache",
	    NULL };
	struct strs there = { 0 };
	int got = c->docker.context != NULL ? 0 : docker_open(&c->docker, c->loop, e);

	if (got == 0)
		got = volume_names(&c->docker, &there, e);
	for (const char *const *v = caches; *v != NULL && got == 0; v++)
		if (c->interrupt.stop)
			got = err_as(e, ERR_INTERRUPTED, "interrupted");
		else if (strs_has(&there, *v))
			got = clean_volume(c, *v, e);
	strs_free(&there);
	return got;
}
