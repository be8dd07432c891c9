/* What the page takes from the streams of a run's directory: lanes, samples, the pauses of parallel tests. */
#define _GNU_SOURCE	/* memmem; NOLINT(bugprone-reserved-identifier) */
#include <sys/stat.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/file.h"
#include "../base/json.h"
#include "../base/mem.h"
#include "../base/text.h"
#include "../docker/helper.h"
#include "page_internal.h"

enum { PIECE = 64 * 1024 };

/* Hands out the whole lines in the buffer; what is left of it is kept. */
static size_t
lines_out(char *buf, size_t used, bool last, struct page_line *l, void (*fn)(void *arg, struct page_line *l),
    void *arg)
{
	char *at = buf, *nl;

	while ((nl = memchr(at, '\n', used - (size_t)(at - buf))) != NULL || (at == buf && used == PIECE) ||
	    (last && at < buf + used)) {
		char *end = nl != NULL ? nl : buf + used;

		l->s = at;
		l->len = (size_t)(end - at);
		*end = '\0';
		fn(arg, l);
		l->offset += (end - at) + (nl != NULL);
		l->number += l->number > 0 && nl != NULL;
		at = nl != NULL ? nl + 1 : end;
	}
	used -= (size_t)(at - buf);
	memmove(buf, at, used);
	return used;
}

int64_t
page_lines(const char *dir, const char *name, int64_t most, void (*fn)(void *arg, struct page_line *l),
    void *arg)
{
	struct page_line l = { .number = 1 };
	int fd = report_open(dir, name);
	int64_t left_out = 0, head;
	char *buf, *nl;
	struct stat st;
	size_t used = 0;
	ssize_t n;

	if (fd == -1)
		return -1;
	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode)) {
		close(fd);
		return -1;
	}
	if (st.st_size > most)
		left_out = (int64_t)st.st_size - most;
	head = left_out > 0 ? most / 2 : INT64_MAX;
	buf = xcalloc(1, PIECE + 1);
	for (;;) {
		size_t want = (int64_t)(PIECE - used) < head ? PIECE - used : (size_t)head;

		while ((n = read(fd, buf + used, want)) == -1 && errno == EINTR)
			;
		if (n > 0) {
			used = lines_out(buf, used + (size_t)n, false, &l, fn, arg);
			head -= n;
		}
		if (n > 0 && head > 0)
			continue;
		if (n <= 0 || l.number == 0)
			break;
		/* The tail begins behind the first newline in it. */
		l.number = 0;
		l.offset = (int64_t)st.st_size - most / 2;
		head = INT64_MAX;
		if (lseek(fd, (off_t)l.offset, SEEK_SET) == -1 || (n = read(fd, buf, PIECE)) <= 0)
			break;
		nl = memchr(buf, '\n', (size_t)n);
		used = nl == NULL ? 0 : (size_t)(buf + n - nl) - 1;
		l.offset += n - (int64_t)used;
		memmove(buf, buf + (n - (ssize_t)used), used);
		used = lines_out(buf, used, false, &l, fn, arg);
	}
	(void)lines_out(buf, used, true, &l, fn, arg);
	free(buf);
	close(fd);
	return left_out;
}

struct lane *
page_lane(struct page *p, const char *name, const char *kind)
{
	struct lane *l;

	for (size_t i = p->n_lanes; i > 0; i--)
		if (strcmp(p->lanes[i - 1].name, name) == 0)
			return &p->lanes[i - 1];
	if (p->n_lanes == LANES_MAX || strcmp(kind, TYPE_HELPER) == 0)
		return NULL;
	p->lanes = xreallocarray(p->lanes, p->n_lanes + 1, sizeof(*p->lanes));
	l = &p->lanes[p->n_lanes++];
	*l = (struct lane){ .name = xstrdup(name), .kind = xstrdup(kind), .code = -1 };
	for (size_t i = 0; i < p->r->f.n_memory; i++)
		if (strcmp(p->r->f.memory[i].name, name) == 0)
			l->peak = &p->r->f.memory[i];
	return l;
}

struct engine_read {
	struct page *p;
	struct json j;
};

/* What `docker events` said, in the same forms as run/watch.c takes it. */
static void
engine_line(void *arg, struct page_line *line)
{
	static const char *const names[] = { "create", "start", "die", "oom", "destroy", NULL };
	struct engine_read *r = arg;
	struct json *j = &r->j;
	char *name, *kind, *code;
	int attributes, i = 0;
	struct lane *l;
	int64_t ns, s;

	/* Half of them tell of commands in containers. */
	if (memmem(line->s, line->len, "\"exec_", 6) != NULL || json_parse(j, line->s, line->len) == -1)
		return;
	while (names[i] != NULL && !json_eq(j, json_member(j, 0, "Action"), names[i]))
		i++;
	if (names[i] == NULL || !json_eq(j, json_member(j, 0, "Type"), "container"))
		return;
	if (json_int(j, json_member(j, 0, "timeNano"), &ns) == -1)
		ns = json_int(j, json_member(j, 0, "time"), &s) == 0 && s < SECONDS_MAX * 10LL ? s * 1000000000 : 0;
	attributes = json_path(j, 0, "Actor.Attributes");
	name = json_dup_member(j, attributes, "name");
	kind = json_dup_member(j, attributes, LABEL_TYPE);
	code = json_dup_member(j, attributes, "exitCode");
	if (name != NULL && ns > 0 && (l = page_lane(r->p, name, kind != NULL ? kind : "")) != NULL &&
	    l->n_moments < 200) {
		l->moments = xreallocarray(l->moments, l->n_moments + 1, sizeof(*l->moments));
		l->moments[l->n_moments] = (struct moment){ .at = ns / 1000000,
		    .code = code != NULL ? atoi(code) : 0 };
		memcpy(l->moments[l->n_moments++].what, names[i], strlen(names[i]) + 1);
		l->oom = l->oom || strcmp(names[i], "oom") == 0;
		if (strcmp(names[i], "die") == 0)
			l->code = code != NULL ? atoi(code) : -1;
		l->restarts += strcmp(names[i], "start") == 0;
	}
	free(name);
	free(kind);
	free(code);
}

/* A cell of a line of stats.csv; *at is behind its comma then. */
static char *
stats_cell(char **at)
{
	char *s = *at, *from, *to;

	if (s == NULL || *s != '"')
		return strsep(at, ",");
	for (from = to = ++s; *from != '\0' && (*from != '"' || from[1] == '"'); from++) {
		from += *from == '"';
		*to++ = *from;
	}
	*at = *from == '\0' || from[1] == '\0' ? NULL : from + 2;
	*to = '\0';
	return s;
}

static void
stats_line(void *arg, struct page_line *line)
{
	struct page *p = arg;
	char *at = line->s, *when = stats_cell(&at), *name = stats_cell(&at), *kind = stats_cell(&at),
	    *mb = stats_cell(&at), *cpu = stats_cell(&at);
	int64_t ms = when != NULL ? text_parse_time(when) : -1;
	struct lane *l;

	if (ms <= 0 || cpu == NULL || (l = page_lane(p, name, kind)) == NULL)
		return;
	/* Every second one goes as often as there are too many: what is kept is the higher of two. */
	if (l->n_samples == 2UL * SAMPLES_MAX) {
		for (size_t i = 0; i < SAMPLES_MAX; i++)
			l->samples[i] = l->samples[2 * i].mb >= l->samples[2 * i + 1].mb ? l->samples[2 * i] :
			    l->samples[2 * i + 1];
		l->n_samples = SAMPLES_MAX;
	}
	if (l->samples == NULL)
		l->samples = xcalloc(2UL * SAMPLES_MAX, sizeof(*l->samples));
	l->samples[l->n_samples++] = (struct sample){ ms, *mb != '\0' ? strtod(mb, NULL) : -1,
	    *cpu != '\0' ? strtod(cpu, NULL) : -1 };
}

static int
lane_rank(const char *kind)
{
	static const char *const last[] = { "tailscale", "tailscale-rs", "wasmclient", "", "test-runner" };

	if (strcmp(kind, "headscale") == 0)
		return 0;
	for (size_t i = 0; i < sizeof(last) / sizeof(last[0]); i++)
		if (strcmp(kind, last[i]) == 0)
			return 2 + (int)(i > 2 ? i : 0);
	return 1;
}

static int
lane_order(const void *a, const void *b)
{
	const struct lane *x = a, *y = b;
	int rank = lane_rank(x->kind) - lane_rank(y->kind);
	int64_t s = x->n_moments > 0 ? x->moments[0].at : INT64_MAX,
	    t = y->n_moments > 0 ? y->moments[0].at : INT64_MAX;

	return rank != 0 ? rank : s != t ? (s < t ? -1 : 1) : strcmp(x->name, y->name);
}

static void
page_note_left(struct page *p, const char *name, int64_t left)
{
	if (left > 0)
		strs_addf(&p->left_out, "%s: %lld MB in its middle were not read", name,
		    (long long)(left + 999999) / 1000000);
}

void
page_read_engine(struct page *p)
{
	struct engine_read r = { .p = p };
	const struct facts *f = &p->r->f;

	page_note_left(p, "events.json", page_lines(p->dir, "events.json", ENGINE_BYTES, engine_line, &r));
	page_note_left(p, "stats.csv", page_lines(p->dir, "stats.csv", ENGINE_BYTES, stats_line, p));
	for (size_t i = 0; i < f->n_memory; i++)
		(void)page_lane(p, f->memory[i].name, f->memory[i].kind);
	/* Of runs that have no such files the logs tell what containers there were. */
	for (size_t i = 0; i < p->names.n; i++) {
		const char *end = strstr(p->names.v[i], ".stderr.log");

		if (end != NULL && end[strlen(".stderr.log")] == '\0') {
			char *name = xstrndup(p->names.v[i], (size_t)(end - p->names.v[i]));

			(void)page_lane(p, name, text_after(name, "hs-") != NULL ? "headscale" :
			    text_after(name, "ts-") != NULL ? "tailscale" : "");
			free(name);
		}
	}
	if (p->n_lanes == LANES_MAX)
		strs_addf(&p->left_out, "of the containers the first %d are shown", LANES_MAX);
	for (size_t i = 0; i < p->n_lanes; i++) {
		struct lane *l = &p->lanes[i];

		l->restarts = l->restarts > 1 ? l->restarts - 1 : 0;
		if (l->peak != NULL) {
			l->oom = l->oom || l->peak->oom;
			l->restarts = l->peak->restarts > l->restarts ? l->peak->restarts : l->restarts;
		}
	}
	if (p->n_lanes > 0)
		qsort(p->lanes, p->n_lanes, sizeof(*p->lanes), lane_order);
	json_free(&r.j);
}

static size_t
test_find(const struct page *p, const struct json *j)
{
	int package = json_member(j, 0, "Package"), name = json_member(j, 0, "Test");
	size_t i = 0;

	while (i < p->r->n && !(json_eq(j, name, p->r->tests[i].name) && json_eq(j, package,
	    p->r->tests[i].package)))
		i++;
	return i;
}

/* The places at which tests failed, as testing prints them. */
enum { PLACES_MAX = 50 };

struct stream_read {
	struct page *p;
	struct json j;
	struct { char *text; size_t test; } places[PLACES_MAX];
	size_t n_places;
};

static void
stream_place(struct stream_read *r, const struct page_line *line, int64_t at)
{
	for (size_t i = 0; i < r->n_places; i++) {
		struct track *k = &r->p->tracks[r->places[i].test];

		if (k->failed_at == 0 && test_find(r->p, &r->j) == r->places[i].test && memmem(line->s, line->len,
		    r->places[i].text, strlen(r->places[i].text)) != NULL)
			k->failed_at = at;
	}
}

static bool
stream_wants(const struct stream_read *r, const struct page_line *line)
{
	for (size_t i = 0; i < r->n_places; i++)
		if (memmem(line->s, line->len, r->places[i].text, strlen(r->places[i].text)) != NULL)
			return true;
	return false;
}

static void
stream_line(void *arg, struct page_line *line)
{
	struct stream_read *r = arg;
	size_t head = line->len < 120 ? line->len : 120, i;
	bool pause = memmem(line->s, head, "\"pause\"", 7) != NULL,
	    cont = !pause && memmem(line->s, head, "\"cont\"", 6) != NULL;
	struct track *k;
	int64_t at;
	char *when;

	/* Nearly all of it is output, and of that only what says where a test failed is looked at. */
	if ((!pause && !cont && !stream_wants(r, line)) || json_parse(&r->j, line->s, line->len) == -1)
		return;
	when = json_dup_member(&r->j, 0, "Time");
	at = when != NULL ? text_parse_time(when) : -1;
	free(when);
	if (at <= 0 || (i = test_find(r->p, &r->j)) == r->p->r->n)
		return;
	k = &r->p->tracks[i];
	if (json_eq(&r->j, json_member(&r->j, 0, "Action"), "pause") && k->n_paused < 100) {
		k->paused = xreallocarray(k->paused, k->n_paused + 1, sizeof(*k->paused));
		k->paused[k->n_paused++] = (struct span){ at, 0 };
	} else if (json_eq(&r->j, json_member(&r->j, 0, "Action"), "cont") && k->n_paused > 0)
		k->paused[k->n_paused - 1].to = at;
	else
		stream_place(r, line, at);
}

void
page_read_stream(struct page *p)
{
	struct stream_read *r = xcalloc(1, sizeof(*r));

	r->p = p;
	p->tracks = xcalloc(p->r->n + 1, sizeof(*p->tracks));
	for (size_t i = 0; i < p->r->n && r->n_places < PLACES_MAX; i++) {
		const struct report_test *t = &p->r->tests[i];

		if (t->file != NULL && !report_is_package(t)) {
			r->places[r->n_places].test = i;
			r->places[r->n_places++].text = xasprintf("%s:%d: ", file_base(t->file), t->line);
		}
	}
	page_note_left(p, "go-test.json", page_lines(p->dir, "go-test.json", STREAM_BYTES, stream_line, r));
	for (size_t i = 0; i < r->n_places; i++)
		free(r->places[i].text);
	json_free(&r->j);
	free(r);
}
