#include "call.h"

#include <sys/wait.h>

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "../base/mem.h"
#include "../base/text.h"

/* in: what it reads, 0: nothing. */
static int
attempt(struct docker *d, const char *const *words, int in, struct buf *out, struct buf *said, struct err *e)
{
	struct strs argv = { 0 };
	struct proc_result res = { .status = -1 };
	struct proc_run run;
	int ret;

	strs_add(&argv, "docker");
	strs_addv(&argv, words);
	run = (struct proc_run){ .argv = argv.v, .env = d->env.v, .in = in, .timeout_ms = d->timeout_ms,
		.cancel = d->cancel };
	ret = proc_run(d->loop, &run, &res, e);
	strs_free(&argv);
	if (ret == -1 && e != NULL && e->kind == ERR_NO_COMMAND)
		err_as(e, ERR_NO_COMMAND, "docker: not found in PATH: install Docker "
		    "(https://docs.docker.com/engine/install/)");
	if (ret == 0 && res.cut)
		ret = err_set(e, "docker: an answer of more than %zu bytes", res.out.len);
	else if (ret == 0)
		ret = WIFSIGNALED(res.status) ? 128 + WTERMSIG(res.status) : WEXITSTATUS(res.status);
	if (out != NULL)
		buf_add(out, buf_str(&res.out), res.out.len);
	if (said != NULL)
		buf_add(said, buf_str(&res.err), res.err.len);
	proc_result_free(&res);
	return ret;
}

int
docker_try(struct docker *d, const char *const *words, struct buf *out, struct buf *said, struct err *e)
{
	return attempt(d, words, 0, out, said, e);
}

static int
call(struct docker *d, const char *const *words, int in, struct buf *out, struct err *e)
{
	struct buf said = { 0 };
	int ret = attempt(d, words, in, out, &said, e);

	if (ret > 0)
		ret = words_fail(d, words, ret, buf_str(&said), e);
	buf_free(&said);
	return ret;
}

int
docker_call(struct docker *d, const char *const *words, struct buf *out, struct err *e)
{
	return call(d, words, 0, out, e);
}

int
docker_feed(struct docker *d, const char *const *words, int in, struct err *e)
{
	return call(d, words, in, NULL, e);
}

/* 1: it failed, and every error on stderr has one of the meanings. */
static int
call_unless(struct docker *d, const char *const *words, unsigned meanings, struct buf *out, struct err *e)
{
	struct buf said = { 0 };
	int ret = docker_try(d, words, out, &said, e);
	char *trouble;

	if (ret > 0) {
		trouble = words_other_trouble(buf_str(&said), meanings);
		if (trouble != NULL || said.len == 0)
			ret = words_fail(d, words, ret, trouble != NULL ? trouble : "", e);
		else
			ret = 1;
		free(trouble);
	}
	buf_free(&said);
	return ret;
}

int
docker_ask(struct docker *d, const char *const *words, struct buf *out, struct err *e)
{
	return call_unless(d, words, MEANS_NOT_FOUND, out, e);
}

int
docker_unless(struct docker *d, const char *const *words, unsigned meanings, struct err *e)
{
	return call_unless(d, words, meanings, NULL, e) == -1 ? -1 : 0;
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

	/* Podman's have nanoseconds. */
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

	if (ret == 0)
		ret = docker_each_line(&text, fn, arg, e);
	buf_free(&text);
	return ret;
}

int
docker_each_there(struct docker *d, const char *const *words, void (*fn)(void *, const struct json *),
    void *arg, struct err *e)
{
	struct buf text = { 0 };
	int ret = docker_ask(d, words, &text, e);

	if (ret != -1)
		ret = docker_each_line(&text, fn, arg, e);
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
