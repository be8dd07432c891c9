/* The state of one set, for set/ alone. set.c begins it and waits for its end, pick.c chooses the tests,
 * child.c starts runs and takes their results in, show.c is what one sees, summary.c makes the summary. */
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
	char *rest;		/* behind the first element of the pattern: "/sub", or "" */
	struct shard shard;
	char shard_name[24], cut[CUT_SIZE];
};
/* longest_first: else in source order. -1: ERR_USAGE where the pattern or the shard is wrong. No test at
 * all is no error. */
int pick_tests(struct pick *p, const struct set_options *o, const struct plan *plan, struct loop *l,
    bool longest_first, struct err *e);
void pick_free(struct pick *p);

/* A run of one test. */
struct child {
	TAILQ_ENTRY(child) next;
	struct set *set;
	const char *test;		/* the pick's */
	unsigned nth;			/* which repetition of --count, from 1 */
	unsigned tries;			/* of it before this one */
	enum { CHILD_WAITS, CHILD_RUNS, CHILD_ENDED, CHILD_TAKEN } state;
	struct proc *proc;
	int status;
	int64_t started, ended;		/* loop_now */
	struct lines lines;		/* of its stdout */
	struct buf err;			/* the end of its stderr */
	char *run_id;			/* NULL until it says so */
	struct part part;		/* CHILD_TAKEN */
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
	bool usage;			/* a child could not make sense of its flags */
	char *halted;			/* why nothing else is started; NULL */

	struct escalation escalation;
	bool stop, woken;
	bool unsaved;			/* a run began: the set's files are to name it */
	volatile bool hurry;

	struct console con;
	bool foot, colour;		/* a status line at the foot of a terminal */
	struct footline footline;
	int64_t began;
};

/* child.c */
int child_start(struct set *s, struct child *c, struct err *e);
void child_take(struct set *s, struct child *c);	/* after its end */
void child_not_started(struct set *s, struct child *c, const char *why);
void child_free(struct child *c);

/* show.c: none of it blocks, but show_close */
void show_open(struct set *s);
void show_begin(struct set *s);
void show_line(struct set *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void show_child_end(struct set *s, const struct child *c);
void show_foot(struct set *s);
void show_running(struct set *s);	/* on stderr */
void show_text(struct set *s, const struct buf *b);
void show_close(struct set *s);		/* waits for the reader */

/* summary.c */
/* Writes the files of the set; rep (may be NULL) is report_free's. Returns the exit code. */
int set_write(struct set *s, bool finished, struct report *rep);
/* Wilson's interval for failed of n (n > 0) at 95 %: between which rates the true one lies. Pure. */
void rate_interval(unsigned failed, unsigned n, double *low, double *high);

#endif
