/* Events, samples and tracks for the page, from the streams in a run's directory. */
#define _GNU_SOURCE	/* memmem; NOLINT(bugprone-reserved-identifier) */
#include <sys/stat.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/file.h"
#include "../base/json.h"
#include "../base/json_write.h"
#include "../base/lines.h"
#include "../base/mem.h"
#include "../base/text.h"
#include "../docker/helper.h"
#include "page_internal.h"

enum { LONGEST = 64 << 10, CHUNK = 16 << 10, PLACES_MAX = 50, SAMPLES_MAX = 4000 };

struct reading {
	void (*fn)(void *arg, char *line, size_t len);
	void *arg;
	bool cut;		/* the next line has lost its beginning */
};

static void
reading_line(void *arg, char *line, size_t len)
{
	struct reading *r = arg;

	if (!r->cut)
		r->fn(r->arg, line, len);
	r->cut = false;
}

void
page_lines(struct page *p, const char *name, int64_t most, void (*fn)(void *arg, char *line, size_t len),
    void *arg)
{
	struct reading r = { fn, arg, false };
	struct lines l = { .longest = LONGEST };
	int fd = report_open(p->dir, name);
	char *chunk = xcalloc(1, CHUNK);
	int64_t left = INT64_MAX;
	struct stat st;
	ssize_t n;

	if (fd != -1 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
		if (st.st_size > most)
			left = most / 2;
		for (; (n = read(fd, chunk, left < CHUNK ? (size_t)left : CHUNK)) > 0; left -= n)
			lines_feed(&l, chunk, (size_t)n, reading_line, &r);
		if (st.st_size > most && lseek(fd, -(off_t)(most / 2), SEEK_END) != -1) {
			strs_addf(&p->left_out, "%s: %.1f MB in its middle were not read", name,
			    (double)(st.st_size - most) / 1e6);
			lines_reset(&l);
			fn(arg, NULL, 0);
			r.cut = true;
			while ((n = read(fd, chunk, CHUNK)) > 0)
				lines_feed(&l, chunk, (size_t)n, reading_line, &r);
		}
		if (l.part.len > 0)
			lines_feed(&l, "\n", 1, reading_line, &r);
	}
	if (fd != -1)
		close(fd);
	lines_free(&l);
	free(chunk);
}

struct stream {
	struct page *p;
	struct json j;
	size_t begin, dropped;		/* begin: where the member begins in p->json */
	int64_t step;			/* between two samples of a container, ms */
	struct { char *text; size_t test; bool said; } places[PLACES_MAX];
	size_t n_places;
};

static bool
stream_is_full(struct stream *s, size_t most)
{
	bool full = s->p->json.len - s->begin > most;

	s->dropped += full;
	return full;
}

/* Adds a container's event, in the same format that run/watch.c reads. */
static void
stream_event(void *arg, char *line, size_t len)
{
	static const char *const actions[] = { "create", "start", "die", "oom", "destroy" };
	struct stream *s = arg;
	struct json *j = &s->j;
	char *name, *kind, *code;
	int attributes;
	size_t i = 0;
	int64_t ns;

	/* Half of the events are about commands in containers, and are skipped. */
	if (line == NULL || memmem(line, len, "\"exec_", 6) != NULL || json_parse(j, line, len) == -1)
		return;
	while (i < 5 && !json_eq(j, json_member(j, 0, "Action"), actions[i]))
		i++;
	if (i == 5 || !json_eq(j, json_member(j, 0, "Type"), "container") ||
	    json_int(j, json_member(j, 0, "timeNano"), &ns) == -1 || stream_is_full(s, EVENTS_SHOWN))
		return;
	attributes = json_path(j, 0, "Actor.Attributes");
	name = json_dup_member(j, attributes, "name");
	kind = json_dup_member(j, attributes, LABEL_TYPE);
	code = json_dup_member(j, attributes, "exitCode");
	if (name != NULL && !(kind != NULL && strcmp(kind, TYPE_HELPER) == 0)) {
		jw_array(&s->p->json, NULL);
		jw_string(&s->p->json, NULL, name);
		jw_string(&s->p->json, NULL, kind);
		jw_string(&s->p->json, NULL, actions[i]);
		jw_int(&s->p->json, NULL, ns / 1000000);
		jw_int(&s->p->json, NULL, code != NULL ? atoi(code) : 0);
		jw_end_array(&s->p->json);
	}
	free(name);
	free(kind);
	free(code);
}

/* Adds a line of stats.csv. Each container's lines are thinned out, which bounds their total. */
static void
stream_sample(void *arg, char *line, size_t len)
{
	struct stream *s = arg;
	struct buf *o = &s->p->json;
	char *cell[5] = { 0 };
	int64_t at;

	(void)len;
	for (size_t i = 0; i < 5 && line != NULL; i++)
		cell[i] = strsep(&line, ",");
	if (cell[4] == NULL || (at = text_parse_time(cell[0])) <= 0 ||
	    (at - s->p->r->f.started) % s->step >= 1000 || stream_is_full(s, SAMPLES_SHOWN))
		return;
	jw_array(o, NULL);
	jw_string(o, NULL, cell[1]);
	jw_int(o, NULL, at);
	for (size_t i = 3; i < 5; i++)
		if (*cell[i] != '\0')
			jw_real(o, NULL, strtod(cell[i], NULL), 1);
		else
			jw_null(o, NULL);
	jw_end_array(o);
}

static bool
place_is_in(const struct stream *s, size_t i, const char *line, size_t len)
{
	return !s->places[i].said && memmem(line, len, s->places[i].text, strlen(s->places[i].text)) != NULL;
}

/* Adds a line of go-test.json at which a test pauses, continues, or reports a failure. */
static void
stream_track(void *arg, char *line, size_t len)
{
	struct stream *s = arg;
	const char *what = NULL;
	size_t head = len < 120 ? len : 120;
	bool wanted = false;
	char *when, *test;

	if (line == NULL)
		return;
	if (memmem(line, head, "\"Action\":\"pause\"", 16) != NULL)
		what = "pause";
	else if (memmem(line, head, "\"Action\":\"cont\"", 15) != NULL)
		what = "cont";
	/* Nearly all lines are output; of these, only those with the place of a failure are parsed. */
	for (size_t i = 0; what == NULL && i < s->n_places && !wanted; i++)
		wanted = place_is_in(s, i, line, len);
	if ((what == NULL && !wanted) || json_parse(&s->j, line, len) == -1)
		return;
	when = json_dup_member(&s->j, 0, "Time");
	test = json_dup_member(&s->j, 0, "Test");
	for (size_t i = 0; wanted && what == NULL && test != NULL && i < s->n_places; i++)
		if (strcmp(test, s->p->r->tests[s->places[i].test].name) == 0 &&
		    place_is_in(s, i, line, len)) {
			s->places[i].said = true;
			what = "failed";
		}
	if (when != NULL && test != NULL && what != NULL && !stream_is_full(s, EVENTS_SHOWN)) {
		jw_array(&s->p->json, NULL);
		jw_string(&s->p->json, NULL, test);
		jw_string(&s->p->json, NULL, what);
		jw_string(&s->p->json, NULL, when);
		jw_end_array(&s->p->json);
	}
	free(when);
	free(test);
}

static void
stream_add(struct page *p, struct stream *s, const char *member, const char *file, int64_t most,
    void (*fn)(void *arg, char *line, size_t len))
{
	s->p = p;
	jw_array(&p->json, member);
	s->begin = p->json.len;
	page_lines(p, file, most, fn, s);
	jw_end_array(&p->json);
	if (s->dropped > 0)
		strs_addf(&p->left_out, "%s: %zu further entries", file, s->dropped);
	json_free(&s->j);
}

void
page_add_events(struct page *p)
{
	struct stream s = { 0 };

	stream_add(p, &s, "events", "events.json", ENGINE_READ, stream_event);
}

void
page_add_samples(struct page *p)
{
	const struct facts *f = &p->r->f;
	struct stream s = { .step = (f->ended - f->started) * (int64_t)f->n_memory / SAMPLES_MAX };

	if (s.step < 1000)
		s.step = 1000;
	stream_add(p, &s, "samples", "stats.csv", ENGINE_READ, stream_sample);
}

void
page_add_tracks(struct page *p)
{
	struct stream s = { 0 };

	for (size_t i = 0; i < p->r->n && s.n_places < PLACES_MAX; i++) {
		const struct report_test *t = &p->r->tests[i];

		if (t->file == NULL || report_is_package(t) || strcmp(t->result, "failed") != 0)
			continue;
		s.places[s.n_places].test = i;
		s.places[s.n_places++].text = xasprintf("%s:%d: ", file_base(t->file), t->line);
	}
	stream_add(p, &s, "tracks", "go-test.json", STREAM_READ, stream_track);
	for (size_t i = 0; i < s.n_places; i++)
		free(s.places[i].text);
}
