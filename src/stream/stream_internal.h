/* What this module's files share, and no other module needs: cutting the stream into events, what becomes of
 * each, and how it is shown. */
#ifndef STREAM_STREAM_INTERNAL_H
#define STREAM_STREAM_INTERNAL_H

#include "stream.h"

enum action { EV_TEXT, EV_START, EV_RUN, EV_PAUSE, EV_CONT, EV_PASS, EV_FAIL, EV_SKIP, EV_OUTPUT,
    EV_BUILD_OUTPUT, EV_BUILD_FAIL, EV_OTHER, EV_ATTR, EV_ARTIFACTS };

struct slice {
	const char *s;
	size_t len;
};

/* Slices are raw, escaped as in the JSON text (but for EV_TEXT's output), and valid during the callback. A
 * member that is missing, or is no string, is empty. */
struct event {
	enum action action;
	struct slice package, test, import_path, failed_build, time;
	struct slice output;	/* of EV_ATTR its value, of EV_ARTIFACTS the directory */
	struct slice key;	/* of EV_ATTR */
	double seconds;		/* Elapsed; < 0: not there */
};

/* events.c. fn gets each event; a line that is no event is text, and so is one of more than 256 KB, in
 * pieces. bytes (may be NULL) gets the stream again, in whole lines or pieces of long ones, after their
 * events. plain: all of it is text. */
struct events *events_new(void (*fn)(void *arg, const struct event *ev),
    void (*bytes)(void *arg, const char *data, size_t len), void *arg, bool plain);
void events_feed(struct events *e, const char *data, size_t len);
/* The stream is over: a last line without its newline counts, half a JSON line does not. */
void events_end(struct events *e);
void events_free(struct events *e);
bool slice_is(const struct slice *s, const char *text);
bool slice_starts(const struct slice *s, const char *text);

/* tests.c */
void table_init(struct table *t);
void table_free(struct table *t);
/* Takes an event in. Returns the test that it began or ended, or NULL. now: ms since 1970. */
struct test_state *table_event(struct table *t, const struct event *ev, int64_t now);
/* What was said when p could not be built; NULL: it could be. */
const struct build *table_build(const struct table *t, const struct package *p);

/* A test of p; NULL: no event began it. */
struct test_state *table_find(struct table *t, struct package *p, const char *name, size_t len);

/* capture.c. s is harmless text: a line, or a part of one. few: keep fewer lines, as many tests run. */
void capture_add(struct capture *c, const char *s, size_t len, bool few);
/* The test has failed: of its output only what its excerpt shows is kept, or still fewer lines of that.
 * Returns how many bytes it holds. */
size_t capture_settle(struct capture *c, bool raced, bool few);
void capture_free(struct capture *c);

enum { LINE_BYTES = 500 /* a longer line is cut */, TAIL_LINES = 20 };
const char *line_next(const char *s);
const char *lines_last(const char *s, size_t n);	/* the last n lines of s */
bool line_begins(const char *s, size_t len, const char *with);
/* "    name.go:12: ", as testing marks what t.Log and t.Error print. */
bool line_has_place(const char *s, size_t len);
/* A line that belongs to a stack: a goroutine's head, a function, a place, a register. */
bool line_of_stack(const char *s, size_t len);
/* What the go command itself says of a process that ended ("signal: killed", "*** Test killed ..."). */
bool line_of_go(const char *s, size_t len);
/* The last line of s that line_has_place, as t.Fatal leaves it: which of them t.Log wrote can't be told.
 * One of testing itself counts only where there is no other. */
const char *entry_last(const char *s);

/* crash.c. Takes in a line of p's process; test: in whose output; NULL: in none's. */
void crash_add_line(struct package *p, struct test_state *test, const char *s, size_t len);
/* p has failed: whether it panicked or ran into a deadline, and which tests that is said of. */
void crash_evaluate(struct table *t, struct package *p);

/* formats.c. What a format shows; functions leave their text in the console's queue, if there is room. Those
 * that may be NULL have nothing to show. */
struct format_row {
	const char *name;
	bool own_lines;	/* hi's own lines go between the tests'; else to stderr */
	void (*begin)(struct results *r);
	void (*event)(struct results *r, const struct event *ev);		/* may be NULL */
	void (*ended)(struct results *r, const struct test_state *t);	/* a test; may be NULL */
	void (*dropped)(struct results *r, size_t lines);
	void (*end)(struct results *r, struct buf *out);		/* before a summary; may be NULL */
};
extern const struct format_row formats[FORMATS];
void format_say_dropped(struct results *r);	/* says how many lines were, if any */
void format_drained(void *results);	/* the same, once the reader has read all that waited */
void format_lines(struct results *r, const char *text, size_t len);	/* hi's own, between others */

/* compact.c */
void compact_hide(struct results *r);	/* the foot line, before anything else is written */
void compact_show(struct results *r);	/* again, but at most ten times a second */
void compact_free(struct results *r);

#endif
