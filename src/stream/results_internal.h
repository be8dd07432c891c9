/* The state of one stream: results.c feeds it, formats.c and compact.c show it, report/ makes a report of it.
 * For this room, and report/. */
#ifndef STREAM_RESULTS_INTERNAL_H
#define STREAM_RESULTS_INTERNAL_H

#include "console.h"
#include "events.h"
#include "footline.h"
#include "results.h"
#include "tests.h"

enum { QUEUE_MAX = 256 * 1024 };	/* bytes that may wait for the console's reader */

struct foot {
	bool on;		/* there is to be one */
	struct footline line;
	int64_t drawn_at;	/* loop_now */
	struct timer *timer;
};

struct results {
	struct results_config c;
	char *dir, *run_id, *pattern;
	struct events *out, *err;
	struct table tests;
	struct console con;
	struct foot foot;

	int stream_fd;		/* go-test.json; -1 */
	int log_fd;		/* runner.log; -1 */

	struct buf after;	/* the summary, which comes on the console behind all else */
	size_t dropped;		/* lines that a reader who was too slow was not shown */
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

/* results.c: shows r->after behind all else, and waits for the console's reader until then (loop_now; -1: as
 * long as it takes). */
void results_drain(struct results *r, int64_t until);

/* formats.c. Each leaves its text in the console's queue, if there is room. */
void format_begin(struct results *r);
void format_event(struct results *r, const struct event *ev);
void format_ended(struct results *r, const struct test_state *t);	/* a test */
void format_say_dropped(struct results *r);	/* how many lines were, if any */
void format_drained(void *results);	/* the same, where its reader has read all that waited */
/* appends what ends the events, before a summary in words */
void format_end(struct results *r, struct buf *out);
void format_lines(struct results *r, const char *text, size_t len);	/* hi's own, between others */
bool format_has_own_lines(enum format f);	/* else they go to stderr */

/* compact.c */
void compact_hide(struct results *r);	/* the foot line, before anything else is written */
void compact_show(struct results *r);	/* again, but at most ten times a second */
void compact_free(struct results *r);

#endif
