/* Which tests a set is made of, in which order. For set/ alone. */
#ifndef SET_PICK_H
#define SET_PICK_H

#include "set.h"
#include "shard.h"

struct pick {
	struct tests tests;
	char *rest;		/* behind the first element of the pattern: "/sub", or "" */
	struct shard shard;
	char shard_name[24], cut[CUT_SIZE];
	size_t damaged;		/* lines of the history */
};

/* longest_first: else in source order. -1: usage is *usage. No test at all is no error. */
int pick_tests(struct pick *p, const struct many_options *o, const struct plan *plan, struct loop *l, bool longest_first,
    bool *usage, struct err *e);
void pick_free(struct pick *p);

#endif
