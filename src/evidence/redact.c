#define _GNU_SOURCE	/* memmem; NOLINT(bugprone-reserved-identifier) */
#include "redact.h"

#include <sys/stat.h>

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "../base/err.h"
#include "../base/file.h"
#include "../base/json.h"
#include "../base/mem.h"
#include "../base/text.h"
#include "../base/tree.h"
#include "../docker/pieces.h"
#include "evidence.h"
#include "missing.h"

#define TEMPORARY ".hi-redact.tmp"

enum {
	SECRET_BYTES = 8,	/* shorter values are not redacted */
	CHUNK_BYTES = 128 << 10,
	CONTEXT_BYTES = 64,	/* how far around a match we look */
	SERVE_EVERY = 64,	/* chunks between two turns of the loop */
};

struct redactor {
	struct strs spellings;	/* of all secrets */
	size_t longest;		/* of spellings, in bytes */
	char *in, *out;		/* a window of the file, as it is and redacted */
	size_t chunks;
	struct loop *loop;
	const volatile bool *cancel;
	size_t unread;		/* files that were not searched because of *cancel */
	struct missing failed;
};

static bool
redact_word_is(const char *word, size_t len, const char *const *words)
{
	while (len > 0 && isdigit((unsigned char)word[len - 1]))
		len--;
	for (; *words != NULL; words++)
		if (strlen(*words) == len && strncasecmp(word, *words, len) == 0)
			return true;
	return false;
}

/* 2: the name says that the value is a secret; 1: only its word KEY does; 0: it does not. */
static int
redact_name_strength(const char *assignment, size_t len)
{
	static const char *const strong[] = { "TOKEN", "TOKENS", "AUTHTOKEN", "SECRET", "SECRETS", "PASS",
		"PASSWD", "PASSWORD", "PASSWORDS", "PASSPHRASE", "PGPASSWORD", "PWD", "CREDENTIAL",
		"CREDENTIALS", "CREDS", "AUTHKEY", "APIKEY", NULL };
	static const char *const weak[] = { "KEY", "KEYS", NULL };
	static const char *const places[] = { "PATH", "FILE", "DIR", "ENV", "NAME", NULL };
	const char *eq = memchr(assignment, '=', len), *end;
	int strength = 0;

	for (const char *word = assignment; eq != NULL && word < eq; word = end + 1) {
		end = memchr(word, '_', (size_t)(eq - word));
		if (end == NULL)
			end = eq;
		if (end == eq && redact_word_is(word, (size_t)(end - word), places))
			return 0;
		if (redact_word_is(word, (size_t)(end - word), strong))
			strength = 2;
		else if (strength == 0 && redact_word_is(word, (size_t)(end - word), weak))
			strength = 1;
	}
	return strength;
}

bool
redact_is_secret_name(const char *assignment, size_t len)
{
	return redact_name_strength(assignment, len) > 0;
}

/* TestX, TestX/sub_test: redacting such a value would destroy the run's own results. */
static bool
redact_is_test_name(const char *value)
{
	const char *rest = text_after(value, "Test");

	return rest != NULL && (isupper((unsigned char)*rest) || *rest == '_') &&
	    rest[strspn(rest, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_/")] == '\0';
}

static bool
redact_is_public(const char *value, const char *const *known)
{
	/* Words of the suite, of its databases, and of the formats of our files. */
	static const char words[] = "github.com/juanfont/headscale/integration headscale tailscale "
	    "tailscale-rs postgresql integration wasmclient test-runner test-suite localhost 127.0.0.1 "
	    "password username database testsuites testcase classname timestamp failures";

	if (strstr(words, value) != NULL)
		return true;
	for (; known != NULL && *known != NULL; known++)
		if (strstr(*known, value) != NULL)
			return true;
	return false;
}

void
evidence_find_secrets(char *const *env, const char *const *known, struct strs *out)
{
	for (; *env != NULL; env++) {
		int strength = redact_name_strength(*env, strlen(*env));
		const char *value = strength > 0 ? strchr(*env, '=') + 1 : "";

		if (strlen(value) < SECRET_BYTES || (*value == '/' && file_exists(value)) ||
		    redact_is_test_name(value) || redact_is_public(value, known))
			continue;
		/* KEY may mean a lookup key: CACHE_KEY=linux-go, SORT_KEY=created_at, KEY=20261128. */
		if (strength == 1 && (value[strspn(value, "abcdefghijklmnopqrstuvwxyz-_./")] == '\0' ||
		    value[strspn(value, "0123456789")] == '\0'))
			continue;
		strs_add_new(out, value);
	}
}

/* Adds a spelling of the secret. escapes: each a character, then what replaces it ("&&amp;"). */
static void
redact_add_spelling(struct strs *out, const char *secret, const char *const *escapes)
{
	struct buf b = { 0 };

	for (; *secret != '\0'; secret++) {
		size_t i = 0;

		while (escapes[i] != NULL && escapes[i][0] != *secret)
			i++;
		if (escapes[i] != NULL)
			buf_puts(&b, escapes[i] + 1);
		else
			buf_putc(&b, *secret);
	}
	strs_add_new(out, buf_str(&b));
	buf_free(&b);
}

/* Adds a secret as it is, in XML, in HTML, and in JSON as hi and as Go's encoding/json write it. */
static void
redact_add_spellings(struct strs *out, const char *secret)
{
	static const char *const xml[] = { "&&amp;", "<&lt;", ">&gt;", "\"&quot;", NULL };
	static const char *const html[] = { "&&amp;", "<&lt;", ">&gt;", "\"&quot;", "'&#39;", NULL };
	static const char *const go[] = { "&\\u0026", "<\\u003c", ">\\u003e", NULL };
	struct buf json = { 0 };
	char *inside;

	strs_add_new(out, secret);
	redact_add_spelling(out, secret, xml);
	redact_add_spelling(out, secret, html);
	json_put(&json, secret);
	inside = xstrndup(json.s + 1, json.len - 2);
	strs_add_new(out, inside);
	redact_add_spelling(out, inside, go);
	free(inside);
	buf_free(&json);
}

static bool
redact_is_cancelled(const struct redactor *r)
{
	return r->cancel != NULL && *r->cancel;
}

/* Blanks one match at in + at. In JSON a key stays (a secret may be a word of the format), and so does a
 * first letter that ends an escape (the match "name" in "\name"). */
static void
redact_blank(struct redactor *r, size_t at, size_t len, size_t window, bool json)
{
	const char *s = r->in + at;
	size_t slashes = 0, keep = 0;

	if (json && at > 0 && s[-1] == '"' && at + len + 1 < window && s[len] == '"' && s[len + 1] == ':')
		return;
	while (json && slashes < at && s[-1 - (ptrdiff_t)slashes] == '\\')
		slashes++;
	if (slashes % 2 == 1)
		keep = *s == 'u' && len > 5 ? 5 : 1;
	memset(r->out + at + keep, strspn(s, "0123456789") >= len ? '9' : '*', len - keep);
}

/* Redacts the matches that begin in [from, to). window: bytes in the window. True: there were any. */
static bool
redact_window(struct redactor *r, size_t from, size_t to, size_t window, bool json)
{
	bool found = false;

	for (size_t i = 0; i < r->spellings.n; i++) {
		const char *secret = r->spellings.v[i], *at = r->in + from, *hit;
		size_t len = strlen(secret), end = to + len - 1 < window ? to + len - 1 : window;

		while ((hit = memmem(at, (size_t)(r->in + end - at), secret, len)) != NULL) {
			redact_blank(r, (size_t)(hit - r->in), len, window, json);
			found = true;
			at = hit + 1;
		}
	}
	return found;
}

/* True: the file is part of a database, or begins like SQLite's, compressed files or programs. A byte that
 * is not text proves nothing, because a log may hold one. */
static bool
redact_is_binary(const char *name, int fd)
{
	static const struct { const char *bytes; size_t len; } magic[] = {
		{ "SQLite format 3", 16 }, { "\x37\x7f\x06", 3 }, { "\x1f\x8b", 2 },
		{ "\x28\xb5\x2f\xfd", 4 }, { "PK\3\4", 4 }, { "\x7f" "ELF", 4 },
	};
	const struct evidence_piece *p = evidence_piece_of(name);
	char head[16];
	ssize_t n = pread(fd, head, sizeof(head), 0);

	for (size_t i = 0; i < sizeof(magic) / sizeof(magic[0]); i++)
		if (n >= (ssize_t)magic[i].len && memcmp(head, magic[i].bytes, magic[i].len) == 0)
			return true;
	return p != NULL && p->database;
}

/* Reads in, and writes it redacted to out (-1: only searches). Each match is handled once, when the window
 * holds its context. 1: there was a secret; 0: none; -1: errno. */
static int
redact_stream(struct redactor *r, int in, int out, bool json)
{
	size_t have = 0, from = 0, margin = r->longest + CONTEXT_BYTES, to;
	bool found = false;

	for (;;) {
		ssize_t n = read(in, r->in + have, CHUNK_BYTES);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		memcpy(r->out + have, r->in + have, (size_t)n);
		have += (size_t)n;
		to = n == 0 ? have : have > margin ? have - margin : 0;
		if (to > from) {
			found = redact_window(r, from, to, have, json) || found;
			if (out != -1 && file_write_all(out, r->out + from, to - from) == -1)
				return -1;
			from = to;
		}
		if (n == 0)
			return found;
		/* The window keeps what the next match needs as context before it. */
		if (from > CONTEXT_BYTES) {
			size_t drop = from - CONTEXT_BYTES;

			memmove(r->in, r->in + drop, have - drop);
			memmove(r->out, r->out + drop, have - drop);
			have -= drop;
			from = CONTEXT_BYTES;
		}
		if (r->loop != NULL && ++r->chunks % SERVE_EVERY == 0)
			loop_sleep(r->loop, 1, NULL);
		if (redact_is_cancelled(r)) {
			errno = EINTR;
			return -1;
		}
	}
}

static int
redact_replace(struct redactor *r, int in, const struct tree_entry *t)
{
	const struct timespec times[2] = { { .tv_sec = t->st.st_atime }, { .tv_sec = t->st.st_mtime } };
	int out, rc = -1, saved;

	(void)unlinkat(t->at, TEMPORARY, 0);
	out = file_open_at(t->at, TEMPORARY, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (out == -1)
		return -1;
	if (lseek(in, 0, SEEK_SET) == 0 && redact_stream(r, in, out, text_ends(t->name, ".json")) != -1 &&
	    (geteuid() != 0 || fchown(out, t->st.st_uid, t->st.st_gid) == 0) &&
	    fchmod(out, t->st.st_mode & 0777) == 0 && futimens(out, times) == 0)
		rc = renameat(t->at, TEMPORARY, t->at, t->name);
	saved = errno;
	if (rc == -1)
		(void)unlinkat(t->at, TEMPORARY, 0);
	close(out);
	errno = saved;
	return rc;
}

static void
redact_file(void *arg, const struct tree_entry *t)
{
	struct redactor *r = arg;
	int in, rc = -1;

	if (!S_ISREG(t->st.st_mode))
		return;
	if (redact_is_cancelled(r)) {
		r->unread++;
		return;
	}
	in = file_open_at(t->at, t->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0);
	if (in != -1)
		rc = redact_is_binary(t->name, in) ? 0 : redact_stream(r, in, -1, false);
	if (rc == 1)
		rc = redact_replace(r, in, t);
	if (rc == -1 && redact_is_cancelled(r))
		r->unread++;
	else if (rc == -1)
		missing_add(&r->failed, "secrets in % could not be redacted", strerror(errno), t->path, NULL);
	if (in != -1)
		close(in);
}

void
redact_tree(const char *dir, const struct strs *secrets, struct loop *l, const volatile bool *cancel,
    struct strs *failed)
{
	struct redactor r = { .loop = l, .cancel = cancel, .failed = { .nouns = "files" } };
	int bad;

	if (secrets == NULL || secrets->n == 0)
		return;
	for (size_t i = 0; i < secrets->n; i++)
		if (strlen(secrets->v[i]) >= SECRET_BYTES)
			redact_add_spellings(&r.spellings, secrets->v[i]);
	for (size_t i = 0; i < r.spellings.n; i++)
		if (strlen(r.spellings.v[i]) > r.longest)
			r.longest = strlen(r.spellings.v[i]);
	if (r.spellings.n > 0) {
		r.in = xcalloc(CHUNK_BYTES + 2 * (r.longest + CONTEXT_BYTES), 1);
		r.out = xcalloc(CHUNK_BYTES + 2 * (r.longest + CONTEXT_BYTES), 1);
		bad = tree_walk(dir, redact_file, &r);
		missing_tell(&r.failed, failed);
		if (bad > 0)
			strs_addf(failed, "%d directories could not be read: secrets may be in them", bad);
		if (r.unread > 0)
			strs_addf(failed, "%zu files were not redacted, and may hold secrets: interrupted",
			    r.unread);
	}
	strs_free(&r.spellings);
	free(r.in);
	free(r.out);
}
