/* Which run directory a user means. For cmd/ only. */
#ifndef CMD_FIND_RUN_H
#define CMD_FIND_RUN_H

#include <stdbool.h>

#include "../base/err.h"
#include "../base/strs.h"

/* What --logs-dir means in the checkout we stand in, or outside one; see plan.h. The caller's. */
char *logs_directory(const char *given);

/* The names of the run directories in it, the oldest first. -1: it can't be read. */
int run_names(const char *logs, struct strs *out, struct err *e);

/* Which of these runs a user's word means: an id, an unambiguous part of one, a path that ends in either,
 * "last", the one that began last, or "last-failed". dirs: their directories. The index in ids; -1: none or
 * several, *e says which there are (ERR_USAGE: hi exits 2). where: "on this engine". */
int run_pick(const struct strs *ids, const struct strs *dirs, const char *word, const char *where,
    struct err *e);

/* The runs that have a directory in logs, and elsewhere those of this user that have a lease. */
void run_directories(const char *logs, bool elsewhere, struct strs *names, struct strs *dirs);

/* The directory of the run that a user's word means: a directory itself, or as run_pick has it; NULL: the
 * newest. Runs that go on elsewhere are known by their leases, and count where one is named or logs does not
 * exist. The caller's; NULL: *e (ERR_USAGE). */
char *find_run(const char *logs, const char *word, struct err *e);

/* The run ended with something else than 0, or has no end and its hi no longer lives. */
bool run_has_failed(const char *dir);

/* True while the hi of the run whose directory it is lives (as far as this user's leases tell). */
bool run_is_alive(const char *dir);

#endif
