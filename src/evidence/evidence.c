#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/file.h"
#include "../base/mem.h"
#include "../base/text.h"
#include "evidence_internal.h"
#include "../docker/helper.h"

enum { WIDTH = 5, TICK_MS = 50, LINES = 20 };

#define DATABASE "/tmp/integration_test_db.sqlite3"
#define MAPRESPONSES "/tmp/mapresponses"
#define METRICS_URL "http://127.0.0.1:9090/metrics"

static const char *const curl[] = { "curl", "-sSf", "-m", "5", METRICS_URL, NULL };
static const char *const wget[] = { "wget", "-q", "-O", "-", METRICS_URL, NULL };
static const char *const status[] = { "tailscale", "status", "--json", NULL };

static const struct piece {
	const char *label, *suffix;
	const char *type;		/* of containers of this type; NULL: of all */
	int what;
	const char *path;
	const char *const *command;	/* needs a running container */
	bool database;			/* one of three files */
	int64_t timeout_ms;
} pieces[] = {
	{ "stdout", ".stdout.log", NULL, FETCH_STDOUT, NULL, NULL, false, 300000 },
	{ "stderr", ".stderr.log", NULL, FETCH_STDERR, NULL, NULL, false, 300000 },
	/* Next to each other, so that they are copied at almost the same time. */
	{ "database", ".db", "headscale", FETCH_COPY, DATABASE, NULL, true, 120000 },
	{ "database -wal", ".db-wal", "headscale", FETCH_COPY, DATABASE "-wal", NULL, true, 120000 },
	{ "database -shm", ".db-shm", "headscale", FETCH_COPY, DATABASE "-shm", NULL, true, 120000 },
	{ "status", "_status.json", "tailscale", FETCH_EXEC, NULL, status, false, 15000 },
	{ "metrics", "_metrics.txt", "headscale", FETCH_EXEC, NULL, curl, false, 15000 },
	{ "map responses", "-mapresponses", "headscale", FETCH_COPY, MAPRESPONSES, NULL, false, 120000 },
	{ "profile", "-pprof", "headscale", FETCH_COPY, "/tmp/profile", NULL, false, 120000 },
};
enum { LOGS = 2, PIECES = sizeof(pieces) / sizeof(pieces[0]) };

struct item {
	const struct piece *piece;
	size_t container;
};

struct collector {
	struct evidence *v;
	struct docker docker;	/* v's, ended by stop */
	volatile bool stop;
	struct timer *timer;
	int64_t deadline;	/* -1: none */
	struct containers list;
	struct strs names;	/* of files, a container each */
	struct buf *words;	/* what failed, a container each */
	bool *gone;
	struct item *items;
	struct fetch *fetches;
	size_t n, late, unwritten;
};

static void
tick(void *arg)
{
	struct collector *c = arg;
	const volatile bool *outer = c->v->docker->cancel;

	c->timer = NULL;
	if ((c->v->cancel != NULL && *c->v->cancel) || (outer != NULL && *outer) ||
	    (c->deadline >= 0 && loop_now() >= c->deadline))
		c->stop = true;
	else
		c->timer = loop_timer(c->docker.loop, TICK_MS, tick, c);
}

static int
rank(const struct container *c)
{
	return strcmp(c->type, "headscale") == 0 ? 0 : strcmp(c->type, "tailscale") == 0 ? 1 : 2;
}

/* Servers first: most failures begin there, and time may be short. */
static int
by_rank(const void *a, const void *b)
{
	const struct container *x = a, *y = b;
	int d = rank(x) - rank(y);

	return d != 0 ? d : strcmp(x->name, y->name);
}

static int
list(struct collector *c, struct err *e)
{
	size_t kept = 0;

	if (container_list_run(&c->docker, c->v->run_id, &c->list, e) == -1)
		return -1;
	/* The runner and helpers to the end, where they do not count. */
	for (size_t i = 0; i < c->list.n; i++) {
		struct container k = c->list.v[i];

		if (strcmp(k.type, TYPE_RUNNER) == 0 || strcmp(k.type, TYPE_HELPER) == 0)
			continue;
		c->list.v[i] = c->list.v[kept];
		c->list.v[kept++] = k;
	}
	if (kept > 0)
		qsort(c->list.v, kept, sizeof(*c->list.v), by_rank);
	c->v->containers = kept;
	for (size_t i = 0; i < kept; i++) {
		char *name = text_as_file_name(c->list.v[i].name);

		strs_add(&c->names, name);
		free(name);
	}
	c->words = xcalloc(kept + 1, sizeof(*c->words));
	c->gone = xcalloc(kept + 1, sizeof(*c->gone));
	return 0;
}

static void
plan_piece(struct collector *c, const struct piece *p, size_t container)
{
	const struct container *k = &c->list.v[container];
	char *name, *to;

	if ((p->type != NULL && strcmp(p->type, k->type) != 0) ||
	    (p->command != NULL && strcmp(k->state, "running") != 0))
		return;
	name = xasprintf("%s%s", c->names.v[container], p->suffix);
	to = file_join(c->v->dir, name);
	/* What the tests saved themselves stays; of logs the longer one. */
	if (p->path != NULL && file_exists(to)) {
		free(to);
	} else {
		c->items[c->n] = (struct item){ .piece = p, .container = container };
		c->fetches[c->n++] = (struct fetch){ .what = p->what, .id = k->id, .path = p->path,
			.command = p->command, .to = to, .timeout_ms = p->timeout_ms };
	}
	free(name);
}

static void
bring_back(struct collector *c)
{
	struct err e;

	for (size_t i = c->v->containers; i < c->list.n; i++)
		if (strcmp(c->list.v[i].type, TYPE_RUNNER) == 0 &&
		    evidence_bring(&c->docker, c->list.v[i].id, c->v->dir, &e) == -1)
			strs_addf(&c->v->missing, "what the tests saved: %s", e.text);
}

/* Returns how many there are. */
static size_t
plan_logs(struct collector *c)
{
	size_t containers = c->v->containers;

	c->items = xcalloc(containers * PIECES + 1, sizeof(*c->items));
	c->fetches = xcalloc(containers * PIECES + 1, sizeof(*c->fetches));
	for (size_t i = 0; i < containers; i++)
		for (size_t p = 0; p < LOGS; p++)
			plan_piece(c, &pieces[p], i);
	return c->n;
}

static void
plan_bulk(struct collector *c)
{
	for (size_t i = 0; c->v->bulk && i < c->v->containers; i++)
		for (size_t p = LOGS; p < PIECES; p++)
			plan_piece(c, &pieces[p], i);
}

static bool
no_room(const char *words)
{
	return strstr(words, "o space left") != NULL || strstr(words, "uota exceeded") != NULL;
}

static void
fault(struct collector *c, const struct item *it, const char *words)
{
	struct buf *b = &c->words[it->container];

	if (no_room(words))
		c->unwritten++;
	else
		buf_printf(b, "%s%s: %s", b->len > 0 ? "; " : "", it->piece->label, words);
}

/* A -wal goes when its server closes the database, and with PostgreSQL there is none. */
static bool
may_be_missing(const struct collector *c, const struct piece *p)
{
	for (size_t i = 0; p->database && i < c->v->containers; i++)
		if (strcmp(c->list.v[i].type, "postgres") == 0)
			return true;
	return p->database && strcmp(p->path, DATABASE) != 0;
}

static void
judge(struct collector *c, const struct item *it, const struct fetch *f)
{
	if (f->result == 0)
		c->v->files++;
	else if (!f->missing && c->stop)
		c->late++;
	else if (!f->missing)
		fault(c, it, f->err.text);
	else if (f->path == NULL || strstr(f->err.text, "o such container: ") != NULL)
		c->gone[it->container] = true;
	else if (!may_be_missing(c, it->piece))
		fault(c, it, "not there");
}

/* f and the two behind it are a database: one that lacks a part which was there is no snapshot. */
static void
judge_database(struct collector *c, const struct fetch *f)
{
	bool whole = f[0].result == 0;

	for (int k = 1; k < 3; k++)
		whole = whole && (f[k].result == 0 || f[k].missing);
	for (int k = 0; !whole && k < 3; k++)
		if (f[k].result == 0 && unlink(f[k].to) == 0)
			c->v->files--;
}

static void
fetch(struct collector *c, size_t from, size_t to)
{
	if (c->stop) {
		c->late += to - from;
		return;
	}
	container_fetch(&c->docker, c->fetches + from, to - from, WIDTH);
	for (size_t i = from; i < to; i++) {
		struct fetch *f = &c->fetches[i];

		/* Which of the two an image has, only trying tells. */
		if (f->command == curl && f->result == -1 && !f->missing && !c->stop) {
			f->command = wget;
			container_fetch(&c->docker, f, 1, 1);
		}
		judge(c, &c->items[i], f);
	}
	for (size_t i = from; i < to; i++)
		if (c->items[i].piece->path != NULL && strcmp(c->items[i].piece->path, DATABASE) == 0)
			judge_database(c, &c->fetches[i]);
}

static void
inspect(struct collector *c)
{
	size_t files = 0;
	struct err e;
	int rc = 0;

	if (c->stop)
		c->late += c->v->containers;
	else
		rc = evidence_inspect(&c->docker, c->v->dir, c->list.v, c->v->containers, &files, &e);
	if (rc == -1 && no_room(e.text))
		c->unwritten += c->v->containers - files;
	else if (rc == -1)
		strs_addf(&c->v->missing, "inspect: %s", e.text);
	c->v->files += files;
}

static void
report(struct collector *c)
{
	struct strs *missing = &c->v->missing;
	size_t lines = 0, more = 0;

	for (size_t i = 0; i < c->v->containers; i++) {
		const char *name = c->list.v[i].name;

		if (!c->gone[i] && c->words[i].len == 0)
			continue;
		if (lines++ >= LINES)
			more++;
		else if (c->gone[i])
			strs_addf(missing, "%s: the container has gone", name);
		else
			strs_addf(missing, "%s: %s", name, c->words[i].s);
	}
	if (more > 0)
		strs_addf(missing, "%zu more containers: not everything was collected", more);
	if (c->unwritten > 0)
		strs_addf(missing, "no space left for %s: not collected: %zu items", c->v->dir,
		    c->unwritten);
	if (c->late > 0)
		strs_addf(missing, "not collected: %s: %zu items",
		    c->deadline >= 0 && loop_now() >= c->deadline ? "out of time" : "interrupted", c->late);
}

static void
collector_free(struct collector *c)
{
	loop_timer_del(c->timer);
	for (size_t i = 0; i < c->n; i++)
		free((char *)c->fetches[i].to);
	for (size_t i = 0; c->words != NULL && i < c->v->containers; i++)
		buf_free(&c->words[i]);
	free(c->fetches);
	free(c->items);
	free(c->words);
	free(c->gone);
	strs_free(&c->names);
	containers_free(&c->list);
}

int
evidence_collect(struct evidence *v, struct err *e)
{
	struct collector c = { .v = v, .docker = *v->docker, .deadline = -1 };
	struct err why;
	size_t logs;
	int rc;

	if (v->budget_ms > 0) {
		c.deadline = loop_now() + v->budget_ms;
		if (c.docker.timeout_ms == 0 || c.docker.timeout_ms > v->budget_ms)
			c.docker.timeout_ms = v->budget_ms;
	}
	c.docker.cancel = &c.stop;
	tick(&c);
	v->containers = v->files = 0;
	rc = list(&c, e);
	if (rc == 0 && file_mkdirs(v->dir, &why) == -1)
		strs_addf(&v->missing, "nothing was collected: %s", why.text);
	else if (rc == 0) {
		logs = plan_logs(&c);
		fetch(&c, 0, logs);
		inspect(&c);
		if (v->in_runner && !c.stop)
			bring_back(&c);
		plan_bulk(&c);
		fetch(&c, logs, c.n);
	}
	report(&c);
	collector_free(&c);
	return rc;
}
