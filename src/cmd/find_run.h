/* Which run directory a user means. For cmd/ only. */
#ifndef CMD_FIND_RUN_H
#define CMD_FIND_RUN_H

#include <stdbool.h>

#include "../base/err.h"
#include "../base/loop.h"

/* "control_logs" (the default) is at the root of the checkout we stand in; another is relative to where we
 * stand. The caller's. */
char *logs_directory(struct loop *l, const char *given);

/* A directory, a run's id or an unambiguous part of it, or NULL for the newest; runs that go on elsewhere are
 * known by their leases, and count where one is named or logs does not exist. The caller's; NULL: *e. */
char *find_run(const char *logs, const char *run, struct err *e);

/* True: a name of the form YYYYMMDD-HHMMSS-xxxxxx. */
bool is_run_id(const char *name);

/* True while the hi of the run whose directory it is lives (as far as this user's leases tell). */
bool run_is_alive(const char *dir);

#endif
