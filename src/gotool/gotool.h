/* The Go side: the checkout, its tests, the versions it names, and the go command line.
 *
 * Everything works without a go command on the host, with the same results. If there is one, `hi list` asks
 * it, but never over the network (GOTOOLCHAIN=local, GOPROXY=off, not the user's GOFLAGS). Nothing is ever
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
	char *git_dir;	/* for a worktree, the common .git directory outside root; else NULL */
};
/* Searches from dir (NULL: the current directory) upwards. -1: dir is in no checkout (ERR_NOT_FOUND), or
 * go.mod can't be read or has no go line. */
int checkout_find(const char *dir, struct checkout *c, struct err *e);
void checkout_free(struct checkout *c);
/* Finds the root alone. The caller frees it. */
int checkout_root(const char *dir, char **root, struct err *e);

struct test {
	char *name, *file;	/* file relative to the root */
	int line;
};
struct tests {
	struct test *v;
	size_t n;
};
/* Lists the top-level tests of ./integration/... that go would compile for the runner, in source order (files
 * by name). Asks `go list` or, if l is NULL or there is no go that can tell, reads the files. */
int tests_list(struct loop *l, const struct checkout *c, struct tests *out, struct err *e);
void tests_free(struct tests *t);
/* Keeps the tests for which keep(arg, test) is true. */
void tests_keep(struct tests *t, bool (*keep)(void *arg, const struct test *test), void *arg);
/* Keeps the tests in whose name the pattern, a POSIX extended regular expression, matches somewhere. What
 * follows a slash names subtests, and is ignored. -1: it is no such expression (ERR_USAGE). */
int tests_select(struct tests *t, const char *pattern, struct err *e);

/* Finds the mistakes in a pattern for `go test -run` that can be seen without a go: an unclosed bracket, a
 * glob, a path. Only go itself finds others. -1: there is one (ERR_USAGE). */
int pattern_check(const char *pattern, struct err *e);
/* The length of the pattern's first element, as package testing splits a pattern: up to "/", "|" or the
 * end. */
size_t pattern_element(const char *pattern);

/* Reads the Tailscale versions that the integration tests use from the table in the checkout's source: the
 * supported minor versions, oldest first ("1.80", "1.82", ...). */
int versions_read(const char *root, struct strs *releases, struct err *e);
/* The same, from the text of Go files. */
int versions_parse(const char *text, struct strs *releases, struct err *e);
/* Adds "head", "unstable" and the releases ("v1.80"): all, or only those that must be tested, but none in
 * exclude ("head,1.80"). */
int versions_select(const struct strs *releases, bool all, const char *exclude, struct strs *out,
    struct err *e);

#endif
