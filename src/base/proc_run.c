#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "mem.h"
#include "proc.h"
#include "system.h"
#include "text.h"

enum { LIMIT = 64 << 20 };

struct batch;

struct job {
	struct batch *batch;
	const struct proc_run *run;
	struct proc_result *res;
	struct err *err;
	struct proc *proc;
	struct timer *timer;
	bool done;
};

struct batch {
	struct loop *loop;
	struct job *jobs;
	size_t n, next, running, width;
};

static void
capture(struct proc_result *res, struct buf *b, const char *data, size_t len, size_t limit)
{
	size_t room = b->len < limit ? limit - b->len : 0;

	if (len > room) {
		res->cut = true;
		len = room;
	}
	if (len > 0)
		buf_add(b, data, len);
}

static void
on_out(void *arg, const char *data, size_t len)
{
	struct job *j = arg;

	capture(j->res, &j->res->out, data, len, j->run->limit ? j->run->limit : LIMIT);
}

static void
on_err(void *arg, const char *data, size_t len)
{
	struct job *j = arg;
	bool cut = j->res->cut;

	capture(j->res, &j->res->err, data, len, 1 << 20);
	j->res->cut = cut;
}

static void
on_timeout(void *arg)
{
	struct job *j = arg;

	j->timer = NULL;
	j->res->timed_out = true;
	proc_signal(j->proc, SIGKILL);
}

static void
on_exit_(void *arg, int status)
{
	struct job *j = arg;

	loop_timer_del(j->timer);
	j->timer = NULL;
	j->proc = NULL;
	j->res->status = status;
	j->done = true;
	j->batch->running--;
}

static void
start(struct batch *b, struct job *j)
{
	struct proc_spec spec = {
		.argv = j->run->argv, .env = j->run->env, .dir = j->run->dir,
		.in = j->run->in > 0 ? j->run->in : PROC_NULL, .out = j->run->out > 0 ? j->run->out : PROC_PIPE, .err = PROC_PIPE,
		.on_out = on_out, .on_err = on_err, .on_exit = on_exit_, .arg = j,
	};

	j->proc = proc_start(b->loop, &spec, j->err);
	if (j->proc == NULL) {
		j->done = true;
		return;
	}
	b->running++;
	if (j->run->timeout_ms > 0)
		j->timer = loop_timer(b->loop, j->run->timeout_ms, on_timeout, j);
}

static bool
cancelled(const struct job *j)
{
	return j->run->cancel != NULL && *j->run->cancel;
}

/* Starts what there is room for; true when all have ended. */
static bool
all_done(void *arg)
{
	struct batch *b = arg;

	for (size_t i = 0; i < b->n; i++) {
		struct job *j = &b->jobs[i];

		if (j->done || j->res->cancelled || !cancelled(j))
			continue;
		j->res->cancelled = true;
		if (j->proc != NULL)
			proc_signal(j->proc, SIGKILL);
		else
			j->done = true;
	}
	while (b->next < b->n && b->running < b->width) {
		struct job *j = &b->jobs[b->next++];

		if (!j->done)
			start(b, j);
	}
	return b->next == b->n && b->running == 0;
}

static void
judge(const struct job *j)
{
	const char *name;
	char how[64];

	if (j->run->argv == NULL)
		return;
	name = j->run->argv[0];
	if (j->res->timed_out)
		err_as(j->err, ERR_TIMED_OUT, "%s: no answer within %lld s", name,
		    (long long)(j->run->timeout_ms + 999) / 1000);
	else if (j->res->cancelled)
		err_as(j->err, ERR_INTERRUPTED, "%s: interrupted", name);
	else if (j->res->status != -1 && !proc_ok(j->res->status))
		err_set(j->err, "%s: %s", name, proc_status(j->res->status, how, sizeof(how)));
}

void
proc_run_many(struct loop *l, const struct proc_run *r, struct proc_result *res, struct err *errs, size_t n,
    size_t width)
{
	struct batch b = { .loop = l, .n = n, .width = width ? width : 1 };

	b.jobs = xcalloc(n ? n : 1, sizeof(*b.jobs));
	for (size_t i = 0; i < n; i++) {
		res[i] = (struct proc_result){ .status = -1 };
		b.jobs[i] = (struct job){ .batch = &b, .run = &r[i], .res = &res[i],
			.err = errs != NULL ? &errs[i] : NULL, .done = r[i].argv == NULL };
	}
	loop_until(l, all_done, &b, -1);
	for (size_t i = 0; i < n; i++)
		judge(&b.jobs[i]);
	free(b.jobs);
}

int
proc_run(struct loop *l, const struct proc_run *r, struct proc_result *res, struct err *e)
{
	proc_run_many(l, r, res, e, 1, 1);
	return res->status == -1 || res->timed_out || res->cancelled ? -1 : 0;
}

void
proc_result_free(struct proc_result *r)
{
	buf_free(&r->out);
	buf_free(&r->err);
}

static char *started_as;

void
proc_started_as(const char *argv0)
{
	const char *at = env_value("PATH");
	size_t len;

	free(started_as);
	started_as = strchr(argv0, '/') != NULL ? file_absolute(argv0) : NULL;
	for (; started_as == NULL && at != NULL && *at != '\0'; at += len + (at[len] == ':')) {
		char *dir, *path;

		len = strcspn(at, ":");
		dir = xstrndup(at, len);
		path = file_join(dir, argv0);
		if (access(path, X_OK) == 0)
			started_as = file_absolute(path);
		free(dir);
		free(path);
	}
}

char *
proc_self(void)
{
	char path[4096];
	ssize_t n = readlink(PROC_DIR "/self/exe", path, sizeof(path) - 1);

	if (n > 0) {
		path[n] = '\0';
		/* An upgrade in the middle of a run; the link itself still leads to the old file. */
		return xstrdup(access(path, X_OK) == 0 ? path : PROC_DIR "/self/exe");
	}
	return xstrdup(started_as != NULL ? started_as : "hi");
}
