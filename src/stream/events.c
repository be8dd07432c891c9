#include "events.h"

#include <stdlib.h>
#include <string.h>

#include "../base/buf.h"
#include "../base/json.h"
#include "../base/mem.h"

enum {
	LONG = 64 * 1024,	/* a line from here on is passed through in pieces */
	CAP = LONG + 32 * 1024,
};

struct events {
	void (*fn)(void *arg, const struct event *ev);
	void (*bytes)(void *arg, const char *data, size_t len);
	void *arg;
	bool plain;
	struct json json;
	char *buf;
	size_t used;
	int64_t at;		/* of buf[0] in the stream */
	enum { LINE, LONG_OUTPUT, LONG_TEXT, LONG_REST } state;
	struct event piece;	/* of a long line: what its pieces have in common, held in names */
	struct buf names;
};

bool
slice_is(const struct slice *s, const char *text)
{
	size_t n = strlen(text);

	return s->len == n && (n == 0 || memcmp(s->s, text, n) == 0);
}

bool
slice_starts(const struct slice *s, const char *text)
{
	size_t n = strlen(text);

	return s->len >= n && memcmp(s->s, text, n) == 0;
}

struct events *
events_new(void (*fn)(void *, const struct event *), void (*bytes)(void *, const char *, size_t), void *arg,
    int64_t at, bool plain)
{
	struct events *e = xcalloc(1, sizeof(*e));

	e->fn = fn;
	e->bytes = bytes;
	e->arg = arg;
	e->at = at;
	e->plain = plain;
	e->buf = xcalloc(1, CAP);
	return e;
}

void
events_free(struct events *e)
{
	if (e == NULL)
		return;
	json_free(&e->json);
	buf_free(&e->names);
	free(e->buf);
	free(e);
}

bool
events_idle(const struct events *e)
{
	return e->used == 0 && e->state == LINE;
}

/* The first quote that no backslash escapes. */
static char *
closing_quote(char *p, size_t len)
{
	char *q, *b, *end = p + len;

	for (q = memchr(p, '"', len); q != NULL; q = memchr(q + 1, '"', (size_t)(end - q - 1))) {
		for (b = q; b > p && b[-1] == '\\'; b--)
			;
		if ((q - b) % 2 == 0)
			return q;
	}
	return NULL;
}

static bool
literal(char **p, const char *end, const char *text, size_t n)
{
	if ((size_t)(end - *p) < n || memcmp(*p, text, n) != 0)
		return false;
	*p += n;
	return true;
}
#define LITERAL(p, end, text) literal(p, end, text, sizeof(text) - 1)

/* A string without escapes, up to its quote. */
static bool
simple(char **p, const char *end, struct slice *out)
{
	char *q = memchr(*p, '"', (size_t)(end - *p));

	if (q == NULL || memchr(*p, '\\', (size_t)(q - *p)) != NULL)
		return false;
	out->s = *p;
	out->len = (size_t)(q - *p);
	*p = q + 1;
	return true;
}

/* The beginning of an output event byte for byte as go prints it; *p is moved to its text. */
static bool
fast_head(char **p, const char *end, struct event *ev)
{
	if (!LITERAL(p, end, "{\"Time\":\"") || !simple(p, end, &ev->time) ||
	    !LITERAL(p, end, ",\"Action\":\"output\",\"Package\":\"") || !simple(p, end, &ev->package))
		return false;
	if (LITERAL(p, end, ",\"Test\":\"") && !simple(p, end, &ev->test))
		return false;
	ev->action = EV_OUTPUT;
	return LITERAL(p, end, ",\"Output\":\"");
}

static bool
fast(char *p, size_t len, struct event *ev)
{
	char *end = p + len - 2;

	if (len < 3 || end[0] != '"' || end[1] != '}' || !fast_head(&p, end, ev) ||
	    closing_quote(p, (size_t)(end + 1 - p)) != end)
		return false;
	ev->output.s = p;
	ev->output.len = (size_t)(end - p);
	return true;
}

static struct slice
member(struct events *e, char *line, const char *key)
{
	struct slice s = {0};
	int node = json_member(&e->json, 0, key);
	const char *raw;

	if (json_type(&e->json, node) != JSON_STRING || (raw = json_raw(&e->json, node, &s.len)) == NULL)
		return s;
	s.s = line + (raw - line);
	return s;
}

static bool
slow(struct events *e, char *p, size_t len, struct event *ev)
{
	static const struct { const char *name; enum action action; } names[] = {
		{ "start", EV_START }, { "run", EV_RUN }, { "pause", EV_PAUSE }, { "cont", EV_CONT },
		{ "pass", EV_PASS }, { "bench", EV_PASS }, { "fail", EV_FAIL }, { "skip", EV_SKIP },
		{ "output", EV_OUTPUT }, { "build-output", EV_BUILD_OUTPUT }, { "build-fail", EV_BUILD_FAIL },
		{ "attr", EV_ATTR }, { "artifacts", EV_ARTIFACTS },
	};
	struct slice action;
	size_t i;

	if (json_parse(&e->json, p, len) == -1)
		return false;
	action = member(e, p, "Action");
	if (action.len == 0)
		return false;
	ev->action = EV_OTHER;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (slice_is(&action, names[i].name))
			ev->action = names[i].action;
	}
	ev->package = member(e, p, "Package");
	ev->test = member(e, p, "Test");
	ev->import_path = member(e, p, "ImportPath");
	ev->failed_build = member(e, p, "FailedBuild");
	ev->time = member(e, p, "Time");
	ev->key = member(e, p, "Key");
	ev->output = member(e, p, ev->action == EV_ATTR ? "Value" : ev->action == EV_ARTIFACTS ? "Path" : "Output");
	if (json_num(&e->json, json_member(&e->json, 0, "Elapsed"), &ev->seconds) == -1 || !(ev->seconds < SECONDS_MAX))
		ev->seconds = -1;
	return true;
}

static void
line(struct events *e, size_t pos, size_t len)
{
	struct event ev = { .at = e->at + (int64_t)pos, .seconds = -1 };
	char *p = e->buf + pos;
	size_t n = len > 0 && p[len - 1] == '\n' ? len - 1 : len;

	if (e->plain || p[0] != '{' || (!fast(p, n, &ev) && !slow(e, p, n, &ev))) {
		memset(&ev, 0, sizeof(ev));
		ev.at = e->at + (int64_t)pos;
		ev.seconds = -1;
		ev.output.s = p;
		ev.output.len = len;
	}
	e->fn(e->arg, &ev);
}

/* How much of an escaped text can go without cutting an escape in two. */
static size_t
whole_escapes(const char *p, size_t len)
{
	size_t i, run;

	for (i = len; i > 0 && i + 6 > len; i--) {
		if (p[i - 1] != '\\')
			continue;
		for (run = 0; run < i && p[i - 1 - run] == '\\'; run++)
			;
		if (run % 2 == 1 && (i == len || (p[i] == 'u' && i + 5 > len)))
			return i - 1;
		break;
	}
	return len;
}

/* A piece of a long line; ends says that its newline is the last byte. Returns how much was used. */
static size_t
piece(struct events *e, size_t pos, size_t len, bool ends)
{
	char *p = e->buf + pos, *q;
	size_t n = ends ? len - 1 : len, used = len;

	if (e->state == LONG_REST)
		return len;
	e->piece.output.s = p;
	e->piece.output.len = len;
	if (e->state == LONG_OUTPUT) {
		q = closing_quote(p, n);
		if (q != NULL) {
			n = (size_t)(q - p);
			e->state = LONG_REST;
		} else if (!ends) {
			used = n = whole_escapes(p, n);
		}
		e->piece.output.len = n;
	}
	e->fn(e->arg, &e->piece);
	e->piece.goes_on = true;
	return used;
}

/* A line that does not fit: an output event of go's own shape is passed on as such, all else as text.
 * Returns where its text begins. */
static size_t
begin_long(struct events *e, size_t pos)
{
	char *p = e->buf + pos, *text = p;
	struct event ev = { .at = e->at + (int64_t)pos, .seconds = -1 };

	if (!e->plain && fast_head(&text, e->buf + e->used, &ev)) {
		e->state = LONG_OUTPUT;
		buf_reset(&e->names);
		buf_add(&e->names, ev.package.s, ev.package.len);
		if (ev.test.len > 0)
			buf_add(&e->names, ev.test.s, ev.test.len);
		ev.test.s = e->names.s + ev.package.len;
		ev.package.s = e->names.s;
	} else {
		e->state = LONG_TEXT;
		memset(&ev.package, 0, sizeof(ev.package));
		memset(&ev.test, 0, sizeof(ev.test));
		ev.action = EV_TEXT;
		text = p;
	}
	memset(&ev.time, 0, sizeof(ev.time));
	e->piece = ev;
	return (size_t)(text - e->buf);
}

static void
process(struct events *e)
{
	size_t pos = 0, len;
	char *nl;

	for (;;) {
		nl = e->used > pos ? memchr(e->buf + pos, '\n', e->used - pos) : NULL;
		if (nl == NULL && e->state == LINE && e->used - pos >= LONG)
			pos = begin_long(e, pos);
		if (e->used == pos || (nl == NULL && e->state == LINE))
			break;
		len = nl != NULL ? (size_t)(nl + 1 - (e->buf + pos)) : e->used - pos;
		if (e->state == LINE) {
			line(e, pos, len);
			pos += len;
			continue;
		}
		pos += piece(e, pos, len, nl != NULL);
		if (nl == NULL)
			break;
		e->state = LINE;
	}
	if (pos > 0 && e->bytes != NULL)
		e->bytes(e->arg, e->buf, pos);
	e->used -= pos;
	e->at += (int64_t)pos;
	memmove(e->buf, e->buf + pos, e->used);
}

void
events_feed(struct events *e, const char *data, size_t len)
{
	size_t n;

	while (len > 0) {
		n = CAP - e->used < len ? CAP - e->used : len;
		memcpy(e->buf + e->used, data, n);
		e->used += n;
		data += n;
		len -= n;
		process(e);
	}
}

void
events_end(struct events *e)
{
	if (e->used == 0 || (e->state == LINE && !e->plain && e->buf[0] == '{' &&
	    json_parse(&e->json, e->buf, e->used) == -1)) {
		e->used = 0;
		return;
	}
	e->buf[e->used++] = '\n';
	process(e);
}
