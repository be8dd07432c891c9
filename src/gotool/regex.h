/* Go's regular expressions over libc's: whether one is well-formed, and whether it matches
 * somewhere in a name. What Go and POSIX spell differently is rewritten; what only Go knows
 * (\pL, \b, flags in the middle) is taken as well-formed and not decided. Internal to src/gotool. */
#ifndef GOTOOL_REGEX_H
#define GOTOOL_REGEX_H

#include <stdbool.h>
#include <stddef.h>

#include "../base/err.h"

struct regex;

/* NULL: *e says what is wrong, in Go's words. */
struct regex *regex_parse(const char *expr, size_t len, struct err *e);
bool regex_decides(const struct regex *r);	/* regex_match is Go's answer */
bool regex_match(const struct regex *r, const char *name);
void regex_free(struct regex *r);

#endif
