/* A run's summary, in every format: made of a live run's stream, read back from summary.json, or merged of
 * several.
 *
 * run/ calls report_interim and report_finish, the cleaner report_complete, set/ and cmd/ the rest. A
 * struct report points into what it was made of, and to strings that it owns: report_free gives those
 * back, and nothing in it may be used afterwards. Strings are as the world had them: each writer here
 * makes them harmless for its format. */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include "../base/buf.h"
#include "../base/err.h"
#include "../base/strs.h"
#include "../stream/stream.h"

struct report_test {
	const char *package, *name;	/* name "": the package as such */
	const char *result;		/* "passed", "failed", "skipped", "unfinished", "build-failed" */
	double seconds;			/* < 0: unknown */
	int64_t started, ended;		/* ms since 1970; <= 0: unknown */
	bool parent;			/* only its subtests failed: it has nothing of its own to show */
	bool consequence;		/* unfinished because of what ended the run, said elsewhere */
	const char *excerpt, *message;	/* of one that failed; else NULL */
	const char *file;		/* relative to the checkout where that is known; or NULL */
	int line;
	int failed_before;		/* runs of it that failed before this one: flaky where it passed */
	const char *properties;		/* JSON: [{"name":..., "value":...}]; NULL: none */
};

struct report {
	bool finished;			/* else: hi is still running, or was killed */
	bool page;			/* report.html is in dir, or about to be written there */
	bool incomplete;		/* a part of it could not be used; notes names it */
	const char *run_id, *pattern, *dir;
	enum verdict verdict;
	int exit_code;
	const char *sentence;
	struct facts f;
	struct { struct counts top, sub; } t;	/* of tests; of subtests */
	struct report_test *tests;	/* in the order in which they began; packages last */
	size_t n;
	struct strs missing;		/* evidence that could not be saved, a line each */
	struct strs not_run;		/* tests that matched and never started */
	const char *triage_text, *triage;	/* text and JSON of triage; NULL: there was none */
	/* Of several runs together (hi run -j, hi report): */
	struct strs runs;		/* their ids */
	struct strs notes;		/* remarks about the whole, a line each */
	/* "1/4"; what identifies the cut, equal for shards that fit together; or NULL */
	const char *shard, *cut;
	/* Memory that the pointers above point to. */
	struct strs owned;
	struct memory_peak *memory;
	struct leak *leaks;
};

/* Writes the files of a run that goes on: results_config's write. */
void report_interim(struct results *r, const struct facts *f);

/* Ends the view, prints the summary, writes summary.json, junit.xml, summary.md, the history's lines and
 * what a CI service is told. triage (may be NULL) is called where there is a failure to look into; it sets
 * triage_text and triage with report_take. Returns hi's exit code (not for signals: the caller dies of
 * those). */
int report_finish(struct results *r, const struct facts *f, void (*triage)(void *arg, struct report *rep),
    void *arg);

/* Completes the files of a run whose hi died or left before its end, and adds the history's lines
 * (history: that file, or NULL for none). pattern: of a run that had not written a summary yet. f: how it
 * ended (interrupted, by SIGKILL where hi died without a word), why in words, when, and what was removed,
 * what is left and what evidence is missing. A run whose hi had finished its files keeps their verdict:
 * only what was removed and what is left is brought up to date. May be called by whoever outlived hi: the
 * cleaner. */
int report_complete(const char *dir, const char *pattern, const char *history, const struct facts *f,
    struct err *e);
/* Reads summary.json of a run's directory. -1: it can't be read, is damaged, or of another schema. */
int report_load(const char *dir, struct report *out, struct err *e);
/* Reads a finished summary, or else makes the report from the event stream, as far as it goes. -1: there is
 * neither. */
int report_read(const char *dir, struct report *out, struct err *e);
void report_free(struct report *r);

/* Each appends the whole report. */
void report_text(const struct report *r, bool colour, struct buf *out);	/* for the console */
void report_failures_text(const struct report *r, bool colour, struct buf *out);	/* its first part */
void report_json(const struct report *r, bool lists, struct buf *out);	/* lists: with tests and packages */
void report_markdown(const struct report *r, struct buf *out);
void report_junit(const struct report *r, struct buf *out);
void report_annotations(const struct report *r, struct buf *out);	/* GitHub's "::error file=..." */

/* Appends the Markdown to what GITHUB_STEP_SUMMARY names, where it does. */
void report_step_summary(const struct report *r);
/* Writes summary.json, junit.xml and summary.md. -1: not all of them; *e names the last that failed. */
int report_files(const struct report *r, const char *dir, struct err *e);

/* Writes a file that the user named. It is replaced; what is no regular file (a link, a device, a fifo) is
 * written into. */
int report_save(const char *path, const void *data, size_t len, struct err *e);

/* A copy of s that lives as long as r; NULL stays NULL. report_take frees s as well. */
const char *report_own(struct report *r, const char *s);
const char *report_take(struct report *r, char *s);
/* A failure is a test (or package) that is shown with its excerpt; a cause is also counted as an error. */
bool report_is_failure(const struct report_test *t);
bool report_is_cause(const struct report_test *t);
bool report_is_package(const struct report_test *t);
/* The run itself went wrong: no test of it stands for the failure. */
bool report_run_failed(const struct report *r);
/* Triage found that the machine is the likely cause. */
bool report_blames_machine(const struct report *r);

/* Shows the event stream of a run again (its directory is view->dir; no file in it is written), and its
 * summary where it has one. alive: at the end of the stream, waits for more as long as that says yes; may be
 * NULL. -1: there is no stream. */
int replay(const struct results_config *view, bool (*alive)(void *arg), void *arg, struct err *e);

#endif
