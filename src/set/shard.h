/* Which part of a list of tests is one machine's. Pure. For set/ and cmd/ (list). */
#ifndef SET_SHARD_H
#define SET_SHARD_H

#include "../gotool/gotool.h"
#include "../report/history.h"

struct shard {
	unsigned i, n;	/* 1 to n; n 0: all */
};
/* "2/4"; NULL is all. */
int shard_parse(const char *s, struct shard *out, struct err *e);

enum { CUT_SIZE = 17 };
/* Keeps in t the tests of one shard, in their order. The n parts of a list are the list and don't overlap, as long as
 * each is cut with the same list and history: the longest tests first, each to where there is least to do, those of
 * unknown length by a hash of their names. cut tells partitions apart (equal: they fit together). */
void shard_keep(struct tests *t, const struct shard *s, const struct history *h, bool postgres, char cut[CUT_SIZE]);

#endif
