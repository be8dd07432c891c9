/* Inside report/ only. */
#ifndef REPORT_REPORT_INTERNAL_H
#define REPORT_REPORT_INTERNAL_H

#include "../stream/stream.h"
#include "report.h"

/* build.c: makes the report from what is known of the run by now. */
void report_build(const struct results *r, const struct facts *f, bool finished, struct report *out);
/* Finds the n slowest tests, as indices into tests; returns how many there are. */
size_t report_slowest(const struct report *r, size_t *out, size_t n);

/* render.c: appends the command that repeats the run, as a shell takes it; nothing where there is none. */
void report_command(const struct report *r, struct buf *o);

/* place.c. Returns a file's path, relative to the checkout where that is known; the caller's. NULL: there is
 * no such file, or hi stands in no checkout. file is as the compiler named it, or as a test of the package
 * did. */
char *place_of_compiler(const char *file);
char *place_of_test(const char *file, const char *package);
/* A path relative to the checkout leads to a file. */
bool place_exists(const char *file);

/* read.c: opens a file of the run's directory, never through a link at its end. -1: errno. */
int report_open(const char *dir, const char *name);

/* finish.c: shows the summary behind all else, and waits for its reader until then. */
void report_show(struct results *r, const struct report *rep, int64_t until);

#endif
