/* The Go side: the checkout, and the go command line (GOTOOLCHAIN=local, GOFLAGS empty, GOPROXY=off: never a
 * network). Everything works without a go command on the host, but for what says otherwise. */
#ifndef GOTOOL_GOTOOL_H
#define GOTOOL_GOTOOL_H

#include "../base/err.h"
#include "../base/loop.h"
#include "../base/strs.h"

struct checkout {
	char *root;	/* of the module, symbolic links resolved; holds go.mod and integration/ */
	char *go;	/* "1.26.1", of go.mod's go line (the toolchain line is ignored) */
	char *git_dir;	/* of a worktree: the common .git directory outside root, else NULL */
};
/* From dir (NULL: where we stand) upwards. -1: not in a checkout (says what was looked
 * for), an unreadable go.mod, no go line. `go mod edit -json` is asked where there is a go, else the line is read. */
int checkout_find(struct loop *l, const char *dir, struct checkout *c, struct err *e);
void checkout_free(struct checkout *c);
/* The root alone, without asking go. */
int checkout_root(const char *dir, char **root, struct err *e);

/* Checks that pattern is what -run takes: slash-separated RE2 expressions (checked as POSIX extended ones as far as
 * these agree; what only RE2 knows passes). -1 says what is wrong. */
int pattern_check(const char *pattern, struct err *e);

/* How long the first element of a pattern is: "/", "|" or its end follow. */
size_t pattern_element(const char *pattern);

struct test {
	char *name, *file;	/* file relative to the root */
	int line;
};
struct tests {
	struct test *v;
	size_t n;
};
/* Top-level tests of ./integration/... in source order (files by name), build tags honoured: by `go list -json` where there is a go,
 * by reading the files' constraints where there is none. Nothing is compiled. */
int tests_list(struct loop *l, const struct checkout *c, struct tests *out, struct err *e);
void tests_free(struct tests *t);
/* Keeps those that the first element of pattern matches (unanchored, as go test does). */
int tests_select(struct tests *t, const char *pattern, struct err *e);

#endif
