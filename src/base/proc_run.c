#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "mem.h"
#include "proc.h"
#include "system.h"
#include "text.h"

enum { OUT_MAX = 64 << 20, ERR_MAX = 64 << 10 };

struct proc_pool;

struct proc_job {
	struct proc_pool *pool;
	size_t number;
	char *name;		/* of the program, for messages */
	struct proc_run run;
	struct proc_result res;
	struct proc *proc;
	struct timer *timer;
	bool timed_out, cancelled;
};

struct proc_pool {
	struct loop *loop;
	const struct proc_jobs *jobs;
	struct proc_job *v;
	size_t next, running;
};

static void
pool_on_out(void *arg, const char *data, size_t len)
{
	struct proc_job *j = arg;
	size_t max = j->run.limit > 0 ? j->run.limit : OUT_MAX, room = max - j->res.out.len;

	if (j->run.on_out != NULL) {
		j->run.on_out(j->run.arg, data, len);
		return;
	}
	j->res.cut = j->res.cut || len > room;
	buf_add(&j->res.out, data, len < room ? len : room);
}

static void
pool_on_err(void *arg, const char *data, size_t len)
{
	struct proc_job *j = arg;

	buf_tail(&j->res.err, data, len, ERR_MAX);
}

static void
pool_on_timeout(void *arg)
{
	struct proc_job *j = arg;

	j->timer = NULL;
	j->timed_out = true;
	proc_signal(j->proc, SIGKILL);
}

/* Ends a job. rc -1: it did not start, and *e says why. */
static void
pool_end(struct proc_job *j, int rc, struct err *e)
{
	const struct proc_jobs *jobs = j->pool->jobs;

	/* A child that exited with 0 just before it was to be killed did its work. */
	if (rc == 0 && j->timed_out && !proc_ok(j->res.status))
		rc = err_as(e, ERR_TIMED_OUT, "%s: no answer within %lld s", j->name,
		    (long long)(j->run.timeout_ms + 999) / 1000);
	else if (rc == 0 && j->cancelled && !proc_ok(j->res.status))
		rc = err_as(e, ERR_INTERRUPTED, "%s: interrupted", j->name);
	jobs->end(jobs->arg, j->number, rc, &j->res, e);
	proc_result_free(&j->res);
	free(j->name);
	j->name = NULL;
}

static void
pool_on_exit(void *arg, int status)
{
	struct proc_job *j = arg;
	struct err e;

	loop_timer_del(j->timer);
	j->proc = NULL;
	j->res.status = status;
	j->pool->running--;
	pool_end(j, 0, &e);
}

static void
pool_start(struct proc_pool *p, struct proc_job *j)
{
	struct err e;

	if (p->jobs->begin(p->jobs->arg, j->number, &j->run, &e) == 0) {
		struct proc_spec spec = {
			.argv = j->run.argv, .env = j->run.env, .dir = j->run.dir,
			.in = j->run.in > 0 ? j->run.in : PROC_NULL,
			.out = j->run.out > 0 ? j->run.out : PROC_PIPE,
			.err = j->run.err > 0 ? j->run.err : PROC_PIPE,
			.on_out = pool_on_out, .on_err = pool_on_err, .on_exit = pool_on_exit, .arg = j,
		};

		j->name = xstrdup(j->run.argv[0]);
		j->proc = proc_start(p->loop, &spec, &e);
	}
	if (j->proc == NULL) {
		pool_end(j, -1, &e);
		return;
	}
	p->running++;
	if (j->run.timeout_ms > 0)
		j->timer = loop_timer(p->loop, j->run.timeout_ms, pool_on_timeout, j);
}

/* Starts as many jobs as there is room for. True: all have ended. */
static bool
pool_over(void *arg)
{
	struct proc_pool *p = arg;
	bool cancelled = p->jobs->cancel != NULL && *p->jobs->cancel;
	struct err e;

	for (size_t i = 0; cancelled && i < p->next; i++)
		if (p->v[i].proc != NULL && !p->v[i].cancelled) {
			p->v[i].cancelled = true;
			proc_signal(p->v[i].proc, SIGKILL);
		}
	while (p->next < p->jobs->n && (cancelled || p->running < p->jobs->width)) {
		struct proc_job *j = &p->v[p->next];

		*j = (struct proc_job){ .pool = p, .number = p->next++, .res = { .status = -1 } };
		if (cancelled)
			pool_end(j, err_as(&e, ERR_INTERRUPTED, "interrupted"), &e);
		else
			pool_start(p, j);
	}
	return p->next == p->jobs->n && p->running == 0;
}

void
proc_run_many(struct loop *l, const struct proc_jobs *jobs)
{
	struct proc_pool p = { .loop = l, .jobs = jobs };

	p.v = xcalloc(jobs->n, sizeof(*p.v));
	loop_until(l, pool_over, &p, -1);
	free(p.v);
}

struct proc_single {
	const struct proc_run *run;
	struct proc_result *res;
	struct err *e;
	int rc;
};

static int
single_begin(void *arg, size_t job, struct proc_run *r, struct err *e)
{
	const struct proc_single *s = arg;

	(void)job;
	(void)e;
	*r = *s->run;
	return 0;
}

static void
single_end(void *arg, size_t job, int rc, struct proc_result *res, struct err *e)
{
	struct proc_single *s = arg;

	(void)job;
	s->rc = rc;
	*s->res = *res;
	*res = (struct proc_result){ 0 };
	if (rc == -1 && s->e != NULL)
		*s->e = *e;
}

int
proc_run(struct loop *l, const struct proc_run *r, struct proc_result *res, struct err *e)
{
	struct proc_single s = { .run = r, .res = res, .e = e };

	proc_run_many(l, &(struct proc_jobs){ .n = 1, .width = 1, .cancel = r->cancel,
	    .begin = single_begin, .end = single_end, .arg = &s });
	return s.rc;
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
		/* An upgrade may replace the file in mid-run; the link itself still leads to the old one. */
		return xstrdup(access(path, X_OK) == 0 ? path : PROC_DIR "/self/exe");
	}
	return xstrdup(started_as != NULL ? started_as : "hi");
}
