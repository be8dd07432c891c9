#include <stdlib.h>

#include "../base/lines.h"
#include "../base/mem.h"
#include "../base/text.h"
#include "call.h"
#include "image.h"
#include "login.h"

enum { TRIES = 4, FIRST_WAIT_MS = 1000, SAID_MAX = 64 << 10 };

struct pull {
	struct docker *docker;
	void (*say)(void *arg, const char *line);
	void *arg;
	struct lines lines;
	struct buf said;
	int status;
	bool ended;
};

static void
pull_say(const struct pull *p, const char *line)
{
	char *harmless = text_harmless_dup(line);

	if (*harmless != '\0')
		p->say(p->arg, harmless);
	free(harmless);
}

static void
pull_on_line(void *arg, char *line, size_t len)
{
	(void)len;
	pull_say(arg, line);
}

static void
pull_on_out(void *arg, const char *data, size_t len)
{
	struct pull *p = arg;

	lines_feed(&p->lines, data, len, pull_on_line, p);
}

static void
pull_on_err(void *arg, const char *data, size_t len)
{
	struct pull *p = arg;

	if (p->said.len + len <= SAID_MAX)
		buf_add(&p->said, data, len);
}

static void
pull_on_exit(void *arg, int status)
{
	struct pull *p = arg;

	p->ended = true;
	p->status = status;
}

static bool
pull_over(void *arg)
{
	const struct pull *p = arg;

	return p->ended || (p->docker->cancel != NULL && *p->docker->cancel);
}

/* One attempt: 0, 1 (it failed, and stderr is in p->said) or -1. */
static int
pull_once(struct pull *p, const char *ref, const struct login *l, struct err *e)
{
	struct proc_spec how = { .env = l->config != NULL ? l->env.v : NULL, .in = PROC_NULL,
	    .out = PROC_PIPE, .err = PROC_PIPE, .on_out = pull_on_out, .on_err = pull_on_err,
	    .on_exit = pull_on_exit, .arg = p };
	struct proc *proc = docker_start(p->docker, WORDS("pull", ref), &how, e);

	if (proc == NULL)
		return -1;
	p->ended = false;
	lines_reset(&p->lines);
	buf_reset(&p->said);
	loop_until(p->docker->loop, pull_over, p, -1);
	if (!p->ended) {
		proc_abandon(proc);
		return err_as(e, ERR_INTERRUPTED, "docker pull %s: interrupted", ref);
	}
	return proc_ok(p->status) ? 0 : 1;
}

int
image_pull(struct docker *d, const char *ref, const char *hint, void (*say)(void *, const char *), void *arg,
    struct err *e)
{
	struct pull p = { .docker = d, .say = say, .arg = arg };
	struct login login;
	struct err why;
	int got;

	if (login_open(d, ref, &login, &why) == -1) {
		err_on(&why, "pulling without DOCKERHUB_USERNAME and DOCKERHUB_TOKEN");
		pull_say(&p, why.text);
	}
	for (int try = 1, wait = FIRST_WAIT_MS; (got = pull_once(&p, ref, &login, e)) == 1; try++,
	    wait *= 2) {
		char *reason, *line;

		if (!words_pull_fail(d, ref, hint, buf_str(&p.said), e) || try == TRIES) {
			got = -1;
			break;
		}
		reason = words_reason(buf_str(&p.said));
		line = xasprintf("%s; again in %d s", reason, wait / 1000);
		pull_say(&p, line);
		free(line);
		free(reason);
		loop_sleep(d->loop, wait, d->cancel);
	}
	login_close(&login);
	lines_free(&p.lines);
	buf_free(&p.said);
	return got;
}
