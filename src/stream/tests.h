/* What is known of each package and test: its state, its time, and where in the event stream the lines of
 * its output are that matter, in memory that does not grow with the output. For this room alone. */
#ifndef STREAM_TESTS_H
#define STREAM_TESTS_H

#include <bsd/sys/queue.h>

#include "events.h"

#include "../base/buf.h"
#include "../base/strs.h"

enum outcome { O_RUNNING, O_PAUSED, O_PASSED, O_FAILED, O_SKIPPED };

enum { LOCATIONS = 4 };

/* Offsets of lines in the stream; -1: none seen. */
struct marks {
	int64_t first, last;	/* its first event; the one that ended it */
	int64_t trace;		/* the line before testify's first "Error Trace:" */
	int64_t panic, race;
	int64_t where[LOCATIONS];	/* the last lines of t.Log and t.Error, "file.go:12: ..." */
	unsigned n_where;	/* of all seen */
};

struct package {
	TAILQ_ENTRY(package) next;
	char *name;
	enum outcome state;
	bool started;		/* by an event of its own */
	bool orderly;		/* its process came to its own PASS or FAIL */
	bool no_tests;		/* says that the pattern matched nothing in it */
	bool build_failed, timeout;
	double seconds;		/* < 0: unknown */
	struct marks m;
	int64_t build;		/* where the compiler's words begin; -1 */
};

struct test_state {
	TAILQ_ENTRY(test_state) next, next_live;
	struct test_state *same_hash;
	size_t hash;
	struct package *package;
	struct test_state *parent;	/* of a subtest; NULL */
	char *name;
	enum outcome state;
	bool live;		/* in the list of those that have no end yet */
	bool failed_before, sub_failed;
	unsigned live_subs;
	int64_t began, ended;	/* ms since 1970; 0: not yet */
	int64_t since;		/* it runs, or waits, since then; ms since 1970 */
	int64_t slow_said;	/* at what age it was called slow, ms */
	double seconds;
	struct strs properties;	/* name, value, name, value...: what t.Attr and t.ArtifactDir told; a bounded number */
	struct marks m;
};

struct build {	/* that failed, named as go names it */
	TAILQ_ENTRY(build) next;
	char *import_path;
	int64_t at;
};

TAILQ_HEAD(packages, package);
TAILQ_HEAD(test_list, test_state);
TAILQ_HEAD(builds, build);

struct table {
	struct packages packages;
	struct test_list all, live;
	struct builds builds;
	struct test_state **buckets;
	size_t n_buckets;
	struct package *last;		/* the one of the last event */
	struct buf name;		/* scratch */
	size_t n, running, failed;
};

/* What one is counted as, in the pure form that the verdict is made from. Top-level tests; sub: subtests. */
struct counts {
	size_t passed, failed, skipped, unfinished;
};
struct tally {
	struct counts top, sub;
	size_t matched, matched_skipped;	/* tests as deep as the pattern asks, and those of them that were skipped */
	size_t packages_failed, packages_unfinished;
	bool build_failed, timeout, panic, race;
};

void table_init(struct table *t);
void table_free(struct table *t);
/* Takes an event in. Returns the test that it began or ended, or NULL. now: ms since 1970. */
struct test_state *table_event(struct table *t, const struct event *ev, int64_t now);
/* depth: how many levels the pattern has. */
void table_tally(const struct table *t, unsigned depth, struct tally *out);

const char *outcome_name(enum outcome o);

#endif
