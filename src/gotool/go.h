/* What the files of this room share. Internal to src/gotool (and its unit tests). */
#ifndef GOTOOL_GO_H
#define GOTOOL_GO_H

#include <stdbool.h>
#include <stddef.h>

#include "../base/buf.h"
#include "../base/json.h"
#include "gotool.h"

#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* `go ARGS...` in dir, with an environment that keeps it from the network, from other
 * toolchains and from the user's own settings. -1: there is none, or it failed: *e has its words. */
int go_call(struct loop *l, const char *dir, const char *const *args, struct buf *out, struct err *e);

/* The go line's version; NULL: no such line. The caller's. */
char *gomod_go_line(const char *text);

/* Whether a file belongs to a build in the runner (linux, this machine's architecture, that go
 * version): its name's suffix and its //go:build line. */
bool build_includes(const char *file_name, const char *text, const char *go_version);
/* An expression behind "//go:build". A malformed one is false. */
bool build_expression(const char *expr, const char *go_version);

/* Appends the top-level tests in a file's text. */
void tests_scan(const char *text, const char *file, struct tests *out);

#endif
