/* The meaning of docker's messages. Only words.c searches them; everybody else decides on an error's kind.
 *
 * The phrases are those of clients and engines from 20.10 to 29 and of Podman's API; the case of letters
 * does not matter. Internal to src/docker and its unit tests. */
#ifndef DOCKER_WORDS_H
#define DOCKER_WORDS_H

#include "docker.h"

enum meaning {
	MEANS_NOT_FOUND = 1 << 0,	/* the thing does not exist, or is being removed already */
	MEANS_STATE = 1 << 1,		/* not running, paused already, not paused */
	MEANS_NO_SPACE = 1 << 2,
	MEANS_NO_PATH = 1 << 3,		/* a path to mount, or in a container, is not found */
	MEANS_NO_BLOCKING_LOG = 1 << 4,	/* the engine's default buffer size rules out mode=blocking */
	MEANS_CONFLICT = 1 << 5,	/* exists already, is in use */
	MEANS_OLD_CLIENT = 1 << 6,	/* no such command or flag in this client, or in the engine's API */
	MEANS_DENIED = 1 << 7,
	MEANS_PODMAN = 1 << 8,		/* the docker command is Podman */
};
/* True: said has one of the meanings, which are flags. */
bool words_mean(const char *said, unsigned meanings);

/* The line of a docker command's stderr that says why it failed: what follows "Error response from daemon: ",
 * else the last line that is not about usage. Of a proxy's HTML it is the text. The caller frees it. */
char *words_reason(const char *said);
/* The last line alone, for a stderr that may hold a container's output, too. The caller frees it. */
char *words_last(const char *said);
/* The first error in said that has none of the meanings; NULL: there is none. The caller frees it. */
char *words_other_trouble(const char *said, unsigned meanings);

/* Fills *e (its kind, the engine's words, what to do) for a `docker WORDS...` that ended with status and
 * wrote said to stderr; returns -1. */
int words_fail(const struct docker *d, const char *const *words, int status, const char *said, struct err *e);

/* Fills *e for a docker command that is Podman; returns -1. */
int words_podman(struct err *e);

/* Fills *e for a failed pull of ref; hint is the advice if there is no such image. Returns whether trying
 * again may help. */
bool words_pull_fail(const struct docker *d, const char *ref, const char *hint, const char *said,
    struct err *e);

/* The cause of a failed pull, for the tests. */
enum pull_fault {
	PULL_CREDENTIALS, PULL_RATE_LIMIT, PULL_NO_SPACE, PULL_STORE, PULL_CLOCK, PULL_PLAIN, PULL_TRUST,
	PULL_PROXY, PULL_PLATFORM, PULL_TOO_OLD, PULL_IDS, PULL_DENIED, PULL_NAME, PULL_NOT_FOUND,
	PULL_NETWORK, PULL_OTHER
};
enum pull_fault words_pull_fault(const char *ref, const char *reason);

#endif
