#include <stdlib.h>
#include <string.h>

#include "../base/json.h"
#include "../base/mem.h"
#include "stream_internal.h"

enum {
	PIECE_BYTES = 64 * 1024,	/* taken in at a time */
	LINE_MAX_BYTES = 256 * 1024,	/* go's own lines are at most 30 KB long */
};

struct events {
	void (*fn)(void *arg, const struct event *ev);
	void (*bytes)(void *arg, const char *data, size_t len);
	void *arg;
	bool plain;
	struct json json;
	struct buf rest;	/* input of which no line is complete yet */
	bool in_long;		/* rest continues a line whose beginning was passed on as text */
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
	return e;
}

void
events_free(struct events *e)
{
	if (e == NULL)
		return;
	json_free(&e->json);
	buf_free(&e->rest);
	free(e);
}

static enum action
event_action(const struct slice *name)
{
	static const struct { const char *name; enum action action; } names[] = {
		{ "output", EV_OUTPUT }, { "run", EV_RUN }, { "pass", EV_PASS }, { "pause", EV_PAUSE },
		{ "cont", EV_CONT }, { "fail", EV_FAIL }, { "skip", EV_SKIP }, { "start", EV_START },
		{ "bench", EV_PASS }, { "build-output", EV_BUILD_OUTPUT }, { "build-fail", EV_BUILD_FAIL },
		{ "attr", EV_ATTR }, { "artifacts", EV_ARTIFACTS },
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
		{ "Test", &ev->test }, { "Output", &ev->output }, { "ImportPath", &ev->import_path },
		{ "FailedBuild", &ev->failed_build }, { "Key", &ev->key }, { "Value", &value },
		{ "Path", &path },
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

	if (e->plain || e->in_long || *line != '{' ||
	    !event_parse(e, line, len - (line[len - 1] == '\n'), &ev))
		ev = (struct event){ .action = EV_TEXT, .output = { line, len }, .seconds = -1 };
	e->fn(e->arg, &ev);
}

/* Returns how many bytes of s to pass on now: a multi-byte character at its end may be incomplete. */
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
	const char *at = buf_str(&e->rest), *end = at + e->rest.len, *nl;
	size_t len;

	while (at < end && ((nl = memchr(at, '\n', (size_t)(end - at))) != NULL || e->in_long ||
	    end - at >= LINE_MAX_BYTES)) {
		e->in_long |= nl == NULL;
		len = nl != NULL ? (size_t)(nl + 1 - at) : text_whole_characters(at, (size_t)(end - at));
		event_pass(e, at, len);
		at += len;
		if (nl == NULL)
			break;
		e->in_long = false;
	}
	len = (size_t)(at - buf_str(&e->rest));
	if (len > 0 && e->bytes != NULL)
		e->bytes(e->arg, e->rest.s, len);
	buf_drop(&e->rest, len);
}

void
events_feed(struct events *e, const char *data, size_t len)
{
	for (size_t n; len > 0; data += n, len -= n) {
		n = len < PIECE_BYTES ? len : PIECE_BYTES;
		buf_add(&e->rest, data, n);
		events_cut(e);
	}
}

void
events_end(struct events *e)
{
	const char *s = buf_str(&e->rest);
	bool text = e->in_long || e->plain || *s != '{';

	if (e->rest.len > 0 && (text || json_parse(&e->json, s, e->rest.len) == 0))
		events_feed(e, "\n", 1);
	buf_reset(&e->rest);
}
