#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/mem.h"
#include "../base/text.h"
#include "../docker/docker.h"
#include "set_internal.h"

enum { TICK_MS = 1000 };

#define MEMORY_OF_RUN ((int64_t)3 << 30)	/* for -j auto */

extern char **environ;

bool
set_wanted(const struct set_options *o)
{
	return o->jobs != 1 || o->shard != NULL || o->rerun_fails > 0 || o->count != 1 || o->rerun_last;
}

static void
set_forward(struct set *s, int sig)
{
	struct child *c;

	TAILQ_FOREACH(c, &s->children, next)
		if (c->proc != NULL)
			proc_signal(c->proc, sig);
}

static void
set_on_signal(void *arg, int sig)
{
	static const char *const words[] = {
	    [STEP_ORDERLY] = "each run saves logs, then removes all (again: skip saving)",
	    [STEP_NOW] = "each run removes all now (again: the cleaners go on alone)",
	    [STEP_LEAVE] = "the cleaners go on alone" };
	struct set *s = arg;

	if (sig == SIGUSR1)
		show_running(s);
	/* A signal may come while the last output waits for its reader. */
	if (sig == SIGINT || sig == SIGTERM || sig == SIGHUP || sig == SIGQUIT)
		s->hurry = true;
	if (!escalation_signal(&s->escalation, sig, loop_now()))
		return;
	s->stop = s->woken = true;
	set_forward(s, sig);
	show_line(s, "%s: %s", signal_name(sig), words[s->escalation.step]);
}

/* The set writes the annotations and the step's summary, so its runs must not. */
static void
set_child_env(struct strs *out)
{
	for (char **v = environ; *v != NULL; v++)
		if (strncmp(*v, "GITHUB_ACTIONS=", 15) != 0 && strncmp(*v, "GITHUB_STEP_SUMMARY=", 20) != 0)
			strs_add(out, *v);
}

/* -j auto: the engine's cores and memory decide, as it may be on another machine. */
static int
set_count_jobs(struct set *s, struct err *e)
{
	struct docker d = { .cancel = &s->hurry };
	struct docker_info i = { 0 };
	int64_t n;
	int rc = docker_open(&d, s->loop, e);

	if (rc == 0)
		rc = docker_info(&d, &i, e);
	n = i.memory / MEMORY_OF_RUN < i.cpus ? i.memory / MEMORY_OF_RUN : i.cpus;
	s->jobs = n < 1 ? 1 : (unsigned)n;
	docker_info_free(&i);
	docker_close(&d);
	return rc;
}

static void
set_queue(struct set *s)
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

static struct child *
set_next(struct set *s)
{
	struct child *c;

	if (s->stop || s->halted != NULL || s->running >= s->jobs || (s->running > 0 && !s->compiled))
		return NULL;
	TAILQ_FOREACH(c, &s->children, next)
		if (c->state == CHILD_WAITS)
			return c;
	return NULL;
}

static void
set_start(struct set *s)
{
	struct child *c;
	struct err e;

	while ((c = set_next(s)) != NULL) {
		if (child_start(s, c, &e) == 0)
			continue;
		child_not_started(s, c, e.text);
		show_child_end(s, c);
	}
}

static bool
set_is_woken(void *arg)
{
	const struct set *s = arg;

	return s->woken;
}

static void
set_carry_out(struct set *s)
{
	struct child *c;

	for (;;) {
		set_start(s);
		if (s->running == 0)
			break;
		show_foot(s);
		(void)loop_until(s->loop, set_is_woken, s, loop_now() + TICK_MS);
		s->woken = false;
		if (s->con.gone && !s->stop) {
			/* `hi run -j 4 | head`: hi dies of this like any program, but after the cleanup. */
			s->escalation = (struct escalation){ .step = STEP_ORDERLY, .signal = SIGPIPE,
			    .at = loop_now() };
			s->stop = true;
			set_forward(s, SIGTERM);
		}
		TAILQ_FOREACH(c, &s->children, next) {
			if (c->state != CHILD_ENDED)
				continue;
			child_take(s, c);
			show_child_end(s, c);
			s->unsaved = true;
		}
		if (s->unsaved)
			(void)set_write(s, false, NULL);
		s->unsaved = false;
	}
}

static int
set_finish(struct set *s)
{
	struct buf b = {0}, json = {0}, notes = {0};
	struct report rep;
	int code = set_write(s, true, &rep);

	if (text_in_github()) {
		report_annotations(&rep, &notes);
		report_step_summary(&rep);
	}
	if (s->plan.format == FORMAT_JSON) {
		/* This puts a member before the object's first one. */
		report_json(&rep, false, &json);
		buf_puts(&b, "{\"event\":\"set\",");
		buf_puts(&b, buf_str(&json) + 1);
	} else {
		/* The excerpt of each failure has been shown already. */
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

/* Makes the set's plan; no test has begun when it returns. Returns 0, or hi's exit code and *e says why. */
static int
set_plan(struct set *s, struct err *e)
{
	const struct set_options *o = s->opt;
	struct run_options each = o->run;
	bool usage = false;

	if (o->rerun_last && each.pattern == NULL && each.test == NULL)
		each.pattern = "Test";
	s->jobs = (unsigned)o->jobs;
	if (o->count > 1 && o->rerun_fails > 0) {
		err_set(e,
		    "--count and --rerun-fails: one looks for flaky tests, the other gets around them");
		return 2;
	}
	if (plan_make(&s->plan, &each, &usage, e) == -1)
		return usage || e->kind == ERR_USAGE ? 2 : 3;
	if (plan_tests(&s->plan, e) == -1)
		return 4;
	if (pick_tests(&s->pick, o, &s->plan, s->loop, o->jobs != 1, e) == -1)
		return e->kind == ERR_USAGE ? 2 : 3;
	if (s->pick.tests.n == 0 && s->pick.shard.n == 0) {
		err_set(e, o->rerun_last ? "nothing that matches %s failed the last time it ran" :
		    "no test matches %s; hi list shows all", s->plan.pattern);
		return 4;
	}
	if (o->jobs == 0 && set_count_jobs(s, e) == -1)
		return 3;
	/* Until here there was nothing to clean up, and a signal ended hi at once. */
	loop_on_signal(s->loop, set_on_signal, s);
	return plan_directory(&s->plan, e) == -1 ? 3 : 0;
}

static int
set_run_all(struct set *s)
{
	struct err e;
	int code = set_plan(s, &e);

	if (code != 0) {
		plan_directory_undo(&s->plan);
		if (s->escalation.step == STEP_NONE)
			err_say("%s", e.text);
		return code;
	}
	set_queue(s);
	show_open(s);
	show_begin(s);
	/* By these files a set is known even if it is killed. */
	(void)set_write(s, false, NULL);
	set_carry_out(s);
	code = set_finish(s);
	show_close(s);
	return code;
}

int
set_run(const struct set_options *o, const struct strs *words)
{
	struct set s = { .opt = o, .words = words, .loop = loop_new(), .began = loop_now() };
	struct child *c;
	int code, sig;

	TAILQ_INIT(&s.children);
	set_child_env(&s.env);
	code = set_run_all(&s);
	while ((c = TAILQ_FIRST(&s.children)) != NULL) {
		TAILQ_REMOVE(&s.children, c, next);
		child_free(c);
	}
	sig = s.escalation.signal;
	pick_free(&s.pick);
	plan_free(&s.plan);
	strs_free(&s.env);
	free(s.halted);
	loop_free(s.loop);
	if (sig != 0)
		loop_die_of(sig);
	return code;
}
