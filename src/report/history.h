/* How each top-level test ended and how long it took, recorded in history.tsv in the log directory: a line
 * per test, with time, run, database, test, result and seconds separated by tabs. A run appends its lines
 * in one write (O_APPEND), so that runs which end at the same time do not mix theirs. report/, set/ and cmd/
 * use it. */
#ifndef REPORT_HISTORY_H
#define REPORT_HISTORY_H

#include "report.h"

struct remembered {
	char *test;
	bool postgres, good;	/* good: it passed, or was skipped, the last time */
	double seconds;		/* when it passed last; < 0: it never did */
};
struct history {
	struct remembered *v;	/* one per test and database, sorted by name */
	size_t n;
	size_t damaged;		/* unreadable lines, which were left out */
};

/* Appends a report's tests to the file path (by default history.tsv, beside the run's directory). */
int history_append(const char *path, const struct report *r, struct err *e);
/* Reads the file, but for the lines of the runs with these ids (may be NULL). A missing file is empty. */
int history_load(const char *path, const struct strs *but, struct history *out, struct err *e);
double history_seconds(const struct history *h, const char *test, bool postgres);	/* < 0: unknown */
const struct remembered *history_find(const struct history *h, const char *test, bool postgres);
void history_free(struct history *h);

#endif
