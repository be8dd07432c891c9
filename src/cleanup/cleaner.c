#include "cleanup_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/fault.h"
#include "../base/file.h"
#include "../base/lines.h"
#include "../base/mem.h"
#include "../base/text.h"

enum {
	READY_MS = 10000,
	STALL_MS = 2000,	/* a cleaner that does not read for this long is killed */
	RESTARTS = 5,		/* in a row, while hi waits for the cleaner */
	STEADY_MS = 10000,	/* a cleaner that lived longer begins a new row */
	PAUSE_MS = 100, PAUSE_MAX_MS = 5000,
};

struct cleaner {
	struct cleaner_config cfg;
	struct loop *loop;
	struct proc *proc;
	int to;			/* -1: none */
	struct watch *watch;
	int from;
	struct lines in;
	struct strs told;	/* all lines sent, for its replacement */
	bool ready, ever_ready, ending;
	/* Of the removal asked for; err says why: FAILED, or NONE_LEFT (no cleaner can be started). */
	enum { OPEN, DONE, FAILED, NONE_LEFT } outcome;
	int deaths;		/* in a row */
	int64_t began;		/* loop_now when the last one was started */
	struct timer *retry;
	const char *asked;	/* the request that is under way, or NULL */
	struct removed *result;
	void (*progress)(void *arg, const char *words);
	void *arg;
	const volatile bool *leave;
	struct err err;
};

static void
cleaner_send(struct cleaner *c, const char *line)
{
	struct pollfd p = { .fd = c->to, .events = POLLOUT };
	char *text = xasprintf("%s\n", line);
	size_t len = strlen(text), done = 0;

	/* If it died, its replacement is sent all of c->told again. */
	while (c->to != -1 && done < len) {
		ssize_t n = write(c->to, text + done, len - done);

		if (n > 0)
			done += (size_t)n;
		else if (errno == EAGAIN && poll(&p, 1, STALL_MS) == 0) {
			proc_signal(c->proc, SIGKILL);
			break;
		} else if (errno != EAGAIN && errno != EINTR)
			break;
	}
	free(text);
}

/* Encodes a value for the pipe: one line, even if it holds newlines; the caller frees it. */
static char *
cleaner_encode(const char *value)
{
	struct buf b = { 0 };

	for (; *value != '\0'; value++)
		if (*value == '\n' || *value == '\\')
			buf_puts(&b, *value == '\n' ? "\\n" : "\\\\");
		else
			buf_putc(&b, *value);
	return buf_take(&b);
}

void
cleaner_decode(char *line)
{
	char *to = line;

	for (; *line != '\0'; line++)
		if (*line == '\\' && line[1] != '\0')
			*to++ = *++line == 'n' ? '\n' : *line;
		else
			*to++ = *line;
	*to = '\0';
}

static void
cleaner_tell(struct cleaner *c, const char *key, const char *value)
{
	char *encoded, *line;

	if (c == NULL || value == NULL)
		return;
	encoded = cleaner_encode(value);
	line = xasprintf("%s %s", key, encoded);
	if (strs_add_new(&c->told, line))
		cleaner_send(c, line);
	free(line);
	free(encoded);
}

static void
cleaner_tell_time(struct cleaner *c, const char *key, int64_t at)
{
	char when[32];

	snprintf(when, sizeof(when), "%lld", (long long)at);
	cleaner_tell(c, key, when);
}

static void
cleaner_on_leak(struct cleaner *c, char *line)
{
	char *kind = line, *name = strchr(line, '\t'), *why;

	if (name == NULL || c->result == NULL)
		return;
	*name++ = '\0';
	why = strchr(name, '\t');
	if (why == NULL)
		return;
	*why++ = '\0';
	leak_add(c->result, kind, name, why);
}

static void
cleaner_on_line(void *arg, char *line, size_t len)
{
	struct cleaner *c = arg;
	struct removed *done = c->result;
	const char *words;

	(void)len;
	if (strcmp(line, "ready") == 0)
		c->ready = c->ever_ready = true;
	else if (text_after(line, "left ") != NULL)
		cleaner_on_leak(c, line + strlen("left "));
	else if ((words = text_after(line, "progress ")) != NULL && c->progress != NULL)
		c->progress(c->arg, words);
	else if ((words = text_after(line, "failed ")) != NULL) {
		err_set(&c->err, "%s", words);
		c->outcome = FAILED;
	} else if (done != NULL && sscanf(line, "done %zu %zu %zu %zu", &done->containers, &done->networks,
	    &done->volumes, &done->images) == 4)
		c->outcome = DONE;
}

static void
cleaner_on_answer(void *arg, short revents)
{
	struct cleaner *c = arg;
	char data[4096];
	ssize_t n = read(c->from, data, sizeof(data));

	(void)revents;
	if (n <= 0) {
		if (n == 0 || (errno != EINTR && errno != EAGAIN)) {
			loop_fd_del(c->watch);
			c->watch = NULL;
		}
		return;
	}
	lines_feed(&c->in, data, (size_t)n, cleaner_on_line, c);
}

static void
cleaner_hang_up(struct cleaner *c)
{
	loop_fd_del(c->watch);
	c->watch = NULL;
	if (c->to != -1)
		close(c->to);
	if (c->from != -1)
		close(c->from);
	c->to = c->from = -1;
	lines_reset(&c->in);
}

/* The cleaner's environment: what docker needs and the secrets, but nothing that a CI service looks for. */
static void
cleaner_environment(const struct cleaner_config *cfg, struct strs *out)
{
	static const char *const names[] = { "PATH=", "HOME=", "XDG_RUNTIME_DIR=", "SSH_AUTH_SOCK=",
	    "DOCKER_", "TMPDIR=", "LANG=", "HI_FAULT_REACHED=", NULL };

	for (size_t i = 0; i < cfg->docker->env.n; i++)
		for (const char *const *n = names; *n != NULL; n++)
			if (strncmp(cfg->docker->env.v[i], *n, strlen(*n)) == 0)
				strs_add(out, cfg->docker->env.v[i]);
#ifdef HI_FAULTS
	if (getenv("HI_FAULT_CLEANER") != NULL)
		strs_addf(out, "HI_FAULT=%s", getenv("HI_FAULT_CLEANER"));
#endif
	for (size_t i = 0; cfg->secrets != NULL && i < cfg->secrets->n; i++)
		strs_addf(out, "HI_SECRET_%zu=%s", i, cfg->secrets->v[i]);
}

static void cleaner_respawn(struct cleaner *c, const char *why);

static void
cleaner_on_death(void *arg, int status)
{
	struct cleaner *c = arg;
	char how[64];

	c->proc = NULL;
	if (!c->ending)
		cleaner_respawn(c, proc_status(status, how, sizeof(how)));
}

static int
cleaner_spawn(struct cleaner *c, struct err *e)
{
	int to[2] = { -1, -1 }, from[2];
	char *self = proc_self();
	char *argv[] = { self, (char *)(uintptr_t)"cleaner", NULL };
	struct strs env = { 0 };
	struct proc_spec spec = { .argv = argv, .dir = "/", .in = PROC_NULL, .out = PROC_NULL,
	    .err = PROC_NULL, .on_exit = cleaner_on_death, .arg = c, .outlives = true };

	if (proc_pipe(to) == -1 || proc_pipe(from) == -1) {
		err_errno(e, "pipe");
		for (int i = 0; i < 2; i++)
			if (to[i] != -1)
				close(to[i]);
		free(self);
		return -1;
	}
	cleaner_environment(&c->cfg, &env);
	spec.env = env.v;
	spec.extra_fd[0] = to[0];
	spec.extra_fd[1] = from[1];
	spec.extra_fd[2] = c->cfg.lease->fd;
	c->proc = proc_start(c->loop, &spec, e);
	close(to[0]);
	close(from[1]);
	strs_free(&env);
	free(self);
	c->to = to[1];
	c->from = from[0];
	if (c->proc == NULL) {
		cleaner_hang_up(c);
		return -1;
	}
	c->began = loop_now();
	fcntl(c->to, F_SETFL, O_NONBLOCK);
	fcntl(c->from, F_SETFL, O_NONBLOCK);
	c->watch = loop_fd(c->loop, c->from, POLLIN, cleaner_on_answer, c);
	for (size_t i = 0; i < c->told.n; i++)
		cleaner_send(c, c->told.v[i]);
	cleaner_send(c, "hello");
	if (c->asked != NULL) {
		leaks_free(c->result);
		cleaner_send(c, c->asked);
	}
	return 0;
}

static void
cleaner_on_retry(void *arg)
{
	struct cleaner *c = arg;
	struct err e;

	c->retry = NULL;
	if (cleaner_spawn(c, &e) == -1)
		cleaner_respawn(c, e.text);
}

/* Starts another cleaner: at once, or after a pause if several died in a row. It never gives up while the
 * tests run, but does so after RESTARTS deaths while hi waits for the cleaner. */
static void
cleaner_respawn(struct cleaner *c, const char *why)
{
	int64_t pause = 0;

	cleaner_hang_up(c);
	c->ready = false;
	c->deaths = loop_now() - c->began > STEADY_MS ? 1 : c->deaths + 1;
	if (c->deaths > RESTARTS && (c->asked != NULL || !c->ever_ready)) {
		err_set(&c->err, "the cleaner died (%s)", why);
		c->outcome = NONE_LEFT;
		return;
	}
	for (int i = 1; i < c->deaths && pause < PAUSE_MAX_MS; i++)
		pause = pause == 0 ? PAUSE_MS : pause * 2;
	c->retry = loop_timer(c->loop, pause, cleaner_on_retry, c);
}

static bool
cleaner_is_ready(void *arg)
{
	struct cleaner *c = arg;

	return c->ready || c->outcome == NONE_LEFT || (c->cfg.docker->cancel != NULL &&
	    *c->cfg.docker->cancel);
}

static void
cleaner_free(struct cleaner *c)
{
	c->ending = true;
	cleaner_hang_up(c);
	loop_timer_del(c->retry);
	c->retry = NULL;
	strs_free(&c->told);
	lines_free(&c->in);
	/* If the cleaner exits while hi still runs, cleaner_on_death reads c: then only hi's end frees it. */
	if (c->proc == NULL)
		free(c);
}

int
cleaner_start(const struct cleaner_config *cfg, struct cleaner **out, struct err *e)
{
	struct cleaner *c = xcalloc(1, sizeof(*c));

	*out = NULL;
	c->cfg = *cfg;
	c->loop = cfg->docker->loop;
	c->to = c->from = -1;
	c->began = loop_now();
	cleaner_tell(c, "run", cfg->run_id);
	cleaner_tell(c, "pattern", cfg->pattern);
	cleaner_tell(c, "dir", cfg->dir);
	cleaner_tell_time(c, "began", cfg->started);
	cleaner_tell(c, "lease", cfg->lease->path);
	cleaner_tell(c, "image", cfg->image);
	cleaner_tell(c, "history", cfg->history);
	cleaner_tell(c, "probe", cfg->probe);
	cleaner_tell(c, "endpoint", cfg->docker->endpoint);
	cleaner_tell(c, "engine", cfg->docker->engine_id);
	if (cfg->docker->podman)
		cleaner_tell(c, "podman", "yes");
	if (cleaner_spawn(c, e) == -1) {
		cleaner_free(c);
		return -1;
	}
	FAULT("cleaner-started");
	loop_until(c->loop, cleaner_is_ready, c, loop_now() + READY_MS);
	if (!c->ready) {
		err_set(e, "the cleaner did not start: %s", c->outcome == NONE_LEFT ?
		    c->err.text : "no answer from it in 10 s");
		cleaner_free(c);
		return -1;
	}
	*out = c;
	return 0;
}

void
cleaner_network(struct cleaner *c, const char *id)
{
	cleaner_tell(c, "network", id);
}

void
cleaner_name(struct cleaner *c, const char *name)
{
	cleaner_tell(c, "name", name);
}

void
cleaner_runner(struct cleaner *c, bool begins, int64_t at)
{
	cleaner_tell_time(c, begins ? "created" : "ended", at);
}

void
cleaner_sent(struct cleaner *c)
{
	cleaner_tell(c, "sent", "yes");
}

static bool
cleaner_is_done(void *arg)
{
	struct cleaner *c = arg;

	return c->outcome != OPEN || (c->leave != NULL && *c->leave);
}

/* Removes the run without a cleaner, because none can be started. */
static int
cleaner_remove_ourselves(struct cleaner *c, struct removed *out, struct err *e)
{
	struct removal r = { .docker = c->cfg.docker, .run_id = c->cfg.run_id,
	    .engine = c->cfg.docker->engine_id, .quiet_ms = REMOVAL_QUIET_MS };
	int got;

	for (size_t i = 0; i < c->told.n; i++)
		removal_fact(&r, c->told.v[i]);
	got = removal_run(&r, e);
	if (got == 0) {
		*out = r.removed;
		r.removed = (struct removed){ 0 };
	}
	removal_free(&r);
	return got;
}

int
cleaner_remove(struct cleaner *c, bool settled, void (*progress)(void *, const char *), void *arg,
    const volatile bool *leave, struct removed *out, struct err *e)
{
	*out = (struct removed){ 0 };
	c->result = out;
	c->progress = progress;
	c->arg = arg;
	c->leave = leave;
	c->outcome = OPEN;
	c->deaths = 0;
	c->asked = settled ? "remove settled" : "remove";
	cleaner_send(c, c->asked);
	loop_until(c->loop, cleaner_is_done, c, -1);
	c->asked = NULL;
	c->result = NULL;
	c->progress = NULL;
	switch (c->outcome) {
	case DONE:
		return 0;
	case NONE_LEFT:
		return cleaner_remove_ourselves(c, out, e);
	case FAILED:
		return err_set(e, "%s", c->err.text);
	default:
		return err_set(e, "left to the cleaner, which goes on");
	}
}

static bool
cleaner_is_gone(void *arg)
{
	const struct cleaner *c = arg;

	return c->proc == NULL;
}

void
cleaner_end(struct cleaner *c)
{
	if (c == NULL)
		return;
	c->ending = true;
	cleaner_send(c, "bye");
	loop_until(c->loop, cleaner_is_gone, c, loop_now() + 2000);
	cleaner_free(c);
}

void
cleaner_detach(struct cleaner *c)
{
	if (c == NULL)
		return;
	/* Left open until hi ends, so that the cleaner completes the run's files after hi, not beside it. */
	c->to = -1;
	cleaner_free(c);
}
