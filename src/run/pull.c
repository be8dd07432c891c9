#include <sys/file.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/file.h"
#include "../base/lines.h"
#include "../base/mem.h"
#include "../base/text.h"
#include "pull.h"

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
say(const struct pull *p, const char *line)
{
	char *harmless = text_harmless_dup(line);

	if (*harmless != '\0')
		p->say(p->arg, harmless);
	free(harmless);
}

static void
on_line(void *arg, char *line, size_t len)
{
	(void)len;
	say(arg, line);
}

static void
on_out(void *arg, const char *data, size_t len)
{
	struct pull *p = arg;

	lines_feed(&p->lines, data, len, on_line, p);
}

static void
on_err(void *arg, const char *data, size_t len)
{
	struct pull *p = arg;

	if (p->said.len + len <= SAID_MAX)
		buf_add(&p->said, data, len);
}

static void
on_exit_(void *arg, int status)
{
	struct pull *p = arg;

	p->ended = true;
	p->status = status;
}

static bool
cancelled(const struct pull *p)
{
	return p->docker->cancel != NULL && *p->docker->cancel;
}

static bool
is_over(void *arg)
{
	const struct pull *p = arg;

	return p->ended || cancelled(p);
}

static int
attempt(struct pull *p, const char *ref, const char *config, struct err *e)
{
	struct proc_spec how = { .in = PROC_NULL, .out = PROC_PIPE, .err = PROC_PIPE, .on_out = on_out,
		.on_err = on_err, .on_exit = on_exit_, .arg = p };
	struct proc *proc = image_pull(p->docker, ref, config, &how, e);
	char *words;

	if (proc == NULL)
		return -1;
	p->ended = false;
	lines_reset(&p->lines);
	buf_reset(&p->said);
	loop_until(p->docker->loop, is_over, p, -1);
	if (!p->ended) {
		proc_abandon(proc);
		return err_as(e, ERR_INTERRUPTED, "interrupted");
	}
	if (proc_ok(p->status))
		return 0;
	words = docker_words(buf_str(&p->said));
	err_set(e, "%s", words);
	free(words);
	return -1;
}

static void
explain(const char *ref, const char *hint, struct err *e)
{
	static const char *const why[] = {
		[PULL_AUTH] = "the registry refuses: there is no such image, or DOCKERHUB_USERNAME and "
		    "DOCKERHUB_TOKEN are missing or wrong",
		[PULL_RATE_LIMIT] = "the registry's limit of pulls is reached: set DOCKERHUB_USERNAME and "
		    "DOCKERHUB_TOKEN, or wait",
		[PULL_NO_SPACE] = "the engine's disk is full (see hi clean images, hi clean cache)",
		[PULL_TRANSIENT] = "not pulled, after several tries",
		[PULL_OTHER] = "not pulled",
	};
	enum pull_fault fault = image_pull_fault(e->text);
	char *words = xstrdup(e->text);

	if (fault == PULL_NOT_FOUND)
		err_as(e, ERR_NOT_FOUND, "%s: no such image: %s: %s", ref, hint, words);
	else
		err_as(e, fault == PULL_AUTH ? ERR_DENIED : ERR_OTHER, "%s: %s: %s", ref, why[fault], words);
	free(words);
}

/* The credentials are Docker Hub's. */
static bool
is_hub(const char *ref)
{
	size_t n = strcspn(ref, "/");

	return ref[n] == '\0' || strncmp(ref, "docker.io/", 10) == 0 || (memchr(ref, '.', n) == NULL &&
	    memchr(ref, ':', n) == NULL && strncmp(ref, "localhost/", 10) != 0);
}

/* What a hi that was killed left behind: its lock has gone with it. */
static void
sweep(const char *place, const char *prefix)
{
	struct strs names = { 0 };

	if (dir_names(place, &names, NULL) == -1)
		names.n = 0;
	for (size_t i = 0; i < names.n; i++) {
		char *path = file_join(place, names.v[i]);
		int fd = strncmp(names.v[i], prefix, strlen(prefix)) == 0 ?
		    file_open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0) : -1;

		if (fd != -1 && flock(fd, LOCK_EX | LOCK_NB) == 0)
			(void)dir_remove(path, NULL);
		if (fd != -1)
			close(fd);
		free(path);
	}
	strs_free(&names);
}

/* A private configuration that is logged in; NULL where there are no credentials, or they are
 * no use. *lock holds it until it is removed. The caller's. */
static char *
log_in(struct pull *p, const char *ref, int *lock)
{
	const char *user = env_value("DOCKERHUB_USERNAME"), *token = env_value("DOCKERHUB_TOKEN");
	const char *tmp = getenv("TMPDIR");
	char *prefix, *name, *config;
	struct err e;

	if (user == NULL || token == NULL || !is_hub(ref))
		return NULL;
	if (tmp == NULL || *tmp != '/')
		tmp = "/tmp";
	prefix = xasprintf("hi-pull-%ld-", (long)geteuid());
	sweep(tmp, prefix);
	name = xasprintf("%sXXXXXX", prefix);
	config = file_join(tmp, name);
	free(prefix);
	free(name);
	if (mkdtemp(config) == NULL) {
		err_errno(&e, config);
	} else {
		*lock = file_open(config, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
		if (*lock != -1)
			(void)flock(*lock, LOCK_EX | LOCK_NB);
		if (image_login(p->docker, config, user, token, &e) == 0)
			return config;
		(void)dir_remove(config, NULL);
	}
	err_on(&e, "pulling without DOCKERHUB_USERNAME and DOCKERHUB_TOKEN");
	say(p, e.text);
	free(config);
	return NULL;
}

int
pull_image(struct docker *d, const char *ref, const char *hint, void (*say_line)(void *, const char *),
    void *arg, struct err *e)
{
	struct pull p = { .docker = d, .say = say_line, .arg = arg };
	int lock = -1, rc, wait = FIRST_WAIT_MS;
	char *config = log_in(&p, ref, &lock);

	for (int try = 1; (rc = attempt(&p, ref, config, e)) == -1; try++) {
		char *line;

		if (cancelled(&p))
			break;
		if (image_pull_fault(e->text) != PULL_TRANSIENT || try == TRIES) {
			explain(ref, hint, e);
			break;
		}
		line = xasprintf("%s; again in %d s", e->text, wait / 1000);
		say(&p, line);
		free(line);
		loop_sleep(d->loop, wait, d->cancel);
		wait *= 2;
	}
	if (config != NULL)
		(void)dir_remove(config, NULL);
	if (lock != -1)
		close(lock);
	free(config);
	lines_free(&p.lines);
	buf_free(&p.said);
	return rc;
}
