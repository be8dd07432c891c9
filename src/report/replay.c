/* hi logs. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/file.h"
#include "../base/mem.h"
#include "report_internal.h"

/* A chunk's lines, escaped six times over, fit the console's queue. */
enum { POLL_MS = 200, BREATH = 256, CHUNK = 16 * 1024 };

static bool
replay_cancelled(const struct replay *p)
{
	return p->cancel != NULL && *p->cancel;
}

int
report_open(const char *dir, const char *name)
{
	char *path = file_join(dir, name);
	int fd = file_open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0), saved = errno;

	free(path);
	errno = saved;
	return fd;
}

static int
replay_open(const struct replay *p, struct err *e)
{
	int fd;

	while ((fd = report_open(p->dir, "go-test.json")) == -1 && errno == ENOENT && p->follow &&
	    p->alive(p->arg) &&
	    !replay_cancelled(p))
		loop_sleep(p->view.loop, POLL_MS, p->cancel);
	return fd != -1 ? fd : err_set(e, "%s/go-test.json: %s: no run of this hi, or its stream is gone",
	    p->dir,
	    strerror(errno));
}

struct pumped {
	const struct replay *p;
	const struct results *r;
};

static bool
replay_may_go_on(void *arg)
{
	const struct pumped *x = arg;

	return x->r->con.q.len == 0 || x->r->con.gone || x->r->con.discard || replay_cancelled(x->p);
}

static void
replay_pump(const struct replay *p, struct results *r)
{
	struct pumped x = { p, r };
	char *chunk = xcalloc(1, CHUNK);
	bool lives;
	ssize_t n;
	int i = 0;

	while (!replay_cancelled(p) && !r->con.gone) {
		/* Asked first: what it writes before it ends is then read for sure. */
		lives = p->follow && p->alive(p->arg);
		while ((n = read(r->stream_fd, chunk, CHUNK)) > 0 && !replay_cancelled(p) && !r->con.gone) {
			results_feed(r, chunk, (size_t)n);
			/* A file can wait for its reader's reader. */
			loop_until(p->view.loop, replay_may_go_on, &x, -1);
			/* Which serves nobody where there is room. */
			if (++i % BREATH == 0)
				loop_sleep(p->view.loop, 1, p->cancel);
		}
		if (!lives)
			break;
		loop_sleep(p->view.loop, POLL_MS, p->cancel);
	}
	free(chunk);
}

int
replay(const struct replay *p, struct err *e)
{
	struct results_config c = p->view;
	struct facts f = { .ending = END_NORMAL };
	struct report rep;
	struct results *r;
	int fd = replay_open(p, e);
	bool known;

	if (fd == -1)
		return -1;
	/* What is there from the run's start on: its pattern. */
	known = report_load(p->dir, &rep, NULL) == 0;
	c.dir = NULL;
	c.pattern = known ? rep.pattern : c.pattern;
	if (results_new(&c, &r, e) == -1) {
		close(fd);
		fd = -1;
	}
	if (known)
		report_free(&rep);
	if (fd == -1)
		return -1;
	r->replay = true;
	r->cancel = p->cancel;
	r->stream_fd = fd;
	replay_pump(p, r);
	(void)results_end(r, &f);
	if (!replay_cancelled(p) && report_load(p->dir, &rep, NULL) == 0) {
		if (rep.finished)
			report_last_words(r, &rep);
		else
			results_say(r, "this run has not finished: hi is still running, or was killed");
		report_free(&rep);
	}
	results_drain(r, -1);
	results_free(r);
	return 0;
}
