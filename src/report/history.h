/* How each top-level test ended and how long it took, remembered in the log directory: history.tsv, a line
 * a test, time, run, database, test, result and seconds between tabs. A run's lines are one write to a
 * file opened with O_APPEND, so that runs which end at once keep each other's whole. For report/, set/
 * and cmd/. */
#ifndef REPORT_HISTORY_H
#define REPORT_HISTORY_H

#include "report.h"

struct remembered {
	char *test;
	bool postgres, good;	/* good: the last time it passed, or was skipped */
	double seconds;		/* of the last time it passed; < 0: never */
};
struct history {
	struct remembered *v;	/* one for each test and database, by name */
	size_t n;
	size_t damaged;		/* lines that were left out */
};

/* Appends a report's tests to a file (by default history.tsv in the directory that holds the run's). */
int history_append(const char *path, const struct report *r, struct err *e);
/* Reads the file, without what these runs (their ids; may be NULL) have added. A missing one is empty. */
int history_load(const char *path, const struct strs *but, struct history *out, struct err *e);
double history_seconds(const struct history *h, const char *test, bool postgres);	/* < 0: unknown */
const struct remembered *history_find(const struct history *h, const char *test, bool postgres);
void history_free(struct history *h);

#endif
