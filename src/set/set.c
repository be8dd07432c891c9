#include "set.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/file.h"
#include "../base/mem.h"
#include "../base/text.h"
#include "../docker/docker.h"
#include "pace.h"
#include "set_internal.h"

enum { TICK_MS = 1000 };

extern char **environ;

bool
many_wanted(const struct many_options *o)
{
	return o->jobs != 1 || o->shard != NULL || o->rerun_fails > 0 || o->count != 1 || o->rerun_last;
}

static void
forward(struct set *s, int sig)
{
	struct child *c;

	TAILQ_FOREACH(c, &s->children, next)
		if (c->proc != NULL)
			proc_signal(c->proc, sig);
}

static void
on_signal(void *arg, int sig)
{
	static const char *const words[] = { [RUNG_ORDERLY] = "no further start, each run ends in order (again: at once)",
		[RUNG_NOW] = "each run removes what is its own at once (again: leaves it to its cleaner)",
		[RUNG_LEAVE] = "each run leaves it to its cleaner" };
	struct set *s = arg;

	if (sig == SIGUSR1)
		show_running(s);
	/* One that comes while the last words wait for their reader. */
	if (sig == SIGINT || sig == SIGTERM || sig == SIGHUP || sig == SIGQUIT)
		s->hurry = true;
	if (!ladder_step(&s->ladder, sig, loop_now()))
		return;
	s->stop = s->woken = true;
	forward(s, sig);
	show_line(s, "%s: %s", signal_name(sig), words[s->ladder.rung]);
}

/* Annotations and a summary are the set's, not of each run. */
static void
child_env(struct strs *out)
{
	for (char **v = environ; *v != NULL; v++)
		if (strncmp(*v, "GITHUB_ACTIONS=", 15) != 0 && strncmp(*v, "GITHUB_STEP_SUMMARY=", 20) != 0)
			strs_add(out, *v);
}

static int
check(struct set *s, struct err *e)
{
	const struct many_options *o = s->opt;

	s->automatic = o->jobs == 0;
	if (o->count > 1 && o->rerun_fails > 0)
		return err_set(e, "--count and --rerun-fails: one looks for flaky tests, the other gets around them");
	s->jobs = s->automatic ? 1 : (unsigned)o->jobs;
	return 0;
}

/* What the engine has decides, not what this machine has: it may be another. */
static int
look(struct set *s, struct err *e)
{
	struct docker d = { 0 };
	struct docker_info i = { 0 };
	int rc = docker_open(&d, s->loop, e);

	d.cancel = &s->hurry;
	if (rc == 0)
		rc = docker_info(&d, &i, e);
	if (rc == 0) {
		s->jobs = pace_jobs(i.cpus, i.memory);
		if (strncmp(d.endpoint, "unix://", 7) == 0 && file_is_dir(i.root_dir))
			s->engine_dir = xstrdup(i.root_dir);
	}
	docker_info_free(&i);
	docker_close(&d);
	return rc;
}

static void
queue(struct set *s)
{
	for (int64_t k = 1; k <= s->opt->count; k++)
		for (size_t i = 0; i < s->pick.tests.n; i++) {
			struct child *c = xcalloc(1, sizeof(*c));

			c->set = s;
			c->test = s->pick.tests.v[i].name;
			c->nth = (unsigned)k;
			TAILQ_INSERT_TAIL(&s->children, c, next);
		}
}

static bool
held_back(struct set *s)
{
	struct room room;
	char why[128], *what;

	if (!s->automatic || s->running == 0)
		return false;
	pace_look(s->engine_dir, s->plan.logs_dir, &room);
	if (!pace_short(&room, why, sizeof(why)))
		return false;
	what = xstrndup(why, strcspn(why, ":"));
	if (strs_add_new(&s->held, what))
		show_line(s, "no further start for now, for want of %s", why);
	free(what);
	return true;
}

static struct child *
next_start(struct set *s)
{
	struct child *c;

	if (s->stop || s->halted != NULL || s->running >= s->jobs || (s->running > 0 && !s->compiled))
		return NULL;
	TAILQ_FOREACH(c, &s->children, next)
		if (c->state == WAITS)
			return held_back(s) ? NULL : c;
	return NULL;
}

static void
start(struct set *s)
{
	struct child *c;
	struct err e;

	while ((c = next_start(s)) != NULL) {
		if (child_start(s, c, &e) == 0)
			continue;
		part_refused(&c->part, c->test, 3, e.text);
		c->part.test = xstrdup(c->test);
		c->state = TAKEN;
		s->taken++;
		s->bad++;
		s->halted = xstrdup(e.text);
		show_child_end(s, c);
	}
}

static bool
woken(void *arg)
{
	const struct set *s = arg;

	return s->woken;
}

static void
carry_out(struct set *s)
{
	struct child *c;

	for (;;) {
		start(s);
		if (s->running == 0)
			break;
		show_foot(s);
		(void)loop_until(s->loop, woken, s, loop_now() + TICK_MS);
		s->woken = false;
		if (s->con.gone && !s->stop) {
			/* `hi run -j 4 | head`: what any program dies of, after the cleanup. */
			s->ladder = (struct ladder){ .rung = RUNG_ORDERLY, .signal = SIGPIPE, .at = loop_now() };
			s->stop = true;
			forward(s, SIGTERM);
		}
		TAILQ_FOREACH(c, &s->children, next) {
			if (c->state != ENDED)
				continue;
			child_take(s, c);
			show_child_end(s, c);
			(void)set_write(s, false, NULL);
		}
	}
}

static int
finish(struct set *s)
{
	struct buf b = {0}, json = {0}, notes = {0};
	struct report rep;
	int code = set_write(s, true, &rep);

	if (text_in_github()) {
		report_annotations(&rep, &notes);
		report_step_summary(&rep);
	}
	if (s->plan.format == FORMAT_JSON) {
		/* The object, with a member before its first. */
		report_json(&rep, false, &json);
		buf_puts(&b, "{\"event\":\"set\",");
		buf_puts(&b, buf_str(&json) + 1);
	} else {
		/* What each failure said stands above already. */
		for (size_t i = 0; i < rep.n && s->plan.format != FORMAT_QUIET; i++)
			rep.tests[i].excerpt = NULL;
		report_text(&rep, s->colour, &b);
		buf_add(&b, buf_str(&notes), notes.len);
	}
	show_text(s, &b);
	report_free(&rep);
	buf_free(&notes);
	buf_free(&json);
	buf_free(&b);
	return code;
}

static int
nothing(const struct set *s)
{
	if (s->opt->rerun_last)
		err_say("nothing that matches %s failed the last time it ran", s->plan.pattern);
	else
		err_say("no test matches %s; hi list shows all", s->plan.pattern);
	return 4;
}

static int
run_set(struct set *s)
{
	struct run_options o = s->opt->run;
	bool usage = true;
	struct err e;
	int code = 0;

	if (s->opt->rerun_last && o.pattern == NULL && o.test == NULL)
		o.pattern = "Test";
	if (check(s, &e) == -1 || plan_make(&s->plan, &o, &usage, &e) == -1 ||
	    pick_tests(&s->pick, s->opt, &s->plan, s->loop, s->jobs > 1 || s->automatic, &usage, &e) == -1)
		code = usage ? 2 : 3;
	else if (s->pick.tests.n == 0 && s->pick.shard.n == 0)
		return nothing(s);
	else if (s->automatic && look(s, &e) == -1)
		code = 3;
	else {
		/* Until here there was nothing to clean up, and a signal ended hi at once. */
		loop_on_signal(s->loop, on_signal, s);
		if (plan_directory(&s->plan, &e) == -1)
			code = 3;
	}
	if (code != 0) {
		if (s->ladder.rung == RUNG_NONE)
			err_say("%s", e.text);
		return code;
	}
	queue(s);
	show_open(s);
	show_begin(s);
	carry_out(s);
	code = finish(s);
	show_close(s);
	return code;
}

int
many_run(const struct many_options *o, const struct strs *words)
{
	struct set s = { .opt = o, .words = words, .loop = loop_new(), .began = loop_now() };
	struct child *c;
	int code, sig;

	TAILQ_INIT(&s.children);
	child_env(&s.env);
	code = run_set(&s);
	while ((c = TAILQ_FIRST(&s.children)) != NULL) {
		TAILQ_REMOVE(&s.children, c, next);
		child_free(c);
	}
	sig = s.ladder.signal;
	pick_free(&s.pick);
	plan_free(&s.plan);
	strs_free(&s.env);
	strs_free(&s.held);
	free(s.engine_dir);
	free(s.halted);
	loop_free(s.loop);
	if (sig != 0)
		loop_die_of(sig);
	return code;
}
