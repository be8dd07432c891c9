/* Which run directory a user means. For cmd/ only. */
#ifndef CMD_FIND_RUN_H
#define CMD_FIND_RUN_H

#include <stdbool.h>

#include "../base/err.h"
#include "../base/strs.h"

/* What --logs-dir means in the checkout we stand in, or outside one; see plan.h. The caller's. */
char *logs_directory(const char *given);

/* Which of these runs a user's word means: an id, an unambiguous part of one, a path that ends in either,
 * "last", the one that began last, or "last-failed". dirs: their directories. The index in ids; -1: none or
 * several, *e says which there are (ERR_USAGE: hi exits 2). where: "on this engine". */
int run_pick(const struct strs *ids, const struct strs *dirs, const char *word, const char *where,
    struct err *e);

/* The directory of the run that a user's word means: a directory itself, or as run_pick has it; NULL: the
 * newest. Runs that go on elsewhere are known by their leases, and count where one is named or logs does not
 * exist. The caller's; NULL: *e (ERR_USAGE). */
char *find_run(const char *logs, const char *word, struct err *e);

#endif
