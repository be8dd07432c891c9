/* A run as a report: what its files and the summary on the console say. Made of a live run by this room, or read
 * back from a finished run's summary.json. For this room and for cmd/ (report, rerun-last, history). */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include "../base/buf.h"
#include "../base/err.h"
#include "../base/strs.h"
#include "../stream/results.h"
#include "../stream/verdict.h"

struct report_test {
	const char *package, *name;	/* name "": the package as such */
	const char *result;		/* "passed", "failed", "skipped", "unfinished", "build-failed" */
	double seconds;			/* < 0: unknown */
	bool parent;			/* only its subtests failed: nothing of its own to show */
	const char *excerpt, *message;	/* of one that failed; else NULL */
	const char *file;		/* relative to the checkout where that is known; or NULL */
	long line;
	unsigned failed_before;		/* runs of it that failed before this one: flaky where it passed */
};

struct report {
	bool finished;			/* else: hi is at it, or was killed */
	const char *run_id, *pattern, *dir;
	enum verdict verdict;
	int exit_code;
	const char *sentence;
	struct facts f;
	struct tally t;
	struct report_test *tests;	/* in the order they began; packages last */
	size_t n;
	const char *triage_text, *triage_json;	/* NULL: none was made */
	/* Of several runs together (hi run -j, hi report): */
	struct strs runs;		/* their ids */
	struct strs notes;		/* what there is to say about the whole, a line each */
	const char *shard, *cut;	/* "1/4"; by what the shards were cut: same for all that fit together; or NULL */
	/* What the pointers above point to. */
	struct strs owned;
	struct memory_peak *memory;
	struct leak *leaks;
	struct strs missing;
};

/* summary.json of a run's directory. -1: there is none, it is of another schema, or damaged. */
int report_load(const char *dir, struct report *out, struct err *e);
void report_free(struct report *r);

/* Each appends. */
void report_text(const struct report *r, bool colour, struct buf *out);	/* for the console */
void report_json(const struct report *r, bool lists, struct buf *out);	/* lists: with tests and packages */
void report_markdown(const struct report *r, struct buf *out);
void report_junit(const struct report *r, struct buf *out);
/* GitHub's annotations ("::error file=..."). */
void report_annotations(const struct report *r, struct buf *out);
/* Appends the markdown to what GITHUB_STEP_SUMMARY names, where it does. */
void report_step_summary(const struct report *r);
/* summary.json, junit.xml, summary.md. */
int report_files(const struct report *r, const char *dir, struct err *e);

/* Completes the files of a run whose hi died or left before its end, and adds the history's lines (history: that file, or
 * NULL for none). pattern: of a run that had not written a summary yet. f: how it ended (interrupted, by SIGKILL where hi
 * died without a word), why in words, when, and what was
 * removed, what is left and what evidence is missing. A run whose hi had finished its files keeps their verdict: only what
 * was removed and what is left is brought up to date. May be called by whoever outlived hi: the cleaner. */
int report_complete(const char *dir, const char *pattern, const char *history, const struct facts *f, struct err *e);
/* Calls fn with the report of a run: of its summary.json where that is finished, else of its event stream as far as it
 * goes. -1: it has neither. */
int report_visit(const char *dir, void (*fn)(void *arg, const struct report *r), void *arg, struct err *e);

/* How long something took, for people, behind words of ours. */
void report_duration(struct buf *out, const char *before, int64_t ms);

/* This room's. */
/* Whether a container has a line in the table of memory: of a set, which may have a thousand of them, what went wrong
 * and the highest of its kind. */
bool report_shows(const struct report *r, const struct memory_peak *m);
const struct strs *report_missing(const struct report *r);	/* evidence that could not be had */
const char *report_own(struct report *r, const char *s);	/* a copy that lives as long as r; NULL stays NULL */
const char *report_take(struct report *r, char *s);		/* the same, and s is freed */
bool report_is_failure(const struct report_test *t);		/* one that is to be shown with its excerpt */
bool report_is_package(const struct report_test *t);
/* The n slowest tests, as indices into tests; returns how many there are. */
size_t report_slowest(const struct report *r, size_t *out, size_t n);
struct results;
void report_build(struct results *r, const struct facts *f, bool finished, struct report *out);

#endif
