#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/file.h"
#include "../base/mem.h"
#include "../base/text.h"
#include "../docker/docker.h"
#include "set_internal.h"

enum { TICK_MS = 1000 };

/* -j auto: what one run is given; what has to be there for one more. */
#define MEMORY_OF_RUN ((int64_t)3 << 30)
#define MEMORY_LEAST ((uint64_t)1 << 30)
#define DISK_LEAST ((uint64_t)2 << 30)

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
	/* One that comes while the last words wait for their reader. */
	if (sig == SIGINT || sig == SIGTERM || sig == SIGHUP || sig == SIGQUIT)
		s->hurry = true;
	if (!escalation_signal(&s->escalation, sig, loop_now()))
		return;
	s->stop = s->woken = true;
	set_forward(s, sig);
	show_line(s, "%s: %s", signal_name(sig), words[s->escalation.step]);
}

/* Annotations and a summary are the set's, not of each run. */
static void
set_child_env(struct strs *out)
{
	for (char **v = environ; *v != NULL; v++)
		if (strncmp(*v, "GITHUB_ACTIONS=", 15) != 0 && strncmp(*v, "GITHUB_STEP_SUMMARY=", 20) != 0)
			strs_add(out, *v);
}

static int
set_check(struct set *s, struct err *e)
{
	const struct set_options *o = s->opt;

	s->automatic = o->jobs == 0;
	if (o->count > 1 && o->rerun_fails > 0)
		return err_as(e, ERR_USAGE,
		    "--count and --rerun-fails: one looks for flaky tests, the other gets around them");
	s->jobs = s->automatic ? 1 : (unsigned)o->jobs;
	return 0;
}

/* What the engine has decides, not what this machine has: it may be another. */
static int
set_look_at_engine(struct set *s, struct err *e)
{
	struct docker d = { 0 };
	struct docker_info i = { 0 };
	int64_t n;
	int rc = docker_open(&d, s->loop, e);

	d.cancel = &s->hurry;
	if (rc == 0)
		rc = docker_info(&d, &i, e);
	if (rc == 0) {
		n = i.memory / MEMORY_OF_RUN < i.cpus ? i.memory / MEMORY_OF_RUN : i.cpus;
		s->jobs = n < 1 ? 1 : (unsigned)n;
		if (strncmp(d.endpoint, "unix://", 7) == 0 && file_is_dir(i.root_dir))
			s->engine_dir = xstrdup(i.root_dir);
	}
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

/* Memory that is free on this machine; UINT64_MAX: unknown. */
static uint64_t
memory_available(void)
{
	unsigned long long kb;
	uint64_t bytes = UINT64_MAX;
	char line[256];
	FILE *f = fopen("/proc/meminfo", "re");

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "MemAvailable: %llu kB", &kb) == 1)
			bytes = (uint64_t)kb << 10;
	if (f != NULL)
		fclose(f);
	return bytes;
}

/* -j auto starts no further run while memory or disk is short, where the engine is on this machine. */
static bool
set_is_short(struct set *s)
{
	uint64_t memory = s->engine_dir != NULL ? memory_available() : UINT64_MAX, disk = UINT64_MAX,
	    engine = UINT64_MAX;
	char size[32];
	const char *what;

	(void)file_free(s->plan.logs_dir, &disk, NULL, NULL);
	if (s->engine_dir != NULL && file_free(s->engine_dir, &engine, NULL, NULL) == 0 && engine < disk)
		disk = engine;
	if (memory >= MEMORY_LEAST && disk >= DISK_LEAST)
		return false;
	what = memory < MEMORY_LEAST ? "memory" : "disk";
	text_bytes(memory < MEMORY_LEAST ? memory : disk, size, sizeof(size));
	if (strs_add_new(&s->held, what))
		show_line(s, "waiting to start more runs: low %s, %s free", what, size);
	return true;
}

static struct child *
set_next(struct set *s)
{
	struct child *c;

	if (s->stop || s->halted != NULL || s->running >= s->jobs || (s->running > 0 && !s->compiled))
		return NULL;
	TAILQ_FOREACH(c, &s->children, next)
		if (c->state == CHILD_WAITS)
			return s->automatic && s->running > 0 && set_is_short(s) ? NULL : c;
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
			/* `hi run -j 4 | head`: what any program dies of, after the cleanup. */
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
			(void)set_write(s, false, NULL);
		}
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
set_nothing(const struct set *s)
{
	if (s->opt->rerun_last)
		err_say("nothing that matches %s failed the last time it ran", s->plan.pattern);
	else
		err_say("no test matches %s; hi list shows all", s->plan.pattern);
	return 4;
}

static int
set_run_all(struct set *s)
{
	struct run_options o = s->opt->run;
	bool usage = false;
	struct err e;
	int code = 0;

	if (s->opt->rerun_last && o.pattern == NULL && o.test == NULL)
		o.pattern = "Test";
	if (set_check(s, &e) == -1 || plan_make(&s->plan, &o, &usage, &e) == -1)
		code = usage || e.kind == ERR_USAGE ? 2 : 3;
	else if (plan_tests(&s->plan, &e) == -1)
		code = 4;
	else if (pick_tests(&s->pick, s->opt, &s->plan, s->loop, s->jobs > 1 || s->automatic, &e) == -1)
		code = usage || e.kind == ERR_USAGE ? 2 : 3;
	else if (s->pick.tests.n == 0 && s->pick.shard.n == 0)
		return set_nothing(s);
	else if (s->automatic && set_look_at_engine(s, &e) == -1)
		code = 3;
	else {
		/* Until here there was nothing to clean up, and a signal ended hi at once. */
		loop_on_signal(s->loop, set_on_signal, s);
		if (plan_directory(&s->plan, &e) == -1)
			code = 3;
	}
	if (code != 0) {
		if (s->escalation.step == STEP_NONE)
			err_say("%s", e.text);
		return code;
	}
	set_queue(s);
	show_open(s);
	show_begin(s);
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
	strs_free(&s.held);
	free(s.engine_dir);
	free(s.halted);
	loop_free(s.loop);
	if (sig != 0)
		loop_die_of(sig);
	return code;
}
