/* Reports of several runs made one: of a set (hi run -j) or of directories (hi report). For set/ and cmd/. */
#ifndef SET_MERGE_H
#define SET_MERGE_H

#include "../report/report.h"

struct part {
	struct report rep;
	char *test;			/* the one it was to run; NULL: its pattern tells */
	char *suffix;			/* behind the names of its tests; NULL */
	const struct part *before;	/* the failed run that it repeats */
	bool superseded;		/* it was repeated: what its tests did does not count */
};

struct whole {
	const char *id, *pattern, *dir, *shard, *cut;	/* shard, cut: NULL where it is no part */
	int64_t started, ended;		/* ms since 1970; 0: of its parts */
	bool finished, flaky_fails;
	bool incomplete;		/* a part could not be used: the whole is no pass */
};

/* A run's summary.json. One that has no end is judged for what it is. -1: there is none. */
int part_load(const char *dir, struct part *out, struct err *e);
/* One that left no report: why. */
void part_refused(struct part *out, const char *pattern, int exit_code, const char *why);
void part_free(struct part *p);
bool part_passed(const struct part *p);			/* or was skipped */
bool part_is_infrastructure(const struct part *p);	/* by its verdict or its triage */

/* Its verdict is the worst one of those that count, in this order: interrupted, failed (of any kind),
 * deadline, infrastructure, memory-limit, leak, nothing-ran, passed; all-skipped only where all were. The
 * parts must outlive it. The caller may add notes. */
void merge(struct report *out, const struct part *const *v, size_t n, const struct whole *w);

#endif
