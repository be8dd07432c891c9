/* hi clean networks, images and cache: which of them are the suite's, and who still needs them. */
#include <fnmatch.h>
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

int
clean_idle_networks(struct docker *d, bool except_runs, struct networks *out, size_t *idle, struct runs *runs,
    struct err *e)
{
	struct strs used = { 0 };
	/* Networks are listed first, so that those of a run that begins meanwhile are not in the list. */
	int got = network_list(d, out, e);

	if (got == 0)
		got = networks_used(d, except_runs, &used, e);
	runs_free(runs);
	if (got == 0)
		got = runs_list(d, runs, e);
	for (size_t i = 0; i < runs->n && except_runs; i++)
		strs_addv(&used, strs_words(&runs->v[i].networks));
	*idle = 0;
	for (size_t i = 0; i < out->n && got == 0; i++) {
		struct network n = out->v[i];

		if (!network_is_test(n.name) || strs_has(&used, n.id) || strs_has(&used, n.name))
			continue;
		out->v[i] = out->v[*idle];
		out->v[(*idle)++] = n;
	}
	strs_free(&used);
	return got;
}

static int
network_go(struct clean *c, const struct thing *t, struct err *e)
{
	return network_remove(&c->docker, t->id, e);
}

int
clean_networks(struct clean *c, struct err *e)
{
	struct networks nets = { 0 };
	size_t idle = 0;
	int got = clean_open(c, e);

	if (got == 0)
		got = clean_idle_networks(&c->docker, c->runs_gone, &nets, &idle, &c->runs, e);
	for (size_t i = 0; i < idle && got == 0; i++) {
		const struct run_seen *live = clean_network_claim(&c->runs, &nets.v[i]);
		struct thing t = { .kind = "network", .name = nets.v[i].name, .id = nets.v[i].id,
			.remove = network_go };

		if (live != NULL)
			t.stays = xasprintf("it is younger than the live run %s, which may have made it",
			    live->id);
		got = clean_thing(c, &t, e);
	}
	networks_free(&nets);
	return got;
}

#define HASH "[a-z0-9][a-z0-9][a-z0-9][a-z0-9][a-z0-9][a-z0-9]"

bool
clean_image_is_ours(const char *ref)
{
	/* dockertest names an image after the container that it builds it for: ts-mdjtzx-head-fgdyls. */
	static const char *const ours[] = { "hs-*:*", "headscale-integration*:*", "ts-" HASH "-" HASH ":*",
	    "ts-" HASH "-*-" HASH ":*", "tsrs-" HASH "-" HASH ":*", "tsrs-" HASH "-*-" HASH ":*",
	    "derp-" HASH "-" HASH ":*", "derp-" HASH "-*-" HASH ":*", "tailscale/tailscale:*",
	    "docker.io/tailscale/tailscale:*", "ghcr.io/tailscale/tailscale:*", "tailscale-head:*", NULL };

	for (const char *const *p = ours; *p != NULL; p++)
		if (fnmatch(*p, ref, FNM_PATHNAME) == 0)
			return true;
	return false;
}

/* True: the image, which has no name, starts one of the programs of the suite's Dockerfiles, or in one of
 * their directories. */
static bool
image_config_is_ours(const char *config)
{
	static const char *const marks[] = { "/go/src/headscale", "/usr/local/bin/headscale",
	    "/go/src/tailscale", "/usr/local/bin/derper", NULL };

	for (const char *const *m = marks; *m != NULL; m++)
		if (config != NULL && strstr(config, *m) != NULL)
			return true;
	return false;
}

static int
image_go(struct clean *c, const struct thing *t, struct err *e)
{
	return image_remove(&c->docker, t->name, false, e);
}

/* again: it is a further name of the same image, which frees no more space. */
static int
clean_image(struct clean *c, const struct image *i, bool used, bool again, struct err *e)
{
	const struct run_seen *live = clean_live(&c->runs);
	struct thing t = { .kind = "image", .name = i->dangling ? i->id : i->ref, .id = i->id,
		.remove = image_go,
		.detail = i->dangling ? "without a name" : NULL,
		.bytes = again || i->size < 0 ? 0 : (uint64_t)i->size };

	if (used)
		t.stays = xstrdup("a container uses it");
	else if (live != NULL && !c->o->force)
		t.stays = xasprintf("the live run %s may be about to use it; take it too with --force",
		    live->id);
	return clean_thing(c, &t, e);
}

/* Removes the suite's images that have a name, or those that its builds left without one. */
static int
clean_images_of(struct clean *c, bool unnamed, const struct strs *used, struct err *e)
{
	struct images images = { 0 };
	struct strs ids = { 0 }, seen = { 0 };
	char **configs;
	int got = image_list(&c->docker, unnamed, &images, e);

	for (size_t i = 0; i < images.n; i++)
		strs_add(&ids, images.v[i].id);
	configs = xcalloc(images.n + 1, sizeof(*configs));
	if (got == 0 && unnamed)
		got = image_configs(&c->docker, &ids, configs, e);
	for (size_t i = 0; i < images.n; i++) {
		const struct image *one = &images.v[i];

		if (got == 0 && (unnamed ? image_config_is_ours(configs[i]) : clean_image_is_ours(one->ref)))
			got = clean_image(c, one, strs_has(used, one->id), !strs_add_new(&seen, one->id), e);
		free(configs[i]);
	}
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
	int got = clean_list_runs(c, e);

	if (got == 0)
		got = image_used(&c->docker, c->runs_gone, &used, e);
	if (got == 0)
		got = clean_images_of(c, false, &used, e);
	/* An image may have lost its name just now. */
	if (got == 0)
		got = clean_images_of(c, true, &used, e);
	strs_free(&used);
	return got;
}

static int
volume_go(struct clean *c, const struct thing *t, struct err *e)
{
	return volume_remove(&c->docker, t->name, e);
}

/* Removes a volume of Go's caches. If a container uses it, it stays, which is a failure. */
static int
clean_volume(struct clean *c, const char *volume, struct err *e)
{
	char *filter = xasprintf("volume=%s", volume);
	const char *filters[] = { filter, NULL };
	struct containers users = { 0 };
	struct thing t = { .kind = "volume", .name = volume, .id = volume, .missed = true,
		.remove = volume_go };
	int got = container_list(&c->docker, filters, &users, e);

	for (size_t i = 0; i < users.n && t.stays == NULL; i++)
		if (!c->runs_gone || *users.v[i].run_id == '\0')
			t.stays = xasprintf("container %s uses it%s%s", users.v[i].name,
			    *users.v[i].run_id != '\0' ? ", of run " : "", users.v[i].run_id);
	if (got == 0)
		got = clean_thing(c, &t, e);
	containers_free(&users);
	free(filter);
	return got;
}

int
clean_cache(struct clean *c, struct err *e)
{
	static const char *const caches[] = { "hs-integration-go-cache", "hs-integration-go-build-cache",
	    NULL };
	struct strs there = { 0 };
	int got = clean_open(c, e);

	if (got == 0)
		got = volume_names(&c->docker, &there, e);
	for (const char *const *v = caches; *v != NULL && got == 0; v++)
		if (strs_has(&there, *v))
			got = clean_volume(c, *v, e);
	strs_free(&there);
	return got;
}
