/* Go's regular expressions (RE2's syntax), as far as names of tests need them: whether
 * one is well-formed, and whether it matches somewhere in a name. In time linear in the
 * name's length, whatever the expression. What is not decided here, Unicode classes on
 * non-ASCII letters, matches. Internal to src/gotool (and its tests). */
#ifndef GOTOOL_REGEX_H
#define GOTOOL_REGEX_H

#include <stdbool.h>
#include <stddef.h>

#include "../base/err.h"

struct regex;

/* NULL: *e says what is wrong, in Go's words. */
struct regex *regex_parse(const char *expr, size_t len, struct err *e);
bool regex_match(const struct regex *r, const char *name);
void regex_free(struct regex *r);

#endif
