/* The runner: the container in which go test runs, from its creation to its end. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "../base/fault.h"
#include "../base/file.h"
#include "../base/mem.h"
#include "../base/text.h"
#include "../docker/image.h"
#include "run_internal.h"
#include "../docker/helper.h"

enum { ENGINE_WAIT_MS = 30000, ASK_MS = 500, SILENCE_MS = 10000, FRUITLESS_MAX = 20, FOLLOWED_MS = 1000,
    RESTORE_MS = 30000, SAID_MAX = 4096 /* bytes */ };

static void
runner_on_container(void *arg, enum engine_event ev, const char *id, const char *name, const char *type,
    int64_t at)
{
	struct run *r = arg;

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
runner_on_network(void *arg, const char *id)
{
	struct run *r = arg;

	lease_network(&r->lease, id);
	cleaner_network(r->cleaner, id);
}

static void
runner_on_engine(void *arg, bool there)
{
	struct run *r = arg;

	if (there)
		r->engine_back = text_now();
	else
		r->engine_gone = true;
}

static void
runner_on_over(void *arg, const char *name, double mb, double limit)
{
	struct run *r = arg;

	results_say(r->results, "%s holds %.1f MB, over its limit of %.0f MB", name, mb, limit);
	if (strcmp(r->opt->limit_action, "stop") == 0)
		r->over_limit = r->cancel_tests = true;
}

static int
runner_create_once(struct run *r, struct err *e)
{
	struct container_spec spec;
	int got;

	plan_container(&r->plan, r->opt, r->lease.mark, r->sent, &spec);
	got = container_create(&r->docker, &spec, &r->runner_id, e);
	plan_container_free(&spec);
	if (got == -1 && e->kind == ERR_NO_SOCKET)
		err_on(e, "name the socket as the engine sees it with --docker-socket");
	return got;
}

static int
runner_create_sent(struct run *r, struct err *e)
{
	size_t left_out;

	if (!r->sent)
		results_say(r->results,
		    "  the engine does not see these directories: the checkout is sent, the logs come back");
	r->sent = true;
	cleaner_sent(r->cleaner);
	if (runner_create_once(r, e) == -1 || send_checkout(&r->docker, &r->plan, r->runner_id, &left_out,
	    e) == -1)
		return -1;
	if (left_out > 0)
		results_say(r->results,
		    "  %zu file%s whose name holds a line break or a backslash %s not sent", left_out,
		    left_out == 1 ? "" : "s", left_out == 1 ? "was" : "were");
	return 0;
}

/* If Podman does not see a directory that it has to mount, it creates an empty one. So this looks for files
 * that should be in ours. 1: they are there; 0: not; -1: docker failed. */
static int
runner_sees_mounts(struct run *r, struct err *e)
{
	char *module = file_join(r->plan.checkout.root, "go.mod");
	int sees = container_has_file(&r->docker, r->runner_id, module, e);

	if (sees == 1)
		sees = container_has_file(&r->docker, r->runner_id, PLAN_CONTROL "/go-test.json", e);
	free(module);
	return sees;
}

/* Creates the runner, and sends the checkout if the engine says that it does not see one of our directories,
 * but not if it lacks the socket or for any other failure. */
static int
runner_create_seen(struct run *r, struct err *e)
{
	bool podman = r->docker.podman;
	int sees = r->sent ? 0 : podman ? 1 : send_sees_checkout(&r->docker, &r->plan, e);

	if (sees == -1)
		return -1;
	if (sees == 1) {
		if (runner_create_once(r, e) == 0) {
			sees = podman ? runner_sees_mounts(r, e) : 1;
			if (sees != 0)
				return sees == 1 ? 0 : -1;
			helper_remove(&r->docker, r->runner_id);
			free(r->runner_id);
			r->runner_id = NULL;
		} else if (e->kind != ERR_NO_PATH)
			return -1;
	}
	return runner_create_sent(r, e);
}

static void
runner_say(void *arg, const char *line)
{
	struct run *r = arg;

	results_say(r->results, "%s", line);
}

/* Creates the runner, and looks for its image only if that failed, because every question to the engine takes
 * time. */
static int
runner_create(struct run *r, struct err *e)
{
	const char *platform = env_value("DOCKER_DEFAULT_PLATFORM");
	struct err why;
	char *hint;
	int got = runner_create_seen(r, e);

	if (got == 0 || image_exists(&r->docker, r->plan.image, &why) != 0) {
		/* Podman says of an image for another platform that it does not exist. */
		if (got == -1 && e->kind == ERR_NOT_FOUND && platform != NULL)
			err_on(e, "DOCKER_DEFAULT_PLATFORM=%s", platform);
		return got;
	}
	hint = xasprintf("name a Go version that has an image with --go-version (this checkout asks for %s)",
	    r->plan.checkout.go);
	got = image_pull(&r->docker, r->plan.image, hint, runner_say, r, e);
	free(hint);
	return got == 0 ? runner_create_seen(r, e) : -1;
}

int
runner_start(struct run *r, struct err *e)
{
	struct engine_watch_config wc = { .docker = &r->docker, .run_id = r->plan.run_id,
	    .since = r->plan.started, .on_container = runner_on_container, .on_network = runner_on_network,
	    .on_engine = runner_on_engine, .arg = r };
	struct stats_config sc = { .docker = &r->docker, .dir = r->plan.dir, .hs_limit = r->opt->hs_limit,
		.ts_limit = r->opt->ts_limit, .no_memory = !r->engine.memory_accounting,
		.no_cpu = !r->engine.can_pause,
		.on_over = runner_on_over, .arg = r };
	bool wants_stats = r->opt->stats || r->opt->hs_limit > 0 || r->opt->ts_limit > 0;
	char *events = file_join(r->plan.dir, "events.json");
	int got = -1;

	wc.path = events;
	if (engine_watch_start(&wc, &r->watch, e) == -1)
		goto out;
	if (wants_stats && stats_start(&sc, &r->stats, e) == -1)
		goto out;
	if (wants_stats && sc.no_memory)
		results_say(r->results,
		    "the engine does not measure the memory%s of containers: none is shown%s",
		    sc.no_cpu ? " and CPU" : "", sc.hs_limit > 0 || sc.ts_limit > 0 ?
		    ", and the memory limits can't be checked" : "");
	FAULT("before-create");
	r->asked = true;
	if (runner_create(r, e) == -1)
		goto out;
	FAULT("created");
	got = container_start(&r->docker, r->runner_id, e);
	FAULT("started");
out:
	free(events);
	return got;
}

static void
runner_feed(struct run *r, struct fed *f, void (*feed)(struct results *r, const char *data, size_t len),
    const char *data, size_t len)
{
	size_t skip = f->again < len ? f->again : len;

	r->heard = loop_now();
	f->again -= skip;
	f->bytes += len - skip;
	if (len > skip)
		feed(r->results, data + skip, len - skip);
}

static void
runner_on_out(void *arg, const char *data, size_t len)
{
	struct run *r = arg;

	r->midline = data[len - 1] != '\n';
	runner_feed(r, &r->out, results_feed, data, len);
}

static void
runner_on_err(void *arg, const char *data, size_t len)
{
	struct run *r = arg;

	buf_tail(&r->follow_said, data, len, SAID_MAX);
	runner_feed(r, &r->err, results_feed_err, data, len);
}

static void
runner_on_logs_end(void *arg, int status)
{
	struct run *r = arg;

	r->follow = NULL;
	r->follow_status = status;
	r->logs_whole = proc_ok(status) && !r->midline;
	r->logs_ended = true;
}

static int
runner_follow(struct run *r, struct err *e)
{
	struct proc_spec how = { .in = PROC_NULL, .out = PROC_PIPE, .err = PROC_PIPE,
		.on_out = runner_on_out, .on_err = runner_on_err,
		.on_exit = runner_on_logs_end, .arg = r };

	buf_reset(&r->follow_said);
	r->logs_ended = r->midline = false;
	r->heard = loop_now();
	r->out.again = r->out.bytes;
	r->err.again = r->err.bytes;
	r->follow = container_follow(&r->docker, r->runner_id, &how, e);
	return r->follow != NULL ? 0 : -1;
}

static bool
runner_follow_over(void *arg)
{
	struct run *r = arg;

	if (results_console_gone(r->results) && !r->cancel_tests) {
		/* `hi run | head`: hi dies of SIGPIPE as any program does, but after the cleanup. */
		r->escalation = (struct escalation){ .step = STEP_ORDERLY, .signal = SIGPIPE,
		    .at = loop_now() };
		r->cancel_tests = true;
	}
	/* The runner is dead, but `docker logs` hangs. (The console's timer wakes the loop.) */
	if (r->follow != NULL && r->runner_died != 0 && loop_now() - r->heard > SILENCE_MS) {
		proc_abandon(r->follow);
		runner_on_logs_end(r, -1);
	}
	return r->logs_ended || r->cancel_tests;
}

/* Finds out how the runner ended; 1: it still runs. */
static int
runner_ask_end(struct run *r)
{
	int64_t until = loop_now() + ENGINE_WAIT_MS;
	struct container_end end = { 0 };
	int runs_on = 0;
	struct err e;

	while (container_end(&r->docker, r->runner_id, &end, &e) == -1) {
		if (r->cancel_tests)
			return 0;
		if (loop_now() > until) {
			run_ended(r, END_ENGINE, e.text);
			return 0;
		}
		loop_sleep(r->loop, ASK_MS, &r->cancel_tests);
	}
	r->facts.exit_code = (int)end.exit_code;
	/* If the runner finished more than RESTORE_MS after the engine came back, the restart did not kill
	 * it. (A restarting engine answers before it has stopped the old containers.) */
	if (r->engine_back > 0 && end.exists && end.finished > r->engine_back + RESTORE_MS)
		r->engine_gone = false;
	if (!end.exists)
		r->facts.ending = r->engine_gone ? END_ENGINE : END_REMOVED;
	else if (end.running)
		runs_on = 1;
	else if (end.oom)
		r->facts.ending = END_OOM;
	else if (end.exit_code > 2 || (end.exit_code == 2 && (r->engine_gone || r->runner_killed))) {
		/* go test exits with 0, 1 or 2; with 2 also on TERM, which an engine that shuts down
		 * sends. Any other status means that somebody killed the runner, or that it did not start. */
		r->facts.ending = r->engine_gone ? END_ENGINE :
		    end.exit_code >= 125 && end.exit_code <= 127 ? END_INFRA : END_REMOVED;
		if (*end.error != '\0')
			r->facts.why = xstrdup(end.error);
	} else {
		r->facts.ending = END_NORMAL;
		r->runner_ended = loop_now();
	}
	container_end_free(&end);
	return runs_on;
}

/* Ends the run because the engine answers but does not show the log; its error text is the reason. */
static void
runner_unreadable(struct run *r)
{
	struct err e;
	char *why;

	container_follow_fail(&r->docker, r->follow_status, buf_str(&r->follow_said), &e);
	why = xasprintf("the runner's log can't be read: %s", e.text);
	run_ended(r, e.kind == ERR_UNREACHABLE ? END_ENGINE : END_INFRA, why);
	free(why);
}

void
runner_wait(struct run *r)
{
	struct err e;
	int again = 0;

	for (int fruitless = 0; fruitless < FRUITLESS_MAX && !r->cancel_tests; fruitless++) {
		size_t fed = r->out.bytes + r->err.bytes;
		int64_t since = loop_now();

		if (runner_follow(r, &e) == -1) {
			run_ended(r, END_INFRA, e.text);
			return;
		}
		FAULT("following");
		loop_until(r->loop, runner_follow_over, r, -1);
		/* `docker logs` may have been killed, or the engine restarted: then the log is read again. If
		 * the runner has ended meanwhile, that is done once, since the log's end may be missing. */
		if (r->cancel_tests || (runner_ask_end(r) == 0 && (r->logs_whole ||
		    r->facts.ending != END_NORMAL || again++ > 0))) {
			if (!r->cancel_tests && r->facts.ending == END_NORMAL && !r->logs_whole &&
			    r->out.bytes == 0)
				runner_unreadable(r);
			return;
		}
		if (r->out.bytes + r->err.bytes > fed || loop_now() - since >= FOLLOWED_MS)
			fruitless = 0;
		loop_sleep(r->loop, ASK_MS, &r->cancel_tests);
	}
	if (!r->cancel_tests)
		runner_unreadable(r);
}
