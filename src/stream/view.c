/* What the console shows of the stream. --format=json prints one JSON object a line:
 *
 *	{"event":"begin","schema":1,"run_id":S,"pattern":S}
 *	{"event":"run"|"pause"|"cont"|"pass"|"fail"|"skip","package":S,"test":S,"seconds":N}
 *		without "test" where a package ends, with "seconds" at an end alone
 *	{"event":"output","package":S,"test":S,"output":S}	as the test printed it; a part of a line, or a line
 *	{"event":"text","output":S}	what the go command said in plain text, the compiler's words included
 *	{"event":"end", ...}		then the members of summary.json but for tests and packages
 *
 * Members may be added; a reader ignores what it does not know. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/json.h"
#include "../base/json_write.h"
#include "../base/text.h"
#include "results_internal.h"

enum { CHUNK = 16 * 1024, CHUNKS = 64 };

/* How many bytes are printable ASCII that JSON does not escape; eight at a time. */
static size_t
plain(const char *s, size_t len)
{
	const uint64_t ones = UINT64_MAX / 255, tops = ones * 0x80;
	uint64_t w, slash, del;
	size_t i = 0;

	for (; i + 8 <= len; i += 8) {
		memcpy(&w, s + i, 8);
		slash = w ^ (ones * '\\');
		del = w ^ (ones * 0x7f);
		if (((w | (w - ones * 0x20) | (slash - ones) | (del - ones)) & tops) != 0)
			break;
	}
	while (i < len && s[i] >= 0x20 && s[i] < 0x7f && s[i] != '\\')
		i++;
	return i;
}

/* The escapes of ordinary text. 0: something else. */
static size_t
simple_escape(struct buf *out, const char *s, size_t len)
{
	static const char from[] = "nt\"\\/", to[] = "\n\t\"\\/";
	const char *p;

	if (len < 2 || s[0] != '\\')
		return 0;
	if (s[1] != '\0' && (p = strchr(from, s[1])) != NULL) {
		buf_putc(out, to[p - from]);
		return 2;
	}
	if (len >= 6 && memcmp(s, "\\u00", 4) == 0 && strchr("ce6", s[5]) != NULL && s[5] != '\0') {
		if (memcmp(s + 4, "3c", 2) == 0 || memcmp(s + 4, "3e", 2) == 0)
			buf_putc(out, s[5] == 'c' ? '<' : '>');
		else if (memcmp(s + 4, "26", 2) == 0)
			buf_putc(out, '&');
		else
			return 0;
		return 6;
	}
	return 0;
}

void
view_text(struct buf *out, struct buf *scratch, const struct slice *raw, bool escaped, bool colour)
{
	size_t i = 0, n, before = out->len;

	while (escaped && i < raw->len) {
		n = plain(raw->s + i, raw->len - i);
		buf_add(out, raw->s + i, n);
		i += n;
		n = i < raw->len ? simple_escape(out, raw->s + i, raw->len - i) : 0;
		if (n == 0)
			break;
		i += n;
	}
	if (i == raw->len)
		return;
	out->len = before;
	if (!escaped) {
		text_colours(out, raw->s, raw->len, colour);
		return;
	}
	buf_reset(scratch);
	json_unescape(scratch, raw->s, raw->len);
	text_colours(out, buf_str(scratch), scratch->len, colour);
}

static void
put_member(struct results *r, const char *key, const struct slice *raw, bool escaped)
{
	buf_reset(&r->scratch);
	if (escaped)
		json_unescape(&r->scratch, raw->s, raw->len);
	else
		buf_add(&r->scratch, raw->s, raw->len);
	jw_stringn(&r->con.q, key, buf_str(&r->scratch), r->scratch.len);
}

static void
show_json(struct results *r, const struct event *ev)
{
	static const char *const names[] = { [EV_RUN] = "run", [EV_PAUSE] = "pause", [EV_CONT] = "cont",
		[EV_PASS] = "pass", [EV_FAIL] = "fail", [EV_SKIP] = "skip", [EV_OUTPUT] = "output",
		[EV_TEXT] = "text", [EV_BUILD_OUTPUT] = "text", [EV_ARTIFACTS] = NULL };
	struct buf *q = &r->con.q;

	if (names[ev->action] == NULL)
		return;
	jw_object(q, NULL);
	jw_string(q, "event", names[ev->action]);
	if (ev->package.len > 0)
		put_member(r, "package", &ev->package, true);
	if (ev->test.len > 0)
		put_member(r, "test", &ev->test, true);
	if (ev->seconds >= 0)
		jw_real(q, "seconds", ev->seconds, 3);
	if (ev->action == EV_OUTPUT || ev->action == EV_BUILD_OUTPUT || ev->action == EV_TEXT)
		put_member(r, "output", &ev->output, ev->action != EV_TEXT);
	jw_end_object(q);
	buf_putc(q, '\n');
}

static void
show_text(struct results *r, const struct event *ev)
{
	struct buf *q = &r->con.q;
	size_t before;

	/* A line that one package left open is no place for another's. */
	if (console_midline(&r->con) && ev->package.len > 0 && !slice_is(&ev->package, buf_str(&r->shown)))
		buf_putc(q, '\n');
	before = q->len;
	view_text(q, &r->scratch, &ev->output, ev->action != EV_TEXT, r->c.colour);
	if (r->c.colour && q->len > before && memchr(q->s + before, '\033', q->len - before) != NULL)
		r->sgr = true;
	if (q->len > before && q->s[q->len - 1] != '\n') {
		buf_reset(&r->shown);
		if (ev->package.len > 0)
			buf_add(&r->shown, ev->package.s, ev->package.len);
	}
}

static void
show(void *arg, const struct event *ev)
{
	struct results *r = arg;
	struct event rest = *ev;
	size_t n = r->late_skip < ev->output.len ? r->late_skip : ev->output.len;

	if (n > 0) {
		rest.output.s += n;
		rest.output.len -= n;
		r->late_skip -= n;
		if (rest.output.len == 0)
			return;
	}
	if (r->c.format == FORMAT_JSON)
		show_json(r, &rest);
	else if (rest.output.len > 0 && ev->action < EV_OTHER)
		show_text(r, &rest);
}

void
view_live(struct results *r, const struct event *ev)
{
	bool words = ev->action == EV_TEXT || ev->action == EV_BUILD_OUTPUT;

	if (r->c.format == FORMAT_QUIET || r->con.gone || r->behind >= 0)
		return;
	if (r->c.format == FORMAT_COMPACT && (!words || slice_starts(&ev->output, "go: downloading")))
		return;
	if (r->con.q.len > QUEUE_MAX && r->c.loop != NULL) {
		if (r->stream_fd >= 0 && r->c.format != FORMAT_COMPACT && ev->at >= 0) {
			r->behind = r->late_at = ev->at;
			r->late_skip = ev->goes_on ? r->line_shown : 0;
		} else {
			r->dropped++;
		}
		return;
	}
	if (ev->at >= 0)
		r->line_shown = ev->output.len + (ev->goes_on ? r->line_shown : 0);
	if (r->c.format == FORMAT_COMPACT)
		compact_hide(r);
	show(r, ev);
}

void
view_lines(struct results *r, const char *text, size_t len)
{
	compact_hide(r);
	console_fresh_line(&r->con);
	if (r->sgr)
		buf_puts(&r->con.q, "\033[0m");
	r->sgr = false;
	buf_add(&r->con.q, text, len);
}

static void
caught_up(struct results *r)
{
	r->behind = -1;
	events_end(r->late);
	events_free(r->late);
	r->late = NULL;
	r->late_skip = 0;
	if (r->after.len > 0)
		view_lines(r, r->after.s, r->after.len);
	buf_free(&r->after);
	console_flush(&r->con);
}

static void
again(void *arg)
{
	struct results *r = arg;

	r->late_timer = NULL;
	view_catch_up(r);
}

void
view_say_dropped(struct results *r)
{
	size_t n = r->dropped;
	bool waiting = r->waiting;

	if (n == 0)
		return;
	r->dropped = 0;
	/* No signal's word: the waiting goes on. */
	r->waiting = false;
	results_say(r, "%zu lines are not shown, their reader was too slow; the run's directory has them", n);
	r->waiting = waiting;
}

void
view_catch_up(void *arg)
{
	struct results *r = arg;
	char chunk[CHUNK];
	ssize_t n = 1;
	int i;

	if (r->con.q.len == 0)
		view_say_dropped(r);
	if (r->behind < 0 || r->late_timer != NULL)
		return;
	if (r->late == NULL)
		r->late = events_new(show, NULL, r, r->behind, false);
	for (i = 0; i < CHUNKS && n > 0 && r->con.q.len < QUEUE_MAX / 2; i++) {
		n = r->stream_len - r->late_at < CHUNK ? (ssize_t)(r->stream_len - r->late_at) : CHUNK;
		if (n > 0 && (n = pread(r->stream_fd, chunk, (size_t)n, (off_t)r->late_at)) > 0)
			events_feed(r->late, chunk, (size_t)n);
		r->late_at += n > 0 ? n : 0;
		console_flush(&r->con);
	}
	/* The file may lack what the stream has: the newline of its last line, or more where it can't be read. */
	if (r->con.gone || (n <= 0 && r->late_at < r->stream_len) ||
	    (r->late_at >= r->stream_len && (r->ended || events_idle(r->late))))
		caught_up(r);
	else if (r->con.q.len == 0 && n > 0)
		r->late_timer = loop_timer(r->c.loop, 0, again, r);
}

void
view_flush(struct results *r)
{
	console_flush(&r->con);
	if (r->behind >= 0 && r->con.q.len == 0)
		view_catch_up(r);
}

bool
view_idle(const struct results *r)
{
	return r->con.gone || (r->con.q.len == 0 && r->behind < 0 && r->after.len == 0);
}

/* On GitHub the tests' output is a group, which is folded. */
void
view_begin(struct results *r)
{
	struct buf *q = &r->con.q;

	if (r->c.format == FORMAT_JSON) {
		buf_puts(q, "{\"event\":\"begin\",\"schema\":1,\"run_id\":");
		json_put(q, r->run_id);
		buf_puts(q, ",\"pattern\":");
		json_put(q, r->pattern);
		buf_puts(q, "}\n");
	} else if (r->github) {
		buf_puts(q, TEXT_COMMAND "::group::go test -run ");
		text_harmless(q, r->pattern, strlen(r->pattern));
		buf_putc(q, '\n');
	}
	console_flush(&r->con);
}

void
view_end(struct results *r, struct buf *out)
{
	if (r->github)
		buf_puts(out, TEXT_COMMAND "::endgroup::\n");
}
