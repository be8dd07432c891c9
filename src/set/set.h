/* Many tests, each in an isolated run of its own: one supervisor, N runs at once, one summary, one exit code.
 *
 * Each run is this program again (hi run '^TestX$'), with its own run id, directory, lease and cleaner: what
 * holds for a single run holds for each of a set. The set has a directory of its own beside theirs, with
 * summary.json, summary.md, junit.xml and report.html for all of them. cmd/ calls this; cmd/report.c only
 * merges reports, and cmd/list.c only cuts lists of tests.
 *
 * The first run starts alone, until its first test begins, and builds the test binaries. The others execute
 * those without asking go (run/runner.sh), so a file edited meanwhile does not change what is tested. */
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

/* True: the options ask for more than a single run. */
bool set_wanted(const struct set_options *o);
/* words: the flags for each run, as `hi run` takes them. Returns hi's exit code, or dies of the signal. */
int set_run(const struct set_options *o, const struct strs *words);

/* Loads the history in the directory logs. If it can't be read, that is reported, and h is empty. */
void pick_history(const char *logs, struct history *h);

/* One machine's part of a list of tests. */
struct shard {
	unsigned i, n;	/* i: 1 to n; n 0: all tests */
};
/* Parses "2/4"; NULL means all tests. -1: ERR_USAGE. */
int shard_parse(const char *s, struct shard *out, struct err *e);

enum { CUT_SIZE = 17 };
/* Keeps in t the tests of one shard, in their order. The N shards of a list don't overlap and are together
 * the list, as long as each is cut from the same list with the same history: the longest tests are dealt out
 * first, each to the shard with least to do. cut identifies the partition: shards with equal ones fit
 * together. */
void shard_keep(struct tests *t, const struct shard *s, const struct history *h, bool postgres,
    char cut[CUT_SIZE]);

/* One of the runs whose reports are merged, by a set or by hi report. */
struct part {
	struct report rep;
	char *test;			/* the test it was started for; NULL: see its pattern */
	char *suffix;			/* appended to the names of its tests; NULL: none */
	const struct part *before;	/* the failed run that it repeats; NULL: none */
	bool superseded;		/* it was repeated: the results of its tests don't count */
};

/* Reads a run's summary.json into out->rep. An unfinished run gets V_INFRA. -1: as report_load. */
int part_load(const char *dir, struct part *out, struct err *e);
/* Makes up the report of a run that left none; why becomes its sentence. */
void part_refused(struct part *out, const char *pattern, int exit_code, const char *why);
void part_free(struct part *p);
bool part_passed(const struct part *p);			/* or skipped everything */

/* Merges the reports of parts. The verdict is the worst of those that were not superseded, in this order:
 * interrupted, failed (of any kind), deadline, infrastructure, memory-limit, leak, nothing-ran, passed;
 * all-skipped only if all were. out is zeroes, but for what the parts can't tell: its id, pattern and
 * directory, of which shard it is, and whether it is finished, or incomplete (then it is no pass).
 * flaky_fails: a test that failed first and passed again has failed. The parts must outlive *out. The caller
 * may add notes. */
void merge(struct report *out, struct part *const *v, size_t n, bool flaky_fails);
/* Finds a test in a report; NULL: it has no such test. */
struct report_test *report_find(const struct report *r, const char *package, const char *name);

/* Adds to missing the tests of a list that ran in none of the parts. path: a file with the output of hi list,
 * in any of its formats. A bare name may have run on either database, an entry of a matrix only on its own.
 * -1: the file can't be read, or is no such list. */
int expect(const char *path, struct part *const *v, size_t n, struct strs *missing, struct err *e);

/* The parts that were found below directories. */
struct parts {
	struct part **v;
	size_t n;
	struct strs notes;	/* remarks, and why the whole is incomplete */
	struct strs streams;	/* directories of runs that have a stream and no summary */
	bool incomplete;	/* a part is missing, or can't be used */
	struct strs seen;	/* directories visited so far, by device and inode */
};
/* Finds the runs and sets at or below path; one that can't be used is noted. */
void parts_find(struct parts *p, const char *path);
/* Finds the newest run in logs, or the set that it belongs to. False: there is no run. */
bool parts_find_newest(struct parts *p, const char *logs);
/* To be called once all parts are found: notes what is missing, and what is there twice, and replaces the
 * runs of a set by the set. tests: the path for expect, which can fail (-1); "": none. */
int parts_check(struct parts *p, const char *tests, struct err *e);
void parts_free(struct parts *p);

#endif
