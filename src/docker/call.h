/* What the files of this room share: running docker for a short verb, and reading
 * its answers. Internal to src/docker (and its unit tests). */
#ifndef DOCKER_CALL_H
#define DOCKER_CALL_H

#include "../base/json.h"
#include "docker.h"
#include "words.h"

/* The words behind "docker". */
#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* As docker_call, but an exit status other than 0 is the caller's to judge: it is
 * returned (a death by signal as 128+n) and said holds what stderr said. -1: it did not
 * run to its end. The caller frees out and said in every case. */
int docker_try(struct docker *d, const char *const *words, struct buf *out, struct buf *said, struct err *e);
/* docker_call that reads from a descriptor. */
int docker_feed(struct docker *d, const char *const *words, int in, struct err *e);
/* docker_call, where nothing but these meanings on stderr is as good as 0 (words.h). */
int docker_unless(struct docker *d, const char *const *words, unsigned meanings, struct err *e);
/* docker_try with stdout; returns 1 where it said that a thing is not there. */
int docker_ask(struct docker *d, const char *const *words, struct buf *out, struct err *e);

/* "2026-11-23 23:48:44 +0000 UTC", as listings print it: ms since 1970, or -1. */
int64_t docker_time(const char *s);
/* A member that is a string; "" where it is not. The caller's. */
char *docker_member(const struct json *j, int obj, const char *key);
/* RFC 3339 member in ms since 1970; -1 for none and for Go's zero time. */
int64_t docker_member_time(const struct json *j, int obj, const char *key);
/* Each line of text is one JSON value: fn is called with it. -1: one is not. */
int docker_each_line(const struct buf *text, void (*fn)(void *arg, const struct json *j), void *arg,
    struct err *e);
/* docker_call, and each line of its answer. */
int docker_each(struct docker *d, const char *const *words, void (*fn)(void *arg, const struct json *j),
    void *arg, struct err *e);
/* The same of docker_ask: what is not there is left out. */
int docker_each_there(struct docker *d, const char *const *words, void (*fn)(void *arg, const struct json *j),
    void *arg, struct err *e);

/* Appends a key=value field of --mount, quoted as its CSV wants it. */
void docker_mount_field(struct buf *mount, const char *key, const char *value);

#endif
