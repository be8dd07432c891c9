#include <sys/stat.h>

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "../base/err.h"
#include "../base/file.h"
#include "../base/mem.h"
#include "secrets.h"
#include "redact.h"
#include "../base/tree.h"

#define TEMPORARY ".hi-strike.tmp"

enum {
	CHUNK = 256 << 10,
	BREATH = 64,		/* chunks between two looks at the loop */
	ESCAPED = 6,		/* bytes that JSON may spell one byte with */
};

struct strike {
	struct secrets *secrets;
	char *chunk;
	size_t longest, chunks;
	struct loop *loop;
	struct strs *failed;
};

/* Whether a word of len bytes ends in one of these, in any case, with a number behind it or without. */
static bool
ends_in(const char *word, size_t len, const char *const *ends)
{
	while (len > 0 && isdigit((unsigned char)word[len - 1]))
		len--;
	for (; *ends != NULL; ends++) {
		size_t n = strlen(*ends);

		if (n <= len && strncasecmp(word + len - n, *ends, n) == 0)
			return true;
	}
	return false;
}

bool
strike_is_secret(const char *assignment, size_t len)
{
	static const char *const marks[] = { "TOKEN", "TOKENS", "SECRET", "SECRETS", "KEY", "KEYS", "PASS", "PASSWD",
		"PASSWORD", "PASSWORDS", "PASSPHRASE", "CREDENTIAL", "CREDENTIALS", NULL };
	static const char *const places[] = { "PATH", "FILE", "DIR", NULL };
	const char *eq = memchr(assignment, '=', len), *end;
	bool found = false;

	for (const char *word = assignment; eq != NULL && word < eq; word = end + 1) {
		end = memchr(word, '_', (size_t)(eq - word));
		if (end == NULL)
			end = eq;
		if (end == eq && ends_in(word, (size_t)(end - word), places))
			return false;
		found = found || ends_in(word, (size_t)(end - word), marks);
	}
	return found;
}

static int
write_at(int fd, const char *data, size_t len, off_t at)
{
	while (len > 0) {
		ssize_t n = pwrite(fd, data, len, at);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		data += n;
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

/* Reads in and writes to out, at the same places, what had a secret in it, or all of it. out -1: only
 * looks. Each chunk begins with the end of the one before, so that a secret on the border is
 * found. 1: there was one; 0; -1: errno. */
static int
pass(struct strike *s, int in, int out, bool all)
{
	size_t have = 0, len;
	bool found = false;
	off_t at = 0;

	for (;;) {
		ssize_t n = pread(in, s->chunk + have, CHUNK, at + (off_t)have);
		bool hit;

		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return n == -1 ? -1 : found;
		len = have + (size_t)n;
		hit = secrets_strike(s->secrets, s->chunk, len, false, false, false);
		found = found || hit;
		if (found && out == -1)
			return 1;
		if ((hit || all) && write_at(out, s->chunk, len, at) == -1)
			return -1;
		have = len < s->longest ? len : s->longest;
		memmove(s->chunk, s->chunk + len - have, have);
		at += (off_t)(len - have);
		if (s->loop != NULL && ++s->chunks % BREATH == 0)
			loop_sleep(s->loop, 1, NULL);
	}
}

static int
in_place(struct strike *s, int fd, const struct stat *st)
{
	const struct timespec times[2] = { st->st_atim, st->st_mtim };
	int rc = pass(s, fd, fd, false);

	return rc == 1 && futimens(fd, times) == -1 ? -1 : rc;
}

/* For a file that has another name, which may lie elsewhere, or that we may not write to. */
static int
by_copy(struct strike *s, int at, const char *name, const struct stat *st)
{
	const struct timespec times[2] = { st->st_atim, st->st_mtim };
	int in = file_open_at(at, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0), out = -1, saved;
	int rc = in == -1 ? -1 : pass(s, in, -1, false);

	if (rc == 1) {
		(void)unlinkat(at, TEMPORARY, 0);
		out = file_open_at(at, TEMPORARY, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		rc = out != -1 && pass(s, in, out, true) != -1 &&
		    (geteuid() != 0 || fchown(out, st->st_uid, st->st_gid) == 0) &&
		    fchmod(out, st->st_mode & 0777) == 0 && futimens(out, times) == 0 &&
		    renameat(at, TEMPORARY, at, name) == 0 ? 1 : -1;
	}
	saved = errno;
	if (rc == -1 && out != -1)
		(void)unlinkat(at, TEMPORARY, 0);
	if (in != -1)
		close(in);
	if (out != -1)
		close(out);
	errno = saved;
	return rc;
}

static void
strike_file(void *arg, const struct tree_entry *t)
{
	struct strike *s = arg;
	int fd, rc;

	if (!S_ISREG(t->st.st_mode))
		return;
	fd = t->st.st_nlink == 1 ? file_open_at(t->at, t->name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0) : -1;
	rc = fd != -1 ? in_place(s, fd, &t->st) : by_copy(s, t->at, t->name, &t->st);
	if (rc == -1)
		strs_addf(s->failed, "%s: secrets were not struck out: %s", t->path, strerror(errno));
	if (fd != -1)
		close(fd);
}

static int
by_length(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return (strlen(*x) < strlen(*y)) - (strlen(*x) > strlen(*y));
}

/* A secret that is part of another would spoil it where a chunk ends within the longer one. */
static bool
are_nested(const struct strs *sorted)
{
	for (size_t i = 0; i < sorted->n; i++)
		for (size_t k = i + 1; k < sorted->n; k++)
			if (strstr(sorted->v[i], sorted->v[k]) != NULL)
				return true;
	return false;
}

static int
strike_these(struct strike *s, const char *dir, const struct strs *secrets)
{
	int bad = 0;

	s->secrets = secrets_new(secrets);
	if (s->secrets != NULL)
		bad = tree_walk(dir, strike_file, s);
	secrets_free(s->secrets);
	return bad;
}

void
strike_tree(const char *dir, const struct strs *secrets, struct loop *l, struct strs *failed)
{
	struct strike s = { .loop = l, .failed = failed };
	struct strs sorted = { 0 };
	int bad = 0;

	if (secrets == NULL || secrets->n == 0)
		return;
	strs_addv(&sorted, strs_words(secrets));
	qsort(sorted.v, sorted.n, sizeof(*sorted.v), by_length);
	s.longest = strlen(sorted.v[0]) * ESCAPED;
	s.chunk = xreallocarray(NULL, CHUNK + s.longest, 1);
	if (are_nested(&sorted))
		for (size_t i = 0; i < sorted.n; i++)
			bad = strike_these(&s, dir, &(struct strs){ .v = &sorted.v[i], .n = 1 });
	else
		bad = strike_these(&s, dir, &sorted);
	if (bad > 0)
		strs_addf(failed, "%d directories could not be read: secrets may be in them", bad);
	strs_free(&sorted);
	free(s.chunk);
}
