#include "cleaner.h"

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
#include "../base/mem.h"

enum { READY_MS = 10000, RESTARTS = 5 };

struct cleaner {
	struct cleaner_config cfg;
	struct loop *loop;
	struct proc *proc;
	int to;			/* -1: none */
	struct watch *watch;
	int from;
	struct buf in;
	struct strs told;	/* every line, for a successor */
	bool ready, ending, done, failed;
	int deaths;
	const char *asked;	/* the removal that is under way */
	struct cleaned *result;
	void (*progress)(void *arg, size_t left);
	void *arg;
	const volatile bool *leave;
	struct err err;
};

static int start(struct cleaner *c, struct err *e);

static void
send_line(struct cleaner *c, const char *line)
{
	/* What it did not get for it has died, its successor gets from the list. */
	if (c->to == -1)
		return;
	(void)file_write_all(c->to, line, strlen(line));
}

static void
tell(struct cleaner *c, const char *key, const char *value)
{
	if (strchr(value, '\n') != NULL)
		return;
	char *line = xasprintf("%s %s\n", key, value);

	if (strs_add_new(&c->told, line))
		send_line(c, line);
	free(line);
}

static void
on_left(struct cleaner *c, char *line)
{
	char *kind = line, *name = strchr(line, '\t'), *why;

	if (name == NULL || c->result == NULL)
		return;
	*name++ = '\0';
	why = strchr(name, '\t');
	if (why == NULL)
		return;
	*why++ = '\0';
	c->result->left = xreallocarray(c->result->left, c->result->n_left + 1, sizeof(struct leak));
	c->result->left[c->result->n_left++] = (struct leak){ xstrdup(kind), xstrdup(name), xstrdup(why) };
}

static void
on_line(struct cleaner *c, char *line)
{
	size_t a, b, v, i;

	if (strcmp(line, "ready") == 0)
		c->ready = true;
	else if (strncmp(line, "left ", 5) == 0)
		on_left(c, line + 5);
	else if (strncmp(line, "progress ", 9) == 0 && c->progress != NULL)
		c->progress(c->arg, strtoul(line + 9, NULL, 10));
	else if (strncmp(line, "failed ", 7) == 0) {
		err_set(&c->err, "%s", line + 7);
		c->failed = true;
	} else if (sscanf(line, "done %zu %zu %zu %zu", &a, &b, &v, &i) == 4) {
		if (c->result != NULL) {
			c->result->containers = a;
			c->result->networks = b;
			c->result->volumes = v;
			c->result->images = i;
		}
		c->done = true;
	}
}

static void
on_answer(void *arg, short revents)
{
	struct cleaner *c = arg;
	char data[4096], *nl;
	ssize_t n = read(c->from, data, sizeof(data));

	(void)revents;
	if (n <= 0) {
		if (n == 0 || (errno != EINTR && errno != EAGAIN)) {
			loop_fd_del(c->watch);
			c->watch = NULL;
		}
		return;
	}
	buf_add(&c->in, data, (size_t)n);
	while ((nl = memchr(c->in.s, '\n', c->in.len)) != NULL) {
		*nl = '\0';
		on_line(c, c->in.s);
		buf_drop(&c->in, (size_t)(nl - c->in.s) + 1);
	}
}

static void
hang_up(struct cleaner *c)
{
	loop_fd_del(c->watch);
	c->watch = NULL;
	if (c->to != -1)
		close(c->to);
	if (c->from != -1)
		close(c->from);
	c->to = c->from = -1;
	buf_reset(&c->in);
}

static void
on_death(void *arg, int status)
{
	struct cleaner *c = arg;
	struct err e;
	char how[64];

	c->proc = NULL;
	c->ready = false;
	if (c->ending)
		return;
	hang_up(c);
	if (++c->deaths > RESTARTS || start(c, &e) == -1) {
		err_set(&c->err, "the cleaner died (%s)", proc_status(status, how, sizeof(how)));
		c->failed = true;
		return;
	}
	if (c->asked != NULL) {
		cleaned_free(c->result);
		send_line(c, c->asked);
	}
}

/* What a cleaner may know of our environment: the way to docker, and nothing that a CI service looks for. */
static void
environment(const struct cleaner_config *cfg, struct strs *out)
{
	static const char *const names[] = { "PATH=", "HOME=", "XDG_RUNTIME_DIR=", "SSH_AUTH_SOCK=", "DOCKER_",
		"TMPDIR=", "LANG=", "HI_FAULT_CLEANER=", "HI_FAULT_REACHED=", NULL };

	for (size_t i = 0; i < cfg->docker->env.n; i++)
		for (const char *const *n = names; *n != NULL; n++)
			if (strncmp(cfg->docker->env.v[i], *n, strlen(*n)) == 0)
				strs_add(out, cfg->docker->env.v[i]);
	for (size_t i = 0; cfg->secrets != NULL && i < cfg->secrets->n; i++)
		strs_addf(out, "HI_SECRET_%zu=%s", i, cfg->secrets->v[i]);
}

static int
start(struct cleaner *c, struct err *e)
{
	int to[2], from[2];
	char *self = proc_self();
	char *argv[] = { self, (char *)(uintptr_t)"cleaner", NULL };
	struct strs env = { 0 };
	struct proc_spec spec = { .argv = argv, .dir = "/", .in = PROC_NULL, .out = PROC_NULL, .err = PROC_NULL,
		.on_exit = on_death, .arg = c, .outlives = true };

	if (pipe(to) == -1) {
		free(self);
		return err_set(e, "pipe: %s", strerror(errno));
	}
	if (pipe(from) == -1) {
		close(to[0]);
		close(to[1]);
		free(self);
		return err_set(e, "pipe: %s", strerror(errno));
	}
	for (int i = 0; i < 2; i++) {
		fcntl(to[i], F_SETFD, FD_CLOEXEC);
		fcntl(from[i], F_SETFD, FD_CLOEXEC);
	}
	/* The child moves its two to 3 and 4: they must not stand there crosswise. */
	for (int i = 0; i < 2; i++) {
		int *fd = i == 0 ? &to[0] : &from[1];
		int up = fcntl(*fd, F_DUPFD, 10);

		close(*fd);
		*fd = up;
		fcntl(up, F_SETFD, FD_CLOEXEC);
	}
	environment(&c->cfg, &env);
	spec.env = env.v;
	spec.extra_fd[0] = to[0];
	spec.extra_fd[1] = from[1];
	c->proc = proc_start(c->loop, &spec, e);
	close(to[0]);
	close(from[1]);
	strs_free(&env);
	free(self);
	c->to = to[1];
	c->from = from[0];
	if (c->proc == NULL) {
		hang_up(c);
		return -1;
	}
	fcntl(c->from, F_SETFL, O_NONBLOCK);
	c->watch = loop_fd(c->loop, c->from, POLLIN, on_answer, c);
	for (size_t i = 0; i < c->told.n; i++)
		send_line(c, c->told.v[i]);
	send_line(c, "hello\n");
	return 0;
}

static bool
is_ready(void *arg)
{
	struct cleaner *c = arg;

	return c->ready || c->failed;
}

int
cleaner_start(const struct cleaner_config *cfg, struct cleaner **out, struct err *e)
{
	struct cleaner *c = xcalloc(1, sizeof(*c));
	char started[32];

	*out = NULL;
	c->cfg = *cfg;
	c->loop = cfg->docker->loop;
	c->to = c->from = -1;
	snprintf(started, sizeof(started), "%lld", (long long)cfg->started);
	tell(c, "run", cfg->run_id);
	tell(c, "dir", cfg->dir);
	tell(c, "lease", cfg->lease);
	tell(c, "image", cfg->image);
	tell(c, "started", started);
	if (start(c, e) == -1) {
		cleaner_leave(c);
		return -1;
	}
	FAULT("cleaner-started");
	if (!loop_until(c->loop, is_ready, c, loop_now() + READY_MS) || c->failed) {
		err_set(e, "the cleaner did not start: %s", c->failed ? "it died" : "no answer from it in 10 s");
		cleaner_leave(c);
		return -1;
	}
	*out = c;
	return 0;
}

pid_t
cleaner_pid(const struct cleaner *c)
{
	return c->proc != NULL ? proc_pid(c->proc) : -1;
}

void
cleaner_network(struct cleaner *c, const char *id)
{
	tell(c, "network", id);
}

void
cleaner_name(struct cleaner *c, const char *name)
{
	tell(c, "name", name);
}

void
cleaner_created(struct cleaner *c, int64_t when)
{
	char s[32];

	snprintf(s, sizeof(s), "%lld", (long long)when);
	tell(c, "started", s);
}

static bool
is_done(void *arg)
{
	struct cleaner *c = arg;

	return c->done || c->failed || (c->leave != NULL && *c->leave);
}

int
cleaner_remove(struct cleaner *c, bool settled, void (*progress)(void *, size_t), void *arg,
    const volatile bool *leave, struct cleaned *out, struct err *e)
{
	*out = (struct cleaned){ 0 };
	c->result = out;
	c->progress = progress;
	c->arg = arg;
	c->leave = leave;
	c->done = c->failed = false;
	c->asked = settled ? "remove settled\n" : "remove\n";
	send_line(c, c->asked);
	loop_until(c->loop, is_done, c, -1);
	c->asked = NULL;
	c->result = NULL;
	c->progress = NULL;
	if (c->done)
		return 0;
	return err_set(e, "%s", c->failed ? c->err.text : "left to the cleaner, which goes on");
}

void
cleaned_free(struct cleaned *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < c->n_left; i++) {
		free((char *)(uintptr_t)c->left[i].kind);
		free((char *)(uintptr_t)c->left[i].name);
		free((char *)(uintptr_t)c->left[i].why);
	}
	free(c->left);
	*c = (struct cleaned){ 0 };
}

static bool
has_gone(void *arg)
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
	send_line(c, "bye\n");
	loop_until(c->loop, has_gone, c, loop_now() + 2000);
	cleaner_leave(c);
}

void
cleaner_leave(struct cleaner *c)
{
	if (c == NULL)
		return;
	c->ending = true;
	hang_up(c);
	strs_free(&c->told);
	buf_free(&c->in);
	/* Its exit may still come while we live: then on_death reads c. The end of hi frees it. */
	if (c->proc == NULL)
		free(c);
}
