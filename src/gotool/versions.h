/* The Tailscale versions that the integration tests of a checkout use, from the table
 * in its own source. For `hi list-versions`. */
#ifndef GOTOOL_VERSIONS_H
#define GOTOOL_VERSIONS_H

#include <stdbool.h>

#include "../base/err.h"
#include "../base/strs.h"

/* The supported minor versions, oldest first: "1.80", "1.82", ... */
int versions_read(const char *root, struct strs *releases, struct err *e);
/* The same, out of the text of Go files. */
int versions_parse(const char *text, struct strs *releases, struct err *e);
/* "head", "unstable" and the releases ("v1.80"), all or those that must be tested, without
 * those that the comma-separated exclude names ("head,1.80"). */
int versions_select(const struct strs *releases, bool all, const char *exclude, struct strs *out,
    struct err *e);

#endif
