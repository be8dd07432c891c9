/* The part of a test's output that matters, read back from the event stream. For this room alone. */
#ifndef STREAM_EXCERPT_H
#define STREAM_EXCERPT_H

#include "tests.h"

struct excerpt {
	struct buf text;	/* at most 40 lines, harmless, no colours */
	struct buf message;	/* one line that says it; may be empty */
	struct buf file;	/* where: a path as the output has it; may be empty */
	long line;
};

/* fd, len: the stream. Whatever can't be read is left out. */
void excerpt_test(int fd, int64_t len, const struct test_state *t, struct excerpt *out);
void excerpt_package(int fd, int64_t len, const struct table *t, const struct package *p, struct excerpt *out);
/* What go before 1.24 said of a package that does not compile. fd: runner.log. */
void excerpt_log(int fd, const char *package, struct excerpt *out);
void excerpt_free(struct excerpt *x);

#endif
