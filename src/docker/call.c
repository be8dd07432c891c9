#include "call.h"

#include <sys/wait.h>

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "../base/mem.h"
#include "../base/text.h"

/* What proc_run is to be given for one docker command; argv is the caller's to free. */
static struct proc_run
call_prepare(const struct docker *d, const struct docker_command *c, struct strs *argv)
{
	strs_free(argv);
	strs_add(argv, "docker");
	strs_addv(argv, c->words);
	return (struct proc_run){ .argv = argv->v, .env = c->env != NULL ? c->env : d->env.v, .in = c->in,
	    .out = c->out, .err = c->err, .timeout_ms = c->timeout_ms != 0 ? c->timeout_ms : d->timeout_ms,
	    .cancel = d->cancel, .on_out = c->on_out, .arg = c->arg };
}

/* The exit status of a docker command of which proc_run returned rc, as docker_try returns it. */
static int
call_status(int rc, const struct proc_result *res, struct err *e)
{
	if (rc == -1 && e->kind == ERR_NO_COMMAND)
		return err_as(e, ERR_NO_COMMAND, "docker: not found in PATH: install Docker "
		    "(https://docs.docker.com/engine/install/)");
	if (rc == 0 && res->cut)
		return err_set(e, "docker: an answer of more than %zu bytes", res->out.len);
	if (rc == 0)
		rc = WIFSIGNALED(res->status) ? 128 + WTERMSIG(res->status) : WEXITSTATUS(res->status);
	return rc;
}

struct call_pool {
	struct docker *d;
	const struct docker_jobs *jobs;
	struct strs argv;
};

static int
call_pool_begin(void *arg, size_t job, struct proc_run *r, struct err *e)
{
	struct call_pool *p = arg;
	struct docker_command c = { 0 };

	if (p->jobs->begin(p->jobs->arg, job, &c, e) == -1)
		return -1;
	*r = call_prepare(p->d, &c, &p->argv);
	return 0;
}

static void
call_pool_end(void *arg, size_t job, int rc, struct proc_result *res, struct err *e)
{
	struct call_pool *p = arg;

	p->jobs->end(p->jobs->arg, job, call_status(rc, res, e), res, e);
}

void
docker_run_many(struct docker *d, const struct docker_jobs *jobs)
{
	struct call_pool p = { .d = d, .jobs = jobs };

	proc_run_many(d->loop, &(struct proc_jobs){ .n = jobs->n, .width = jobs->width, .cancel = d->cancel,
	    .begin = call_pool_begin, .end = call_pool_end, .arg = &p });
	strs_free(&p.argv);
}

int
docker_try(struct docker *d, const struct docker_command *c, struct buf *out, struct buf *said, struct err *e)
{
	struct strs argv = { 0 };
	struct proc_run run = call_prepare(d, c, &argv);
	struct proc_result res;
	int status = call_status(proc_run(d->loop, &run, &res, e), &res, e);

	if (out != NULL)
		buf_add(out, buf_str(&res.out), res.out.len);
	buf_add(said, buf_str(&res.err), res.err.len);
	proc_result_free(&res);
	strs_free(&argv);
	return status;
}

int
docker_run(struct docker *d, const struct docker_command *c, struct buf *out, struct err *e)
{
	struct buf said = { 0 };
	int status = docker_try(d, c, out, &said, e);

	if (status > 0)
		words_fail(d, c->words, status, buf_str(&said), e);
	buf_free(&said);
	return status == 0 ? 0 : -1;
}

int
docker_call(struct docker *d, const char *const *words, struct buf *out, struct err *e)
{
	return docker_run(d, &(struct docker_command){ .words = words }, out, e);
}

struct proc *
docker_start(struct docker *d, const char *const *words, const struct proc_spec *how, struct err *e)
{
	struct proc_spec spec = *how;
	struct strs argv = { 0 };
	struct proc *p;

	strs_add(&argv, "docker");
	strs_addv(&argv, words);
	spec.argv = argv.v;
	if (spec.env == NULL)
		spec.env = d->env.v;
	p = proc_start(d->loop, &spec, e);
	strs_free(&argv);
	return p;
}

int64_t
docker_time(const char *s)
{
	char iso[48];
	size_t fraction;

	/* Podman's times have nanoseconds. */
	if (strlen(s) < 25 || s[10] != ' ' || (fraction = strcspn(s + 19, " ")) > 10 ||
	    strlen(s + 19 + fraction) < 6)
		return -1;
	snprintf(iso, sizeof(iso), "%.10sT%.*s%.3s:%.2s", s, (int)(8 + fraction), s + 11, s + 20 + fraction,
	    s + 23 + fraction);
	return text_parse_time(iso);
}

char *
docker_member(const struct json *j, int obj, const char *key)
{
	char *s = json_dup_member(j, obj, key);

	return s != NULL ? s : xstrdup("");
}

int64_t
docker_member_time(const struct json *j, int obj, const char *key)
{
	char *s = docker_member(j, obj, key);
	int64_t ms = text_parse_time(s);

	free(s);
	return ms < 0 ? -1 : ms;
}

int
docker_each_line(const struct buf *text, void (*fn)(void *arg, const struct json *j), void *arg,
    struct err *e)
{
	struct json j = { 0 };
	int ret = 0;

	for (const char *line = buf_str(text); *line != '\0' && ret == 0;) {
		size_t len = strcspn(line, "\n");

		if (len > 0 && json_parse(&j, line, len) == -1)
			ret = err_set(e, "docker: an answer that is not JSON: %.*s",
			    len > 200 ? 200 : (int)len, line);
		else if (len > 0)
			fn(arg, &j);
		line += len + (line[len] == '\n');
	}
	json_free(&j);
	return ret;
}

int
docker_each(struct docker *d, const char *const *words, void (*fn)(void *, const struct json *), void *arg,
    struct err *e)
{
	struct buf text = { 0 };
	int ret = docker_call(d, words, &text, e);

	if ((ret == 0 || e->kind == ERR_NOT_FOUND) && docker_each_line(&text, fn, arg, e) == -1)
		ret = -1;
	buf_free(&text);
	return ret;
}

void
docker_mount_field(struct buf *mount, const char *key, const char *value)
{
	if (mount->len > 0)
		buf_putc(mount, ',');
	buf_printf(mount, "\"%s=", key);
	for (; *value != '\0'; value++) {
		if (*value == '"')
			buf_putc(mount, '"');
		buf_putc(mount, *value);
	}
	buf_putc(mount, '"');
}
