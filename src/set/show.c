#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/duration.h"
#include "../base/file.h"
#include "../base/text.h"
#include "../report/report.h"
#include "set_internal.h"

enum { HURRY_MS = 2000 };

static void
show_drained(void *arg)
{
	struct set *s = arg;
	struct child *c;

	if (s->con.q.len == 0)
		TAILQ_FOREACH(c, &s->children, next)
			if (c->proc != NULL)
				proc_pause(c->proc, false);
	s->woken = true;
}

void
show_open(struct set *s)
{
	s->foot = env_terminal() && s->plan.format != FORMAT_QUIET && s->plan.format != FORMAT_JSON;
	s->colour = stdout_has_colours();
	console_open(&s->con, s->loop, STDOUT_FILENO, show_drained, s);
}

static void
show_hide_foot(struct set *s)
{
	footline_hide(&s->footline, &s->con);
}

static void
show_one_line(struct set *s, const char *text)
{
	struct buf b = {0};

	if (s->con.loop == NULL || s->plan.format == FORMAT_QUIET || s->plan.format == FORMAT_JSON) {
		err_say("%s", text);
		return;
	}
	text_harmless(&b, text, strlen(text));
	show_hide_foot(s);
	buf_puts(&s->con.q, buf_str(&b));
	buf_putc(&s->con.q, '\n');
	console_flush(&s->con);
	buf_free(&b);
}

void
show_line(struct set *s, const char *fmt, ...)
{
	char text[2048];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	show_one_line(s, text);
}

void
show_begin(struct set *s)
{
	char *tests = s->pick.shard.n == 0 && !s->opt->rerun_last ? plan_tests_line(&s->plan) : NULL;
	size_t n = s->pick.tests.n;

	show_line(s, "set %s: %zu test%s%s%s, %u at once%s", s->plan.run_id, n, n == 1 ? "" : "s",
	    s->pick.shard.n > 0 ? " of shard " : "", s->pick.shard_name, s->jobs,
	    s->opt->count > 1 ? ", each more than once" : "");
	if (tests != NULL)
		show_line(s, "  %s", tests);
	show_line(s, "  together in %s, each in a directory beside it", file_from_here(s->plan.dir));
	if (s->pick.damaged > 0)
		show_line(s, "  history.tsv: %zu damaged line%s left out", s->pick.damaged,
		    s->pick.damaged == 1 ? "" : "s");
	free(tests);
}

static bool
show_is_read(void *arg)
{
	const struct set *s = arg;

	return s->con.gone || s->con.q.len == 0 || s->hurry;
}

static void
show_replayed(struct set *s, const struct child *c)
{
	struct replay p = { .dir = c->part.rep.dir, .cancel = &s->hurry, .view = { .loop = s->loop,
	    .run_id = c->part.rep.run_id, .pattern = c->part.rep.pattern, .out = STDOUT_FILENO,
	    .colour = s->colour, .tty = s->foot, .format = FORMAT_VERBOSE } };
	struct err e;

	show_hide_foot(s);
	console_flush(&s->con);
	/* It writes to the same descriptor: what stands before it goes before it. */
	(void)loop_until(s->loop, show_is_read, s, s->stop ? loop_now() + HURRY_MS : -1);
	if (replay(&p, &e) == -1)
		show_line(s, "%s", e.text);
}

void
show_child_end(struct set *s, const struct child *c)
{
	const struct report *r = &c->part.rep;
	struct buf b = {0};
	char took[32], nth[32] = "", tries[32] = "";
	bool good = part_passed(&c->part);

	if (s->plan.format == FORMAT_QUIET || s->plan.format == FORMAT_JSON)
		return;
	if (s->opt->count > 1)
		snprintf(nth, sizeof(nth), " %u/%lld", c->nth, (long long)s->opt->count);
	if (c->tries > 0)
		snprintf(tries, sizeof(tries), ", again (%u)", c->tries);
	duration_human(c->ended - c->started, took, sizeof(took));
	show_line(s, "%-8s %s%s  %s%s  %s", r->verdict == V_PASSED ? c->tries > 0
	    ? "flaky" : "passed" : r->verdict == V_ALL_SKIPPED ? "skipped" : verdict_name(r->verdict),
	    c->test, nth, took, tries, r->run_id);
	if (s->opt->run.verbose && r->dir != NULL) {
		show_replayed(s, c);
		return;
	}
	if (!good && r->dir == NULL)
		show_line(s, "  %s", r->sentence);
	else if (!good) {
		report_text(r, s->colour, &b);
		buf_putc(&b, '\n');
		show_text(s, &b);
	}
	if (c->part.superseded)
		show_line(s, "  it is run again");
	buf_free(&b);
}

/* What runs, and for how long. */
static void
show_put_running(const struct set *s, struct buf *b)
{
	const struct child *c;
	const char *sep = "";

	TAILQ_FOREACH(c, &s->children, next) {
		if (c->state != CHILD_RUNS)
			continue;
		buf_printf(b, "%s%s", sep, c->test);
		duration_put(b, " ", loop_now() - c->started);
		sep = ", ";
	}
}

void
show_foot(struct set *s)
{
	struct buf b = {0};
	const struct child *c;
	size_t all = 0;

	if (!s->foot || s->con.q.len > 0)
		return;
	TAILQ_FOREACH(c, &s->children, next)
		all++;
	duration_put(&b, "", loop_now() - s->began);
	buf_printf(&b, "  %zu/%zu done, %zu bad, %zu running: ", s->taken, all, s->bad, s->running);
	show_put_running(s, &b);
	footline_draw(&s->footline, &s->con, buf_str(&b), b.len, s->colour);
	buf_free(&b);
}

void
show_running(struct set *s)
{
	struct buf b = {0};

	show_put_running(s, &b);
	err_say("%zu of the set run: %s", s->running, buf_str(&b));
	buf_free(&b);
}

void
show_text(struct set *s, const struct buf *b)
{
	show_hide_foot(s);
	buf_add(&s->con.q, b->s, b->len);
	console_flush(&s->con);
}

void
show_close(struct set *s)
{
	show_hide_foot(s);
	console_flush(&s->con);
	(void)loop_until(s->loop, show_is_read, s, s->stop ? loop_now() + HURRY_MS : -1);
	console_close(&s->con);
}
