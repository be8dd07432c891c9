/* What a run amounts to: pure functions of what was counted and what is known. For this room; cmd/ may ask
 * for names. */
#ifndef STREAM_VERDICT_H
#define STREAM_VERDICT_H

#include "../base/buf.h"
#include "results.h"
#include "tests.h"

enum verdict verdict_of(const struct tally *t, const struct facts *f);
/* 128 + n for a signal. */
int verdict_exit(enum verdict v, const struct tally *t, const struct facts *f);
/* Of several runs' verdicts the one with the highest rank counts. */
int verdict_rank(enum verdict v);
bool verdict_wants_triage(enum verdict v);
/* -1: no such name. */
int verdict_parse(const char *name);
const char *ending_name(enum ending e);
/* How many levels of tests the shallowest alternative of a -run pattern names: "A/b|C/d/e" has 2. */
unsigned pattern_depth(const char *pattern);

/* What the sentence names; each may be NULL. */
struct words {
	const char *pattern;
	const char *last;	/* what go said last in plain text */
	/* The rest is verdict_words'; the caller frees names and message. */
	const char *test;	/* the one that panicked, raced or has no end */
	bool unfinished;	/* the process panicked while it ran, perhaps for another reason */
	const char *package;	/* the one that could not be built, or failed */
	const char *not_built;	/* " does not compile" and the like, behind package */
	struct buf names;	/* of all tests that still ran when the deadline passed */
	struct buf message;	/* one line of what was said */
};
void verdict_words(const struct table *t, enum verdict v, struct words *w);
/* One sentence, without its full stop, without control characters. */
void verdict_sentence(struct buf *out, enum verdict v, const struct tally *t, const struct facts *f,
    const struct words *w);

#endif
