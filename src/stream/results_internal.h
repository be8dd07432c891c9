/* Inside stream/ only: the state of one stream that is looked at. results.c feeds it, view.c and compact.c
 * show it, build.c makes a report of it. */
#ifndef STREAM_RESULTS_INTERNAL_H
#define STREAM_RESULTS_INTERNAL_H

#include "console.h"
#include "events.h"
#include "results.h"
#include "tests.h"

enum { QUEUE_MAX = 256 * 1024 };	/* bytes that may wait for the console's reader */

struct foot {
	bool on;		/* there is to be one */
	size_t drawn;		/* columns of it on the screen now */
	size_t columns;		/* of the terminal when it was drawn */
	int64_t drawn_at;
	struct timer *timer;
};

struct results {
	struct results_config c;
	char *dir, *run_id, *pattern;
	struct events *out, *err;
	struct table tests;
	struct console con;
	struct foot foot;

	int stream_fd;		/* go-test.json, also read from; -1 */
	int64_t stream_len;
	int log_fd;		/* runner.log; -1 */

	/* A reader that was too slow for the live stream gets it from the file, from here on; -1: it is up to date. */
	int64_t behind;
	struct events *late;	/* what reads the file then, */
	int64_t late_at;	/* and how far it has */
	struct timer *late_timer;
	size_t line_shown, late_skip;	/* how much of a long line is shown; of the first one read late, not again */
	struct buf after;	/* comes on the console behind all that */
	size_t dropped;		/* lines that could not be shown, as there is no file */
	struct buf shown;	/* the package whose line is open on the console */
	bool sgr;		/* a colour of the tests' may be on */

	struct buf scratch, words;	/* words: the last line that go said in plain text */
	struct timer *tick;
	struct timer *files;		/* for the next writing of the report's files, */
	int64_t files_after;		/* which is not before this */
	int64_t began, started;		/* loop_now; ms since 1970 */
	bool replay;			/* the stream is read from a file: times are those of the events */
	bool ended, waiting, hurry;
	const volatile bool *cancel;	/* ends the waiting for the console's reader; may be NULL */
	bool github;			/* a run in its Actions */
};

/* results.c: shows r->after behind all else, and waits for the console's reader until then (loop_now; -1: as long as it
 * takes). */
void results_drain(struct results *r, int64_t until);

/* view.c */
void view_live(struct results *r, const struct event *ev);
void view_catch_up(void *results);
void view_flush(struct results *r);	/* sends, and goes on with what a late reader still lacks */
void view_say_dropped(struct results *r);	/* how many lines were, if any */
bool view_idle(const struct results *r);
void view_begin(struct results *r);
void view_end(struct results *r, struct buf *out);
void view_lines(struct results *r, const char *text, size_t len);	/* of hi's own; the queue takes them */
/* Appends what may be shown of an output: raw as in JSON (escaped) or as it came. */
void view_text(struct buf *out, struct buf *scratch, const struct slice *raw, bool escaped, bool colour);

/* compact.c */
void compact_finished(struct results *r, const struct test_state *t);
void compact_hide(struct results *r);	/* the foot line, before anything else is written */
void compact_show(struct results *r);	/* again, but at most ten times a second */
void compact_free(struct results *r);

#endif
