/* Inside report/ only. */
#ifndef REPORT_REPORT_INTERNAL_H
#define REPORT_REPORT_INTERNAL_H

#include "../stream/stream.h"
#include "report.h"

/* build.c: makes the report from what is known of the run so far. */
void report_build(const struct results *r, const struct facts *f, bool finished, struct report *out);
/* Puts the indices of the n slowest tests into out; returns how many it found. */
size_t report_slowest(const struct report *r, size_t *out, size_t n);

/* render.c: appends the command that repeats the run, quoted for a shell; nothing if there is no pattern. */
void report_command(const struct report *r, struct buf *o);

/* place.c. Returns a file's path, relative to the checkout if that is known; the caller frees it. NULL: there
 * is no such file, or hi is not in a checkout. file: as the compiler named it, or a test of the package. */
char *place_of_compiler(const char *file);
char *place_of_test(const char *file, const char *package);
/* True: file exists, relative to the checkout. */
bool place_exists(const char *file);

/* read.c: opens a file of the run's directory, unless it is a symbolic link. -1: errno. */
int report_open(const char *dir, const char *name);

/* finish.c: shows the summary after everything else, and waits for the reader as results_drain does. */
void report_show(struct results *r, const struct report *rep, int64_t until);

#endif
