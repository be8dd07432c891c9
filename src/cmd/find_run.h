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

/* A directory, a run's id or an unambiguous part of it, or NULL for the newest; runs that go on elsewhere are
 * known by their leases, and count where one is named or logs does not exist. The caller's; NULL: *e. */
char *find_run(const char *logs, const char *run, struct err *e);

/* True while the hi of the run whose directory it is lives (as far as this user's leases tell). */
bool run_is_alive(const char *dir);

#endif
