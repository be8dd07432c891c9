/* Many tests, each in an isolated run of its own: one supervisor, N runs at once, one summary, one exit code.
 *
 * Each run is this program again (hi run '^TestX$'), with its own run id, directory, lease and cleaner: what
 * holds for a run holds for each of a set. The set has a directory of its own beside theirs: summary.json,
 * summary.md and junit.xml of all. cmd/ calls this; cmd/report.c and cmd/list.c merge reports
 * and cut lists of tests alone.
 *
 * Known caveat: the runs share the Go build cache, so that packages are compiled once (the first run starts
 * alone until its test runs), but each run links its test binary for itself. */
#ifndef SET_SET_H
#define SET_SET_H

#include "../cleanup/cleanup.h"
#include "../report/history.h"
#include "../report/report.h"
#include "../run/run.h"

struct set_options {
	struct run_options run;
	const char *shard, *rerun_only, *flaky;	/* as the user spelled them; shard NULL: not given */
	int64_t jobs, rerun_fails, count;	/* jobs 0: by cores and memory */
	bool rerun_last;
};

/* More is asked for than one run. */
bool set_wanted(const struct set_options *o);
/* words: the flags for each run, as `hi run` takes them. Returns hi's exit code, or dies of the signal. */
int set_run(const struct set_options *o, const struct strs *words);

/* Loads the history in logs. One that can't be read is said, and is empty. */
void pick_history(const char *logs, struct history *h);

/* The part of a list of tests that is one machine's. */
struct shard {
	unsigned i, n;	/* 1 to n; n 0: all */
};
/* "2/4"; NULL is all. -1: ERR_USAGE. */
int shard_parse(const char *s, struct shard *out, struct err *e);

enum { CUT_SIZE = 17 };
/* Keeps in t the tests of one shard, in their order. The N shards of a list are together the list and
 * don't overlap, as long as each is cut with the same list and history: the longest tests first, each to
 * where there is least to do. cut tells partitions apart (equal: they fit together). */
void shard_keep(struct tests *t, const struct shard *s, const struct history *h, bool postgres,
    char cut[CUT_SIZE]);

/* Reports of several runs made one: of a set, or of directories (hi report). */
struct part {
	struct report rep;
	char *test;			/* the one it was to run; NULL: its pattern tells */
	char *suffix;			/* behind the names of its tests; NULL */
	const struct part *before;	/* the failed run that it repeats */
	bool superseded;		/* it was repeated: what its tests did does not count */
};

/* Reads a run's summary.json into out->rep. A run without an end is infrastructure's. -1: there is none. */
int part_load(const char *dir, struct part *out, struct err *e);
/* Makes up the report of a run that left none, and says why. */
void part_refused(struct part *out, const char *pattern, int exit_code, const char *why);
void part_free(struct part *p);
bool part_passed(const struct part *p);			/* or was skipped */

/* Merges the reports of parts. The verdict is the worst one of those that count, in this order: interrupted,
 * failed (of any kind), deadline, infrastructure, memory-limit, leak, nothing-ran, passed; all-skipped only
 * where all were. out is zeroes, but for what the parts can't tell: its id, pattern and directory, of which
 * shard it is, and whether it is finished, or incomplete (then it is no pass). flaky_fails: a test that
 * failed first and passed again has failed. The parts must outlive out; the caller may add notes to it. */
void merge(struct report *out, struct part *const *v, size_t n, bool flaky_fails);
/* The test of a report; NULL: it has none such. */
struct report_test *report_find(const struct report *r, const char *package, const char *name);

/* Of the tests in a list those that ran in none of the parts. path: what hi list printed, in any of its
 * formats. A name alone may have run on either database, an entry of a matrix on its own. -1: the file can't
 * be read, or is no such list. */
int expect(const char *path, struct part *const *v, size_t n, struct strs *missing, struct err *e);

/* Parts that were found below directories. */
struct parts {
	struct part **v;
	size_t n;
	struct strs notes;	/* remarks, and why the whole is incomplete */
	struct strs streams;	/* directories of runs that have a stream and no summary */
	bool incomplete;	/* a part is missing, or can't be used */
	struct strs seen;	/* directories that were looked at, by device and inode */
};
/* Finds the runs and sets at or below path; one that can't be used is noted. */
void parts_find(struct parts *p, const char *path);
/* The newest run in logs, or the set that it belongs to. False: there is no run. */
bool parts_find_newest(struct parts *p, const char *logs);
/* Once all are found: notes what is missing, and what is there twice; a set stands for its runs from now on.
 * tests: as of expect; "": none. */
int parts_check(struct parts *p, const char *tests, struct err *e);
void parts_free(struct parts *p);

#endif
