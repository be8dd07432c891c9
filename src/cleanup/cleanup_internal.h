/* Shared by the files of cleanup/ only. */
#ifndef CLEANUP_CLEANUP_INTERNAL_H
#define CLEANUP_CLEANUP_INTERNAL_H

#include "cleanup.h"

/* How often a removal is tried while the engine still holds on to the thing, and the first pause between
 * two tries, which doubles. */
enum { REMOVAL_TRIES = 5, REMOVAL_TRY_MS = 200 };
/* For this long after a runner's end, the engine may still create a container that a test had asked for. */
enum { REMOVAL_QUIET_MS = 2000 };

/* When an inspected container lived, ms since 1970. *to: 0 while it lives; *from if it was never started. */
void removal_life(const struct json *j, int container, int64_t *from, int64_t *to);
void leak_add(struct removed *r, const char *kind, const char *name, const char *why);
/* Removes the run's networks; its containers have to be gone. */
int removal_networks(struct removal *r, struct err *e);
/* Adds a fact that was observed about the run: "network ID", "name CONTAINER", or when the runner lived,
 * "created MS", "ended MS". Other lines are ignored. */
void removal_fact(struct removal *r, const char *line);

/* The owner of a run by the labels of its runner (uid, host, boot, mark; NULL: no such label). *why, which
 * the caller frees, says why it is unknown, else "". *foreign: the run is another host's or, unless we are
 * root, another user's. */
enum owner lease_owner(const char *run_id, const char *uid, const char *host, const char *boot,
    const char *mark,
    char **why, bool *foreign);

/* The cleaner's descriptors: the pipe from hi, the pipe to hi, and the run's lease. */
enum { CLEANER_IN = 3, CLEANER_OUT = 4, CLEANER_LEASE = 5 };
/* Decodes a line from hi, in place: a value is one line there, even if it holds newlines. */
void cleaner_decode(char *line);

#endif
