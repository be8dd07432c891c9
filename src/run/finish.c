#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/fault.h"
#include "../base/file.h"
#include "../base/mem.h"
#include "../base/text.h"
#include "../report/page.h"
#include "../triage/triage.h"
#include "run_internal.h"

enum {
	LONG_MS = 300000,
	SETTLE_MS = 60000,	/* for the change of ownership */
	SETTLE_HURRY_MS = 10000,	/* the same when interrupted */
	STOP_MS = 10000,	/* for killing the runner; after that the cleaner does it */
	QUIET_MS = 2000,	/* after the runner's end, a container may still be in creation so long */
	PATIENCE_MS = 15000,
	NAMED_MAX = 3,		/* kept containers that are named, of each kind */
};

static void
finish_set_ending(struct run *r)
{
	struct facts *f = &r->facts;

	if (r->escalation.step != STEP_NONE) {
		f->ending = END_INTERRUPTED;
		f->signal = r->escalation.signal;
	} else if (r->past_deadline)
		f->ending = END_DEADLINE;
	else if (r->over_limit)
		f->ending = END_LIMIT;
}

/* Stops the runner first, because as long as it lives it creates containers. */
static void
finish_stop_runner(struct run *r)
{
	struct docker in_time;
	struct removal rm = { .docker = &in_time, .run_id = r->plan.run_id };
	struct err ignored;

	docker_copy(&in_time, &r->docker);
	in_time.timeout_ms = STOP_MS;
	in_time.cancel = &r->skip_evidence;
	proc_abandon(r->follow);
	r->follow = NULL;
	if (r->runner_id != NULL)
		(void)container_kill(&in_time, r->runner_id, &ignored);
	else
		(void)removal_kill_runner(&rm, &ignored);
	removal_free(&rm);
	docker_close(&in_time);
}

static void
finish_collect(struct run *r, bool passed)
{
	struct evidence *v = &r->evidence;
	struct err e;

	v->docker = &r->docker;
	v->run_id = r->plan.run_id;
	v->dir = r->plan.dir;
	v->in_runner = r->sent;
	v->bulk = !passed;
	v->cancel = r->docker.cancel = &r->skip_evidence;
	v->budget_ms = r->escalation.step != STEP_NONE ? BUDGET_MS : LONG_MS;
	r->collecting = true;
	if (!r->skip_evidence && r->runner_id != NULL && evidence_collect(v, &e) == -1)
		strs_addf(&v->missing, "the containers' evidence: %s", e.text);
	r->collecting = false;
	FAULT("collected");
}

static void
finish_on_hand_over_late(void *arg)
{
	struct run *r = arg;

	r->settling = NULL;
	r->stop_settling = true;
}

void
run_hurry_settling(struct run *r)
{
	if (r->settling == NULL)
		return;
	loop_timer_del(r->settling);
	r->settling = loop_timer(r->loop, r->escalation.step >= STEP_NOW ? 0 : SETTLE_HURRY_MS,
	    finish_on_hand_over_late, r);
}

/* Settles the files' ownership and names. This comes after the removal, which must not wait for a helper
 * container that hangs. */
static void
finish_hand_over(struct run *r)
{
	r->evidence.cancel = r->docker.cancel = &r->stop_settling;
	r->settling = loop_timer(r->loop, SETTLE_MS, finish_on_hand_over_late, r);
	if (r->escalation.step != STEP_NONE)
		run_hurry_settling(r);
	evidence_settle(&r->evidence, r->plan.image);
	r->docker.cancel = &r->detach;
	loop_timer_del(r->settling);
	r->settling = NULL;
}

/* "12 tailscale: ts-a, ts-b, ts-c and 9 more". */
static void
finish_put_kind(const struct containers *c, const char *type, struct strs *lines)
{
	size_t n = 0;
	struct buf b = { 0 };

	for (size_t i = 0; i < c->n; i++)
		if (strcmp(c->v[i].type, type) == 0 && n++ < NAMED_MAX)
			buf_printf(&b, "%s%s", n > 1 ? ", " : "", c->v[i].name);
	if (n > NAMED_MAX)
		buf_printf(&b, " and %zu more", n - NAMED_MAX);
	strs_addf(lines, "%zu %s: %s", n, *type != '\0' ? type : "other", buf_str(&b));
	buf_free(&b);
}

/* Keeps the run, and collects the report's lines about it: its containers by kind, how to enter and remove
 * them. */
static void
finish_keep(struct run *r)
{
	const struct container *up = NULL;
	struct containers c = { 0 };
	struct strs kinds = { 0 };
	struct err e;

	if (lease_keep(r->lease.path, &e) == -1)
		results_say(r->results, "not marked as kept: %s", e.text);
	/* From here on the run must stay even if hi dies. */
	cleaner_end(r->cleaner);
	r->cleaner = NULL;
	if (container_list_run(&r->docker, r->plan.run_id, &c, &e) == -1)
		results_say(r->results, "its containers can't be listed: %s", e.text);
	for (size_t i = 0; i < c.n; i++) {
		bool runs = strcmp(c.v[i].state, "running") == 0;

		if (strs_add_new(&kinds, c.v[i].type))
			finish_put_kind(&c, c.v[i].type, &r->kept);
		/* A server is preferred to a client. */
		if (runs && (up == NULL || strcmp(c.v[i].type, "headscale") == 0))
			up = &c.v[i];
	}
	if (up != NULL)
		strs_addf(&r->kept, "enter: docker exec -it %s /bin/sh", up->name);
	else {
		strs_addf(&r->kept, "the tests removed their own servers and clients; their logs: %s",
		    file_relative(r->plan.dir));
		strs_add(&r->kept, "to find them still running: time.Sleep(time.Hour) before the assertion");
	}
	if (c.n > 0)
		strs_addf(&r->kept, "logs: docker logs %s", up != NULL ? up->name : c.v[0].name);
	strs_addf(&r->kept, "remove: hi clean run %s", r->plan.run_id);
	r->facts.kept_lines = &r->kept;
	strs_free(&kinds);
	containers_free(&c);
}

static void
finish_on_progress(void *arg, const char *words)
{
	struct run *r = arg;

	free(r->removing);
	r->removing = xstrdup(words);
}

static void
finish_on_patience(void *arg)
{
	static const char *const more[] = { [STEP_NONE] = "three interrupts",
	    [STEP_ORDERLY] = "two more interrupts", [STEP_NOW] = "one more interrupt",
	    [STEP_LEAVE] = "one more interrupt" };
	struct run *r = arg;

	results_say(r->results, "still removing: %s (hi waits for it; %s: leave it to the cleaner)",
	    r->removing != NULL ? r->removing : "no answer yet",
	    more[r->escalation.step]);
	r->patience = loop_timer(r->loop, PATIENCE_MS, finish_on_patience, r);
}

/* True: the engine can't still be creating a container for a test. After a failure or at a deadline, it
 * may. */
static bool
finish_is_settled(const struct run *r)
{
	return r->facts.ending == END_NORMAL &&
	    (r->facts.exit_code == 0 || loop_now() - r->runner_ended >= QUIET_MS);
}

/* 0: the engine has nothing of the run any more, or out->left names what it has. -1: the cleaner goes on. */
static int
finish_remove(struct run *r, bool settled)
{
	struct err e;
	int got;

	leaks_free(&r->facts.removed);
	r->docker.cancel = &r->detach;
	r->patience = loop_timer(r->loop, PATIENCE_MS, finish_on_patience, r);
	got = cleaner_remove(r->cleaner, settled, finish_on_progress, r, &r->detach, &r->facts.removed, &e);
	loop_timer_del(r->patience);
	if (got == -1) {
		strs_addf(&r->evidence.missing, "the removal: %s", e.text);
		if (r->facts.ending == END_NORMAL)
			r->facts.ending = END_ENGINE;
		cleaner_detach(r->cleaner);
		r->cleaner = NULL;
	}
	return got;
}

/* Removes the run before everything else that can take long. True: nothing of the run is left. */
static bool
finish_remove_and_hand_over(struct run *r)
{
	bool removed = !r->asked || finish_remove(r, finish_is_settled(r)) == 0;

	FAULT("removed");
	/* An engine that does not answer can't change the ownership. */
	r->stop_settling = !removed;
	finish_hand_over(r);
	/* If we are not root, the hand-over used a helper container, which may be left. */
	if (removed && r->asked && geteuid() != 0)
		removed = finish_remove(r, !r->stop_settling) == 0;
	return removed && r->facts.removed.n_left == 0;
}

static void
finish_redact(struct run *r)
{
	struct evidence *v = &r->evidence;

	v->cancel = &r->detach;
	v->secrets = &r->plan.secrets;
	strs_free(&v->missing);
	evidence_redact(v);
	for (size_t i = 0; i < v->missing.n; i++)
		err_say("%s", v->missing.v[i]);
}

/* Finds the matching tests that never began because the process died first. Names none if a test ran that
 * does not match as we read the pattern and the files. */
static void
finish_find_not_run(const struct run *r, struct report *rep)
{
	bool known = r->plan.tests_known && (rep->verdict == V_PANIC || rep->verdict == V_DEADLINE ||
	    rep->verdict == V_INCOMPLETE);
	struct strs matching = { 0 }, begun = { 0 };

	for (size_t i = 0; i < r->plan.tests.n; i++)
		strs_add(&matching, r->plan.tests.v[i].name);
	for (size_t i = 0; i < rep->n; i++)
		if (!report_is_package(&rep->tests[i]) && strchr(rep->tests[i].name, '/') == NULL) {
			strs_add(&begun, rep->tests[i].name);
			known = known && strs_has(&matching, rep->tests[i].name);
		}
	for (size_t i = 0; i < matching.n && known; i++)
		if (!strs_has(&begun, matching.v[i]))
			strs_add(&rep->not_run, matching.v[i]);
	strs_free(&matching);
	strs_free(&begun);
}

static void
finish_triage(void *arg, struct report *rep)
{
	struct run *r = arg;
	struct triage_options o = { .dir = r->plan.dir, .loop = r->loop, .cancel = &r->hurry,
		.verdict = verdict_name(rep->verdict), .sentence = rep->sentence,
		.missing = &rep->missing };
	struct buf b = {0};
	struct triage t;
	struct err e;

	finish_find_not_run(r, rep);
	if (triage_run(&o, &t, &e) == -1)
		return;
	triage_text(&t, &b);
	rep->triage_text = report_take(rep, buf_take(&b));
	triage_json(&t, &b);
	rep->triage = report_take(rep, buf_take(&b));
	triage_free(&t);
}

int
run_finish(struct run *r)
{
	struct err e;
	bool passed, keep, clean = false;
	int code;

	finish_set_ending(r);
	r->docker.cancel = &r->detach;
	if (r->facts.ending != END_NORMAL && r->asked)
		finish_stop_runner(r);
	if (r->stats != NULL)
		stats_stop(r->stats, &r->facts.memory, &r->facts.n_memory);
	passed = results_end(r->results, &r->facts) == V_PASSED;
	FAULT("ended");
	finish_collect(r, passed);
	keep = r->facts.ending != END_INTERRUPTED && r->escalation.step == STEP_NONE &&
	    r->runner_id != NULL && (!r->opt->clean_after || (r->opt->keep_on_failure && !passed));
	if (keep) {
		finish_keep(r);
		finish_hand_over(r);
	} else
		clean = finish_remove_and_hand_over(r);
	/* A signal may have come meanwhile. */
	if (r->escalation.step != STEP_NONE)
		finish_set_ending(r);
	/* An engine that shuts down stops its containers before it goes, which looked like END_REMOVED. */
	if (r->engine_gone && r->facts.ending == END_REMOVED)
		r->facts.ending = END_ENGINE;
	/* The report shows events.json, which is then redacted: nothing may be added to it any more. */
	engine_watch_stop(r->watch);
	r->watch = NULL;
	r->facts.kept = keep;
	r->facts.ended = text_now();
	r->hurry = false;
	code = report_finish(r->results, &r->facts, finish_triage, r);
	/* The lease goes only now, because hi logs -f ends with it and shows the summary. */
	if (clean)
		lease_remove(r->lease.path);
	finish_redact(r);
	if (page_write(r->plan.dir, &e) == -1)
		err_say("%s", e.text);
	cleaner_end(r->cleaner);
	r->cleaner = NULL;
	leaks_free(&r->facts.removed);
	return code;
}
