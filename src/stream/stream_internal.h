/* Declarations for the files of stream/ alone: the state of a run's tests, cutting the stream into events,
 * taking each in, and showing it. */
#ifndef STREAM_STREAM_INTERNAL_H
#define STREAM_STREAM_INTERNAL_H

#include <bsd/sys/queue.h>

#include "console.h"
#include "stream.h"

/* The state of each package and test, its time, and the few lines of its output that matter.
 *
 * Failures are taken from the words of the go command and the testing package alone: events, their own lines,
 * and how the process ended. A test prints what it likes, also what other programs said; that is shown, and
 * means nothing. */

enum capture_part {
	PART_TAIL,	/* the last lines, without those of go itself ("=== RUN") */
	PART_OWN,	/* the last entries of t.Log and t.Error, with all their lines */
	PART_TRACE,	/* from testify's first "Error Trace:" on, with the line before it */
	PART_RACE,	/* from the last "WARNING: DATA RACE" on */
	PARTS
};

/* The lines of a test's or a package's output that may be shown: a few, however much there is. */
struct capture {
	struct buf part[PARTS];
	bool open[PARTS];	/* the line at hand belongs to it */
	bool midline;		/* the last line is open: what comes goes on with it */
	size_t line_bytes;	/* of the line at hand, */
	size_t entry_bytes;	/* and of the last entry in PART_OWN */
	bool race_said;		/* the last line is testing's "race detected during execution of test" */
};

enum state { O_RUNNING, O_PAUSED, O_PASSED, O_FAILED, O_SKIPPED };

struct test_state;

struct package {
	TAILQ_ENTRY(package) next;
	char *name;
	enum state state;
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

	/* What the process said from the last "panic: " or the like on, */
	struct buf crash;
	struct test_state *crash_in;	/* in the output of that test, */
	struct test_state *crash_after;	/* when that one was the last that had ended */
	struct test_state *last_ended;
	int64_t killed_after_ms;	/* "*** Test killed: ran too long" was its last word; 0: it was not */
	bool race_said;
};

struct test_state {
	TAILQ_ENTRY(test_state) next, next_live;
	struct package *package;
	struct test_state *parent;	/* of a subtest; NULL */
	char *name;
	enum state state;
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
	struct buf stack;	/* of its goroutine, when the deadline passed; empty: unknown */
	size_t stack_own;	/* where in that its own place is */
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
	void *by_name;			/* of tsearch(3) */
	struct package *last;		/* the one of the last event */
	struct test_state *last_test;
	struct build *text_build;	/* which plain text is of */
	struct buf name, key, raw, text;	/* scratch */
	size_t kept;			/* bytes held for the reports of failed tests */
	size_t n, running, failed;
};

/* The counts from which the verdict is made. */
struct tally {
	struct counts top, sub;
	/* tests as deep as the pattern asks, and those of them that were skipped */
	size_t matched, matched_skipped;
	size_t packages_failed, packages_unfinished;
	bool build_failed, timeout, panic, race;
};

enum { QUEUE_MAX = 256 * 1024 };	/* bytes that may wait for the console's reader */

/* A run's stream, from its bytes to the console. */
struct results {
	struct results_config c;
	struct events *out, *err;
	struct table tests;
	struct console con;
	struct foot {
		bool on;		/* there is to be one */
		struct footline line;
		int64_t drawn_at;	/* loop_now */
		struct timer *timer;
	} foot;

	int stream_fd;		/* go-test.json; -1 */
	int log_fd;		/* runner.log; -1 */

	size_t dropped;		/* lines that a reader who was too slow was not shown */
	struct buf shown;	/* the package whose line is open on the console */
	bool sgr;		/* a colour of the tests' may be on */

	struct buf scratch, words;	/* words: the last line that go said in plain text */
	struct timer *tick;
	struct timer *files;		/* for the next writing of the report's files, */
	int64_t files_after;		/* which is not before this */
	int64_t began, started;		/* loop_now; ms since 1970 */
	bool ended, stopping;
	bool github;			/* a run in GitHub Actions */
};

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
/* Returns the build of p, which failed; NULL: p could be built. */
const struct build *table_build(const struct table *t, const struct package *p);

/* Finds a test of p; NULL: no event began it. */
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
/* A line that belongs to a stack: a goroutine's head, a function, a place, a register. */
bool line_of_stack(const char *s, size_t len);
/* The go command's own words on a process that ended ("signal: killed", "*** Test killed ..."). */
bool line_of_go(const char *s, size_t len);
/* The last line of s that has a place ("    name.go:12: "), as t.Fatal leaves it: which of them t.Log wrote
 * can't be told. One of testing itself counts only where there is no other. */
const char *entry_last(const char *s);

/* outcome.c. depth: how many levels the pattern has. */
void table_tally(const struct table *t, unsigned depth, struct tally *out);

/* verdict.c */
enum verdict verdict_of(const struct tally *t, const struct facts *f);

/* excerpt.c */
void excerpt_test(const struct test_state *t, struct excerpt *out);
void excerpt_package(const struct table *t, const struct package *p, struct excerpt *out);
void excerpt_free(struct excerpt *x);

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
	void (*end)(struct results *r);		/* before a summary; may be NULL */
};
extern const struct format_row formats[FORMATS];
void format_end(struct results *r);	/* before the summary */
void format_say_dropped(struct results *r);	/* says how many lines were, if any */
void format_drained(void *results);	/* the same, once the reader has read all that waited */
void format_lines(struct results *r, const char *text, size_t len);	/* hi's own, between others */

/* compact.c */
void compact_hide(struct results *r);	/* the foot line, before anything else is written */
void compact_show(struct results *r);	/* again, but at most ten times a second */
void compact_free(struct results *r);

#endif
