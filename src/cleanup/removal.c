#include <stdlib.h>
#include <string.h>

#include "../base/fault.h"
#include "../base/json.h"
#include "../base/mem.h"
#include "../base/text.h"
#include "../docker/image.h"
#include "../docker/network.h"
#include "cleanup_internal.h"

enum { LISTING_MS = 100, INSPECT_BATCH = 25, REFUSED_TRIES = 4, GIVE_UP_MS = 60000, SLOW_MS = 2000 };

void
leak_add(struct removed *r, const char *kind, const char *name, const char *why)
{
	r->left = xreallocarray(r->left, r->n_left + 1, sizeof(*r->left));
	r->left[r->n_left++] = (struct leak){ xstrdup(kind), xstrdup(name), xstrdup(why) };
}

void
leaks_free(struct removed *r)
{
	for (size_t i = 0; i < r->n_left; i++) {
		free((char *)(uintptr_t)r->left[i].kind);
		free((char *)(uintptr_t)r->left[i].name);
		free((char *)(uintptr_t)r->left[i].why);
	}
	free(r->left);
	r->left = NULL;
	r->n_left = 0;
}

/* Lists the run's containers, and retries once: if docker fails now and then, no listing would ever stay
 * empty for long enough. */
static int
removal_list(struct removal *r, struct containers *out, struct err *e)
{
	if (container_list_run(r->docker, r->run_id, out, e) == 0)
		return 0;
	loop_sleep(r->docker->loop, LISTING_MS, r->docker->cancel);
	return container_list_run(r->docker, r->run_id, out, e);
}

static bool
removal_is_anonymous(const char *volume)
{
	return strlen(volume) == 64 && strspn(volume, "0123456789abcdef") == 64;
}

void
removal_life(const struct json *j, int c, int64_t *from, int64_t *to)
{
	char *made = json_dup_member(j, c, "Created");
	char *ended = json_dup(j, json_path(j, c, "State.FinishedAt"));
	int64_t at = made != NULL ? text_parse_time(made) : -1;

	if (at > 0)
		*from = at;
	at = ended != NULL && !json_true(j, json_path(j, c, "State.Running")) ? text_parse_time(ended) : -1;
	*to = at > 0 ? at : json_eq(j, json_path(j, c, "State.Status"), "created") ? *from : 0;
	free(made);
	free(ended);
}

/* Collects the networks and volumes of an inspected container, and when the runner lived. */
static void
removal_add_facts(void *arg, const struct json *j, int c)
{
	struct removal *r = arg;
	int type = json_member(j, json_path(j, c, "Config.Labels"), LABEL_TYPE);
	int mounts = json_member(j, c, "Mounts");

	if (json_eq(j, type, TYPE_RUNNER))
		removal_life(j, c, &r->created, &r->ended);
	network_add_tests_of(j, c, &r->connected);
	for (int m = json_first(j, mounts); m >= 0; m = json_next(j, m)) {
		char *name = json_dup_member(j, m, "Name");

		if (name != NULL && removal_is_anonymous(name))
			strs_add_new(&r->anonymous, name);
		free(name);
	}
}

/* The engine refused an answer for the i-th time. 1: it was given a moment, ask again; 0: enough, go on
 * without one; -1: it does not answer at all. */
static int
removal_refused(const struct removal *r, int i, const struct err *e)
{
	if (r->dry || e->kind == ERR_UNREACHABLE || e->kind == ERR_INTERRUPTED)
		return -1;
	if (i == REFUSED_TRIES)
		return 0;
	loop_sleep(r->docker->loop, LISTING_MS << i, r->docker->cancel);
	return 1;
}

/* A container that the engine can't inspect (its layer is damaged, a lock in the engine hangs) must still be
 * removed; then only the engine's events tell its networks. -1: the engine does not answer at all. */
static int
removal_inspect_batch(struct removal *r, const struct strs *ids, struct err *e)
{
	struct strs one = { 0 };
	struct err ignored;
	int next = 1;

	for (int i = 1; next == 1 && container_inspect_each(r->docker, ids, removal_add_facts, r, e) == -1;
	    i++)
		next = removal_refused(r, i, e);
	for (size_t k = 0; next == 0 && ids->n > 1 && e->kind != ERR_TIMED_OUT && k < ids->n; k++) {
		strs_add(&one, ids->v[k]);
		(void)container_inspect_each(r->docker, &one, removal_add_facts, r, &ignored);
		strs_free(&one);
	}
	return next == -1 ? -1 : 0;
}

static int
removal_inspect(struct removal *r, const struct containers *c, struct err *e)
{
	int got = 0;

	for (size_t i = 0; i < c->n && got == 0;) {
		struct strs ids = { 0 };

		for (; i < c->n && ids.n < INSPECT_BATCH; i++)
			if (!strs_has(&r->seen, c->v[i].id)) {
				strs_add_new(&r->names, c->v[i].name);
				strs_add(&ids, c->v[i].id);
			}
		if (ids.n > 0)
			got = removal_inspect_batch(r, &ids, e);
		if (got == 0)
			strs_addv(&r->seen, strs_words(&ids));
		for (size_t k = 0; k < r->connected.n; k++)
			strs_add_new(&r->networks, r->connected.v[k]);
		strs_free(&ids);
	}
	return got;
}

/* The runner spawns containers as long as it lives. It has to be killed before it is inspected, and inspected
 * before it is removed, or some of its networks would be missed. */
static int
removal_kill_runners(struct removal *r, const struct containers *c, struct err *e)
{
	int got = 0;

	for (size_t i = 0; got == 0 && i < c->n; i++)
		if (strcmp(c->v[i].type, TYPE_RUNNER) == 0 && strcmp(c->v[i].state, "exited") != 0)
			got = container_kill(r->docker, c->v[i].id, e);
	return got;
}

int
removal_kill_runner(struct removal *r, struct err *e)
{
	struct containers c = { 0 };
	int got = removal_list(r, &c, e);

	if (got == 0)
		got = removal_kill_runners(r, &c, e);
	containers_free(&c);
	return got;
}

/* Removes the runner first, by itself, then the other containers. */
static void
removal_remove_listed(struct removal *r, const struct containers *c)
{
	struct strs runners = { 0 }, others = { 0 };
	struct err ignored;

	for (size_t i = 0; i < c->n; i++)
		strs_add(strcmp(c->v[i].type, TYPE_RUNNER) == 0 ? &runners : &others, c->v[i].id);
	if (runners.n > 0)
		container_remove(r->docker, &runners, &ignored);
	FAULT("runner-removed");
	if (others.n > 0)
		container_remove(r->docker, &others, &ignored);
	strs_free(&runners);
	strs_free(&others);
}

static void
removal_leak_containers(struct removal *r, const struct containers *c)
{
	struct strs one = { 0 };
	struct err e;

	for (size_t i = 0; i < c->n; i++) {
		err_set(&e, "it is still listed after its removal");
		strs_add(&one, c->v[i].id);
		container_remove(r->docker, &one, &e);
		strs_free(&one);
		leak_add(&r->removed, "container", c->v[i].name, e.text);
	}
}

/* An empty listing counts only if it came from the run's own engine. */
static int
removal_verify_engine(struct removal *r, struct err *e)
{
	struct docker_info info;

	if (r->verified || r->engine == NULL || *r->engine == '\0')
		return 0;
	if (docker_info(r->docker, &info, e) == -1)
		return -1;
	r->verified = strcmp(info.id, r->engine) == 0;
	docker_info_free(&info);
	return r->verified ? 0 : err_set(e, "docker: another engine answers at %s than the one of the run",
	    r->docker->endpoint);
}

/* Replaces *last, the ids of the previous listing, by those of now. True: at least one is no longer listed.
 * (Counts would not tell: as many may have been created.) */
static bool
removal_progressed(struct strs *last, const struct containers *now)
{
	struct strs ids = { 0 };
	bool any = false;

	for (size_t i = 0; i < now->n; i++)
		strs_add(&ids, now->v[i].id);
	for (size_t i = 0; i < last->n && !any; i++)
		any = !strs_has(&ids, last->v[i]);
	strs_free(last);
	*last = ids;
	return any;
}

/* Removes containers until the listing stays empty, or none of those listed has gone for give_up_ms. */
static int
removal_containers(struct removal *r, struct err *e)
{
	int64_t empty_since = -1, progress_at = -1, stuck_ms, pause = LISTING_MS;
	int64_t give_up = r->give_up_ms > 0 ? r->give_up_ms : GIVE_UP_MS;
	struct containers c = { 0 };
	struct strs last = { 0 };
	int got = -1;

	for (;; containers_free(&c)) {
		if (removal_list(r, &c, e) == -1 ||
		    (c.n == 0 && r->seen.n == 0 && removal_verify_engine(r, e) == -1))
			break;
		if (r->progress != NULL)
			r->progress(r->arg, c.n);
		if (removal_progressed(&last, &c) || c.n == 0 || progress_at == -1) {
			progress_at = loop_now();
			pause = LISTING_MS;
		}
		/* Taken before the inspection, whose duration is no lack of progress. */
		stuck_ms = loop_now() - progress_at;
		if (c.n == 0) {
			if (empty_since == -1)
				empty_since = loop_now();
			if (loop_now() - empty_since >= r->quiet_ms) {
				got = 0;
				break;
			}
			loop_sleep(r->docker->loop, LISTING_MS, NULL);
			continue;
		}
		empty_since = -1;
		(void)removal_kill_runners(r, &c, e);
		if (removal_inspect(r, &c, e) == -1)
			break;
		if (stuck_ms > give_up) {
			removal_leak_containers(r, &c);
			got = 0;
			break;
		}
		removal_remove_listed(r, &c);
		if (stuck_ms > SLOW_MS) {
			loop_sleep(r->docker->loop, pause, NULL);
			pause = pause < 5000 ? pause * 2 : pause;
		}
	}
	containers_free(&c);
	strs_free(&last);
	return got;
}

/* Retries, as the engine may hold on to a thing for a moment after its container was removed. */
static int
removal_retry(struct removal *r, int (*remove)(struct docker *d, const char *name, struct err *e),
    const char *name, struct err *e)
{
	int64_t pause = REMOVAL_TRY_MS;

	for (int i = 1; remove(r->docker, name, e) == -1; i++) {
		if (i == REMOVAL_TRIES)
			return -1;
		loop_sleep(r->docker->loop, pause, NULL);
		pause *= 2;
	}
	return 0;
}

static int
removal_tag(struct docker *d, const char *name, struct err *e)
{
	return image_remove(d, name, true, e);
}

static int
removal_volumes(struct removal *r, struct err *e)
{
	struct strs there = { 0 };
	struct err why;

	if (r->anonymous.n == 0)
		return 0;
	if (volume_names(r->docker, &there, e) == -1)
		return -1;
	for (size_t i = 0; i < r->anonymous.n; i++) {
		const char *name = r->anonymous.v[i];

		if (!strs_has(&there, name) || removal_retry(r, volume_remove, name, &why) == 0)
			r->removed.volumes++;
		else
			leak_add(&r->removed, "volume", r->anonymous.v[i], why.text);
	}
	strs_free(&r->anonymous);
	strs_free(&there);
	return 0;
}

/* True: a test of this run named the image, as in "ts-abcdef-1-74-012345": a kind, then the run id's last
 * part. A test that was killed between its build and its container leaves such a tag. */
static bool
removal_is_named_for(const char *run_id, const char *repo)
{
	static const char *const kinds[] = { "hs-", "ts-", "derp-", NULL };
	const char *dash = strrchr(run_id, '-'), *tail = dash != NULL ? dash + 1 : "";
	size_t n = strlen(tail);

	for (const char *const *k = kinds; *k != NULL && n >= 6; k++) {
		const char *rest = text_after(repo, *k);

		if (rest != NULL && strncmp(rest, tail, n) == 0 && rest[n] == '-')
			return true;
	}
	return false;
}

/* Removes the tags that tests named after a container; the layers stay as a cache. */
static int
removal_images(struct removal *r, struct err *e)
{
	struct images images = { 0 };
	struct err why;

	if (image_list(r->docker, false, &images, e) == -1)
		return -1;
	for (size_t i = 0; i < images.n; i++) {
		char *repo = xstrndup(images.v[i].ref, strcspn(images.v[i].ref, ":"));

		if (strs_has(&r->names, repo) || removal_is_named_for(r->run_id, repo)) {
			if (r->dry || removal_retry(r, removal_tag, images.v[i].ref, &why) == 0)
				r->removed.images++;
			else
				leak_add(&r->removed, "image", images.v[i].ref, why.text);
		}
		free(repo);
	}
	images_free(&images);
	return 0;
}

/* Damage in the engine may make one listing fail for good: then that kind is reported as left, and the rest
 * is still removed. -1: the engine does not answer at all. */
static int
removal_part(struct removal *r, int (*remove)(struct removal *r, struct err *e), const char *kind,
    struct err *e)
{
	int next = 1;

	for (int i = 1; next == 1 && remove(r, e) == -1; i++)
		next = removal_refused(r, i, e);
	if (next == 0)
		leak_add(&r->removed, kind, "of the run, if there is one", e->text);
	return next == -1 ? -1 : 0;
}

int
removal_run(struct removal *r, struct err *e)
{
	struct containers c = { 0 };

	leaks_free(&r->removed);
	if (r->dry) {
		if (removal_list(r, &c, e) == -1 || removal_inspect(r, &c, e) == -1) {
			containers_free(&c);
			return -1;
		}
		containers_free(&c);
		r->removed.containers = r->seen.n;
		r->removed.volumes = r->anonymous.n;
	} else {
		if (removal_containers(r, e) == -1)
			return -1;
		r->removed.containers = r->seen.n - r->removed.n_left;
		FAULT("containers-removed");
		if (removal_part(r, removal_volumes, "volume", e) == -1)
			return -1;
	}
	if (removal_part(r, removal_networks, "network", e) == -1)
		return -1;
	return removal_part(r, removal_images, "image", e);
}

void
removal_fact(struct removal *r, const char *line)
{
	const char *v;

	if ((v = text_after(line, "network ")) != NULL)
		strs_add_new(&r->networks, v);
	else if ((v = text_after(line, "name ")) != NULL)
		strs_add_new(&r->names, v);
	else if ((v = text_after(line, "created ")) != NULL)
		r->created = strtoll(v, NULL, 10);
	else if ((v = text_after(line, "ended ")) != NULL)
		r->ended = strtoll(v, NULL, 10);
}

void
removal_free(struct removal *r)
{
	leaks_free(&r->removed);
	strs_free(&r->networks);
	strs_free(&r->names);
	strs_free(&r->network_names);
	strs_free(&r->connected);
	strs_free(&r->gone);
	strs_free(&r->seen);
	strs_free(&r->anonymous);
}
