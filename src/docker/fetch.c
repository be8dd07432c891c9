/* Fetches evidence out of containers. A child writes each piece to TO.part, which is
 * renamed to TO once it is whole, so that an older TO is replaced by something complete
 * or not at all. A log that is shorter than the one already there is dropped: it was
 * rotated since, or is another container's. A log that was cut off by its deadline is
 * kept if there is no other. */
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/file.h"
#include "../base/mem.h"
#include "call.h"
#include "container.h"

enum { NO_ROOM = 64 << 10 };

/* One child. `docker logs` always reads both streams, so one child fetches both if the
 * caller wants both of a container. */
struct fetch_job {
	struct fetch *f[2];	/* the second: FETCH_STDERR beside the first's FETCH_STDOUT, or NULL */
	char *part[2];
	int fd[2];		/* of the parts; -1: none */
};

struct fetch_pool {
	struct docker *docker;
	struct fetch_job *v;
	size_t n;
	struct strs args;
};

static bool
fetch_is_log(const struct fetch *f)
{
	return f->what == FETCH_STDOUT || f->what == FETCH_STDERR;
}

static const char *
fetch_verb(const struct fetch *f)
{
	return f->what == FETCH_COPY ? "cp" : f->what == FETCH_EXEC ? "exec" : "logs";
}

/* Creates what the child is to write to: a directory for a copy, else a file. */
static int
fetch_open_parts(struct fetch_job *j, struct err *e)
{
	for (int i = 0; i < 2 && j->f[i] != NULL; i++) {
		j->part[i] = xasprintf("%s.part", j->f[i]->to);
		(void)dir_remove(j->part[i], NULL);
		if (j->f[i]->what == FETCH_COPY) {
			if (mkdir(j->part[i], 0700) == -1)
				return err_errno(e, j->part[i]);
			continue;
		}
		j->fd[i] = file_open(j->part[i], O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
		if (j->fd[i] == -1)
			return err_errno(e, j->part[i]);
	}
	return 0;
}

static int
fetch_begin(void *arg, size_t job, struct docker_command *c, struct err *e)
{
	struct fetch_pool *p = arg;
	struct fetch_job *j = &p->v[job];
	const struct fetch *f = j->f[0];

	if (fetch_open_parts(j, e) == -1)
		return -1;
	strs_free(&p->args);
	strs_add(&p->args, fetch_verb(f));
	if (f->what == FETCH_COPY) {
		/* docker cp would take a relative path with a colon for one in a container. */
		char *absolute = file_absolute(j->part[0]);

		strs_addf(&p->args, "%s:%s", f->id, f->path);
		strs_addf(&p->args, "%s/", absolute);
		free(absolute);
	} else {
		strs_add(&p->args, f->id);
		c->out = f->what == FETCH_STDERR ? 0 : j->fd[0];
		c->err = f->what == FETCH_STDERR ? j->fd[0] : j->fd[1] != -1 ? j->fd[1] : 0;
	}
	if (f->what == FETCH_EXEC)
		strs_addv(&p->args, f->command);
	c->words = strs_words(&p->args);
	c->timeout_ms = f->timeout_ms > 0 ? f->timeout_ms : -1;
	return 0;
}

/* Makes path ours to read and remove. False: it is neither a file nor a directory, and was removed. */
static bool
copy_make_ours(const char *path)
{
	struct strs names = { 0 };
	struct stat st;
	char *below;

	if (lstat(path, &st) == -1)
		return false;
	if (S_ISREG(st.st_mode)) {
		chmod(path, (st.st_mode & 0755) | 0600);
		return true;
	}
	if (!S_ISDIR(st.st_mode)) {
		unlink(path);
		return false;
	}
	chmod(path, (st.st_mode & 0755) | 0700);
	dir_names(path, &names, NULL);
	for (size_t i = 0; i < names.n; i++) {
		below = file_join(path, names.v[i]);
		(void)copy_make_ours(below);
		free(below);
	}
	strs_free(&names);
	return true;
}

int
copy_place(const char *part, const char *name, const char *to, struct err *e)
{
	struct strs names = { 0 };
	char *from = NULL;
	int ret = 0;

	if (dir_names(part, &names, e) == -1)
		ret = -1;
	else if (names.n == 0)
		ret = err_set(e, "docker cp: brought nothing of %s", name);
	if (ret == 0) {
		from = names.n == 1 && strcmp(names.v[0], name) == 0 ? file_join(part, name) : xstrdup(part);
		if (!copy_make_ours(from))
			ret = err_set(e, "docker cp: %s is a link or a special file: refused", name);
		else if (rename(from, to) == -1)
			ret = errno == ENOTEMPTY || errno == EEXIST ?
			    err_set(e, "%s: is there already, and is kept as it is", to) :
			    err_errno(e, to);
	}
	free(from);
	strs_free(&names);
	dir_remove(part, NULL);
	return ret;
}

/* Moves a part to its place; whole: it was not cut off. */
static void
fetch_place(struct fetch *f, const char *part, bool whole)
{
	int64_t have = file_size(f->to), got = file_size(part);

	if (f->what == FETCH_COPY)
		f->result = copy_place(part, file_base(f->path), f->to, &f->err);
	else if ((whole ? !fetch_is_log(f) || have <= got : have < 0 && got > 0) && rename(part, f->to) == -1)
		f->result = err_errno(&f->err, f->to);
}

/* Appends the end of a file that docker's own message went to. */
static void
fetch_add_tail(struct buf *said, const char *path)
{
	char data[1024];
	int fd = file_open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC, 0);
	ssize_t n;

	if (fd == -1)
		return;
	if (lseek(fd, -(off_t)sizeof(data), SEEK_END) == -1)
		lseek(fd, 0, SEEK_SET);
	n = read(fd, data, sizeof(data));
	buf_add(said, data, n > 0 ? (size_t)n : 0);
	close(fd);
}

/* Makes an error of docker's message, wherever that went. */
static void
fetch_fail(const struct fetch_pool *p, const struct fetch_job *j, int status, const struct buf *err,
    struct err *e)
{
	struct buf said = { 0 };
	uint64_t room;
	char *words;

	buf_add(&said, buf_str(err), err->len);
	/* On a full disk the message itself had no room either. */
	if (file_free_space(j->part[0], &room, NULL, NULL) == 0 && room < NO_ROOM)
		buf_puts(&said, "no space left on device\n");
	else if (j->f[1] != NULL)
		fetch_add_tail(&said, j->part[1]);
	else if (j->f[0]->what == FETCH_STDERR || (j->f[0]->what == FETCH_EXEC && said.len == 0))
		fetch_add_tail(&said, j->part[0]);
	/* Only the last line is docker's: those before it may be the container's output. */
	words = words_last(buf_str(&said));
	words_fail(p->docker, WORDS(fetch_verb(j->f[0])), status, words, e);
	free(words);
	buf_free(&said);
}

static void
fetch_end(void *arg, size_t job, int status, const struct proc_result *res, struct err *e)
{
	const struct fetch_pool *p = arg;
	struct fetch_job *j = &p->v[job];
	bool cut_short = status == -1 && (e->kind == ERR_TIMED_OUT || e->kind == ERR_INTERRUPTED);

	if (status > 0)
		fetch_fail(p, j, status, &res->err, e);
	else if (cut_short && e->kind == ERR_TIMED_OUT)
		err_as(e, ERR_TIMED_OUT, "docker %s: not done within %lld s", fetch_verb(j->f[0]),
		    (long long)(j->f[0]->timeout_ms + 999) / 1000);
	else if (cut_short)
		err_as(e, ERR_INTERRUPTED, "docker %s: interrupted", fetch_verb(j->f[0]));
	for (int i = 0; i < 2 && j->f[i] != NULL; i++) {
		struct fetch *f = j->f[i];

		f->result = status == 0 ? 0 : -1;
		if (status != 0)
			f->err = *e;
		f->missing = status > 0 && (e->kind == ERR_NOT_FOUND || e->kind == ERR_NO_PATH);
		if (j->part[i] != NULL && (status == 0 || (cut_short && fetch_is_log(f))))
			fetch_place(f, j->part[i], status == 0);
		if (j->part[i] != NULL)
			(void)dir_remove(j->part[i], NULL);
		if (j->fd[i] != -1)
			close(j->fd[i]);
		free(j->part[i]);
	}
}

/* The job that fetches stdout of f's container and can fetch f, its stderr, as well; NULL: none. */
static struct fetch_job *
fetch_partner(const struct fetch_pool *p, const struct fetch *f)
{
	for (size_t i = p->n; i > 0 && f->what == FETCH_STDERR; i--) {
		struct fetch_job *j = &p->v[i - 1];

		if (j->f[0]->what == FETCH_STDOUT && j->f[1] == NULL && strcmp(j->f[0]->id, f->id) == 0)
			return j;
	}
	return NULL;
}

void
container_fetch(struct docker *d, struct fetch *f, size_t n, size_t width)
{
	struct fetch_pool p = { .docker = d };
	struct fetch_job *first;

	p.v = xcalloc(n, sizeof(*p.v));
	for (size_t i = 0; i < n; i++) {
		first = fetch_partner(&p, &f[i]);
		if (first != NULL)
			first->f[1] = &f[i];
		else
			p.v[p.n++] = (struct fetch_job){ .f = { &f[i] }, .fd = { -1, -1 } };
	}
	docker_run_many(d, &(struct docker_jobs){ .n = p.n, .width = width, .begin = fetch_begin,
	    .end = fetch_end, .arg = &p });
	strs_free(&p.args);
	free(p.v);
}
