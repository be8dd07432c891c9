/* The foot line of the compact format: its text, and when it is drawn. */
#include <stdio.h>
#include <string.h>

#include "../base/duration.h"
#include "../base/text.h"
#include "stream_internal.h"

enum { REDRAW_MS = 100, TICK_MS = 1000, FIRST_MS = 10000 };

void
compact_hide(struct results *r)
{
	footline_hide(&r->foot.line, &r->con);
}

/* Returns the test that has been running longest, not counting those that wait for a subtest, or NULL. */
static const struct test_state *
foot_slowest(const struct results *r)
{
	const struct test_state *t, *found = NULL;

	TAILQ_FOREACH(t, &r->tests.live, next_live)
		if (t->state == O_RUNNING && t->live_subs == 0 && (found == NULL || t->since < found->since))
			found = t;
	return found;
}

static void
foot_put_tests(const struct results *r, struct buf *b)
{
	if (r->ended) {
		buf_puts(b, "  over: collecting and removing");
	} else if (r->stopping) {
		buf_puts(b, "  stopping the tests");
	} else if (TAILQ_EMPTY(&r->tests.packages)) {
		buf_puts(b, loop_now() - r->began < FIRST_MS ? "  compiling" :
		    "  compiling (takes minutes the first time)");
	} else {
		buf_printf(b, "  %zu done", r->tests.n - r->tests.running);
		if (r->tests.failed > 0)
			buf_printf(b, " (%zu failed)", r->tests.failed);
		buf_printf(b, ", %zu running", r->tests.running);
	}
}

static void
foot_put(struct results *r, struct buf *b)
{
	const struct test_state *t = r->ended || r->stopping ? NULL : foot_slowest(r);
	int containers = -1;
	double memory = -1;

	duration_put(b, "", loop_now() - r->began);
	if (r->c.timeout_ms > 0)
		duration_put(b, "/", r->c.timeout_ms);
	foot_put_tests(r, b);
	/* The most wanted part comes first, as the line is cut at its end. */
	if (t != NULL) {
		buf_puts(b, "  ");
		text_harmless(b, t->name, strlen(t->name));
		duration_put(b, " ", text_now() - t->since);
	}
	if (r->c.engine != NULL)
		r->c.engine(r->c.arg, &containers, &memory);
	if (containers >= 0)
		buf_printf(b, "  %d container%s", containers, containers == 1 ? "" : "s");
	if (memory >= 0)
		buf_printf(b, " %.0f MB", memory);
}

static void
foot_draw(void *arg)
{
	struct results *r = arg;
	struct buf b = {0};

	r->foot.timer = loop_timer(r->c.loop, TICK_MS, foot_draw, r);
	foot_put(r, &b);
	footline_draw(&r->foot.line, &r->con, buf_str(&b), b.len, r->c.colour);
	r->foot.drawn_at = loop_now();
	buf_free(&b);
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
		foot_draw(r);
	else
		f->timer = loop_timer(r->c.loop, REDRAW_MS - since, foot_draw, r);
}

void
compact_free(struct results *r)
{
	loop_timer_del(r->foot.timer);
	r->foot.timer = NULL;
	r->foot.on = false;
	compact_hide(r);
}
