/* Reading and searching: files in a stream, many needles in one pass. */
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/file.h"
#include "../base/mem.h"
#include "../base/text.h"
#include "triage_internal.h"

enum {
	STAR_SPAN = 500,	/* bytes that the '*'s of a needle may stand for */
	SLURP_MAX = 16 * 1024 * 1024,
	EXCERPT = 300,
};

void
scan_unread(struct scan *s, const char *name, const char *why)
{
	struct triage *t = s->t;
	size_t i;

	for (i = 0; i < t->n_unread && strcmp(t->unread[i].why, why) != 0; i++)
		;
	if (i == t->n_unread) {
		t->unread = xreallocarray(t->unread, ++t->n_unread, sizeof(*t->unread));
		t->unread[i] = (struct unread){ .why = xstrdup(why) };
	}
	strs_add_new(&t->unread[i].files, name);
}

bool
scan_cancelled(struct scan *s)
{
	if (s->o->loop != NULL)
		loop_sleep(s->o->loop, 0, s->o->cancel);
	return s->o->cancel != NULL && *s->o->cancel;
}

/* A directory may hold a link, a device, a pipe that nobody writes to. -1: it went to scan_unread. */
static int
open_regular(struct scan *s, int at, const char *name, const char *path)
{
	int fd = file_open_at(at, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0);
	struct stat st;

	if (fd == -1) {
		/* A socket can't be opened. */
		scan_unread(s, path, errno == ELOOP ? "is a symbolic link" : errno == ENXIO ? "is not a regular file" :
		    strerror(errno));
		return -1;
	}
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		return fd;
	scan_unread(s, path, S_ISDIR(st.st_mode) ? "is a directory" : "is not a regular file");
	close(fd);
	return -1;
}

static ssize_t
read_some(int fd, char *p, size_t len)
{
	ssize_t n;

	do
		n = read(fd, p, len);
	while (n == -1 && errno == EINTR);
	return n;
}

/* Whether a file of this name is there, and has something in it. */
static bool
has_bytes(const struct scan *s, const char *stem, size_t len, const char *ending)
{
	char *name = xasprintf("%.*s%s", (int)len, stem, ending);
	struct stat st;
	bool yes = fstatat(s->dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) && st.st_size > 0;

	free(name);
	return yes;
}

void
scan_lines(struct scan *s, const char *name, bool whole, bool (*fn)(void *arg, const struct line *l), void *arg)
{
	static const char err_log[] = ".stderr.log";
	enum { CAP = 2 * LINE_PIECE };
	int fd = open_regular(s, s->dir, name, name);
	size_t used = 0, pos, stem = strlen(name) - (text_ends(name, err_log) ? strlen(err_log) : 0);
	bool more = true, any = false, text = true;
	struct line l = { .at = 1 };
	char *buf, *nl = NULL;
	ssize_t n = 0;

	if (fd == -1)
		return;
	buf = xcalloc(1, CAP);
	while (more && !scan_cancelled(s) && (n = read_some(fd, buf + used, CAP - used)) > 0) {
		/* Logs have no NUL in them; one that is text in the beginning is read to its end. */
		if (text && memchr(buf + used, '\0', (size_t)n) != NULL) {
			scan_unread(s, name, any ? "damaged: there is binary data in it" : "is binary, no log");
			text = false;
			if (!any)
				break;
		}
		any = true;
		used += (size_t)n;
		for (pos = 0; more && (nl = memchr(buf + pos, '\n', used - pos)) != NULL; pos += (size_t)(nl - l.s) + 1) {
			l.s = buf + pos;
			l.len = (size_t)(nl - l.s);
			l.len -= l.len > 0 && nl[-1] == '\r';
			more = fn(arg, &l);
			l.at++;
			l.goes_on = false;
		}
		if (more && used - pos >= LINE_PIECE) {
			l.s = buf + pos;
			l.len = used - pos;
			more = fn(arg, &l);
			l.goes_on = true;
			pos = used - LINE_OVERLAP;
		}
		used -= pos;
		memmove(buf, buf + pos, used);
	}
	if (n == -1)
		scan_unread(s, name, strerror(errno));
	else if (more && text && !any && whole && !has_bytes(s, name, stem, ".stdout.log"))
		scan_unread(s, name, "is empty");
	else if (more && text && used > 0 && whole)
		scan_unread(s, name, "is cut off in the middle of a line");
	if (more && used > (l.goes_on ? LINE_OVERLAP : 0)) {
		l.s = buf;
		l.len = used;
		fn(arg, &l);
	}
	s->read += any && text;
	free(buf);
	close(fd);
}

bool
scan_slurp(struct scan *s, int at, const char *name, const char *path, struct buf *out)
{
	int fd = open_regular(s, at, name, path);
	char chunk[16384];
	ssize_t n = 0;

	buf_reset(out);
	if (fd == -1)
		return false;
	while (out->len <= SLURP_MAX && (n = read_some(fd, chunk, sizeof(chunk))) > 0)
		buf_add(out, chunk, (size_t)n);
	if (n != 0 || out->len == 0)
		scan_unread(s, path, n == -1 ? strerror(errno) : n > 0 ? "is too big" : "is empty");
	close(fd);
	return n == 0 && out->len > 0;
}

int
scan_list(struct scan *s, int at, const char *name, const char *path, struct strs *names)
{
	int fd = file_open_at(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0);
	int copy = fd == -1 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 0);
	DIR *d = copy == -1 ? NULL : fdopendir(copy);
	struct dirent *entry;

	if (d == NULL) {
		if (errno != ENOTDIR && errno != ENOENT)
			scan_unread(s, path, errno == ELOOP ? "is a symbolic link" : strerror(errno));
		if (copy != -1)
			close(copy);
		if (fd != -1)
			close(fd);
		return -1;
	}
	while ((entry = readdir(d)) != NULL)
		if (entry->d_name[0] != '.')
			strs_add(names, entry->d_name);
	closedir(d);
	strs_sort(names);
	return fd;
}

static size_t
head_of(const char *s)
{
	unsigned three = (unsigned)(unsigned char)s[0] << 16 | (unsigned)(unsigned char)s[1] << 8 | (unsigned char)s[2];

	return three * 2654435761u >> 18;
}

void
needles_init(struct needles *m)
{
	m->n = 0;
	memset(m->heads, -1, sizeof(m->heads));
}

void
needles_add(struct needles *m, const char *needle, int id)
{
	size_t head = head_of(needle + (*needle == '^'));

	if (m->n == NEEDLES_MAX)
		return;
	m->v[m->n] = needle;
	m->id[m->n] = (short)id;
	m->next[m->n] = m->heads[head];
	m->heads[head] = (short)m->n++;
}

void
needles_add_signatures(struct needles *m, unsigned in)
{
	for (int i = 0; signatures[i].needle != NULL; i++)
		if (signatures[i].in & in)
			needles_add(m, signatures[i].needle, i);
}

/* Whether needle stands at s + pos. What its '*'s stand for is short: a line may be made of nothing but heads. */
static bool
stands_at(const char *needle, const char *s, size_t len, size_t pos)
{
	const char *p = s + pos, *end = s + len, *star_end = end;

	if (*needle == '^') {
		if (pos > 0)
			return false;
		needle++;
	}
	for (bool star = false;; star = true) {
		size_t n = strcspn(needle, "*$");

		for (; (size_t)(star_end - p) >= n; p++) {
			if (star && (p = memchr(p, *needle, (size_t)(star_end - p))) == NULL)
				return false;
			if ((size_t)(star_end - p) >= n && memcmp(p, needle, n) == 0)
				break;
			if (!star)
				return false;
		}
		if ((size_t)(star_end - p) < n)
			return false;
		p += n;
		needle += n;
		if (*needle != '*')
			return *needle == '\0' || p == end;
		if (!star && end - p > STAR_SPAN)
			star_end = p + STAR_SPAN;
		needle++;
	}
}

int
needles_next(const struct needles *m, const char *s, size_t len, size_t *pos)
{
	int best = -1;

	for (size_t i = *pos; i + 3 <= len; i++) {
		for (short k = m->heads[head_of(s + i)]; k >= 0; k = m->next[k])
			if ((best == -1 || m->id[k] < best) && stands_at(m->v[k], s, len, i))
				best = m->id[k];
		if (best != -1) {
			*pos = i;
			return best;
		}
	}
	return -1;
}

char *
excerpt(const char *s, size_t len, size_t pos)
{
	size_t from = 0, n, step;
	struct buf b = {0};

	for (; len > 0 && (*s == ' ' || *s == '\t'); s++, len--)
		pos -= pos > 0;
	if (pos > EXCERPT / 2 && len > EXCERPT) {
		from = pos - EXCERPT / 3;
		/* A word's beginning, or at least a character's. */
		for (n = from; n < pos && s[n - 1] != ' ' && s[n - 1] != '\t'; n++)
			;
		for (from = n < pos ? n : from; from < pos && ((unsigned char)s[from] & 0xc0) == 0x80; from++)
			;
	}
	/* Twice: escape sequences and invalid bytes take room that doesn't show. */
	text_harmless(&b, s + from, len - from < 2 * EXCERPT ? len - from : 2 * EXCERPT);
	for (n = 0; n < b.len && (step = text_utf8(b.s + n, b.len - n)) > 0 && n + step <= EXCERPT; n += step)
		;
	if (b.s != NULL)
		b.s[b.len = n] = '\0';
	return buf_take(&b);
}
