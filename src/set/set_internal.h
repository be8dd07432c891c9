/* The state of one set, for set/ alone. set.c begins it and waits for its end, pick.c chooses the tests,
 * child.c starts runs and collects their results, show.c writes to the console, summary.c the summary. */
#ifndef SET_INTERNAL_H
#define SET_INTERNAL_H

#include <bsd/sys/queue.h>

#include "../base/escalation.h"
#include "../base/lines.h"
#include "../base/proc.h"
#include "../stream/console.h"
#include "set.h"

struct pick {
	struct tests tests;
	char *rest;		/* the pattern after its first element: "/sub", or "" */
	struct shard shard;
	char shard_name[24], cut[CUT_SIZE];
};
/* longest_first: false keeps the source order. -1: ERR_USAGE if the pattern or the shard is wrong. To find
 * no test is no error. */
int pick_tests(struct pick *p, const struct set_options *o, const struct plan *plan, struct loop *l,
    bool longest_first, struct err *e);
void pick_free(struct pick *p);

/* A run of one test. */
struct child {
	TAILQ_ENTRY(child) next;
	struct set *set;
	const char *test;		/* borrowed from the pick */
	unsigned nth;			/* which repetition of --count, from 1 */
	unsigned tries;			/* earlier tries of this repetition */
	enum { CHILD_WAITS, CHILD_RUNS, CHILD_ENDED, CHILD_TAKEN } state;
	struct proc *proc;
	int status;
	int64_t started, ended;		/* loop_now */
	struct lines lines;		/* of its stdout */
	struct buf err;			/* the end of its stderr */
	char *run_id;			/* NULL until its "begin" event */
	struct part part;		/* valid in CHILD_TAKEN */
};
TAILQ_HEAD(children, child);

struct set {
	const struct set_options *opt;
	const struct strs *words;
	struct strs env;
	struct loop *loop;
	struct plan plan;
	struct pick pick;
	unsigned jobs;

	struct children children;	/* in the order they are started */
	size_t running, taken, bad;	/* bad: ended without a pass, repeated or not */
	bool compiled;			/* some test has begun */
	bool usage;			/* a child ended with exit code 2 (usage) */
	char *halted;			/* why no further run is started; NULL: they are */

	struct escalation escalation;
	bool stop, woken;
	bool unsaved;			/* a run began or ended: the set's files must be rewritten */
	volatile bool hurry;

	struct console con;
	bool foot, colour;		/* a status line at the foot of a terminal */
	struct footline footline;
	int64_t began;
};

/* child.c */
int child_start(struct set *s, struct child *c, struct err *e);
void child_take(struct set *s, struct child *c);	/* collects its result, after its end */
void child_not_started(struct set *s, struct child *c, const char *why);
void child_free(struct child *c);

/* show.c: only show_close, and show_child_end with --verbose, wait for the console's reader. */
void show_open(struct set *s);
void show_begin(struct set *s);
void show_line(struct set *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void show_child_end(struct set *s, const struct child *c);
void show_foot(struct set *s);
void show_running(struct set *s);	/* says on stderr what runs */
void show_text(struct set *s, const struct buf *b);
void show_close(struct set *s);		/* after all was read */

/* summary.c */
/* Writes the set's files. *rep gets the report, for report_free; rep may be NULL. Returns the exit code. */
int set_write(struct set *s, bool finished, struct report *rep);
/* Computes Wilson's 95 % interval for the true rate of failures, from failed of n (n > 0) runs. Pure. */
void rate_interval(unsigned failed, unsigned n, double *low, double *high);

#endif
