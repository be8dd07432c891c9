/* Functions that the files of gotool/ share; for them and their unit tests alone. */
#ifndef GOTOOL_INTERNAL_H
#define GOTOOL_INTERNAL_H

#include "../base/buf.h"
#include "gotool.h"

/* Runs `go ARGS...` in dir (args ends with NULL), with an environment that keeps it from the network, from
 * other toolchains and from the user's own settings, and appends what it prints to out. -1: there is no go
 * (ERR_NO_COMMAND), or it failed: *e has its last words. */
int go_call(struct loop *l, const char *dir, const char *const *args, struct buf *out, struct err *e);

/* The version on go.mod's go line; NULL: there is none. The caller's. */
char *gomod_go_line(const char *text);

/* True: go would compile a file for the runner, that is linux, this machine's architecture, that go
 * version. The file's name (x_windows_test.go) and its //go:build or // +build lines tell. */
bool constraint_includes(const char *file_name, const char *text, const char *go_version);

/* Appends the top-level tests in a Go file's text. */
void tests_scan(const char *text, const char *file, struct tests *out);

#endif
