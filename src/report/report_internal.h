/* Inside report/ only. */
#ifndef REPORT_REPORT_INTERNAL_H
#define REPORT_REPORT_INTERNAL_H

#include "../stream/stream.h"
#include "report.h"

/* build.c: what is known of the run by now. */
void report_build(struct results *r, const struct facts *f, bool finished, struct report *out);
/* The n slowest tests, as indices into tests; returns how many there are. */
size_t report_slowest(const struct report *r, size_t *out, size_t n);

/* render.c: the command that repeats it, as a shell takes it; nothing where there is none. */
void report_command(const struct report *r, struct buf *o);

/* place.c: a file of the package in dir, or of one below it where one alone has a file of that name,
 * relative to the checkout; the caller's. NULL: there is none, or hi stands in no checkout. */
char *place_find(const char *dir, const char *name);
/* A path relative to the checkout leads to a file. */
bool place_exists(const char *file);

/* replay.c: a file of the run's directory, never through a link at its end. -1: errno. */
int report_open(const char *dir, const char *name);

/* finish.c: the summary goes on the console behind all that waits for it. */
void report_last_words(struct results *r, const struct report *rep);

#endif
