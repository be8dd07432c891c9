/* The stream: `go test -json` events in; console, files and a verdict out.
 *
 * Feed a struct results the bytes of the runner's stdout as they come, cut anywhere. It writes go-test.json
 * and runner.log, shows the output, and keeps what the summary needs in memory that does not grow with the
 * output. It never blocks on the terminal: a reader that is too slow loses lines and is told how many; the
 * files lose nothing. run/, report/, set/ and cmd/ call this module. */
#ifndef STREAM_STREAM_H
#define STREAM_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../base/buf.h"
#include "../base/err.h"
#include "../base/loop.h"
#include "../base/strs.h"

struct results;
struct facts;

enum { SECONDS_MAX = 1000000000 };	/* a test that takes longer is a damaged file */

/* How the console shows a run: rows of the table in formats.c. */
enum format { FORMAT_VERBOSE, FORMAT_COMPACT, FORMAT_JSON, FORMAT_QUIET, FORMATS };
#define FORMAT_CHOICES "auto|verbose|compact|json|quiet"
/* name is one of FORMAT_CHOICES. For "auto" and NULL, terminal (stdout is one) decides. */
enum format format_named(const char *name, bool terminal);

struct results_config {	/* strings are borrowed until results_free */
	struct loop *loop;
	const char *dir;	/* the run's directory; NULL: write no files (hi logs) */
	const char *run_id, *pattern;
	enum format format;
	int out;		/* the console's descriptor */
	bool colour, tty;
	int64_t timeout_ms;	/* go test's, for the foot line */
	int64_t slow_ms;	/* a test that runs longer is said to be slow; 0: never */
	const char *history;	/* the file in which report/ records the tests' results; NULL: none */
	/* Writes the report's files during the run, from what is known so far (report_interim); NULL: they
	 * are written only at the end. */
	void (*write)(struct results *r, const struct facts *f);
	const struct facts *facts;	/* may be NULL */
	bool replay;		/* the stream is read from a file: times are those of its events */
	const volatile bool *cancel;	/* set: no longer wait for the console's reader; may be NULL */
	/* Tells the foot line how many containers are up, and their memory in MB (-1: unknown); may be
	 * NULL. */
	void (*engine)(void *arg, int *containers, double *memory);
	void *arg;
};

bool stdout_has_colours(void);	/* stdout is a terminal, and NO_COLOR is not set */

int results_new(const struct results_config *c, struct results **out, struct err *e);
const struct results_config *results_about(const struct results *r);
void results_feed(struct results *r, const char *data, size_t len);	/* the runner's stdout */
void results_feed_err(struct results *r, const char *data, size_t len);	/* its stderr: go's own words */
/* Shows a line of hi's own ("removing 13 containers") between the tests' lines; in json it goes to stderr. */
void results_say(struct results *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void results_running(struct results *r);	/* SIGUSR1: says on stderr what runs, and for how long */
void results_resize(struct results *r);		/* SIGWINCH */
void results_stopping(struct results *r);	/* the tests are about to be stopped */
/* True: the console's reader has gone (EPIPE). Nothing more is shown; the files are still written. */
bool results_console_gone(const struct results *r);

/* How the process that made the stream ended, and what else is known when the run is over. */
enum ending {
	END_NORMAL,		/* the runner ended by itself with exit_code */
	END_INTERRUPTED,	/* by facts.signal */
	END_DEADLINE,		/* hi's own deadline passed */
	END_OOM,		/* the runner was OOM-killed */
	END_REMOVED,		/* somebody else killed or removed the runner */
	END_ENGINE,		/* the engine went away */
	END_INFRA,		/* the runner could not be started; facts.why: the reason */
	END_LIMIT,		/* stopped by --limit-action=stop */
};
const char *ending_name(enum ending e);

struct memory_peak {	/* of one container, for the report */
	const char *name, *kind;
	double min_mb, avg_mb, max_mb, avg_cpu, max_cpu, limit_mb;	/* limit_mb 0: none; < 0: unknown */
	int64_t max_at;		/* ms since 1970 */
	bool over, oom;
	int restarts;
};

struct leak { const char *kind, *name, *why; };	/* "container", "network", "volume", "image" */

/* The account of a removal: how much has gone, and each thing that could not be removed. */
struct removed {
	size_t containers, networks, volumes, images;	/* images: their tags */
	struct leak *left;
	size_t n_left;
};

struct facts {
	enum ending ending;
	int exit_code;		/* of go test, for END_NORMAL */
	int signal;		/* for END_INTERRUPTED */
	const char *why;	/* the reason, for END_INFRA and others; may be NULL */
	const char *image, *go_version, *engine, *hi_version;
	int64_t started, ended;	/* ms since 1970 */
	bool postgres, kept;
	const struct strs *kept_lines;	/* what was kept, and how to enter and remove it; may be NULL */
	struct removed removed;
	const struct memory_peak *memory;
	size_t n_memory;
	const struct strs *missing;	/* evidence that could not be saved, a line each; may be NULL */
	bool leak_warns;	/* --on-leak=warn */
};

/* The verdicts on a run; each has a row in the table of verdict.c. */
enum verdict { V_PASSED, V_FAILED, V_BUILD_FAILED, V_PANIC, V_RACE, V_NOTHING_RAN, V_ALL_SKIPPED,
    V_INCOMPLETE, V_DEADLINE, V_OOM, V_REMOVED, V_ENGINE, V_INFRA, V_INTERRUPTED, V_LIMIT, V_LEAK, VERDICTS };
const char *verdict_name(enum verdict v);
int verdict_parse(const char *name);	/* -1: no verdict has this name */
/* Among the verdicts of several runs, the one with the highest rank counts. */
int verdict_rank(enum verdict v);
bool verdict_wants_triage(enum verdict v);
/* Counts the levels of tests that the shallowest alternative of a -run pattern names: "A/b|C/d/e" has 2. */
unsigned pattern_depth(const char *pattern);

/* Ends the stream and returns the verdict, which decides what evidence is collected. */
enum verdict results_end(struct results *r, const struct facts *f);
/* Waits until the console's reader has read everything. until: a time of loop_now; -1: no limit. */
void results_await_reader(struct results *r, int64_t until);
/* Shows "last" after everything else, and waits for the reader as above. */
void results_drain(struct results *r, const struct buf *last, int64_t until);
void results_free(struct results *r);

struct counts {
	size_t passed, failed, skipped, unfinished;
};
struct conclusion {
	struct counts top, sub;	/* tests; subtests */
	enum verdict verdict;
	int exit_code;		/* hi's; 128 + n for a signal */
	char *sentence;		/* no full stop, no control characters; the caller frees it */
};
void results_conclude(const struct results *r, const struct facts *f, struct conclusion *out);

enum { EXCERPT_LINES = 40 };

/* The part of a failed test's or package's output that a report shows. */
struct excerpt {
	struct buf text;	/* the lines that matter, at most EXCERPT_LINES, harmless, no colours */
	struct buf message;	/* the failure in one line; may be empty */
	struct buf file;	/* where it failed: a path as printed; may be empty */
	long line;
};

/* The outcome of a test or, if name is "", of a package. */
struct outcome {
	const char *package, *name;
	const char *result;	/* "passed", "failed", "skipped", "unfinished", "build-failed" */
	double seconds;		/* < 0: unknown */
	int64_t began, ended;	/* ms since 1970; 0: unknown */
	bool parent;		/* failed only because its subtests (a package: its tests) did */
	bool consequence;	/* unfinished because of another test, or of what ended the run */
	const struct strs *properties;	/* name, value, name, value...; NULL for a package */
	const struct excerpt *excerpt;	/* NULL: there is nothing to show */
};
/* Calls fn for each test, in the order in which they began, and then for each package; o is valid during the
 * call. how: how the run ended. excerpts: false leaves them out. */
void results_each(const struct results *r, enum ending how, bool excerpts,
    void (*fn)(void *arg, const struct outcome *o), void *arg);

#endif
