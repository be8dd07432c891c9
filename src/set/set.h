/* Many tests, each in an isolated run of its own: one supervisor, N children at once, one summary, one exit code.
 * Each child is this program again (hi run '^TestX$'), with its own run id, directory, lease and cleaner: what holds
 * for a run holds for each of a set. cmd/run.c calls it; merge.h, shard.h and rate.h serve cmd/ as well.
 *
 * The set has a directory of its own beside those of its runs: summary.json, summary.md and junit.xml of all.
 *
 * Known caveat: the runs share the Go build cache, so that packages are compiled once (the first run starts alone
 * until its test runs), but each run links its test binary for itself. */
#ifndef SET_SET_H
#define SET_SET_H

#include "../run/plan.h"

struct many_options {
	struct run_options run;
	const char *shard, *rerun_only, *flaky;	/* as the user spelled them; shard NULL: not given */
	int64_t jobs, rerun_fails, count;	/* jobs 0: by cores and memory */
	bool rerun_last;
};

/* More is asked for than one run. */
bool many_wanted(const struct many_options *o);
/* words: the flags for each child, as `hi run` takes them. Returns hi's exit code, or dies of the signal. */
int many_run(const struct many_options *o, const struct strs *words);

#endif
