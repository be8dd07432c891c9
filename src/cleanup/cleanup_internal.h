/* What the files of cleanup/ share; for nobody else. */
#ifndef CLEANUP_CLEANUP_INTERNAL_H
#define CLEANUP_CLEANUP_INTERNAL_H

#include "cleanup.h"

/* How often the engine is asked for something that it still holds on to, and the first pause, which
 * doubles. */
enum { REMOVAL_TRIES = 5, REMOVAL_TRY_MS = 200 };
/* For so long after a runner's end a create may still be under way that a test had asked for. */
enum { REMOVAL_QUIET_MS = 2000 };

/* When an inspected container lived, *to is 0 while it does; one that was never started ended when it was
 * created. */
void removal_life(const struct json *j, int container, int64_t *from, int64_t *to);
void leak_add(struct removed *r, const char *kind, const char *name, const char *why);
/* Removes the run's networks, once its containers are gone. */
int removal_networks(struct removal *r, struct err *e);
/* One fact that was seen of the run from outside: "network ID", "name CONTAINER", "created MS", "ended MS"
 * (the runner's life). Other lines are ignored. */
void removal_fact(struct removal *r, const char *line);

/* The owner of a run by the labels of its runner (uid, host, boot, mark; NULL where there is none). *why
 * (the caller's) says in words why it is unknown, else "". *foreign: of another host, or (where we are not
 * root) another user. */
enum owner lease_owner(const char *run_id, const char *uid, const char *host, const char *boot,
    const char *mark,
    char **why, bool *foreign);

/* The cleaner's descriptors: what hi tells it, its answers, and the run's lease. */
enum { CLEANER_IN = 3, CLEANER_OUT = 4, CLEANER_LEASE = 5 };
/* Turns a line of hi's back, in place: in it each value stands in one line, whatever bytes it has. */
void cleaner_decode(char *line);

#endif
