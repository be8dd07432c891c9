/* Finds the run that a user means. For cmd/ only. */
#ifndef CMD_FIND_RUN_H
#define CMD_FIND_RUN_H

#include <stdbool.h>

#include "../base/err.h"
#include "../base/strs.h"

/* The directory that --logs-dir means in the checkout we stand in, or outside one; see run.h. The
 * caller's. */
char *logs_directory(const char *given);

/* The run that a user's word means: an id, an unambiguous part of one, a path that ends in either, "last",
 * the one that began last, or "last-failed". dirs: their directories. Returns its index in ids; -1: there is
 * none, or several, *e says which there are (ERR_USAGE: hi exits 2). where: "on this engine". */
int run_pick(const struct strs *ids, const struct strs *dirs, const char *word, const char *where,
    struct err *e);

/* The directory of the run that a user's word means: a directory itself, or as run_pick has it; NULL: the
 * newest. logs_dir: as of --logs-dir. Runs that go on elsewhere are known by their leases, and count where
 * one is named or that directory does not exist. The caller's; NULL: *e (ERR_USAGE). */
char *find_run(const char *logs_dir, const char *word, struct err *e);

#endif
