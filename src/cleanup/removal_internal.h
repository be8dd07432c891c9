/* What the files of removal.h share; for nobody else. */
#ifndef CLEANUP_REMOVAL_INTERNAL_H
#define CLEANUP_REMOVAL_INTERNAL_H

#include "removal.h"

/* How often the engine is asked for something that it still holds on to, and the first pause, which doubles. */
enum { REMOVAL_TRIES = 5, REMOVAL_TRY_MS = 200 };

/* From when to when an inspected container lived, *to is 0 while it does; one that was not started did not. */
void removal_life(const struct json *j, int container, int64_t *from, int64_t *to);
/* It could not be removed. */
void removal_leave(struct removal *r, const char *kind, const char *name, const char *why);
/* The networks of the run, when its containers are gone. */
int removal_networks(struct removal *r, struct err *e);

#endif
