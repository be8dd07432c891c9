#include <sys/ioctl.h>

#include <stdio.h>
#include <string.h>

#include "../base/duration.h"
#include "../base/text.h"
#include "results_internal.h"

enum { REDRAW_MS = 100, TICK_MS = 1000, COLUMNS = 80 };

static size_t
columns(const struct results *r)
{
	struct winsize w;

	return ioctl(r->c.out, TIOCGWINSZ, &w) == 0 && w.ws_col > 0 ? w.ws_col : COLUMNS;
}

void
compact_hide(struct results *r)
{
	struct foot *f = &r->foot;
	size_t now;

	if (f->drawn == 0)
		return;
	/* Terminals that grew narrower have wrapped it: then it has more lines than one. */
	now = columns(r);
	if (now < f->columns && f->drawn > now)
		buf_printf(&r->con.q, "\033[%zuA", (f->drawn - 1) / now);
	console_clear_line(&r->con, "\r\033[J");
	f->drawn = 0;
}

/* Of the tests that run and wait for no subtest, the one that has run longest. */
static const struct test_state *
slowest(const struct results *r)
{
	const struct test_state *t, *found = NULL;

	for (t = TAILQ_FIRST(&r->tests.live); t != NULL; t = TAILQ_NEXT(t, next_live)) {
		if (t->state == O_RUNNING && t->live_subs == 0 && (found == NULL || t->since < found->since))
			found = t;
	}
	return found;
}

static void
compose_tests(const struct results *r, struct buf *b)
{
	if (r->ended) {
		buf_puts(b, "  over: collecting and removing");
	} else if (TAILQ_EMPTY(&r->tests.packages)) {
		buf_puts(b, "  compiling");
	} else {
		buf_printf(b, "  %zu done", r->tests.n - r->tests.running);
		if (r->tests.failed > 0)
			buf_printf(b, " (%zu failed)", r->tests.failed);
		buf_printf(b, ", %zu running", r->tests.running);
	}
}

static void
compose(struct results *r, struct buf *b)
{
	const struct test_state *t = r->ended ? NULL : slowest(r);
	int containers = -1;
	double memory = -1;

	duration_put(b, "", loop_now() - r->began);
	if (r->c.timeout_ms > 0)
		duration_put(b, "/", r->c.timeout_ms);
	compose_tests(r, b);
	if (r->c.engine != NULL)
		r->c.engine(r->c.arg, &containers, &memory);
	if (containers >= 0)
		buf_printf(b, "  %d container%s", containers, containers == 1 ? "" : "s");
	if (memory >= 0)
		buf_printf(b, " %.0f MB", memory);
	if (t != NULL) {
		buf_puts(b, "  ");
		text_harmless(b, t->name, strlen(t->name));
		duration_put(b, " ", text_now() - t->since);
	}
}

static void
draw(void *arg)
{
	struct results *r = arg;
	struct foot *f = &r->foot;
	struct buf b = {0};
	size_t width = columns(r), n = 0, shown = 0, i;

	f->timer = loop_timer(r->c.loop, TICK_MS, draw, r);
	if (r->con.q.len > 0 || r->con.gone)
		return;
	compact_hide(r);
	compose(r, &b);
	/* One column is left free, so that no terminal wraps. */
	for (i = 0; i < b.len && shown + 1 < width; i += n, shown++)
		n = text_utf8(b.s + i, b.len - i) > 0 ? text_utf8(b.s + i, b.len - i) : 1;
	console_fresh_line(&r->con);
	if (r->c.colour)
		buf_puts(&r->con.q, "\033[2m");
	buf_add(&r->con.q, b.s, i);
	if (r->c.colour)
		buf_puts(&r->con.q, "\033[0m");
	buf_free(&b);
	f->drawn = shown;
	f->columns = width;
	f->drawn_at = loop_now();
	console_flush(&r->con);
	/* The foot is no line that others' text has to end. */
	r->con.midline = false;
}

void
compact_show(struct results *r)
{
	struct foot *f = &r->foot;
	int64_t since = loop_now() - f->drawn_at;

	if (!f->on)
		return;
	loop_timer_del(f->timer);
	f->timer = NULL;
	if (since >= REDRAW_MS)
		draw(r);
	else
		f->timer = loop_timer(r->c.loop, REDRAW_MS - since, draw, r);
}

void
compact_free(struct results *r)
{
	if (r->foot.timer != NULL)
		loop_timer_del(r->foot.timer);
	r->foot.timer = NULL;
	r->foot.on = false;
	compact_hide(r);
}

void
compact_finished(struct results *r, const struct test_state *t)
{
	static const struct { const char *word, *colour; } how[] = { [O_PASSED] = { "PASS", "\033[32m" },
		[O_FAILED] = { "FAIL", "\033[1;31m" }, [O_SKIPPED] = { "SKIP", "\033[33m" } };
	struct buf *q = &r->con.q;
	char took[32];

	if (q->len > QUEUE_MAX) {
		r->dropped++;
		return;
	}
	compact_hide(r);
	console_fresh_line(&r->con);
	buf_printf(q, "%s%s%s %8s  ", r->c.colour ? how[t->state].colour : "", how[t->state].word,
	    r->c.colour ? "\033[0m" : "", duration_human((int64_t)(t->seconds * 1000), took, sizeof(took)));
	text_harmless(q, t->name, strlen(t->name));
	buf_putc(q, '\n');
}
