/* Reads a run back: its summary, or else its event stream. From these, the files of a run whose hi died or
 * left before it wrote them are completed, and hi logs shows the stream again. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/file.h"
#include "../base/mem.h"
#include "history.h"
#include "report_internal.h"

/* A CHUNK fits the console's queue even if escaping makes it six times as long. */
enum { POLL_MS = 200, BREATH = 256, CHUNK = 16 * 1024 };

int
report_open(const char *dir, const char *name)
{
	char *path = file_join(dir, name);
	int fd = file_open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0), saved = errno;

	free(path);
	errno = saved;
	return fd;
}

/* Makes the report of a stream, and closes fd; without a stream (fd is -1) it has no tests. */
static void
read_stream(int fd, const char *dir, const char *pattern, const struct facts *f, struct report *out)
{
	struct results_config c = { .run_id = file_base(dir), .pattern = pattern, .format = FORMAT_QUIET,
	    .out = -1, .replay = true };
	char chunk[CHUNK];
	struct results *r;
	ssize_t n;

	/* This can only fail if it has files to create. */
	(void)results_new(&c, &r, NULL);
	while (fd != -1 && (n = read(fd, chunk, sizeof(chunk))) > 0)
		results_feed(r, chunk, (size_t)n);
	(void)results_end(r, f);
	report_build(r, f, true, out);
	out->run_id = report_own(out, c.run_id);
	out->pattern = report_own(out, pattern);
	out->dir = report_own(out, dir);
	results_free(r);
	if (fd != -1)
		close(fd);
}

int
report_read(const char *dir, struct report *out, struct err *e)
{
	const struct facts f = { .ending = END_NORMAL, .exit_code = 1 };
	int fd;

	if (report_load(dir, out, e) == 0) {
		if (out->finished)
			return 0;
		report_free(out);
	}
	if ((fd = report_open(dir, "go-test.json")) == -1)
		return err_set(e, "%s: has no summary.json and no go-test.json", dir);
	read_stream(fd, dir, "", &f, out);
	return 0;
}

static void
complete_count(size_t *to, size_t n)
{
	*to = n > *to ? n : *to;
}

int
report_complete(const char *dir, const char *pattern, const char *history, const struct facts *f,
    struct err *e)
{
	struct report old = {0}, rep;
	bool known = report_load(dir, &old, NULL) == 0;
	struct facts all = known ? old.f : *f;
	int rc;

	/* hi counted what was removed until it left; the cleaner's counts include that. */
	complete_count(&all.removed.containers, f->removed.containers);
	complete_count(&all.removed.networks, f->removed.networks);
	complete_count(&all.removed.volumes, f->removed.volumes);
	complete_count(&all.removed.images, f->removed.images);
	all.removed.left = f->removed.left;
	all.removed.n_left = f->removed.n_left;
	for (size_t i = 0; f->missing != NULL && i < f->missing->n; i++)
		strs_add_new(&old.missing, f->missing->v[i]);
	if (old.finished) {
		old.f = all;
		old.page = true;
		rc = report_files(&old, dir, e);
	} else {
		all.ending = f->ending;
		all.signal = f->signal;
		all.why = f->why;
		all.ended = f->ended;
		all.missing = &old.missing;
		read_stream(report_open(dir, "go-test.json"), dir, known ? old.pattern : pattern, &all, &rep);
		rep.page = true;
		rc = report_files(&rep, dir, e);
		if (history != NULL && history_append(history, &rep, rc == 0 ? e : NULL) == -1)
			rc = -1;
		report_free(&rep);
	}
	report_free(&old);
	return rc;
}

struct replay {
	const struct results_config *view;
	bool (*alive)(void *arg);
	void *arg;
};

static bool
replay_cancelled(const struct replay *p)
{
	return p->view->cancel != NULL && *p->view->cancel;
}

static bool
replay_goes_on(const struct replay *p)
{
	return p->alive != NULL && p->alive(p->arg);
}

static int
replay_open(const struct replay *p, struct err *e)
{
	int fd, why = 0;

	while ((fd = report_open(p->view->dir, "go-test.json")) == -1 && (why = errno) == ENOENT &&
	    replay_goes_on(p) && !replay_cancelled(p))
		loop_sleep(p->view->loop, POLL_MS, p->view->cancel);
	return fd != -1 ? fd : err_set(e, "%s/go-test.json: %s: no run of this hi, or its stream is gone",
	    p->view->dir, strerror(why));
}

static void
replay_pump(const struct replay *p, struct results *r, int fd)
{
	char chunk[CHUNK];
	bool goes_on = true;
	ssize_t n;
	int i = 0;

	while (goes_on && !replay_cancelled(p) && !results_console_gone(r)) {
		/* This is asked before reading, so that all that the run wrote before its end is read. */
		goes_on = replay_goes_on(p);
		while ((n = read(fd, chunk, sizeof(chunk))) > 0 && !replay_cancelled(p) &&
		    !results_console_gone(r)) {
			results_feed(r, chunk, (size_t)n);
			/* The stream is a file, so it can wait until the console's reader has caught up. */
			results_await_reader(r, -1);
			/* Without this, a fast reader would keep the loop from serving anything else. */
			if (++i % BREATH == 0)
				loop_sleep(p->view->loop, 1, p->view->cancel);
		}
		if (goes_on)
			loop_sleep(p->view->loop, POLL_MS, p->view->cancel);
	}
}

int
replay(const struct results_config *view, bool (*alive)(void *arg), void *arg, struct err *e)
{
	const struct replay p = { view, alive, arg };
	struct results_config c = *view;
	const struct buf none = {0};
	struct report begin = {0}, end = {0};
	struct results *r;
	int fd = replay_open(&p, e);

	if (fd == -1)
		return -1;
	/* A run's summary holds the pattern from the start on. */
	if (report_load(view->dir, &begin, NULL) == 0)
		c.pattern = begin.pattern;
	c.dir = NULL;
	c.replay = true;
	(void)results_new(&c, &r, NULL);
	replay_pump(&p, r, fd);
	(void)results_end(r, &end.f);
	if (!replay_cancelled(&p) && report_load(view->dir, &end, NULL) == 0 && !end.finished)
		results_say(r, "this run has not finished: hi is still running, or was killed");
	if (end.finished && !replay_cancelled(&p))
		report_show(r, &end, -1);
	else
		results_drain(r, &none, -1);
	results_free(r);
	report_free(&begin);
	report_free(&end);
	close(fd);
	return 0;
}
