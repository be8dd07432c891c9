/* The results room: `go test -json` events in; console, files and a verdict out. This header is all that run/
 * and cmd/ see of it.
 *
 * Feed it the bytes of the runner's stdout as they come (cut anywhere); it writes go-test.json, shows the
 * output, and remembers what the summary needs in memory that does not grow with the output. It never blocks
 * on the terminal: a reader that is too slow loses lines, and is told how many; the files lose nothing. */
#ifndef STREAM_RESULTS_H
#define STREAM_RESULTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../base/err.h"
#include "../base/loop.h"
#include "../base/strs.h"

struct results;
struct facts;

/* How the console shows it: rows of the table in formats.c. */
enum format { FORMAT_VERBOSE, FORMAT_COMPACT, FORMAT_JSON, FORMAT_QUIET, FORMATS };
#define FORMAT_CHOICES "auto|verbose|compact|json|quiet"
/* One of FORMAT_CHOICES; auto, or NULL: by where it is shown. */
enum format format_named(const char *name, bool terminal);

struct results_config {
	struct loop *loop;
	const char *dir;	/* the run's directory; NULL: write no files (hi logs) */
	const char *run_id, *pattern;
	enum format format;
	int out;		/* the console: 1 */
	bool colour, tty;
	int64_t timeout_ms;	/* go test's, for the foot line */
	int64_t slow_ms;	/* tests slower than this are said while they run; 0: never */
	const char *history;	/* where its tests' results are remembered (history.h); NULL: nowhere */
	/* Writes the run's files while it goes on, from what is known so far (report_interim); NULL: none are
	 * written. */
	void (*write)(struct results *r, const struct facts *f);
	const struct facts *facts;	/* may be NULL */
	/* For the foot line of compact; may be NULL: containers up and their memory in MB (-1 unknown). */
	void (*engine)(void *arg, int *containers, double *memory);
	void *arg;
};

bool stdout_has_colours(void);	/* it is a terminal, and NO_COLOR is not set */

int results_new(const struct results_config *c, struct results **out, struct err *e);
void results_feed(struct results *r, const char *data, size_t len);	/* the runner's stdout */
void results_feed_err(struct results *r, const char *data, size_t len);	/* its stderr: go's own words */
/* A line of hi's own on the console ("removing 13 containers"), between the tests' lines; not in quiet or
 * json (there on stderr). */
void results_say(struct results *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void results_running(struct results *r);	/* SIGUSR1: what runs now and for how long, on stderr */
void results_resize(struct results *r);		/* SIGWINCH */
/* The console's reader has gone (EPIPE): nothing more is shown, the files go on. */
bool results_console_gone(const struct results *r);

/* How the process under it ended, and what else is known, when the run is over. */
enum ending {
	END_NORMAL,		/* the runner ended by itself with exit_code */
	END_INTERRUPTED,	/* signal */
	END_DEADLINE,		/* hi's own */
	END_OOM,		/* the runner was OOM-killed */
	END_REMOVED,		/* it vanished, or was killed, under us */
	END_ENGINE,		/* the engine went away */
	END_INFRA,		/* it could not be started; why: words */
	END_LIMIT,		/* stopped by --limit-action=stop */
};

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
	size_t removed_containers, removed_networks, removed_volumes, removed_images;
	const struct leak *leaks;
	size_t n_leaks;
	const struct memory_peak *memory;
	size_t n_memory;
	const struct strs *missing;	/* evidence that could not be had, a line each; may be NULL */
	bool leak_warns;	/* --on-leak=warn */
};

/* What a run amounts to; each has a row in the table of verdict.c. */
enum verdict { V_PASSED, V_FAILED, V_BUILD_FAILED, V_PANIC, V_RACE, V_NOTHING_RAN, V_ALL_SKIPPED,
    V_INCOMPLETE, V_DEADLINE, V_OOM, V_REMOVED, V_ENGINE, V_INFRA, V_INTERRUPTED, V_LIMIT, V_LEAK, VERDICTS };
const char *verdict_name(enum verdict v);

/* Flushes the end of the stream. Before the evidence is collected: so that one may ask whether it passed. */
enum verdict results_end(struct results *r, const struct facts *f);
void results_free(struct results *r);

#endif
