/* What is known of each package and test: its state, its time, and the few lines of its output that matter,
 * in memory that does not grow with the output.
 *
 *
 * What went wrong is taken from what the go command and the testing package say: events, their own lines,
 * and how the process ended. A test prints what it likes, also what other programs said; that is shown, and
 * means nothing. For this room, and report/. */
#ifndef STREAM_TESTS_H
#define STREAM_TESTS_H

#include <bsd/sys/queue.h>
#include <stdint.h>

#include "capture.h"
#include "events.h"

#include "../base/buf.h"
#include "../base/strs.h"

enum outcome { O_RUNNING, O_PAUSED, O_PASSED, O_FAILED, O_SKIPPED };

struct test_state;

struct package {
	TAILQ_ENTRY(package) next;
	char *name;
	enum outcome state;
	bool started;		/* by an event of its own */
	bool said_pass, said_fail;	/* testing's last word: all its tests have ended */
	bool no_tests;		/* says that the pattern matched nothing in it */
	double seconds;		/* < 0: unknown */
	struct capture output;	/* of no test; after testing's last word only what came behind it */

	/* How it could not be built: by the compiler, by go vet, or as it could not even be loaded. */
	bool build_failed, setup_failed;
	char *failed_build;	/* as go names it, or NULL */

	/* How its process ended, known once the package has failed. */
	bool panicked;
	bool timed_out;		/* its own deadline, or go killed it after that */
	bool raced;		/* outside of any test */
	struct test_state *crashed;	/* the test that panicked; NULL: none is known, or it was none */

	struct crash crash;
	unsigned crash_nth;	/* counts what looked like one */
	struct test_state *crash_in;	/* the test whose output it is in, */
	struct test_state *crash_after;	/* and the one that ended last before it */
	bool crash_lists;	/* it names the tests that run */
	struct test_state *last_ended;
	struct buf stack;	/* of the goroutine at hand */
	struct test_state *stack_test;	/* whose function is in it, */
	size_t stack_own;	/* its place being here; 0: none yet */
	bool stack_exact;	/* the test's own function, and not one within */
	bool stack_runner;	/* it is one that testing started */
	bool stack_first;	/* of this crash */
	int64_t killed_after_ms;	/* "*** Test killed: ran too long" was its last word; 0: it was not */
	bool race_said;
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
	/* name, value, name, value...: what t.Attr and t.ArtifactDir told; a bounded number */
	struct strs properties;
	struct capture output;
	bool panicked;		/* the process died of it, */
	bool overdue;		/* or of the deadline, while it ran */
	bool raced;
	unsigned listed, stacked;	/* in that crash of the package: named as running; stack is of it */
	struct buf stack;	/* its goroutine's, when the deadline passed; */
	size_t stack_own;	/* where in it its own place is */
};

struct build {	/* named as go names it */
	TAILQ_ENTRY(build) next;
	char *import_path;
	struct buf text;	/* what was said, at most EXCERPT_LINES */
	size_t lines;
	bool vet;		/* by go vet */
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
	struct test_state *last_test;
	struct build *text_build;	/* which plain text is of */
	struct buf name, raw, text;	/* scratch */
	size_t kept;			/* bytes held for the reports of failed tests */
	size_t n, running, failed;
};

/* What one is counted as, in the pure form that the verdict is made from. Top-level tests; sub: subtests. */
struct counts {
	size_t passed, failed, skipped, unfinished;
};
struct tally {
	struct counts top, sub;
	/* tests as deep as the pattern asks, and those of them that were skipped */
	size_t matched, matched_skipped;
	size_t packages_failed, packages_unfinished;
	bool build_failed, timeout, panic, race;
};

void table_init(struct table *t);
void table_free(struct table *t);
/* Takes an event in. Returns the test that it began or ended, or NULL. now: ms since 1970. */
struct test_state *table_event(struct table *t, const struct event *ev, int64_t now);
/* What was said as p could not be built; NULL: it could be. */
const struct build *table_build(const struct table *t, const struct package *p);
/* depth: how many levels the pattern has. */
void table_tally(const struct table *t, unsigned depth, struct tally *out);

const char *outcome_name(enum outcome o);

#endif
