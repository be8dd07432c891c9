#include "run.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/duration.h"
#include "../base/fault.h"
#include "../base/file.h"
#include "../base/mem.h"
#include "../base/text.h"
#include "../version.h"
#include "../report/report.h"
#include "run_internal.h"
#include "../cleanup/cleanup.h"

enum { GRACE_MS = 600000 };

static void
run_on_budget(void *arg)
{
	struct run *r = arg;

	r->skip_evidence = true;
}

static void
run_on_signal(void *arg, int sig)
{
	static const char *const steps[] = { [STEP_NONE] = "",
	    [STEP_ORDERLY] = "saving logs, then removing all (again: skip saving)",
	    [STEP_NOW] = "removing all now (again: the cleaner goes on alone)",
	    [STEP_LEAVE] = "the cleaner goes on alone" };
	struct run *r = arg;

	if (r->results != NULL && sig == SIGUSR1)
		results_running(r->results);
	if (r->results != NULL && (sig == SIGWINCH || sig == SIGCONT))
		results_resize(r->results);
	if (!escalation_signal(&r->escalation, sig, loop_now()))
		return;
	r->cancel_tests = r->hurry = true;
	r->skip_evidence = r->escalation.step >= STEP_NOW;
	r->detach = r->escalation.step >= STEP_LEAVE;
	if (r->collecting && !r->skip_evidence)
		loop_timer(r->loop, BUDGET_MS, run_on_budget, r);
	run_hurry_settling(r);
	if (r->results == NULL)
		return;
	results_stopping(r->results);
	results_say(r->results, "%s: %s", signal_name(sig), steps[r->escalation.step]);
}

static void
run_on_deadline(void *arg)
{
	struct run *r = arg;

	r->past_deadline = r->cancel_tests = true;
}

static void
run_engine_state(void *arg, int *containers, double *memory)
{
	const struct run *r = arg;

	*containers = r->watch != NULL ? engine_watch_up(r->watch) : 0;
	*memory = r->stats != NULL ? stats_total_mb(r->stats) : -1;
}

static void
run_on_dead_run(void *arg, const struct run_seen *old, const struct removal *rm, size_t stopped,
    const struct err *e)
{
	const struct removed *gone = &rm->removed;
	struct run *r = arg;

	if (e != NULL)
		results_say(r->results, "dead run %s: %s", old->id, e->text);
	else if (stopped > 0)
		results_say(r->results, "removed %zu stopped container%s of run %s (%s)", stopped,
		    stopped == 1 ? "" : "s", old->id, old->why);
	else if (gone->containers + gone->networks > 0)
		results_say(r->results, "removed the dead run %s: %zu container%s, %zu network%s", old->id,
		    gone->containers, gone->containers == 1 ? "" : "s", gone->networks,
		    gone->networks == 1 ? "" : "s");
	for (size_t i = 0; i < gone->n_left; i++)
		results_say(r->results, "dead run %s: %s %s can't be removed: %s", old->id,
		    gone->left[i].kind, gone->left[i].name, gone->left[i].why);
}

static void
run_clean_before(struct run *r)
{
	struct runs runs;
	struct err e;

	if (runs_list(&r->docker, &runs, &e) == 0) {
		runs_remove_dead(&r->docker, &runs, r->plan.run_id, true, false, run_on_dead_run, r);
		runs_free(&runs);
	} else if (!r->cancel_tests)
		results_say(r->results, "old containers are not looked for: %s", e.text);
}

/* Checks, before anything is created, for what would make the run fail later. */
static int
run_preflight(struct run *r, struct err *e)
{
	struct strs names = { 0 }, refs = { 0 }, warnings = { 0 };
	int got;

	r->plan.socket = plan_socket(r->opt->docker_socket, r->docker.endpoint, &r->engine);
	got = preflight(&r->docker, &r->engine, r->plan.socket, &warnings, e);
	for (size_t i = 0; i < warnings.n; i++)
		err_say("%s", warnings.v[i]);
	if (got == 0)
		got = preflight_images(&r->docker, &names, &refs, e);
	for (size_t i = 0; i < names.n; i++) {
		if (got == -1)
			err_say("%s", e->text);
		got = err_as(e, ERR_NOT_FOUND,
		    "%s: the engine has no image %s: build or load it, or: docker pull %s",
		    names.v[i], refs.v[i], refs.v[i]);
	}
	strs_free(&names);
	strs_free(&refs);
	strs_free(&warnings);
	return got;
}

/* Creates run directory, lease, cleaner and console. Once this has returned 0, cleanup happens however hi
 * exits. */
static int
run_begin(struct run *r, struct err *e)
{
	struct plan *p = &r->plan;
	int got;
	struct cleaner_config cc = { .docker = &r->docker, .run_id = p->run_id, .pattern = p->pattern,
	    .dir = p->dir, .image = p->image, .started = p->started, .lease = &r->lease,
	    .history = p->history, .secrets = &p->secrets };
	char *probe = send_probe(p);
	struct results_config rc = { .loop = r->loop, .dir = p->dir, .run_id = p->run_id,
	    .pattern = p->pattern, .format = p->format, .out = STDOUT_FILENO, .tty = env_terminal(),
	    .colour = stdout_has_colours(), .timeout_ms = r->opt->timeout, .slow_ms = r->opt->slow,
	    .history = p->history, .write = report_interim, .facts = &r->facts, .engine = run_engine_state,
	    .arg = r, .cancel = &r->hurry };

	/* Until here there was nothing to clean up, and a signal ended hi at once. */
	loop_on_signal(r->loop, run_on_signal, r);
	if (plan_directory(p, e) == -1 ||
	    lease_take(&r->lease, p->run_id, p->pattern, p->dir, p->started, e) == -1)
		got = -1;
	else {
		lease_engine(&r->lease, r->engine.id);
		FAULT("lease-taken");
		cc.probe = probe;
		got = cleaner_start(&cc, &r->cleaner, e);
	}
	free(probe);
	if (got == -1)
		return -1;
	FAULT("cleaner-ready");
	r->facts = (struct facts){ .image = p->image, .go_version = p->go_version,
	    .engine = r->engine.server_version, .hi_version = HI_VERSION, .started = p->started,
	    .postgres = r->opt->postgres, .leak_warns = strcmp(r->opt->on_leak, "warn") == 0,
	    .missing = &r->evidence.missing };
	return results_new(&rc, &r->results, e);
}

static void
run_say_top(struct run *r)
{
	const struct plan *p = &r->plan;

	char timeout[32], shown[TEXT_SHOWN], *names = tests_named(&p->tests);

	results_say(r->results, "run %s: %s", p->run_id, text_shown(p->pattern, shown));
	if (p->tests_known)
		results_say(r->results, "  %zu test%s: %s", p->tests.n,
		    p->tests.n == 1 ? " matches" : "s match", names);
	results_say(r->results, "  image %s, database %s, timeout %s", p->image,
	    r->opt->postgres ? "PostgreSQL" : "SQLite",
	    duration_human(r->opt->timeout, timeout, sizeof(timeout)));
	results_say(r->results, "  logs in %s", file_relative(p->dir));
	/* hi logs accepts the last part of an id. */
	results_say(r->results, "  follow it from another terminal: hi logs -f %s",
	    strrchr(p->run_id, '-') + 1);
	free(names);
}

void
run_ended(struct run *r, enum ending ending, const char *why)
{
	r->facts.ending = ending;
	r->facts.why = xstrdup(why);
}

static void
run_carry_out(struct run *r)
{
	struct timer *deadline;
	struct err e;

	r->docker.cancel = &r->cancel_tests;
	if (r->opt->clean_before)
		run_clean_before(r);
	if (r->cancel_tests)
		return;
	if (runner_start(r, &e) == -1) {
		run_ended(r, END_INFRA, e.text);
		return;
	}
	deadline = loop_timer(r->loop, r->opt->timeout + FAULT_MS("grace", GRACE_MS), run_on_deadline, r);
	runner_wait(r);
	if (!r->past_deadline)
		loop_timer_del(deadline);
}

static void
run_release(struct run *r)
{
	engine_watch_stop(r->watch);
	stats_free(r->stats);
	results_free(r->results);
	lease_close(&r->lease);
	docker_info_free(&r->engine);
	docker_close(&r->docker);
	plan_free(&r->plan);
	strs_free(&r->evidence.missing);
	strs_free(&r->kept);
	buf_free(&r->follow_said);
	free(r->runner_id);
	free(r->removing);
	free((char *)(uintptr_t)r->facts.why);
	loop_free(r->loop);
}

/* Gives up before a container was created: prints the reason, and removes lease and directory. */
static int
run_refuse(struct run *r, int code, const struct err *e)
{
	cleaner_end(r->cleaner);
	if (r->lease.path != NULL)
		lease_remove(r->lease.path);
	plan_directory_undo(&r->plan);
	if (r->escalation.step == STEP_NONE)
		err_say("%s", e->text);
	return code;
}

int
run_suite(const struct run_options *o)
{
	struct run r = { .opt = o, .loop = loop_new(), .lease = { .fd = -1 } };
	int code, sig;
	struct err e;
	bool usage;

	r.docker.cancel = &r.cancel_tests;
	if (plan_make(&r.plan, o, &usage, &e) == -1)
		code = run_refuse(&r, usage ? 2 : 3, &e);
	else if (plan_tests(&r.plan, &e) == -1)
		code = run_refuse(&r, 4, &e);
	else if (docker_open(&r.docker, r.loop, &e) == -1 || docker_info(&r.docker, &r.engine, &e) == -1 ||
	    run_preflight(&r, &e) == -1 || run_begin(&r, &e) == -1)
		code = run_refuse(&r, 3, &e);
	else {
		run_say_top(&r);
		run_carry_out(&r);
		code = run_finish(&r);
	}
	sig = r.escalation.signal;
	run_release(&r);
	if (sig != 0)
		loop_die_of(sig);
	return code;
}
