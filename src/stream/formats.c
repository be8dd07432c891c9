/* The formats of the console. Each is a row of the table, with functions for a run's begin, an event, the end
 * of a test, dropped lines, and the run's end. A new format is a row here and a name in stream.h.
 *
 * --format=json prints one JSON object a line:
 *
 *	{"event":"begin","schema":1,"run_id":S,"pattern":S}
 *	{"event":"run"|"pause"|"cont"|"pass"|"fail"|"skip","package":S,"test":S,"seconds":N}
 *		no "test" where a package ends; "seconds" only at an end
 *	{"event":"output","package":S,"test":S,"output":S}	as the test printed it: a line, or part of one
 *	{"event":"text","output":S}	plain text of the go command, the compiler's messages included
 *	{"event":"dropped","lines":N}	N earlier lines were left out because the reader was too slow
 *	{"event":"end", ...}		followed by the members of summary.json except tests and packages
 *
 * Members may be added; a reader ignores those that it does not know. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/duration.h"
#include "../base/json.h"
#include "../base/json_write.h"
#include "../base/text.h"
#include "stream_internal.h"

static const char *
event_text(struct results *r, const struct event *ev, const struct slice *raw)
{
	buf_reset(&r->scratch);
	if (ev->action == EV_TEXT)
		buf_add(&r->scratch, raw->s, raw->len);
	else if (raw->len > 0)
		json_unescape(&r->scratch, raw->s, raw->len);
	return buf_str(&r->scratch);
}

static bool
event_is_words(const struct event *ev)
{
	return ev->action == EV_TEXT || ev->action == EV_BUILD_OUTPUT;
}

/* True: the line at hand is dropped, as the reader is too slow (or gone). Once it has read all that waits, it
 * is told how many lines it lost. */
static bool
format_drops(struct results *r)
{
	if (r->con.gone)
		return true;
	if (r->c.loop == NULL || (r->con.q.len <= QUEUE_MAX && r->dropped == 0))
		return false;
	r->dropped++;
	return true;
}

static void
json_begin(struct results *r)
{
	struct buf *q = &r->con.q;

	jw_object(q, NULL);
	jw_string(q, "event", "begin");
	jw_int(q, "schema", 1);
	jw_string(q, "run_id", r->c.run_id);
	jw_string(q, "pattern", r->c.pattern);
	jw_end_object(q);
	buf_putc(q, '\n');
}

static void
json_event(struct results *r, const struct event *ev)
{
	static const char *const names[] = { [EV_RUN] = "run", [EV_PAUSE] = "pause", [EV_CONT] = "cont",
		[EV_PASS] = "pass", [EV_FAIL] = "fail", [EV_SKIP] = "skip", [EV_OUTPUT] = "output",
		[EV_TEXT] = "text", [EV_BUILD_OUTPUT] = "text", [EV_ARTIFACTS] = NULL };
	struct buf *q = &r->con.q;

	if (names[ev->action] == NULL || format_drops(r))
		return;
	jw_object(q, NULL);
	jw_string(q, "event", names[ev->action]);
	if (ev->package.len > 0)
		jw_string(q, "package", event_text(r, ev, &ev->package));
	if (ev->test.len > 0)
		jw_string(q, "test", event_text(r, ev, &ev->test));
	if (ev->seconds >= 0)
		jw_real(q, "seconds", ev->seconds, 3);
	if (event_is_words(ev) || ev->action == EV_OUTPUT) {
		(void)event_text(r, ev, &ev->output);
		jw_stringn(q, "output", buf_str(&r->scratch), r->scratch.len);
	}
	jw_end_object(q);
	buf_putc(q, '\n');
}

static void
json_dropped(struct results *r, size_t lines)
{
	struct buf *q = &r->con.q;

	jw_object(q, NULL);
	jw_string(q, "event", "dropped");
	jw_int(q, "lines", (int64_t)lines);
	jw_end_object(q);
	buf_putc(q, '\n');
}

/* On GitHub the tests' output is shown as a folded group. */
static void
text_begin(struct results *r)
{
	struct buf *q = &r->con.q;

	if (!r->github)
		return;
	buf_puts(q, TEXT_COMMAND "::group::go test -run ");
	text_harmless(q, r->c.pattern, strlen(r->c.pattern));
	buf_putc(q, '\n');
}

static void
text_end(struct results *r)
{
	if (r->github)
		buf_puts(&r->con.q, TEXT_COMMAND "::endgroup::\n");
}

static void
text_event(struct results *r, const struct event *ev)
{
	struct buf *q = &r->con.q;
	size_t before;

	if (ev->output.len == 0 || ev->action >= EV_OTHER || format_drops(r))
		return;
	/* A package's output must not continue a line that another one left open. */
	if (console_midline(&r->con) && ev->package.len > 0 && !slice_is(&ev->package, buf_str(&r->shown)))
		buf_putc(q, '\n');
	before = q->len;
	(void)event_text(r, ev, &ev->output);
	/* A line for each package without tests is noise. */
	if (ev->test.len == 0 && ev->package.len > 0 &&
	    text_ends(buf_str(&r->scratch), "\t[no test files]\n"))
		return;
	text_colours(q, buf_str(&r->scratch), r->scratch.len, r->c.colour);
	if (r->c.colour && q->len > before && memchr(q->s + before, '\033', q->len - before) != NULL)
		r->sgr = true;
	if (q->len > before && q->s[q->len - 1] != '\n') {
		buf_reset(&r->shown);
		if (ev->package.len > 0)
			buf_add(&r->shown, ev->package.s, ev->package.len);
	}
}

static void
text_dropped(struct results *r, size_t lines)
{
	format_lines(r, "", 0);
	buf_printf(&r->con.q, "%zu line%s not shown, their reader was too slow; "
	    "the run's directory has them\n", lines, lines == 1 ? " is" : "s are");
}

static void
compact_event(struct results *r, const struct event *ev)
{
	if (event_is_words(ev) && !slice_starts(&ev->output, "go: downloading")) {
		compact_hide(r);
		text_event(r, ev);
	}
}

static void
compact_ended(struct results *r, const struct test_state *t)
{
	static const struct { const char *word, *colour; } how[] = { [O_PASSED] = { "PASS", "\033[32m" },
		[O_FAILED] = { "FAIL", "\033[1;31m" }, [O_SKIPPED] = { "SKIP", "\033[33m" } };
	struct buf *q = &r->con.q;
	char took[32], shown[TEXT_SHOWN];
	const char *name;

	if (format_drops(r))
		return;
	compact_hide(r);
	console_fresh_line(&r->con);
	buf_printf(q, "%s%s%s %8s  ", r->c.colour ? how[t->state].colour : "", how[t->state].word,
	    r->c.colour ? "\033[0m" : "", duration_human((int64_t)(t->seconds * 1000), took, sizeof(took)));
	name = text_shown(t->name, shown);
	text_harmless(q, name, strlen(name));
	buf_putc(q, '\n');
}

const struct format_row formats[FORMATS] = {
	[FORMAT_VERBOSE] = { "verbose", true, text_begin, text_event, NULL, text_dropped, text_end },
	[FORMAT_COMPACT] = { "compact", true, text_begin, compact_event, compact_ended, text_dropped,
	    text_end },
	[FORMAT_JSON] = { "json", false, json_begin, json_event, NULL, json_dropped, NULL },
	[FORMAT_QUIET] = { "quiet", false, text_begin, NULL, NULL, text_dropped, text_end },
};

enum format
format_named(const char *name, bool terminal)
{
	for (int i = 0; name != NULL && i < FORMATS; i++)
		if (strcmp(formats[i].name, name) == 0)
			return (enum format)i;
	return terminal ? FORMAT_COMPACT : FORMAT_VERBOSE;
}

void
format_say_dropped(struct results *r)
{
	size_t lines = r->dropped;

	r->dropped = 0;
	if (lines > 0)
		formats[r->c.format].dropped(r, lines);
}

void
format_drained(void *arg)
{
	struct results *r = arg;

	if (r->con.q.len > 0)
		return;
	format_say_dropped(r);
	console_flush(&r->con);
}

void
format_end(struct results *r)
{
	if (formats[r->c.format].end != NULL)
		formats[r->c.format].end(r);
}

void
format_lines(struct results *r, const char *text, size_t len)
{
	compact_hide(r);
	console_fresh_line(&r->con);
	if (r->sgr)
		buf_puts(&r->con.q, "\033[0m");
	r->sgr = false;
	buf_add(&r->con.q, text, len);
}
