#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/file.h"
#include "../base/mem.h"
#include "../base/text.h"
#include "../docker/helper.h"
#include "../docker/pieces.h"
#include "evidence_internal.h"
#include "missing.h"
#include "redact.h"

enum {
	WIDTH = 5,		/* children at once */
	TICK_MS = 50,
	UNPAUSE_MS = 5000,
	PAUSE_TRIES = 8,
	PAUSE_AGAIN_MS = 100,
	FROM_RUNNER_MS = 300000,
	BATCH = 16,		/* containers whose JSON is in memory at once */
	NAME_MAX_BYTES = 180,	/* of a container in a file's name, so that there is room for suffixes */
};

struct collector {
	struct evidence *v;
	struct evidence_clock clock;
	struct containers list;		/* the first v->containers are collected from */
	struct strs names;		/* for each container, its name as a file name */
	bool *removed;			/* for each container: it no longer exists */
	bool has_postgres, cannot_pause;
	struct fetch *fetches;
	size_t n, late, unwritten;
	struct missing missing;
};

static void
evidence_clock_tick(void *arg)
{
	struct evidence_clock *c = arg;

	c->timer = NULL;
	if ((c->cancel != NULL && *c->cancel) || (c->outer != NULL && *c->outer) ||
	    (c->deadline >= 0 && loop_now() >= c->deadline))
		c->stop = true;
	else
		c->timer = loop_timer(c->docker.loop, TICK_MS, evidence_clock_tick, c);
}

void
evidence_clock_start(struct evidence_clock *c, const struct evidence *v, int64_t budget_ms)
{
	*c = (struct evidence_clock){ .cancel = v->cancel, .outer = v->docker->cancel, .deadline = -1 };
	docker_copy(&c->docker, v->docker);
	if (budget_ms > 0) {
		c->deadline = loop_now() + budget_ms;
		if (c->docker.timeout_ms == 0 || c->docker.timeout_ms > budget_ms)
			c->docker.timeout_ms = budget_ms;
	}
	c->docker.cancel = &c->stop;
	evidence_clock_tick(c);
}

/* True: the deadline stopped it, and not a cancel. */
static bool
evidence_clock_late(const struct evidence_clock *c)
{
	return c->deadline >= 0 && loop_now() >= c->deadline;
}

void
evidence_clock_stop(struct evidence_clock *c)
{
	loop_timer_del(c->timer);
	c->timer = NULL;
	docker_close(&c->docker);
}

static int
collect_rank(const struct container *c)
{
	return strcmp(c->type, "headscale") == 0 ? 0 : strcmp(c->type, "tailscale") == 0 ? 1 : 2;
}

/* Servers first: most failures begin there, and time may be short. */
static int
collect_by_rank(const void *a, const void *b)
{
	const struct container *x = a, *y = b;
	int d = collect_rank(x) - collect_rank(y);

	return d != 0 ? d : strcmp(x->name, y->name);
}

/* Returns the container's name as the beginning of file names; the caller frees it. A name that is too long
 * is cut, and its id then tells it from others. */
static char *
collect_file_name(const struct container *k)
{
	char *fit = strlen(k->name) <= NAME_MAX_BYTES ? xstrdup(k->name) :
	    xasprintf("%.*s-%.12s", NAME_MAX_BYTES, k->name, k->id);
	char *name = text_as_file_name(fit);

	free(fit);
	return name;
}

static int
collect_list(struct collector *c, struct err *e)
{
	size_t kept = 0;

	if (container_list_run(&c->clock.docker, c->v->run_id, &c->list, e) == -1)
		return -1;
	/* The runner and helpers go to the end, beyond v->containers. */
	for (size_t i = 0; i < c->list.n; i++) {
		struct container k = c->list.v[i];

		if (strcmp(k.type, TYPE_RUNNER) == 0 || strcmp(k.type, TYPE_HELPER) == 0)
			continue;
		c->list.v[i] = c->list.v[kept];
		c->list.v[kept++] = k;
		c->has_postgres = c->has_postgres || strcmp(k.type, "postgres") == 0;
	}
	if (kept > 0)
		qsort(c->list.v, kept, sizeof(*c->list.v), collect_by_rank);
	c->v->containers = kept;
	for (size_t i = 0; i < kept; i++) {
		char *name = collect_file_name(&c->list.v[i]);

		strs_add(&c->names, name);
		free(name);
	}
	c->removed = xcalloc(kept + 1, sizeof(*c->removed));
	return 0;
}

static char *
piece_path(const struct collector *c, const struct evidence_piece *p, size_t container)
{
	char *name = xasprintf("%s%s", c->names.v[container], p->suffix), *path = file_join(c->v->dir, name);

	free(name);
	return path;
}

/* True: the piece is already saved. A database is if the last of its files is. */
static bool
piece_is_saved(const struct collector *c, const struct evidence_piece *p, size_t container)
{
	char *path, *dir;
	bool saved;

	while (p->database && p[1].database)
		p++;
	path = piece_path(c, p, container);
	dir = xasprintf("%s/%s/%s", c->v->dir, p->saved_in != NULL ? p->saved_in : "", c->names.v[container]);
	saved = file_exists(path) || (p->saved_in != NULL && file_exists(dir));
	free(path);
	free(dir);
	return saved;
}

static void
collect_plan_piece(struct collector *c, const struct evidence_piece *p, size_t container)
{
	const struct container *k = &c->list.v[container];
	bool is_log = p->source == PIECE_STDOUT || p->source == PIECE_STDERR;
	static const int how[] = { [PIECE_STDOUT] = FETCH_STDOUT, [PIECE_STDERR] = FETCH_STDERR,
		[PIECE_COPY] = FETCH_COPY, [PIECE_EXEC] = FETCH_EXEC };

	if ((p->type != NULL && strcmp(p->type, k->type) != 0) || p->source == PIECE_INSPECT ||
	    p->source == PIECE_TESTS || (p->source == PIECE_EXEC && strcmp(k->state, "running") != 0) ||
	    (!is_log && piece_is_saved(c, p, container)))
		return;
	c->fetches = xreallocarray(c->fetches, c->n + 1, sizeof(*c->fetches));
	c->fetches[c->n++] = (struct fetch){ .what = how[p->source], .id = k->id, .path = p->path,
		.command = p->command, .to = piece_path(c, p, container), .timeout_ms = p->timeout_ms,
		.piece = p, .container = container };
}

static void
collect_add_missing(struct collector *c, size_t container, const char *what, const char *why)
{
	missing_add(&c->missing, what, why, c->list.v[container].name, c->list.v[container].id);
}

static void
collect_add_uncollected(struct collector *c, size_t container, const char *label, const char *why)
{
	char *what = xasprintf("%s of %% could not be collected", label);

	collect_add_missing(c, container, what, why);
	free(what);
}

/* Counts a piece that was not collected for lack of time or space; any other reason is listed. */
static void
collect_failed(struct collector *c, size_t container, const char *label, const struct err *e)
{
	if (c->clock.stop)
		c->late++;
	else if (e->kind == ERR_NO_SPACE)
		c->unwritten++;
	else
		collect_add_uncollected(c, container, label, e->text);
}

static void
collect_evaluate(struct collector *c, const struct fetch *f)
{
	const struct evidence_piece *p = f->piece;

	if (f->result == 0)
		c->v->files++;
	else if (!f->missing)
		collect_failed(c, f->container, p->label, &f->err);
	else if (p->source != PIECE_COPY)
		c->removed[f->container] = true;
	else if (!p->optional && !(p->database && c->has_postgres))
		collect_add_uncollected(c, f->container, p->label, "it is not in the container");
}

static void
collect_fetch(struct collector *c, size_t from)
{
	if (c->clock.stop) {
		c->late += c->n - from;
		return;
	}
	container_fetch(&c->clock.docker, c->fetches + from, c->n - from, WIDTH);
	for (size_t i = from; i < c->n; i++) {
		struct fetch *f = &c->fetches[i];

		if (f->piece->second != NULL && f->result == -1 && !f->missing && !c->clock.stop) {
			f->command = f->piece->second;
			container_fetch(&c->clock.docker, f, 1, 1);
		}
		collect_evaluate(c, f);
	}
}

/* Fetches the database itself last, so that its existence shows that the snapshot is complete. An incomplete
 * one is deleted. */
static void
collect_fetch_database(struct collector *c, size_t server)
{
	size_t first = c->n, from;
	bool whole;

	for (int last = 0; last <= 1; last++) {
		from = c->n;
		for (const struct evidence_piece *p = evidence_pieces; p->suffix != NULL; p++)
			if (p->database && p->optional == !last)
				collect_plan_piece(c, p, server);
		collect_fetch(c, from);
	}
	whole = c->n > first && c->fetches[c->n - 1].result == 0;
	for (size_t i = first; i < c->n; i++)
		whole = whole && (c->fetches[i].result == 0 || c->fetches[i].missing);
	for (size_t i = first; i < c->n && !whole; i++)
		if (c->fetches[i].result == 0 && unlink(c->fetches[i].to) == 0)
			c->v->files--;
}

/* Retries, because freezing many processes may fail (runc: "unable to freeze") and succeed the next time. */
static int
collect_pause_server(struct collector *c, const char *id, struct err *e)
{
	int tries = c->cannot_pause ? 1 : PAUSE_TRIES;

	while (container_pause(&c->clock.docker, id, e) == -1) {
		if (--tries == 0 || c->clock.stop || e->kind == ERR_NOT_FOUND) {
			c->cannot_pause = e->kind != ERR_NOT_FOUND;
			return -1;
		}
		loop_sleep(c->clock.docker.loop, PAUSE_AGAIN_MS, &c->clock.stop);
	}
	return 0;
}

/* Pauses a running server meanwhile: between two copies it may move pages from one file to the other. */
static void
collect_database(struct collector *c, size_t server, const struct evidence_piece *p)
{
	const struct container *k = &c->list.v[server];
	struct docker unbounded;
	bool pauses = strcmp(k->state, "running") == 0 && !c->has_postgres && !c->clock.stop;
	struct err e;

	if (strcmp(k->type, p->type) != 0 || piece_is_saved(c, p, server))
		return;
	if (pauses && collect_pause_server(c, k->id, &e) == -1 && !c->clock.stop) {
		pauses = false;
		collect_add_missing(c, server,
		    "database of % was copied while its server ran, and may be damaged", e.text);
	}
	collect_fetch_database(c, server);
	/* It is unpaused even after an interrupt, because the run may be kept. */
	docker_copy(&unbounded, &c->clock.docker);
	unbounded.cancel = NULL;
	unbounded.timeout_ms = UNPAUSE_MS;
	if (pauses && container_unpause(&unbounded, k->id, &e) == -1)
		collect_add_missing(c, server, "% stays paused", e.text);
	docker_close(&unbounded);
}

static void
collect_bulk(struct collector *c)
{
	const struct evidence_piece *p;
	size_t from;

	for (p = evidence_pieces; !p->database; p++)
		;
	for (size_t i = 0; i < c->v->containers; i++)
		collect_database(c, i, p);
	from = c->n;
	for (size_t i = 0; i < c->v->containers; i++)
		for (p = evidence_pieces; p->suffix != NULL; p++)
			if (p->bulk && !p->database)
				collect_plan_piece(c, p, i);
	collect_fetch(c, from);
}

static void
collect_logs(struct collector *c)
{
	for (size_t i = 0; i < c->v->containers; i++)
		for (const struct evidence_piece *p = evidence_pieces; p->suffix != NULL; p++)
			if (!p->bulk)
				collect_plan_piece(c, p, i);
	collect_fetch(c, 0);
}

int
evidence_hide_env(char *text, size_t len)
{
	struct json j = { 0 };
	int rc = json_parse(&j, text, len);

	for (int c = json_first(&j, 0); rc == 0 && c >= 0; c = json_next(&j, c)) {
		int env = json_path(&j, c, "Config.Env");

		for (int i = json_first(&j, env); i >= 0; i = json_next(&j, i)) {
			size_t n;
			const char *raw = json_raw(&j, i, &n), *eq;

			if (json_type(&j, i) != JSON_STRING || !redact_is_secret_name(raw, n))
				continue;
			/* Each byte of the value's JSON spelling is overwritten, so that the JSON stays
			 * valid and as long. */
			eq = memchr(raw, '=', n);
			memset(text + (eq + 1 - text), '*', n - (size_t)(eq + 1 - raw));
		}
	}
	json_free(&j);
	return rc;
}

static void
collect_inspect_batch(struct collector *c, size_t from, size_t to)
{
	const struct evidence_piece *inspect = evidence_pieces;
	struct strs ids = { 0 };
	struct json j = { 0 };
	struct buf text = { 0 };
	struct err e;
	size_t len;
	int rc;

	while (inspect->source != PIECE_INSPECT)
		inspect++;
	for (size_t i = from; i < to; i++)
		strs_add(&ids, c->list.v[i].id);
	rc = container_inspect(&c->clock.docker, &ids, &text, &e);
	if (rc == 0 && (evidence_hide_env(text.s, text.len) == -1 || json_parse(&j, text.s, text.len) == -1))
		rc = err_set(&e, "the engine's answer is no JSON");
	for (int k = json_first(&j, 0); rc == 0 && k >= 0; k = json_next(&j, k))
		for (size_t i = from; i < to; i++)
			if (json_eq(&j, json_path(&j, k, "Id"), c->list.v[i].id)) {
				const char *raw = json_raw(&j, k, &len);
				char *path = piece_path(c, inspect, i);

				if (file_replace(path, raw, len, &e) == 0)
					c->v->files++;
				else
					collect_failed(c, i, "inspect", &e);
				free(path);
			}
	for (size_t i = from; rc == -1 && i < to; i++)
		collect_failed(c, i, "inspect", &e);
	strs_free(&ids);
	json_free(&j);
	buf_free(&text);
}

static void
collect_inspects(struct collector *c)
{
	for (size_t i = 0; i < c->v->containers; i += BATCH) {
		size_t to = i + BATCH < c->v->containers ? i + BATCH : c->v->containers;

		if (c->clock.stop)
			c->late += to - i;
		else
			collect_inspect_batch(c, i, to);
	}
}

/* Copies what the tests saved from a runner that does not have our directories mounted. */
static int
collect_from_runner(struct collector *c, const char *runner, struct err *e)
{
	char *place = file_join(c->v->dir, ".control");
	struct fetch f = { .what = FETCH_COPY, .id = runner, .path = EVIDENCE_CONTROL, .to = place,
		.timeout_ms = FROM_RUNNER_MS };
	struct strs names = { 0 };

	container_fetch(&c->clock.docker, &f, 1, 1);
	if (f.result == -1)
		*e = f.err;
	else if (dir_names(place, &names, e) == -1)
		f.result = -1;
	for (size_t i = 0; i < names.n; i++) {
		char *from = file_join(place, names.v[i]), *to = file_join(c->v->dir, names.v[i]);
		const struct evidence_piece *p = evidence_piece_of(names.v[i]);

		/* A file that hi wrote under this name stays, except that of two logs the longer one does. */
		if (!file_exists(to) ||
		    (p != NULL && p->reader == READ_AS_LOG && file_size(from) > file_size(to)))
			(void)rename(from, to);
		free(from);
		free(to);
	}
	strs_free(&names);
	(void)dir_remove(place, NULL);
	free(place);
	return f.result;
}

static void
collect_runners(struct collector *c)
{
	struct err e;

	for (size_t i = c->v->containers; c->v->in_runner && !c->clock.stop && i < c->list.n; i++)
		if (strcmp(c->list.v[i].type, TYPE_RUNNER) == 0 &&
		    collect_from_runner(c, c->list.v[i].id, &e) == -1)
			strs_addf(&c->v->missing, "what the tests saved was not brought from the runner: %s",
			    e.text);
}

static bool
collect_disk_is_full(const struct collector *c)
{
	uint64_t bytes, inodes, total;

	return file_free_space(c->v->dir, &bytes, &inodes, &total) == 0 && total > 0 &&
	    (bytes == 0 || inodes == 0);
}

/* Triage finds the words about the disk; it finds nothing in the files that the full disk cut off. */
static void
collect_tell_missing(struct collector *c)
{
	struct strs *missing = &c->v->missing;

	for (size_t i = 0; i < c->v->containers; i++)
		if (c->removed[i])
			collect_add_uncollected(c, i, "logs", "removed meanwhile");
	missing_tell(&c->missing, missing);
	if (c->unwritten > 0)
		strs_addf(missing, "%zu items could not be collected: no space left on device: %s",
		    c->unwritten, c->v->dir);
	else if (collect_disk_is_full(c))
		strs_addf(missing, "the run's files may be cut off: no space left on device: %s", c->v->dir);
	if (c->late > 0)
		strs_addf(missing, "%zu items could not be collected: %s", c->late,
		    evidence_clock_late(&c->clock) ? "out of time" : "interrupted");
}

static void
collector_free(struct collector *c)
{
	evidence_clock_stop(&c->clock);
	for (size_t i = 0; i < c->n; i++)
		free((char *)c->fetches[i].to);
	free(c->fetches);
	free(c->removed);
	strs_free(&c->names);
	containers_free(&c->list);
}

int
evidence_collect(struct evidence *v, struct err *e)
{
	struct collector c = { .v = v, .missing = { .nouns = "containers" } };
	struct err why;
	int rc;

	evidence_clock_start(&c.clock, v, v->budget_ms);
	v->containers = v->files = 0;
	rc = collect_list(&c, e);
	if (rc == 0 && file_mkdirs(v->dir, &why) == -1)
		strs_addf(&v->missing, "nothing was collected: %s", why.text);
	else if (rc == 0) {
		collect_logs(&c);
		collect_inspects(&c);
		collect_runners(&c);
		if (v->bulk)
			collect_bulk(&c);
	}
	collect_tell_missing(&c);
	collector_free(&c);
	return rc;
}
