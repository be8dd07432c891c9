#include "run.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/fault.h"
#include "../base/file.h"
#include "../base/mem.h"
#include "../base/text.h"
#include "../version.h"
#include "preflight.h"
#include "../evidence/evidence.h"
#include "../report/report.h"
#include "pull.h"
#include "run_internal.h"
#include "../cleanup/runs.h"
#include "send.h"

enum { GRACE_MS = 600000, ENGINE_WAIT_MS = 30000, ASK_MS = 500, SILENCE_MS = 10000, FOLLOWS = 20, FOLLOWED_MS = 1000,
	RESTORE_MS = 30000 };

static void
on_budget(void *arg)
{
	struct run *r = arg;

	r->skip_evidence = true;
}

static void
on_signal(void *arg, int sig)
{
	struct run *r = arg;

	if (r->results != NULL && sig == SIGUSR1)
		results_running(r->results);
	if (r->results != NULL && (sig == SIGWINCH || sig == SIGCONT))
		results_resize(r->results);
	if (!ladder_step(&r->ladder, sig, loop_now()))
		return;
	r->cancel_tests = true;
	r->skip_evidence = r->ladder.rung >= RUNG_NOW;
	r->detach = r->ladder.rung >= RUNG_LEAVE;
	if (r->collecting && !r->skip_evidence)
		loop_timer(r->loop, BUDGET_MS, on_budget, r);
	run_hurry_settling(r);
	if (r->results == NULL)
		return;
	switch (r->ladder.rung) {
	case RUNG_ORDERLY:
		results_say(r->results, "%s: stopping the tests, saving logs, then removing everything (interrupt again to skip saving)",
		    signal_name(sig));
		break;
	case RUNG_NOW:
		results_say(r->results, "%s: removing everything now (interrupt again to leave it to the cleaner)", signal_name(sig));
		break;
	default:
		results_say(r->results, "%s: the cleaner removes the rest", signal_name(sig));
	}
}

static void
on_deadline(void *arg)
{
	struct run *r = arg;

	r->past_deadline = r->cancel_tests = true;
}

static void
say_line(void *arg, const char *line)
{
	struct run *r = arg;

	results_say(r->results, "%s", line);
}

static void
on_container(void *arg, enum engine_event ev, const char *id, const char *name, const char *type, int exit_code, int64_t at)
{
	struct run *r = arg;

	(void)exit_code;
	if (ev == ENGINE_KILL && !r->cancel_tests && strcmp(type, TYPE_RUNNER) == 0)
		r->runner_killed = true;
	if (ev == ENGINE_DIE && strcmp(type, TYPE_RUNNER) == 0)
		r->heard = r->runner_died = loop_now();
	if (ev == ENGINE_CREATE)
		cleaner_name(r->cleaner, name);
	if (strcmp(type, TYPE_RUNNER) == 0 && (ev == ENGINE_CREATE || ev == ENGINE_DIE))
		cleaner_runner(r->cleaner, ev == ENGINE_CREATE, at);
	if (r->stats != NULL)
		stats_container(r->stats, ev, id, name, type);
}

static void
on_network(void *arg, const char *id, const char *name)
{
	struct run *r = arg;

	(void)name;
	lease_network(&r->lease, id);
	cleaner_network(r->cleaner, id);
}

static void
on_engine(void *arg, bool there)
{
	struct run *r = arg;

	if (there)
		r->engine_back = text_now();
	else
		r->engine_gone = true;
}

static void
on_over(void *arg, const char *name, double mb, double limit)
{
	struct run *r = arg;

	results_say(r->results, "%s holds %.1f MB, over its limit of %.0f MB", name, mb, limit);
	if (strcmp(r->opt->limit_action, "stop") == 0)
		r->over_limit = r->cancel_tests = true;
}

static void
engine_for_foot(void *arg, int *containers, double *memory)
{
	const struct run *r = arg;

	*containers = r->watch != NULL ? engine_watch_up(r->watch) : 0;
	*memory = r->stats != NULL ? stats_total_mb(r->stats) : -1;
}

/* Dead runs go; of those that nobody can judge, but who are not others', what stands still and has nothing that runs
 * beside it. */
static void
clean_before(struct run *r)
{
	struct runs runs;
	struct err e;

	if (runs_list(&r->docker, &runs, &e) == -1) {
		if (!r->cancel_tests)
			results_say(r->results, "old containers are not looked for: %s", e.text);
		return;
	}
	for (size_t i = 0; i < runs.n && !r->cancel_tests; i++) {
		struct run_seen *old = &runs.v[i];
		struct removal rm = { 0 };

		if (strcmp(old->id, r->plan.run_id) == 0)
			continue;
		if (old->owner == OWNER_DEAD) {
			if (runs_remove(&r->docker, old, &rm, &e) == -1)
				results_say(r->results, "dead run %s: %s", old->id, e.text);
			else if (rm.containers + rm.networks_removed > 0)
				results_say(r->results, "removed the dead run %s: %zu containers, %zu networks", old->id,
				    rm.containers, rm.networks_removed);
			for (size_t k = 0; k < rm.n_left; k++)
				results_say(r->results, "dead run %s: %s %s stays: %s", old->id, rm.left[k].kind,
				    rm.left[k].name, rm.left[k].why);
		} else if (old->owner == OWNER_UNKNOWN && !old->foreign && old->running == 0 && old->stopped.n > 0) {
			if (container_remove(&r->docker, &old->stopped, &e) == 0)
				results_say(r->results, "removed %zu stopped containers of run %s (%s)", old->stopped.n, old->id,
				    old->why);
		}
		removal_free(&rm);
	}
	runs_free(&runs);
}

static int
have_image(struct run *r, struct err *e)
{
	char *hint;
	int there = image_exists(&r->docker, r->plan.image, e), got;

	if (there != 0)
		return there == 1 ? 0 : -1;
	hint = xasprintf("name a Go version that has an image with --go-version (this checkout asks for %s)",
	    r->plan.checkout.go);
	got = pull_image(&r->docker, r->plan.image, hint, say_line, r, e);
	free(hint);
	return got;
}

static void
warn(void *arg, const char *line)
{
	(void)arg;
	err_say("%s", line);
}

/* What would make the run fail later is said before anything is made. */
static int
look_around(struct run *r, struct err *e)
{
	struct strs names = { 0 }, refs = { 0 };
	int got;

	r->plan.socket = plan_socket(r->opt->docker_socket, r->docker.endpoint, &r->engine);
	got = preflight(&r->docker, &r->engine, r->plan.socket, warn, r, e);
	if (got == 0)
		got = preflight_images(&r->docker, &names, &refs, e);
	for (size_t i = 0; i < names.n; i++) {
		if (got == -1)
			err_say("%s", e->text);
		got = err_as(e, ERR_NOT_FOUND, "%s: the engine has no image %s: build or load it, or: docker pull %s",
		    names.v[i], refs.v[i], refs.v[i]);
	}
	strs_free(&names);
	strs_free(&refs);
	return got;
}

/* Create run directory, lease, cleaner and console. Once this returned 0, cleanup happens however hi exits. */
static int
begin(struct run *r, struct err *e)
{
	struct plan *p = &r->plan;
	bool tty = env_terminal();
	int got;
	struct cleaner_config cc = { .docker = &r->docker, .run_id = p->run_id, .pattern = p->pattern, .dir = p->dir,
		.image = p->image, .started = p->started, .lease = &r->lease, .history = p->history, .secrets = &p->secrets };
	char *probe = send_probe(p);
	struct results_config rc = { .loop = r->loop, .dir = p->dir, .run_id = p->run_id, .pattern = p->pattern,
		.format = p->format, .out = STDOUT_FILENO, .tty = tty,
		.colour = tty && env_value("NO_COLOR") == NULL,
		.timeout_ms = r->opt->timeout, .slow_ms = r->opt->slow, .history = p->history,
		.write = report_interim, .facts = &r->facts,
		.engine = engine_for_foot, .arg = r };

	/* Until here there was nothing to clean up, and a signal ended hi at once. */
	loop_on_signal(r->loop, on_signal, r);
	if (plan_directory(p, e) == -1 || lease_take(&r->lease, p->run_id, p->pattern, p->dir, p->started, e) == -1)
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
	r->facts = (struct facts){ .image = p->image, .go_version = p->go_version, .engine = r->engine.server_version,
		.hi_version = HI_VERSION, .started = p->started, .postgres = r->opt->postgres,
		.leak_warns = strcmp(r->opt->on_leak, "warn") == 0, .missing = &r->missing };
	return results_new(&rc, &r->results, e);
}

static void
say_top(struct run *r)
{
	const struct plan *p = &r->plan;

	results_say(r->results, "run %s: %s", p->run_id, p->pattern);
	results_say(r->results, "  image %s, database %s, timeout %lld min", p->image,
	    r->opt->postgres ? "PostgreSQL" : "SQLite", (long long)(r->opt->timeout / 60000));
	results_say(r->results, "  logs in %s", p->dir);
	results_say(r->results, "  watch it from elsewhere with: hi logs -f %s", p->run_id);
}

static int
create(struct run *r, struct err *e)
{
	struct container_spec spec;
	int got;

	plan_container(&r->plan, r->opt, r->lease.mark, r->sent, &spec);
	got = container_create(&r->docker, &spec, &r->runner_id, e);
	plan_container_free(&spec);
	if (got == -1 && container_unseen(e, r->plan.socket))
		err_on(e, "name the socket as the engine sees it with --docker-socket");
	return got;
}

static int
create_sent(struct run *r, struct err *e)
{
	size_t left_out;

	results_say(r->results, "  the engine does not see these directories: the checkout is sent to it, the logs are brought back");
	r->sent = true;
	cleaner_sent(r->cleaner);
	if (create(r, e) == -1 || send_checkout(&r->docker, &r->plan, r->runner_id, &left_out, e) == -1)
		return -1;
	if (left_out > 0)
		results_say(r->results, "  %zu file%s whose name holds a line break or a backslash %s not sent", left_out,
		    left_out == 1 ? "" : "s", left_out == 1 ? "was" : "were");
	return 0;
}

/* The checkout is sent only where the engine said that it does not see one of these directories: not where it lacks the
 * socket, and not for any other failure. */
static int
create_runner(struct run *r, struct err *e)
{
	int sees = send_sees_checkout(&r->docker, &r->plan, e);

	if (sees == -1)
		return -1;
	if (sees == 1) {
		if (create(r, e) == 0)
			return 0;
		if (!container_unseen(e, NULL) || container_unseen(e, r->plan.socket))
			return -1;
	}
	return create_sent(r, e);
}

static int
start_runner(struct run *r, struct err *e)
{
	struct engine_watch_config wc = { .docker = &r->docker, .run_id = r->plan.run_id, .since = r->plan.started,
		.on_container = on_container, .on_network = on_network, .on_engine = on_engine, .arg = r };
	struct stats_config sc = { .docker = &r->docker, .dir = r->plan.dir, .hs_limit = r->opt->hs_limit,
		.ts_limit = r->opt->ts_limit, .no_memory = !r->engine.memory_accounting, .no_cpu = !r->engine.can_pause,
		.on_over = on_over, .arg = r };
	bool wants_stats = r->opt->stats || r->opt->hs_limit > 0 || r->opt->ts_limit > 0;
	char *events = file_join(r->plan.dir, "events.json");
	int got = -1;

	wc.path = events;
	if (engine_watch_start(&wc, &r->watch, e) == -1)
		goto out;
	if (wants_stats && stats_start(&sc, &r->stats, e) == -1)
		goto out;
	if (wants_stats && sc.no_memory)
		results_say(r->results, "the engine does not measure the memory%s of containers: none is shown%s",
		    sc.no_cpu ? " and CPU" : "", sc.hs_limit > 0 || sc.ts_limit > 0 ?
		    ", and the memory limits can't be checked" : "");
	FAULT("before-create");
	if (create_runner(r, e) == -1)
		goto out;
	FAULT("created");
	got = container_start(&r->docker, r->runner_id, e);
	FAULT("started");
out:
	free(events);
	return got;
}

static const char *
skip(size_t *left, const char *data, size_t *len)
{
	size_t n = *left < *len ? *left : *len;

	*left -= n;
	*len -= n;
	return data + n;
}

static void
on_out(void *arg, const char *data, size_t len)
{
	struct run *r = arg;

	r->heard = loop_now();
	r->midline = data[len - 1] != '\n';
	data = skip(&r->skip_out, data, &len);
	r->fed_out += len;
	if (len > 0)
		results_feed(r->results, data, len);
}

static void
on_err(void *arg, const char *data, size_t len)
{
	struct run *r = arg;

	r->heard = loop_now();
	data = skip(&r->skip_err, data, &len);
	r->fed_err += len;
	if (len > 0)
		results_feed_err(r->results, data, len);
}

static void
on_logs_end(void *arg, int status)
{
	struct run *r = arg;

	r->follow = NULL;
	r->logs_whole = proc_ok(status) && !r->midline;
	r->logs_ended = true;
}

static int
follow(struct run *r, struct err *e)
{
	struct proc_spec how = { .in = PROC_NULL, .out = PROC_PIPE, .err = PROC_PIPE, .on_out = on_out, .on_err = on_err,
		.on_exit = on_logs_end, .arg = r };

	r->logs_ended = r->midline = false;
	r->heard = loop_now();
	r->skip_out = r->fed_out;
	r->skip_err = r->fed_err;
	r->follow = container_follow(&r->docker, r->runner_id, &how, e);
	return r->follow != NULL ? 0 : -1;
}

static bool
follow_over(void *arg)
{
	struct run *r = arg;

	if (results_console_gone(r->results) && !r->cancel_tests) {
		/* `hi run | head`: what any program dies of, after the cleanup. */
		r->ladder = (struct ladder){ .rung = RUNG_ORDERLY, .signal = SIGPIPE, .at = loop_now() };
		r->cancel_tests = true;
	}
	/* Its reader hangs; the console's tick brings us here. */
	if (r->follow != NULL && r->runner_died != 0 && loop_now() - r->heard > SILENCE_MS) {
		proc_abandon(r->follow);
		on_logs_end(r, -1);
	}
	return r->logs_ended || r->cancel_tests;
}

static void
ended(struct run *r, enum ending ending, const char *why)
{
	r->facts.ending = ending;
	r->facts.why = xstrdup(why);
}

/* How the runner ended, or 1: it runs on. */
static int
ask_end(struct run *r)
{
	int64_t until = loop_now() + ENGINE_WAIT_MS;
	struct container_end end = { 0 };
	int runs_on = 0;
	struct err e;

	while (container_end(&r->docker, r->runner_id, &end, &e) == -1) {
		if (r->cancel_tests)
			return 0;
		if (loop_now() > until) {
			ended(r, END_ENGINE, e.text);
			return 0;
		}
		loop_sleep(r->loop, ASK_MS, &r->cancel_tests);
	}
	r->facts.exit_code = (int)end.exit_code;
	/* One that ended later did so by itself, or on an engine that was never away but for us. It takes calls before it has
	 * ended what it found. */
	if (r->engine_back > 0 && end.exists && end.finished > r->engine_back + RESTORE_MS)
		r->engine_gone = false;
	if (!end.exists)
		r->facts.ending = r->engine_gone ? END_ENGINE : END_REMOVED;
	else if (end.running)
		runs_on = 1;
	else if (end.oom)
		r->facts.ending = END_OOM;
	else if (end.exit_code > 2 || (end.exit_code == 2 && (r->engine_gone || r->runner_killed))) {
		/* go test ends with 0, 1 or 2, with 2 of a TERM too, which is how an engine that ends stops it: whatever
		 * else, somebody killed it, or it did not start. */
		r->facts.ending = r->engine_gone ? END_ENGINE : end.exit_code >= 125 && end.exit_code <= 127 ? END_INFRA :
		    END_REMOVED;
		if (*end.error != '\0')
			r->facts.why = xstrdup(end.error);
	} else {
		r->facts.ending = END_NORMAL;
		r->runner_ended = loop_now();
	}
	container_end_free(&end);
	return runs_on;
}

static void
wait_for_end(struct run *r)
{
	struct err e;
	int again = 0;

	for (int in_vain = 0; in_vain < FOLLOWS && !r->cancel_tests; in_vain++) {
		size_t fed = r->fed_out + r->fed_err;
		int64_t since = loop_now();

		if (follow(r, &e) == -1) {
			ended(r, END_INFRA, e.text);
			return;
		}
		FAULT("following");
		loop_until(r->loop, follow_over, r, -1);
		/* The log's reader may have been killed, or the engine restarted: then it is read again; once more too
		 * where the runner has ended meanwhile, since the end may be missing. */
		if (r->cancel_tests || (ask_end(r) == 0 && (r->logs_whole || r->facts.ending != END_NORMAL || again++ > 0)))
			return;
		if (r->fed_out + r->fed_err > fed || loop_now() - since >= FOLLOWED_MS)
			in_vain = 0;
		loop_sleep(r->loop, ASK_MS, &r->cancel_tests);
	}
	if (!r->cancel_tests)
		ended(r, END_ENGINE, "the runner's log can't be read");
}

static void
carry_out(struct run *r)
{
	struct timer *deadline;
	struct err e;

	r->docker.cancel = &r->cancel_tests;
	if (r->opt->clean_before)
		clean_before(r);
	if (r->cancel_tests)
		return;
	if (have_image(r, &e) == -1 || start_runner(r, &e) == -1) {
		ended(r, END_INFRA, e.text);
		return;
	}
	deadline = loop_timer(r->loop, r->opt->timeout + FAULT_MS("grace", GRACE_MS), on_deadline, r);
	wait_for_end(r);
	if (!r->past_deadline)
		loop_timer_del(deadline);
}

static void
release(struct run *r)
{
	engine_watch_stop(r->watch);
	stats_free(r->stats);
	results_free(r->results);
	lease_close(&r->lease);
	docker_info_free(&r->engine);
	docker_close(&r->docker);
	plan_free(&r->plan);
	strs_free(&r->missing);
	free(r->runner_id);
	free(r->removing);
	free((char *)(uintptr_t)r->facts.why);
	loop_free(r->loop);
}

/* Nothing was made yet: the reason, and the directory away. */
static int
refuse(struct run *r, int code, const struct err *e)
{
	cleaner_end(r->cleaner);
	if (r->lease.path != NULL)
		lease_remove(r->lease.path);
	if (r->plan.made)
		(void)dir_remove(r->plan.dir, NULL);
	if (r->ladder.rung == RUNG_NONE)
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
		code = refuse(&r, usage ? 2 : 3, &e);
	else if (docker_open(&r.docker, r.loop, &e) == -1 || docker_info(&r.docker, &r.engine, &e) == -1 ||
	    look_around(&r, &e) == -1 || begin(&r, &e) == -1)
		code = refuse(&r, 3, &e);
	else {
		say_top(&r);
		carry_out(&r);
		code = run_finish(&r);
	}
	sig = r.ladder.signal;
	release(&r);
	if (sig != 0)
		loop_die_of(sig);
	return code;
}
