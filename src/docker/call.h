/* What the files of this module share: running docker for a short verb, and reading
 * its answers. Internal to src/docker (and its unit tests). */
#ifndef DOCKER_CALL_H
#define DOCKER_CALL_H

#include "../base/json.h"
#include "docker.h"
#include "words.h"

/* The words behind "docker". */
#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* One docker command; all but words may be 0. */
struct docker_command {
	const char *const *words;
	char *const *env;	/* NULL: the docker's own */
	int in, out, err;	/* descriptors; 0: nothing to read, captured, captured */
	int64_t timeout_ms;	/* 0: the docker's own; -1: none */
	/* Gets out as it comes; NULL: it is captured. */
	void (*on_out)(void *arg, const char *data, size_t len);
	void *arg;
};

/* docker_call of more than words. */
int docker_run(struct docker *d, const struct docker_command *c, struct buf *out, struct err *e);
/* The same, where docker's words are read by the caller: the exit status is returned (a death by signal as
 * 128+n), and stderr appended to said. -1: it did not run to its end. */
int docker_try(struct docker *d, const struct docker_command *c, struct buf *out, struct buf *said,
    struct err *e);

/* Many of them, of which width run at once, as in proc_run_many: begin fills *c, which is zeroes, with
 * words that stay until the next begin; end gets what docker_try returns, and docker's stderr. */
struct docker_jobs {
	size_t n, width;
	int (*begin)(void *arg, size_t job, struct docker_command *c, struct err *e);
	void (*end)(void *arg, size_t job, int status, const struct proc_result *res, struct err *e);
	void *arg;
};
void docker_run_many(struct docker *d, const struct docker_jobs *jobs);

/* "2026-11-23 23:48:44 +0000 UTC", as listings print it: ms since 1970, or -1. */
int64_t docker_time(const char *s);
/* A member that is a string; "" where it is not. The caller's. */
char *docker_member(const struct json *j, int obj, const char *key);
/* RFC 3339 member in ms since 1970; -1 for none and for Go's zero time. */
int64_t docker_member_time(const struct json *j, int obj, const char *key);
/* Each line of text is one JSON value: fn is called with it. -1: one is not. */
int docker_each_line(const struct buf *text, void (*fn)(void *arg, const struct json *j), void *arg,
    struct err *e);
/* docker_call, and each line of its answer, of those things that are there: where it says that some are
 * not found (ERR_NOT_FOUND), fn has been called with the others. */
int docker_each(struct docker *d, const char *const *words, void (*fn)(void *arg, const struct json *j),
    void *arg, struct err *e);

/* Makes the result of `docker cp` safe to keep; for fetch.c and its tests. part is a directory that holds
 * what was copied, by its name (or, as Podman copies the root of a volume, what is in it). Makes it the
 * caller's to read and remove, leaves out links and special files below it, and moves it to `to`. -1: it is
 * a link or special file itself, or `to` is a directory that is not empty. part is removed in every case. */
int copy_place(const char *part, const char *name, const char *to, struct err *e);

/* Appends a key=value field of --mount, quoted as its CSV wants it. */
void docker_mount_field(struct buf *mount, const char *key, const char *value);

#endif
