#include <stdlib.h>
#include <string.h>

#include "../base/json.h"
#include "../base/mem.h"
#include "stream_internal.h"

enum {
	ROOM = 64 * 1024,		/* of the buffer at first */
	LINE_MAX_BYTES = 256 * 1024,	/* go's own lines have at most 30 KB */
};

struct events {
	void (*fn)(void *arg, const struct event *ev);
	void (*bytes)(void *arg, const char *data, size_t len);
	void *arg;
	bool plain;
	struct json json;
	char *buf;
	size_t used, cap;
	bool in_long;		/* buf goes on with a line whose beginning was passed on as text */
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
    bool plain)
{
	struct events *e = xcalloc(1, sizeof(*e));

	e->fn = fn;
	e->bytes = bytes;
	e->arg = arg;
	e->plain = plain;
	e->cap = ROOM;
	e->buf = xcalloc(1, e->cap);
	return e;
}

void
events_free(struct events *e)
{
	if (e == NULL)
		return;
	json_free(&e->json);
	free(e->buf);
	free(e);
}

static enum action
event_action(const struct slice *name)
{
	static const struct { const char *name; enum action action; } names[] = {
		{ "output", EV_OUTPUT }, { "run", EV_RUN }, { "pass", EV_PASS }, { "pause", EV_PAUSE },
		    { "cont", EV_CONT },
		{ "fail", EV_FAIL }, { "skip", EV_SKIP }, { "start", EV_START }, { "bench", EV_PASS },
		{ "build-output", EV_BUILD_OUTPUT }, { "build-fail", EV_BUILD_FAIL }, { "attr", EV_ATTR },
		{ "artifacts", EV_ARTIFACTS },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (slice_is(name, names[i].name))
			return names[i].action;
	return EV_OTHER;
}

static bool
event_parse(struct events *e, const char *line, size_t len, struct event *ev)
{
	struct slice action = {0}, value = {0}, path = {0}, key;
	const struct { const char *name; struct slice *to; } members[] = {
		{ "Time", &ev->time }, { "Action", &action }, { "Package", &ev->package },
		    { "Test", &ev->test },
		{ "Output", &ev->output }, { "ImportPath", &ev->import_path },
		    { "FailedBuild", &ev->failed_build },
		{ "Key", &ev->key }, { "Value", &value }, { "Path", &path },
	};
	struct json *j = &e->json;

	if (json_parse(j, line, len) == -1 || json_type(j, 0) != JSON_OBJECT)
		return false;
	for (int n = json_first(j, 0); n >= 0; n = json_next(j, n)) {
		key.s = json_raw(j, n, &key.len);
		for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
			if (members[i].to->s == NULL && slice_is(&key, members[i].name)) {
				if (json_type(j, json_value(j, n)) == JSON_STRING)
					members[i].to->s = json_raw(j, json_value(j, n), &members[i].to->len);
				break;
			}
		if (slice_is(&key, "Elapsed") && json_num(j, json_value(j, n), &ev->seconds) == -1)
			ev->seconds = -1;
	}
	if (!(ev->seconds < SECONDS_MAX))
		ev->seconds = -1;
	ev->action = event_action(&action);
	if (ev->action == EV_ATTR)
		ev->output = value;
	else if (ev->action == EV_ARTIFACTS)
		ev->output = path;
	return action.len > 0;
}

static void
event_pass(struct events *e, const char *line, size_t len)
{
	struct event ev = { .seconds = -1 };

	if (e->plain || e->in_long || *line != '{' || !event_parse(e, line, line[len - 1] == '\n' ? len - 1 :
	    len, &ev))
		ev = (struct event){ .action = EV_TEXT, .output = { line, len }, .seconds = -1 };
	e->fn(e->arg, &ev);
}

/* Returns how many bytes of a text end with a whole character. */
static size_t
text_whole_characters(const char *s, size_t len)
{
	size_t n = len;

	while (n > 0 && len - n < 4 && ((unsigned char)s[n - 1] & 0xc0) == 0x80)
		n--;
	return n > 1 && (unsigned char)s[n - 1] >= 0xc0 ? n - 1 : len;
}

static void
events_cut(struct events *e)
{
	size_t pos = 0, len;
	char *nl;

	while (e->used > pos && ((nl = memchr(e->buf + pos, '\n', e->used - pos)) != NULL || e->in_long ||
	    e->used - pos >= LINE_MAX_BYTES)) {
		e->in_long |= nl == NULL;
		len = nl != NULL ? (size_t)(nl + 1 - (e->buf + pos)) :
		    text_whole_characters(e->buf + pos, e->used - pos);
		event_pass(e, e->buf + pos, len);
		pos += len;
		if (nl == NULL)
			break;
		e->in_long = false;
	}
	if (pos > 0 && e->bytes != NULL)
		e->bytes(e->arg, e->buf, pos);
	e->used -= pos;
	memmove(e->buf, e->buf + pos, e->used);
}

void
events_feed(struct events *e, const char *data, size_t len)
{
	size_t n;

	for (; len > 0; data += n, len -= n) {
		if (e->used == e->cap) {
			e->cap *= 2;
			e->buf = xreallocarray(e->buf, e->cap, 1);
		}
		n = e->cap - e->used < len ? e->cap - e->used : len;
		memcpy(e->buf + e->used, data, n);
		e->used += n;
		events_cut(e);
	}
}

void
events_end(struct events *e)
{
	if (e->used > 0 && (e->in_long || e->plain || *e->buf != '{' || json_parse(&e->json, e->buf,
	    e->used) == 0))
		events_feed(e, "\n", 1);
	e->used = 0;
}
