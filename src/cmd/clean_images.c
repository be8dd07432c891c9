/* hi clean images: the suite's own, by the names that its tests give and pull. */
#include <stdlib.h>
#include <string.h>

#include "../base/json.h"
#include "../base/mem.h"
#include "../docker/image.h"
#include "../docker/usage.h"
#include "clean.h"

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

	if (strncmp(repo, prefix, n) != 0 || len < n + 13)
		return false;
	return is_hash(repo + n, strcspn(repo + n, "-")) && repo[len - 7] == '-' &&
	    is_hash(repo + len - 6, 6);
}

bool
clean_image_is_ours(const char *ref, bool *client)
{
	static const char *const clients[] = { "tailscale/tailscale", "docker.io/tailscale/tailscale",
		"ghcr.io/tailscale/tailscale", "tailscale-head", NULL };
	const char *colon = strrchr(ref, ':');
	char *repo;
	bool ours = false;

	*client = false;
	if (colon == NULL || strchr(colon, '/') != NULL)
		return false;
	repo = xstrndup(ref, (size_t)(colon - ref));
	for (const char *const *p = clients; *p != NULL && !ours; p++)
		ours = *client = strcmp(repo, *p) == 0;
	if (!ours && strchr(repo, '/') == NULL)
		ours = strncmp(repo, "hs-", 3) == 0 || strncmp(repo, "headscale-integration", 21) == 0 ||
		    is_built_name(repo, "ts-") || is_built_name(repo, "tsrs-") ||
		    is_built_name(repo, "derp-");
	free(repo);
	return ours;
}

bool
clean_history_is_ours(const char *history)
{
	static const char *const marks[] = { "/go/src/headscale", "/usr/local/bin/headscale",
		"/go/src/tailscale", "/tailscale/run.sh", "github.com/tailscale/tailscale",
		"/usr/local/bin/axum", "integration/wasmic/", NULL };

	for (const char *const *m = marks; *m != NULL; m++)
		if (strstr(history, *m) != NULL)
			return true;
	return false;
}

/* The next of a list that is cut down to those that are wanted; n: how many these are so far. */
static void
keep(struct images *list, size_t i, bool wanted, size_t *n)
{
	if (wanted)
		list->v[(*n)++] = list->v[i];
	else {
		free(list->v[i].id);
		free(list->v[i].ref);
	}
}

static int
list_named(struct clean *c, struct images *out, struct err *e)
{
	size_t n = 0;
	bool client;

	if (image_list(&c->docker, false, out, e) == -1)
		return -1;
	for (size_t i = 0; i < out->n; i++)
		keep(out, i, clean_image_is_ours(out->v[i].ref, &client), &n);
	out->n = n;
	return 0;
}

static int
list_dangling(struct clean *c, struct images *out, struct err *e)
{
	struct strs ids = { 0 };
	size_t n = 0;
	char **texts;

	if (image_list(&c->docker, true, out, e) == -1)
		return -1;
	texts = xcalloc(out->n + 1, sizeof(*texts));
	for (size_t i = 0; i < out->n; i++)
		strs_add(&ids, out->v[i].id);
	images_history(&c->docker, &ids, texts);
	for (size_t i = 0; i < out->n; i++) {
		keep(out, i, clean_history_is_ours(texts[i]), &n);
		free(texts[i]);
	}
	out->n = n;
	free(texts);
	strs_free(&ids);
	return 0;
}

/* Why an image stays though it is the suite's; NULL: it goes. The caller's. */
static char *
image_stays(const struct clean *c, const struct strs *used, const char *id, bool client, int64_t tagged)
{
	const struct run_seen *live = clean_live(&c->runs);

	if (strs_has(used, id))
		return xstrdup("a container uses it");
	if (live == NULL || c->o->force || (!client && tagged != -1 && tagged < live->created))
		return NULL;
	return xasprintf("the live run %s may be about to use it; take it too with --force", live->id);
}

static int
take_image(struct clean *c, const struct image *i, const char *why, struct err *e)
{
	const char *ref = *i->ref != '\0' ? i->ref : i->id;
	int64_t bytes = c->o->dry_run ? i->size : 0;

	if (c->interrupt.stop)
		return err_set(e, "interrupted");
	if (why != NULL)
		clean_left(c, "image", ref, why);
	else if (c->o->dry_run || image_remove(&c->docker, ref, false, e) == 0)
		clean_took(c, "image", ref, i->dangling ? "a layer without a name" : NULL, bytes, NULL);
	else
		return clean_refused(c, "image", ref, e);
	return 0;
}

static int
take_images(struct clean *c, const struct images *images, const struct strs *used, struct err *e)
{
	int64_t *tagged = xcalloc(images->n + 1, sizeof(*tagged));
	struct strs ids = { 0 }, seen = { 0 };
	int got;

	for (size_t i = 0; i < images->n; i++)
		strs_add(&ids, images->v[i].id);
	got = images_tagged(&c->docker, &ids, tagged, e);
	for (size_t i = 0; i < images->n && got == 0; i++) {
		struct image image = images->v[i];
		bool client = false;
		char *why;

		(void)clean_image_is_ours(image.ref, &client);
		/* A second name of the same layers wins nothing more. */
		if (!strs_add_new(&seen, image.id))
			image.size = 0;
		why = image_stays(c, used, image.id, client, image.dangling ? image.created : tagged[i]);
		got = take_image(c, &image, why, e);
		free(why);
	}
	free(tagged);
	strs_free(&ids);
	strs_free(&seen);
	return got;
}

/* The images of containers; of all of them, or of those that are of no run. */
static int
find_used(struct clean *c, struct strs *used, struct err *e)
{
	struct containers all = { 0 };
	struct strs ids = { 0 };
	struct buf text = { 0 };
	struct json j = { 0 };
	int got;

	if (!c->runs_gone)
		return image_used(&c->docker, used, e);
	got = container_list(&c->docker, NULL, &all, e);
	for (size_t i = 0; i < all.n; i++)
		if (*all.v[i].run_id == '\0')
			strs_add(&ids, all.v[i].id);
	if (got == 0)
		got = container_inspect(&c->docker, &ids, &text, e);
	if (got == 0 && json_parse(&j, buf_str(&text), text.len) == 0)
		for (int n = json_first(&j, 0); n >= 0; n = json_next(&j, n)) {
			char *id = json_dup(&j, json_member(&j, n, "Image"));

			if (id != NULL)
				strs_add_new(used, id);
			free(id);
		}
	json_free(&j);
	buf_free(&text);
	strs_free(&ids);
	containers_free(&all);
	return got;
}

static int
take_both(struct clean *c, struct err *e)
{
	struct images named = { 0 }, dangling = { 0 };
	struct strs used = { 0 };
	int got = find_used(c, &used, e);

	if (got == 0)
		got = list_named(c, &named, e);
	if (got == 0)
		got = take_images(c, &named, &used, e);
	/* Some are dangling only now. */
	if (got == 0)
		got = list_dangling(c, &dangling, e);
	if (got == 0)
		got = take_images(c, &dangling, &used, e);
	strs_free(&used);
	images_free(&named);
	images_free(&dangling);
	return got;
}

int
clean_images(struct clean *c, struct err *e)
{
	int64_t before, after;
	int got;

	if (clean_open(c, e) == -1)
		return -1;
	if (clean_list_runs(c, e) == -1)
		return -1;
	if (c->o->dry_run) {
		c->won_at_most = true;
		return take_both(c, e);
	}
	/* Layers are shared: only the whole tells. */
	before = images_size(&c->docker);
	got = take_both(c, e);
	after = got == 0 && before != -1 ? images_size(&c->docker) : -1;
	if (after == -1)
		c->won_unknown = true;
	else if (before > after)
		c->won += before - after;
	return got;
}
