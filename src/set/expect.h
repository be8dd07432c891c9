/* What should have run and is nowhere, of a list of tests. For cmd/ (report). */
#ifndef SET_EXPECT_H
#define SET_EXPECT_H

#include "merge.h"

/* path: what hi list printed, in any of its formats. A name alone may have run on either database, an entry of a matrix on
 * its own. missing: their names. -1: the file can't be read, or is no such list. */
int expect(const char *path, const struct part *v, size_t n, struct strs *missing, struct err *e);

#endif
