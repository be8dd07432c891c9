/* What the test saw and what the engine did: signatures alone. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "../base/json.h"
#include "../base/mem.h"
#include "../stream/events.h"
#include "triage_internal.h"

enum { SUSPECTS_MAX = 256 };

/* A signature in the output of a test that may pass yet: one that passed had got over it. */
struct suspect {
	char *package, *test;
	const struct signature *sig;
	char *line;
	long at;
};

struct test_scan {
	struct scan *s;
	struct events *events;
	struct suspect *v;
	size_t n;
	long at;
};

void
scan_found(struct scan *s, const struct signature *sig, const char *file, long at, char *line)
{
	struct triage *t = s->t;

	if (t->infrastructure) {
		free(line);
		return;
	}
	t->infrastructure = true;
	t->signature = xstrdup(sig->what->id);
	t->cause = xstrdup(sig->what->cause);
	t->fix = xstrdup(sig->what->fix);
	t->evidence = line;
	t->where = xasprintf("%s:%ld", file, at);
}

/* Of the test itself, or of one it is part of; a package ends all its tests. */
static bool
concerns(const struct event *ev, const struct suspect *p)
{
	size_t n = ev->test.len;

	return slice_is(&ev->package, p->package) &&
	    (n == 0 || (strncmp(p->test, ev->test.s, n) == 0 && (p->test[n] == '\0' || p->test[n] == '/')));
}

static void
absolve(struct test_scan *ts, const struct event *ev)
{
	size_t kept = 0;

	for (size_t i = 0; i < ts->n; i++) {
		struct suspect *p = &ts->v[i];

		if (!concerns(ev, p)) {
			ts->v[kept++] = *p;
			continue;
		}
		free(p->package);
		free(p->test);
		free(p->line);
	}
	ts->n = kept;
}

/* raw is escaped as in JSON (but for plain text): no needle has what it escapes. */
static char *
event_excerpt(const struct event *ev, size_t pos)
{
	size_t from = pos > 150 ? pos - 100 : 0;
	struct buf b = {0};
	char *line;

	if (ev->action == EV_TEXT)
		return excerpt(ev->output.s, ev->output.len, pos);
	json_unescape(&b, ev->output.s + from, ev->output.len - from < 1000 ? ev->output.len - from : 1000);
	while (b.len > 0 && isspace((unsigned char)b.s[b.len - 1]))
		b.len--;
	line = excerpt(b.len > 0 ? b.s : "", b.len, 0);
	buf_free(&b);
	return line;
}

static void
test_event(void *arg, const struct event *ev)
{
	struct test_scan *ts = arg;
	const struct signature *sig;
	size_t pos;

	if (ev->action == EV_PASS || ev->action == EV_SKIP) {
		absolve(ts, ev);
		return;
	}
	if (ev->output.len == 0 || ts->n == SUSPECTS_MAX)
		return;
	sig = signature_find(ts->s->signatures, IN_TEST, ev->output.s, ev->output.len, &pos);
	if (sig == NULL)
		return;
	if (ts->v == NULL)
		ts->v = xcalloc(SUSPECTS_MAX, sizeof(*ts->v));
	/* One a test is enough. */
	for (size_t i = 0; i < ts->n; i++)
		if (slice_is(&ev->package, ts->v[i].package) && slice_is(&ev->test, ts->v[i].test))
			return;
	ts->v[ts->n++] = (struct suspect){
		.package = ev->package.len > 0 ? xstrndup(ev->package.s, ev->package.len) : xstrdup(""),
		.test = ev->test.len > 0 ? xstrndup(ev->test.s, ev->test.len) : xstrdup(""),
		.sig = sig,
		.line = event_excerpt(ev, pos),
		.at = ts->at,
	};
}

static bool
test_line(void *arg, const char *s, size_t len, long line, bool goes_on)
{
	struct test_scan *ts = arg;
	size_t held = goes_on ? LINE_OVERLAP : 0;

	if (held > len)
		held = len;
	if (!goes_on && line > 1)
		events_feed(ts->events, "\n", 1);
	ts->at = line;
	events_feed(ts->events, s + held, len - held);
	return true;
}

static void
scan_events(struct scan *s)
{
	struct test_scan ts = { .s = s };

	ts.events = events_new(test_event, NULL, &ts, 0, false);
	lines_each(s->dir, "go-test.json", test_line, &ts);
	events_end(ts.events);
	events_free(ts.events);
	for (size_t i = 0; i < ts.n; i++) {
		scan_found(s, ts.v[i].sig, "go-test.json", ts.v[i].at, ts.v[i].line);
		free(ts.v[i].package);
		free(ts.v[i].test);
	}
	free(ts.v);
}

struct plain_scan {
	struct scan *s;
	const char *file;
	unsigned in;
};

static bool
plain_line(void *arg, const char *s, size_t len, long line, bool goes_on)
{
	struct plain_scan *p = arg;
	const struct signature *sig;
	size_t pos;

	(void)goes_on;
	sig = signature_find(p->s->signatures, p->in, s, len, &pos);
	if (sig != NULL)
		scan_found(p->s, sig, p->file, line, excerpt(s, len, pos));
	return sig == NULL;
}

void
scan_plain(struct scan *s, const char *file, unsigned in)
{
	struct plain_scan p = { .s = s, .file = file, .in = in };

	if (!s->t->infrastructure)
		lines_each(s->dir, file, plain_line, &p);
}

void
scan_test(struct scan *s)
{
	scan_events(s);
	scan_plain(s, "runner.log", IN_TEST);
}

void
scan_engine(struct scan *s)
{
	for (size_t i = 0; i < s->names->n; i++)
		if (ends_with(s->names->v[i], ".inspect.json"))
			scan_plain(s, s->names->v[i], IN_INSPECT);
	scan_plain(s, "events.json", IN_EVENTS);
}
