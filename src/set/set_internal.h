/* Inside set/ only: the state of one set. set.c begins it and waits for its end, child.c starts runs and takes their
 * results in, show.c is what one sees, summary.c makes the summary. */
#ifndef SET_SET_INTERNAL_H
#define SET_SET_INTERNAL_H

#include <bsd/sys/queue.h>

#include "../base/ladder.h"
#include "../stream/console.h"
#include "set.h"
#include "merge.h"
#include "pick.h"

/* One run of one test. */
struct child {
	TAILQ_ENTRY(child) next;
	struct set *set;
	const char *test;		/* the pick's */
	unsigned nth;			/* which repetition of --count, from 1 */
	unsigned tries;			/* of it before this one */
	enum { WAITS, RUNS, ENDED, TAKEN } state;
	struct proc *proc;
	int status;
	int64_t started, ended;		/* loop_now */
	bool began;			/* its test runs: everything is compiled */
	struct buf line, said;		/* of its stdout, the line that is open; the end of its stderr */
	char *run_id;			/* NULL until it says so */
	struct part part;		/* TAKEN */
};
TAILQ_HEAD(children, child);

struct set {
	const struct many_options *opt;
	const struct strs *words;
	struct strs env;
	struct loop *loop;
	struct plan plan;
	struct pick pick;
	unsigned jobs;
	bool automatic;
	char *engine_dir;		/* where the engine's data are on this machine; NULL */

	struct children children;	/* in the order they are started */
	size_t running, taken, bad;	/* bad: ended without a pass, repeated or not */
	bool compiled;			/* some test has begun */
	bool usage;			/* a child could not make sense of its flags */
	char *halted;			/* why nothing else is started; NULL */
	struct strs held;		/* why a start was held back, each reason once */

	struct ladder ladder;
	bool stop, woken;
	volatile bool hurry;

	struct console con;
	bool foot, colour;		/* a status line at the foot of a terminal */
	bool foot_drawn;
	int64_t began;
};

/* child.c */
int child_start(struct set *s, struct child *c, struct err *e);
void child_take(struct set *s, struct child *c);	/* after its end */
void child_free(struct child *c);

/* show.c: none of it blocks */
void show_open(struct set *s);
void show_begin(struct set *s);
void show_line(struct set *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void show_child_end(struct set *s, const struct child *c);
void show_foot(struct set *s);
void show_running(struct set *s);	/* on stderr */
void show_text(struct set *s, const struct buf *b);
void show_close(struct set *s);		/* waits for the reader */

/* summary.c: the files of the set; rep (may be NULL) is report_free's. The exit code. */
int set_write(struct set *s, bool finished, struct report *rep);

#endif
