/* A run's summary, in every format: made from a live run's stream, read back from summary.json, or merged
 * from several.
 *
 * run/ calls report_interim and report_finish, the cleaner report_complete, set/ and cmd/ the rest. A
 * struct report points into what it was made from, and to strings that it owns: report_free frees those,
 * and nothing in it may be used afterwards. Strings are unescaped: each writer here makes them harmless for
 * its format. */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include "../base/buf.h"
#include "../base/err.h"
#include "../base/strs.h"
#include "../stream/stream.h"

struct report_test {
	const char *package, *name;	/* name "": the package itself */
	const char *result;		/* "passed", "failed", "skipped", "unfinished", "build-failed" */
	double seconds;			/* < 0: unknown */
	int64_t started, ended;		/* ms since 1970; <= 0: unknown */
	bool parent;			/* only its subtests failed: it has nothing of its own to show */
	bool consequence;		/* unfinished because of another test, or of what ended the run */
	const char *excerpt, *message;	/* of a test that failed; else NULL */
	const char *file;		/* relative to the checkout if that is known; may be NULL */
	int line;
	int failed_before;		/* its runs that failed before this one: a pass is then flaky */
	const char *properties;		/* JSON: [{"name":..., "value":...}]; NULL: none */
};

struct report {
	bool finished;			/* false: hi is still running, or was killed */
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
	/* "1/4", and the id of the partition, equal for shards that fit together; NULL: no shard */
	const char *shard, *cut;
	/* Memory that the pointers above point to. */
	struct strs owned;
	struct memory_peak *memory;
	struct leak *leaks;
};

/* Writes the files of a run that is still going on; it is results_config.write. */
void report_interim(struct results *r, const struct facts *f);

/* Ends the stream, writes summary.json, junit.xml, summary.md, the history's lines and a CI service's
 * annotations, and prints the summary. triage (may be NULL) is called if the verdict wants it; it sets
 * triage_text and triage with report_take. Returns hi's exit code; after a signal the caller dies of that
 * instead. */
int report_finish(struct results *r, const struct facts *f, void (*triage)(void *arg, struct report *rep),
    void *arg);

/* Completes the files of a run whose hi died or left before its end, and adds its lines to history (the
 * file; NULL: none). pattern: used if no summary was written yet. f: how the run ended (interrupted; by
 * SIGKILL if hi died without a word), why and when, what was removed, what is left, and what evidence is
 * missing. If hi had finished the files, the verdict in them stays, and only what was removed, left or
 * missing is updated. The cleaner, which outlives hi, calls this. */
int report_complete(const char *dir, const char *pattern, const char *history, const struct facts *f,
    struct err *e);
/* Reads summary.json of a run's directory. -1: it can't be read, is damaged, or of another schema. */
int report_load(const char *dir, struct report *out, struct err *e);
/* Reads a finished summary, or else makes the report from the event stream, as far as it goes. -1: neither
 * exists. */
int report_read(const char *dir, struct report *out, struct err *e);
void report_free(struct report *r);

/* Each appends the whole report. */
void report_text(const struct report *r, bool colour, struct buf *out);	/* for the console */
void report_failures_text(const struct report *r, bool colour, struct buf *out);	/* its failures */
void report_json(const struct report *r, bool lists, struct buf *out);	/* lists: with tests and packages */
void report_markdown(const struct report *r, struct buf *out);
void report_junit(const struct report *r, struct buf *out);
void report_annotations(const struct report *r, struct buf *out);	/* GitHub's "::error file=..." */

/* Appends the Markdown to the file that GITHUB_STEP_SUMMARY names, if it is set. */
void report_step_summary(const struct report *r);
/* Writes summary.json, junit.xml and summary.md. -1: some failed; *e names them. Of a finished run on a full
 * disk, summary.json gets the room of the others, and is without its lists if even that is too little. */
int report_files(const struct report *r, const char *dir, struct err *e);

/* Writes a file that the user named. A regular file is replaced; anything else (a link, a device, a fifo) is
 * written into. */
int report_save(const char *path, const void *data, size_t len, struct err *e);

/* Returns a copy of s that lives as long as r; NULL stays NULL. report_take frees s as well. */
const char *report_own(struct report *r, const char *s);
const char *report_take(struct report *r, char *s);
/* A failure is a test or package shown with its excerpt. A cause also counts as an error: it is a failure
 * that is no consequence of another. */
bool report_is_failure(const struct report_test *t);
bool report_is_cause(const struct report_test *t);
bool report_is_package(const struct report_test *t);
/* True: the run itself failed, and none of its tests accounts for it. */
bool report_run_failed(const struct report *r);
/* True: the machine is the likely cause, by triage or by the exit code. */
bool report_blames_machine(const struct report *r);

/* Shows again the event stream of the run in view->dir, in which nothing is written, and then its summary,
 * if there is one. While alive (may be NULL) returns true, more is awaited at the end of the stream. -1:
 * there is no stream. */
int replay(const struct results_config *view, bool (*alive)(void *arg), void *arg, struct err *e);

#endif
