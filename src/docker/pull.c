#include <stdlib.h>

#include "../base/lines.h"
#include "../base/mem.h"
#include "../base/text.h"
#include "call.h"
#include "image.h"
#include "login.h"

enum { TRIES = 4, FIRST_WAIT_MS = 1000 };

struct pull {
	void (*say)(void *arg, const char *line);
	void *arg;
	struct lines lines;
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

int
image_pull(struct docker *d, const char *ref, const char *hint, void (*say)(void *, const char *), void *arg,
    struct err *e)
{
	struct pull p = { .say = say, .arg = arg };
	struct docker_command pull = { .words = WORDS("pull", ref), .timeout_ms = -1, .on_out = pull_on_out,
		.arg = &p };
	struct buf said = { 0 };
	struct login login;
	struct err why;
	int got;

	if (login_open(d, ref, &login, &why) == -1) {
		err_on(&why, "pulling without DOCKERHUB_USERNAME and DOCKERHUB_TOKEN");
		pull_say(&p, why.text);
	}
	if (login.config != NULL)
		pull.env = login.env.v;
	for (int try = 1, wait = FIRST_WAIT_MS; (got = docker_try(d, &pull, NULL, &said, e)) > 0; try++,
	    wait *= 2) {
		char *reason, *line;

		if (!words_pull_fail(d, ref, hint, buf_str(&said), e) || try == TRIES) {
			got = -1;
			break;
		}
		reason = words_reason(buf_str(&said));
		line = xasprintf("%s; again in %d s", reason, wait / 1000);
		pull_say(&p, line);
		free(line);
		free(reason);
		lines_reset(&p.lines);
		buf_reset(&said);
		loop_sleep(d->loop, wait, d->cancel);
	}
	login_close(&login);
	lines_free(&p.lines);
	buf_free(&said);
	return got;
}
