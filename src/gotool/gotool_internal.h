/* Shared by the files of gotool/ and their unit tests only. */
#ifndef GOTOOL_INTERNAL_H
#define GOTOOL_INTERNAL_H

#include "../base/buf.h"
#include "gotool.h"

/* Runs `go ARGS...` in dir (args ends with NULL), with an environment that keeps it from the network, from
 * other toolchains and from the user's own settings, and appends what it prints to out. -1: there is no go
 * (ERR_NO_COMMAND), or it failed, and *e has the last line of its stderr. */
int go_call(struct loop *l, const char *dir, const char *const *args, struct buf *out, struct err *e);

/* The version on the go line of a go.mod's text; NULL: there is none. The caller frees it. */
char *gomod_go_line(const char *text);

/* True: by its name (x_windows_test.go) and its //go:build or // +build lines, go would compile the file for
 * the runner, that is for linux, this machine's architecture and that go version. */
bool constraint_includes(const char *file_name, const char *text, const char *go_version);

/* Appends the top-level tests that a Go file's text defines. */
void tests_scan(const char *text, const char *file, struct tests *out);

#endif
