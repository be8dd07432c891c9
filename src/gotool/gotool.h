/* The Go side: the checkout, its tests, the versions it names, and the go command line.
 *
 * Everything works without a go command on the host, and says the same then. Where there is one, `hi list`
 * asks it (GOTOOLCHAIN=local, GOPROXY=off, no GOFLAGS of the user's: never a network). Nothing is ever
 * compiled. */
#ifndef GOTOOL_GOTOOL_H
#define GOTOOL_GOTOOL_H

#include <stdbool.h>
#include <stddef.h>

#include "../base/err.h"
#include "../base/loop.h"
#include "../base/strs.h"

struct checkout {
	char *root;	/* of the module, symbolic links resolved; holds go.mod and integration/ */
	char *go;	/* "1.26.1", of go.mod's go line (the toolchain line is ignored) */
	char *git_dir;	/* of a worktree: the common .git directory outside root, else NULL */
};
/* Searches from dir (NULL: the current directory) upwards. -1: ERR_NOT_FOUND where dir is in no checkout;
 * or go.mod can't be read, or has no go line. */
int checkout_find(const char *dir, struct checkout *c, struct err *e);
void checkout_free(struct checkout *c);
/* The root alone. */
int checkout_root(const char *dir, char **root, struct err *e);

struct test {
	char *name, *file;	/* file relative to the root */
	int line;
};
struct tests {
	struct test *v;
	size_t n;
};
/* The top-level tests of ./integration/... in source order (files by name) that go would compile for the
 * runner: by `go list` where there is a go that can tell, else, and where l is NULL, by reading the files. */
int tests_list(struct loop *l, const struct checkout *c, struct tests *out, struct err *e);
void tests_free(struct tests *t);
/* Keeps the tests for which keep(arg, test) is true. */
void tests_keep(struct tests *t, bool (*keep)(void *arg, const struct test *test), void *arg);
/* Keeps the tests whose name the pattern matches somewhere: a POSIX extended regular expression. What
 * stands behind a slash names subtests, and is not looked at. -1: it is no such expression (ERR_USAGE). */
int tests_select(struct tests *t, const char *pattern, struct err *e);

/* Finds the mistakes in a pattern for `go test -run` that can be seen without a go: brackets without an
 * end, a glob, a path. Whatever else is wrong go itself says. -1: ERR_USAGE. */
int pattern_check(const char *pattern, struct err *e);
/* The length of the pattern's first element, as package testing takes a pattern apart: "/", "|" or the end
 * follow. */
size_t pattern_element(const char *pattern);

/* The Tailscale versions that the integration tests use, from the table in the checkout's own source:
 * supported minor versions, oldest first: "1.80", "1.82", ... */
int versions_read(const char *root, struct strs *releases, struct err *e);
/* The same, from the text of Go files. */
int versions_parse(const char *text, struct strs *releases, struct err *e);
/* "head", "unstable" and the releases ("v1.80"), all of them or those that must be tested, without those
 * that the comma-separated exclude names ("head,1.80"). */
int versions_select(const struct strs *releases, bool all, const char *exclude, struct strs *out,
    struct err *e);

#endif
