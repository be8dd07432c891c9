/* Evidence out of containers. Each piece is written by its child beside the place it
 * is meant for (TO.part) and renamed once it is whole, so that what stands there
 * already is replaced by something complete or not at all. A log that is shorter
 * than the one already there is dropped: it was rotated since, or is another
 * container's. A log that was cut off by its deadline is kept where there is none. */
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/file.h"
#include "../base/mem.h"
#include "call.h"
#include "container.h"
#include "copy.h"

enum { SAID_MAX = 8192, NO_ROOM = 64 << 10 };

struct pool;

/* One child. `docker logs` always reads both streams: one child fetches both where the
 * caller wants both of a container. */
struct job {
	struct pool *pool;
	struct fetch *f, *second;	/* second: FETCH_STDERR beside f's FETCH_STDOUT, or NULL */
	char *part, *second_part;
	struct proc *proc;
	struct timer *timer;
	struct buf said;
	bool timed_out, cancelled;
};

struct pool {
	struct docker *d;
	struct job *jobs;
	size_t n, next, running, width;
};

static bool
is_log(const struct fetch *f)
{
	return f->what == FETCH_STDOUT || f->what == FETCH_STDERR;
}

static void
settle(struct job *j, int result, const struct err *why, bool missing)
{
	struct fetch *both[2] = { j->f, j->second };

	for (int i = 0; i < 2; i++) {
		if (both[i] == NULL || both[i]->result == -1)
			continue;
		both[i]->result = result;
		both[i]->missing = missing;
		if (result == -1)
			both[i]->err = *why;
	}
}

static int
open_part(const char *to, char **part, struct err *e)
{
	int fd;

	*part = xasprintf("%s.part", to);
	unlink(*part);
	fd = file_open(*part, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd == -1)
		err_errno(e, *part);
	return fd;
}

/* Puts a finished file in its place; whole: it is all there is. */
static void
place(struct fetch *f, const char *part, bool whole)
{
	int64_t have = file_size(f->to), got = file_size(part);

	if (whole ? is_log(f) && have > got : have >= 0 || got <= 0) {
		unlink(part);
		return;
	}
	if (rename(part, f->to) == -1) {
		f->result = err_errno(&f->err, f->to);
		unlink(part);
	}
}

static void
discard(struct job *j)
{
	if (j->f->what == FETCH_COPY)
		dir_remove(j->part, NULL);
	else
		unlink(j->part);
	if (j->second_part != NULL)
		unlink(j->second_part);
}

/* The end of a file that docker's own words went to. */
static void
add_tail(struct buf *said, const char *path)
{
	char data[1024];
	int fd = file_open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC, 0);
	ssize_t n = 0;

	if (fd == -1)
		return;
	if (lseek(fd, -(off_t)sizeof(data), SEEK_END) == -1)
		lseek(fd, 0, SEEK_SET);
	n = read(fd, data, sizeof(data));
	if (n > 0)
		buf_add(said, data, (size_t)n);
	close(fd);
}

static const char *
verb_of(const struct fetch *f)
{
	return f->what == FETCH_COPY ? "cp" : f->what == FETCH_EXEC ? "exec" : "logs";
}

static void
failed(struct job *j, int status)
{
	uint64_t room;
	struct err why;
	char *words;

	/* Its words had no room either. */
	if (file_free(j->part, &room, NULL, NULL) == 0 && room < NO_ROOM)
		buf_puts(&j->said, "no space left on device\n");
	else if (j->second != NULL)
		add_tail(&j->said, j->second_part);
	else if (j->f->what == FETCH_STDERR || (j->f->what == FETCH_EXEC && j->said.len == 0))
		add_tail(&j->said, j->part);
	/* What a container printed is no word of docker's. */
	words = words_last(buf_str(&j->said));
	words_fail(j->pool->d, WORDS(verb_of(j->f)), status, words, &why);
	settle(j, -1, &why, why.kind == ERR_NOT_FOUND || why.kind == ERR_NO_PATH);
	free(words);
	discard(j);
}

static void
cut_short(struct job *j)
{
	struct err why;

	if (j->timed_out)
		err_set(&why, "docker %s: not done within %lld s", verb_of(j->f),
		    (long long)(j->f->timeout_ms + 999) / 1000);
	else
		err_set(&why, "docker %s: interrupted", verb_of(j->f));
	settle(j, -1, &why, false);
	if (is_log(j->f))
		place(j->f, j->part, false);
	if (j->second != NULL)
		place(j->second, j->second_part, false);
	discard(j);
}

static void
on_exit_(void *arg, int status)
{
	struct job *j = arg;

	loop_timer_del(j->timer);
	j->timer = NULL;
	j->proc = NULL;
	j->pool->running--;
	if (proc_ok(status)) {
		settle(j, 0, NULL, false);
		if (j->f->what == FETCH_COPY)
			j->f->result = copy_place(j->part, j->f->to, &j->f->err);
		else
			place(j->f, j->part, true);
		if (j->second != NULL)
			place(j->second, j->second_part, true);
	} else if (j->timed_out || j->cancelled) {
		cut_short(j);
	} else {
		failed(j, WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	}
	buf_free(&j->said);
	free(j->part);
	free(j->second_part);
	j->part = j->second_part = NULL;
}

static void
on_err(void *arg, const char *data, size_t len)
{
	struct job *j = arg;

	/* docker's own words come last; before them, of a lone stdout, what the container said. */
	buf_add(&j->said, data, len);
	if (j->said.len > SAID_MAX)
		buf_drop(&j->said, j->said.len - SAID_MAX);
}

static void
on_timeout(void *arg)
{
	struct job *j = arg;

	j->timer = NULL;
	j->timed_out = true;
	proc_signal(j->proc, SIGKILL);
}

static void
job_args(const struct job *j, struct strs *args)
{
	char *absolute;

	strs_add(args, verb_of(j->f));
	switch (j->f->what) {
	case FETCH_STDOUT:
	case FETCH_STDERR:
		strs_add(args, j->f->id);
		break;
	case FETCH_COPY:
		/* A relative one that holds a colon would name a container. */
		absolute = file_absolute(j->part);
		strs_addf(args, "%s:%s", j->f->id, j->f->path);
		strs_addf(args, "%s/", absolute);
		free(absolute);
		break;
	case FETCH_EXEC:
		strs_add(args, j->f->id);
		strs_addv(args, j->f->command);
		break;
	}
}

/* Where the child is to write; a copy's part is a directory. */
static int
open_places(struct job *j, int *fd, int *second, struct err *e)
{
	if (j->f->what == FETCH_COPY) {
		j->part = xasprintf("%s.part", j->f->to);
		dir_remove(j->part, NULL);
		if (mkdir(j->part, 0700) == -1)
			return err_errno(e, j->part);
		return 0;
	}
	*fd = open_part(j->f->to, &j->part, e);
	if (*fd != -1 && j->second != NULL)
		*second = open_part(j->second->to, &j->second_part, e);
	return *fd == -1 || (j->second != NULL && *second == -1) ? -1 : 0;
}

static void
start(struct pool *p, struct job *j)
{
	struct proc_spec how = { .in = PROC_NULL, .out = PROC_NULL, .err = PROC_PIPE, .on_err = on_err,
		.on_exit = on_exit_, .arg = j };
	struct strs args = { 0 };
	int fd = -1, second = -1;
	struct err why;

	if (open_places(j, &fd, &second, &why) == 0) {
		if (j->f->what == FETCH_STDERR) {
			how.err = fd;
		} else if (j->f->what != FETCH_COPY) {
			how.out = fd;
			if (second != -1)
				how.err = second;
		}
		job_args(j, &args);
		j->proc = docker_start(p->d, strs_words(&args), &how, &why);
		strs_free(&args);
	}
	if (fd != -1)
		close(fd);
	if (second != -1)
		close(second);
	if (j->proc == NULL) {
		settle(j, -1, &why, false);
		discard(j);
		free(j->part);
		free(j->second_part);
		return;
	}
	p->running++;
	if (j->f->timeout_ms > 0)
		j->timer = loop_timer(p->d->loop, j->f->timeout_ms, on_timeout, j);
}

static bool
all_done(void *arg)
{
	struct pool *p = arg;
	bool cancel = p->d->cancel != NULL && *p->d->cancel;
	struct err why;

	for (size_t i = 0; cancel && i < p->next; i++) {
		if (p->jobs[i].proc == NULL || p->jobs[i].cancelled)
			continue;
		p->jobs[i].cancelled = true;
		proc_signal(p->jobs[i].proc, SIGKILL);
	}
	while (p->next < p->n && (cancel || p->running < p->width)) {
		struct job *j = &p->jobs[p->next++];

		if (!cancel) {
			start(p, j);
			continue;
		}
		err_set(&why, "docker %s: interrupted", verb_of(j->f));
		settle(j, -1, &why, false);
	}
	return p->next == p->n && p->running == 0;
}

/* The job that is to fetch what f's container said on stdout, if it has no second yet. */
static struct job *
partner(const struct pool *p, const struct fetch *f)
{
	for (size_t i = p->n; i > 0 && f->what == FETCH_STDERR; i--) {
		struct job *j = &p->jobs[i - 1];

		if (j->f->what == FETCH_STDOUT && j->second == NULL && strcmp(j->f->id, f->id) == 0)
			return j;
	}
	return NULL;
}

void
container_fetch(struct docker *d, struct fetch *f, size_t n, size_t width)
{
	struct pool p = { .d = d, .width = width > 0 ? width : 1 };
	struct job *first;

	p.jobs = xcalloc(n > 0 ? n : 1, sizeof(*p.jobs));
	for (size_t i = 0; i < n; i++) {
		f[i].result = 0;
		f[i].missing = false;
		f[i].err.text[0] = '\0';
		first = partner(&p, &f[i]);
		if (first != NULL)
			first->second = &f[i];
		else
			p.jobs[p.n++] = (struct job){ .pool = &p, .f = &f[i] };
	}
	loop_until(d->loop, all_done, &p, -1);
	free(p.jobs);
}
