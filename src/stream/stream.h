/* The stream: `go test -json` events in; console, files and a verdict out.
 *
 * Feed a struct results the bytes of the runner's stdout as they come, cut anywhere. It writes go-test.json,
 * shows the output, and remembers what the summary needs in memory that does not grow with the output. It
 * never blocks on the terminal: a reader that is too slow loses lines and is told how many; the files lose
 * nothing. run/, set/ and cmd/ use the first part of this header; report/ reads the state behind it, too. */
#ifndef STREAM_STREAM_H
#define STREAM_STREAM_H

#include <bsd/sys/queue.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../base/buf.h"
#include "../base/err.h"
#include "../base/loop.h"
#include "../base/strs.h"
#include "../base/text.h"

struct results;
struct facts;

/* How the console shows a run: rows of the table in formats.c. */
enum format { FORMAT_VERBOSE, FORMAT_COMPACT, FORMAT_JSON, FORMAT_QUIET, FORMATS };
#define FORMAT_CHOICES "auto|verbose|compact|json|quiet"
/* Name is one of FORMAT_CHOICES. Auto and NULL give the format that suits a terminal, or what is none. */
enum format format_named(const char *name, bool terminal);

struct results_config {
	struct loop *loop;
	const char *dir;	/* the run's directory; NULL: write no files (hi logs) */
	const char *run_id, *pattern;
	enum format format;
	int out;		/* the console: 1 */
	bool colour, tty;
	int64_t timeout_ms;	/* go test's, for the foot line */
	int64_t slow_ms;	/* a test that runs longer is named meanwhile; 0: never */
	const char *history;	/* the file in which report/ records the tests' results; NULL: none */
	/* Writes the run's files while it goes on, from what is known so far (report_interim); NULL: no files
	 * are written before the end. */
	void (*write)(struct results *r, const struct facts *f);
	const struct facts *facts;	/* may be NULL */
	/* For the foot line: how many containers are up, their memory in MB (-1: unknown); may be NULL. */
	void (*engine)(void *arg, int *containers, double *memory);
	void *arg;
};

bool stdout_has_colours(void);	/* stdout is a terminal, and NO_COLOR is not set */

int results_new(const struct results_config *c, struct results **out, struct err *e);
void results_feed(struct results *r, const char *data, size_t len);	/* the runner's stdout */
void results_feed_err(struct results *r, const char *data, size_t len);	/* its stderr: go's own words */
/* Shows a line of hi's own ("removing 13 containers") between the tests' lines; in json it goes to stderr. */
void results_say(struct results *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void results_running(struct results *r);	/* SIGUSR1: says on stderr what runs, and for how long */
void results_resize(struct results *r);		/* SIGWINCH */
void results_stopping(struct results *r);	/* the tests are about to be stopped */
/* The console's reader has gone (EPIPE): nothing more is shown, the files go on. */
bool results_console_gone(const struct results *r);

/* How the process that made the stream ended, and what else is known when the run is over. */
enum ending {
	END_NORMAL,		/* the runner ended by itself with exit_code */
	END_INTERRUPTED,	/* signal */
	END_DEADLINE,		/* hi's own */
	END_OOM,		/* the runner was OOM-killed */
	END_REMOVED,		/* somebody else killed or removed the runner */
	END_ENGINE,		/* the engine went away */
	END_INFRA,		/* the runner could not be started; why: words */
	END_LIMIT,		/* stopped by --limit-action=stop */
};
const char *ending_name(enum ending e);

struct memory_peak {	/* of one container, for the table and the files */
	const char *name, *kind;
	double min_mb, avg_mb, max_mb, avg_cpu, max_cpu, limit_mb;	/* limit 0: none; < 0: unknown */
	int64_t max_at;		/* ms since 1970 */
	bool over, oom;
	int restarts;
};

struct leak { const char *kind, *name, *why; };	/* "container", "network", "volume", "image" */

struct facts {
	enum ending ending;
	int exit_code;		/* of go test, for END_NORMAL */
	int signal;		/* for END_INTERRUPTED */
	const char *why;	/* for END_INFRA and others: words; may be NULL */
	const char *image, *go_version, *engine, *hi_version;
	int64_t started, ended;	/* ms since 1970 */
	bool postgres, kept;
	const struct strs *kept_lines;	/* what is kept, and how one enters and removes it; may be NULL */
	size_t removed_containers, removed_networks, removed_volumes, removed_images;
	const struct leak *leaks;
	size_t n_leaks;
	const struct memory_peak *memory;
	size_t n_memory;
	const struct strs *missing;	/* evidence that could not be saved, a line each; may be NULL */
	bool leak_warns;	/* --on-leak=warn */
};

/* What a run amounts to; each has a row in the table of verdict.c. */
enum verdict { V_PASSED, V_FAILED, V_BUILD_FAILED, V_PANIC, V_RACE, V_NOTHING_RAN, V_ALL_SKIPPED,
    V_INCOMPLETE, V_DEADLINE, V_OOM, V_REMOVED, V_ENGINE, V_INFRA, V_INTERRUPTED, V_LIMIT, V_LEAK, VERDICTS };
const char *verdict_name(enum verdict v);
int verdict_parse(const char *name);	/* -1: no verdict is called so */
/* Of the verdicts of several runs the one with the highest rank counts. */
int verdict_rank(enum verdict v);
bool verdict_wants_triage(enum verdict v);
/* How many levels of tests the shallowest alternative of a -run pattern names: "A/b|C/d/e" has 2. */
unsigned pattern_depth(const char *pattern);

/* Ends the stream. The verdict is known before the evidence is collected, which depends on it. */
enum verdict results_end(struct results *r, const struct facts *f);
void results_free(struct results *r);

/* The console's bytes on their way out. Nothing here blocks where there is a loop. */
struct console {
	struct buf q;		/* write into this, then flush */
	struct loop *loop;
	struct watch *watch;
	int fd;
	bool opened;		/* fd was opened here */
	bool blocks;		/* it is a file, or there is no loop: write at once, whatever it takes */
	bool nonblocking;
	bool gone;		/* EPIPE */
	bool discard;
	bool midline;		/* what was written last did not end its line */
	bool github;		/* the Actions runner reads it: q is made harmless for it (text_github) */
	size_t checked;		/* bytes of q that are */
	struct text_line line;
	size_t cleared;		/* where in q a line was emptied */
	void (*drained)(void *arg);	/* called by the loop whenever bytes went out */
	void *arg;
};

void console_open(struct console *c, struct loop *l, int fd, void (*drained)(void *arg), void *arg);
void console_flush(struct console *c);
void console_close(struct console *c);
bool console_midline(const struct console *c);	/* the last line that was written is open */
void console_fresh_line(struct console *c);	/* ends it */

/* A line at the foot of a terminal that says what is going on. It is drawn over itself, and hidden before
 * anything else is written. */
struct footline {
	size_t drawn;		/* columns of it on the screen now */
	size_t columns;		/* of the terminal when it was drawn */
};
/* Draws text, cut to the terminal's width, unless something else waits for the console. */
void footline_draw(struct footline *f, struct console *c, const char *text, size_t len, bool colour);
void footline_hide(struct footline *f, struct console *c);

/* What is known of each package and test: its state, its time, and the few lines of its output that matter.
 *
 * What went wrong is taken from what the go command and the testing package say: events, their own lines,
 * and how the process ended. A test prints what it likes, also what other programs said; that is shown, and
 * means nothing. */

enum { EXCERPT_LINES = 40, SECONDS_MAX = 1000000000 /* a test that takes longer is a damaged file */ };

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

enum outcome { O_RUNNING, O_PAUSED, O_PASSED, O_FAILED, O_SKIPPED };
const char *outcome_name(enum outcome o);

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

/* What the verdict is made from. top: tests; sub: subtests. */
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

/* depth: how many levels the pattern has. */
void table_tally(const struct table *t, unsigned depth, struct tally *out);
enum verdict verdict_of(const struct tally *t, const struct facts *f);
int verdict_exit(enum verdict v, const struct tally *t, const struct facts *f);	/* 128 + n for a signal */
/* Appends one sentence, without its full stop, without control characters. */
void verdict_sentence(const struct results *r, enum verdict v, const struct tally *t, const struct facts *f,
    struct buf *out);

/* What a report shows of a test or a package that failed. */
struct excerpt {
	struct buf text;	/* the lines that matter, at most EXCERPT_LINES, harmless, no colours */
	struct buf message;	/* one line that says it; may be empty */
	struct buf file;	/* where: a path as the output has it; may be empty */
	long line;
};
void excerpt_test(const struct test_state *t, struct excerpt *out);
void excerpt_package(const struct table *t, const struct package *p, struct excerpt *out);
void excerpt_free(struct excerpt *x);

enum { QUEUE_MAX = 256 * 1024 };	/* bytes that may wait for the console's reader */

/* One stream. */
struct results {
	struct results_config c;
	char *dir, *run_id, *pattern;
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
	bool ended, stopping, waiting, hurry;
	const volatile bool *cancel;	/* ends the wait for the console's reader; may be NULL */
	bool github;			/* a run in GitHub Actions */
};

/* Shows r->after behind all else, and waits for the console's reader until then (loop_now; -1: as long as it
 * takes). */
void results_drain(struct results *r, int64_t until);
/* Appends what ends the events on the console, before a summary in words. */
void format_end(struct results *r, struct buf *out);

#endif
