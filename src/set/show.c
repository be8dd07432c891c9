#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/duration.h"
#include "../base/file.h"
#include "../base/mem.h"
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

/* The formats quiet and json keep stdout for their own output. */
static bool
show_has_lines(const struct set *s)
{
	return s->plan.format != FORMAT_QUIET && s->plan.format != FORMAT_JSON;
}

void
show_open(struct set *s)
{
	s->foot = env_terminal() && show_has_lines(s);
	s->colour = stdout_has_colours();
	console_open(&s->con, s->loop, STDOUT_FILENO, show_drained, s);
}

void
show_line(struct set *s, const char *fmt, ...)
{
	char *text;

	XFORMAT(text, fmt);
	if (s->con.loop == NULL || !show_has_lines(s))
		err_say("%s", text);
	else {
		footline_hide(&s->footline, &s->con);
		text_harmless(&s->con.q, text, strlen(text));
		buf_putc(&s->con.q, '\n');
		console_flush(&s->con);
	}
	free(text);
}

void
show_begin(struct set *s)
{
	char *names = tests_named(&s->pick.tests), times[48] = "", shown[TEXT_SHOWN];
	size_t n = s->pick.tests.n;

	if (s->opt->count > 1)
		snprintf(times, sizeof(times), ", each %lld times", (long long)s->opt->count);
	show_line(s, "set %s: %s, %u at once%s", s->plan.run_id,
	    text_shown(s->plan.pattern, shown), s->jobs, times);
	if (s->pick.shard.n > 0)
		show_line(s, "  %zu test%s in shard %s%s%s", n, n == 1 ? "" : "s", s->pick.shard_name,
		    n > 0 ? ": " : "", names);
	else
		show_line(s, "  %zu test%s%s: %s", n, n == 1 ? " matches" : "s match",
		    s->opt->rerun_last ? " and did not pass last time" : "", names);
	if (s->jobs > 1 && n > 1)
		show_line(s, "  the first run builds the tests; the others start once its test has begun");
	show_line(s, "  summary in %s", file_relative(s->plan.dir));
	free(names);
}

static bool
show_is_read(void *arg)
{
	const struct set *s = arg;

	return s->con.gone || s->con.q.len == 0 || s->hurry;
}

/* Waits until what was shown has been read. */
static void
show_settle(struct set *s)
{
	footline_hide(&s->footline, &s->con);
	console_flush(&s->con);
	(void)loop_until(s->loop, show_is_read, s, s->stop ? loop_now() + HURRY_MS : -1);
}

/* Shows the run's output from its file, on the same descriptor. */
static void
show_replayed(struct set *s, const struct child *c)
{
	const struct results_config view = { .loop = s->loop, .dir = c->part.rep.dir,
	    .run_id = c->part.rep.run_id, .pattern = c->part.rep.pattern, .out = STDOUT_FILENO,
	    .colour = s->colour, .tty = s->foot, .format = FORMAT_VERBOSE, .cancel = &s->hurry };
	struct err e;

	show_settle(s);
	if (replay(&view, NULL, NULL, &e) == -1)
		show_line(s, "%s", e.text);
}

/* Returns how long a run's test took, in ms; if that is unknown, how long the run did. */
static int64_t
show_took(const struct child *c)
{
	const struct report *r = &c->part.rep;

	for (size_t i = 0; i < r->n; i++)
		if (strcmp(r->tests[i].name, c->test) == 0 && r->tests[i].seconds >= 0)
			return (int64_t)(r->tests[i].seconds * 1000);
	return c->ended - c->started;
}

/* The line begins like that of a single run, "PASS     6.7s  TestX"; then comes what only a set has. */
void
show_child_end(struct set *s, const struct child *c)
{
	const struct report *r = &c->part.rep;
	struct buf b = {0}, more = {0};
	char took[32];
	bool good = part_passed(&c->part);

	if (!show_has_lines(s))
		return;
	if (s->opt->count > 1)
		buf_printf(&more, " %u/%lld", c->nth, (long long)s->opt->count);
	if (!good && r->verdict != V_FAILED)
		buf_printf(&more, "  %s", verdict_name(r->verdict));
	if (c->tries > 0)
		buf_printf(&more, "  %s, again (%u)", r->verdict == V_PASSED ? "flaky" : "failed", c->tries);
	duration_human(show_took(c), took, sizeof(took));
	show_line(s, "%s %8s  %s%s  %s", r->verdict == V_ALL_SKIPPED ? "SKIP" : good ? "PASS" : "FAIL", took,
	    c->test, buf_str(&more), r->run_id);
	buf_free(&more);
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

/* Names the tests that are running, and for how long they have been. */
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
	buf_printf(&b, "  %zu/%zu done", s->taken, all);
	if (s->bad > 0)
		buf_printf(&b, " (%zu failed)", s->bad);
	buf_printf(&b, ", %zu running  ", s->running);
	show_put_running(s, &b);
	if (!s->compiled)
		buf_printf(&b, ": it builds the tests%s", s->jobs > 1 ? ", the others wait" : "");
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
	footline_hide(&s->footline, &s->con);
	buf_add(&s->con.q, b->s, b->len);
	console_flush(&s->con);
}

void
show_close(struct set *s)
{
	show_settle(s);
	console_close(&s->con);
}
