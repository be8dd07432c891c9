/* What a report shows of a test or a package that failed: the lines that matter, one that says it, and where.
 * For this room and report/. */
#ifndef STREAM_EXCERPT_H
#define STREAM_EXCERPT_H

#include "tests.h"

struct excerpt {
	struct buf text;	/* at most EXCERPT_LINES, harmless, no colours */
	struct buf message;	/* one line that says it; may be empty */
	struct buf file;	/* where: a path as the output has it; may be empty */
	long line;
};

void excerpt_test(const struct test_state *t, struct excerpt *out);
void excerpt_package(const struct table *t, const struct package *p, struct excerpt *out);
void excerpt_free(struct excerpt *x);

#endif
