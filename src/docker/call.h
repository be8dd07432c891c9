/* What the files of this module share: running docker for a short verb, and reading
 * its answers. Internal to src/docker (and its unit tests). */
#ifndef DOCKER_CALL_H
#define DOCKER_CALL_H

#include "../base/json.h"
#include "docker.h"
#include "words.h"

/* The words that follow "docker" on its command line. */
#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* One docker command; all but words may be 0. */
struct docker_command {
	const char *const *words;
	char *const *env;	/* NULL: that of struct docker */
	int in, out, err;	/* descriptors; 0: in is empty, out and err are captured */
	int64_t timeout_ms;	/* 0: that of struct docker; -1: none */
	/* Gets stdout as it comes; NULL: stdout is captured. */
	void (*on_out)(void *arg, const char *data, size_t len);
	void *arg;
};

/* As docker_call, with everything that a struct docker_command can set. */
int docker_run(struct docker *d, const struct docker_command *c, struct buf *out, struct err *e);
/* The same for a caller that reads docker's messages itself: returns the exit status (128+n after a death by
 * signal n) and appends stderr to said. -1: it did not run to its end. */
int docker_try(struct docker *d, const struct docker_command *c, struct buf *out, struct buf *said,
    struct err *e);

/* Many commands, of which width run at once, as in proc_run_many: begin fills *c, which is zeroed, with
 * words that stay valid until the next begin; end gets what docker_try returns, and docker's stderr. */
struct docker_jobs {
	size_t n, width;
	int (*begin)(void *arg, size_t job, struct docker_command *c, struct err *e);
	void (*end)(void *arg, size_t job, int status, const struct proc_result *res, struct err *e);
	void *arg;
};
void docker_run_many(struct docker *d, const struct docker_jobs *jobs);

/* Parses "2026-11-23 23:48:44 +0000 UTC", as listings print it: ms since 1970, or -1. */
int64_t docker_time(const char *s);
/* A string member; "" if it is absent or not a string. The caller frees it. */
char *docker_member(const struct json *j, int obj, const char *key);
/* An RFC 3339 member in ms since 1970; -1 for none and for Go's zero time. */
int64_t docker_member_time(const struct json *j, int obj, const char *key);
/* Calls fn with each line of text, parsed as one JSON value. -1: a line is not JSON. */
int docker_each_line(const struct buf *text, void (*fn)(void *arg, const struct json *j), void *arg,
    struct err *e);
/* docker_call, then docker_each_line on its answer. If some of the things are not found (-1 and
 * ERR_NOT_FOUND), fn has been called with the others. */
int docker_each(struct docker *d, const char *const *words, void (*fn)(void *arg, const struct json *j),
    void *arg, struct err *e);

/* Makes the result of `docker cp` safe to keep; for fetch.c and its tests. part is a directory that holds
 * what was copied, by its name (or, as Podman copies the root of a volume, what is in it). Makes it the
 * caller's to read and remove, leaves out links and special files below it, and moves it to `to`. -1: it is
 * a link or special file itself, or `to` is a directory that is not empty. part is removed in every case. */
int copy_place(const char *part, const char *name, const char *to, struct err *e);

/* Appends a key=value field of --mount, quoted as CSV. */
void docker_mount_field(struct buf *mount, const char *key, const char *value);

#endif
