/* Declarations for the files of stream/ alone: cutting the stream into events, the state of the run's tests,
 * which each event changes, and showing it. */
#ifndef STREAM_STREAM_INTERNAL_H
#define STREAM_STREAM_INTERNAL_H

#include <bsd/sys/queue.h>

#include "console.h"
#include "stream.h"

/* The state and the times of each package and test, and the few lines of its output that matter.
 *
 * Only the go command and the testing package can report a failure: by events, by lines of their own, and by
 * how the process ended. A test may print anything, even other programs' output; that is shown, but proves
 * nothing. */

enum capture_part {
	PART_TAIL,	/* the last lines, without those of go itself ("=== RUN") */
	PART_OWN,	/* the last entries of t.Log and t.Error, with all their lines */
	PART_TRACE,	/* from testify's first "Error Trace:" on, with the line before it */
	PART_RACE,	/* from the last "WARNING: DATA RACE" on */
	PARTS
};

/* The lines of a test's or package's output that an excerpt may show: a few, however much it prints. */
struct capture {
	struct buf part[PARTS];
	bool open[PARTS];	/* the current line belongs to it */
	bool midline;		/* the current line has no newline yet */
	size_t line_bytes;	/* so far, of the current line */
	size_t entry_bytes;	/* so far, of the last entry in PART_OWN */
	bool race_said;		/* testing's last line is "race detected during execution of test" */
	bool entry_seen;	/* an entry of t.Log or t.Error came since the last subtest began */
};

enum state { O_RUNNING, O_PAUSED, O_PASSED, O_FAILED, O_SKIPPED };

struct test_state;

struct package {
	TAILQ_ENTRY(package) next;
	char *name;
	enum state state;
	bool started;		/* its start event was seen */
	bool said_pass, said_fail;	/* testing's last line: all its tests have ended */
	bool no_tests;		/* testing said that no test in it matches */
	double seconds;		/* < 0: unknown */
	struct capture output;	/* outside any test; emptied at testing's last line */

	/* The compiler or go vet failed, or (both are set) it could not even be loaded. */
	bool build_failed, setup_failed;
	char *failed_build;	/* the build's name in go's events, or NULL */

	/* How its process ended, known once the package has failed. */
	bool panicked;
	bool timed_out;		/* it passed its own deadline, or go killed it after that */
	bool raced;		/* outside any test */
	struct test_state *crashed;	/* the test that panicked; NULL: no test did, or it is unknown */

	/* What the process printed from its last "panic: " (or similar) on. */
	struct buf crash;
	bool crash_has_stacks;	/* its first stack has begun */
	struct test_state *crash_in;	/* the test whose output that was in, or NULL */
	struct test_state *crash_after;	/* last_ended at that time */
	struct test_state *last_ended;
	bool said_ok;	/* the last line is go's "ok  \t" */
	int64_t killed_after_ms;	/* time in a last "*** Test killed: ran too long"; 0: none */
	bool race_said;
};

struct test_state {
	TAILQ_ENTRY(test_state) next, next_live;
	struct package *package;
	struct test_state *parent;	/* NULL: not a subtest */
	char *name;
	enum state state;
	bool live;		/* not ended yet: it is in table.live */
	bool failed_before, sub_failed;
	bool own_reason;	/* an entry of its own came after its last subtest began */
	unsigned live_subs;
	int64_t began, ended;	/* ms since 1970; 0: not yet */
	int64_t since;		/* when it began to run, or to wait; ms since 1970 */
	int64_t slow_said;	/* ms it had run when last reported as slow */
	double seconds;
	/* name, value, name, value..., from t.Attr and t.ArtifactDir; their number is bounded */
	struct strs properties;
	struct capture output;
	bool panicked;		/* its panic ended the process */
	bool overdue;		/* it was running when go test's deadline passed */
	bool raced;
	struct buf stack;	/* of its goroutine, when the deadline passed; empty: unknown */
	size_t stack_own;	/* offset in stack of the place in the test itself */
};

struct build {	/* go's output about a build */
	TAILQ_ENTRY(build) next;
	char *import_path;
	struct buf text;	/* its first EXCERPT_LINES lines */
	size_t lines;
	bool vet;		/* go vet failed, not the compiler */
};

TAILQ_HEAD(packages, package);
TAILQ_HEAD(test_list, test_state);
TAILQ_HEAD(builds, build);

struct table {
	struct packages packages;
	struct test_list all, live;
	struct builds builds;
	void *by_name;			/* the tests, a tree of tsearch(3) */
	struct package *last;		/* the package of the last event */
	struct test_state *last_test;
	struct build *text_build;	/* the build that plain text is about; NULL: none */
	struct buf name, key, raw, text;	/* scratch */
	size_t kept;			/* bytes held for the reports of failed tests */
	size_t n, running, failed;
};

/* The counts from which the verdict is made. */
struct tally {
	struct counts top, sub;
	/* tests at least as deep as the pattern, and how many of them were skipped */
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
		bool on;		/* this run has a foot line */
		struct footline line;
		int64_t drawn_at;	/* loop_now */
		struct timer *timer;
	} foot;

	int stream_fd;		/* go-test.json; -1: none */
	int log_fd;		/* runner.log; -1: none */

	size_t dropped;		/* lines left out for a slow reader, not yet reported */
	struct buf shown;	/* the package whose line is open on the console */
	bool sgr;		/* a test's output may have left a colour on */

	struct buf scratch;
	struct buf words;		/* go's last error in plain text */
	bool words_explained;		/* an empty line followed it */
	struct timer *tick;
	struct timer *files;		/* for the next write of the report's files */
	int64_t files_after;		/* loop_now: not before this */
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

/* Slices are raw, escaped as in the JSON text (except EV_TEXT's output), and valid during the callback. A
 * member that is missing, or is no string, is empty. */
struct event {
	enum action action;
	struct slice package, test, import_path, failed_build, time;
	struct slice output;	/* for EV_ATTR its value, for EV_ARTIFACTS the directory */
	struct slice key;	/* of EV_ATTR */
	double seconds;		/* Elapsed; < 0: missing */
};

/* events.c. fn gets each event. A line that is no event becomes an EV_TEXT, and so does, in pieces, one of
 * more than 256 KB. bytes (may be NULL) gets the same stream, in whole lines or pieces of long ones, after
 * their events. plain: every line is text. */
struct events *events_new(void (*fn)(void *arg, const struct event *ev),
    void (*bytes)(void *arg, const char *data, size_t len), void *arg, bool plain);
void events_feed(struct events *e, const char *data, size_t len);
/* Ends the stream. A last line without its newline counts, unless it is incomplete JSON. */
void events_end(struct events *e);
void events_free(struct events *e);
bool slice_is(const struct slice *s, const char *text);
bool slice_starts(const struct slice *s, const char *text);

/* tests.c */
void table_init(struct table *t);
void table_free(struct table *t);
/* Takes an event in. Returns the test that it began or ended, or NULL. now: ms since 1970. */
struct test_state *table_event(struct table *t, const struct event *ev, int64_t now);
/* Returns the failed build of p; NULL: p could be built, or go said nothing about it. */
const struct build *table_build(const struct table *t, const struct package *p);

/* Finds a test of p; NULL: no event began it. */
struct test_state *table_find(struct table *t, struct package *p, const char *name, size_t len);

/* capture.c. s is harmless text, cut anywhere. few: keep fewer lines, as many tests run. */
void capture_add(struct capture *c, const char *s, size_t len, bool few);
/* Called when a test has failed: keeps only the lines that its excerpt shows, or (few) still fewer. Returns
 * how many bytes they occupy. */
size_t capture_settle(struct capture *c, bool raced, bool few);
void capture_free(struct capture *c);

enum { LINE_BYTES = 500 /* a longer line is cut */, TAIL_LINES = 20 };
const char *line_next(const char *s);
const char *lines_last(const char *s, size_t n);	/* the last n lines of s */
bool line_begins(const char *s, size_t len, const char *with);
/* True: it belongs to a stack: a goroutine's head, a function, a place, a register. */
bool line_of_stack(const char *s, size_t len);
/* True: the go command says how a process ended ("signal: killed", "*** Test killed ..."). */
bool line_of_go(const char *s, size_t len);
/* Returns the last line of s that has a place: t.Fatal's comes last, though t.Log's look the same. A place in
 * testing itself counts only if there is no other. */
const char *entry_last(const char *s);

/* outcome.c. depth: how many levels the pattern has. */
void table_tally(const struct table *t, unsigned depth, struct tally *out);

/* verdict.c */
enum verdict verdict_of(const struct tally *t, const struct facts *f);

/* excerpt.c */
void excerpt_test(const struct test_state *t, struct excerpt *out);
void excerpt_package(const struct table *t, const struct package *p, struct excerpt *out);
void excerpt_free(struct excerpt *x);

/* crash.c. Takes in a line that p's process printed. test: whose output it is in, or NULL. */
void crash_add_line(struct package *p, struct test_state *test, const char *s, size_t len);
/* Called when p has failed: finds out whether it panicked or timed out, and marks the tests that did. */
void crash_evaluate(struct table *t, struct package *p);

/* formats.c. The functions of a format append what it shows to the console's queue, if there is room. NULL:
 * it shows nothing there. */
struct format_row {
	const char *name;
	bool own_lines;	/* hi's own lines go between the tests' output; else to stderr */
	void (*begin)(struct results *r);
	void (*event)(struct results *r, const struct event *ev);		/* may be NULL */
	void (*ended)(struct results *r, const struct test_state *t);	/* of a test; may be NULL */
	void (*dropped)(struct results *r, size_t lines);
	void (*end)(struct results *r);		/* before a summary; may be NULL */
};
extern const struct format_row formats[FORMATS];
void format_end(struct results *r);	/* before the summary */
void format_say_dropped(struct results *r);	/* says how many lines were dropped, if any */
void format_drained(void *results);	/* the same, once nothing waits any more */
void format_lines(struct results *r, const char *text, size_t len);	/* hi's own lines, between others */

/* compact.c */
void compact_hide(struct results *r);	/* hides the foot line, before any other output */
void compact_show(struct results *r);	/* shows it again, at most ten times a second */
void compact_free(struct results *r);

#endif
