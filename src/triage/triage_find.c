/* Reading and searching: files in a stream, many needles in one pass over a line. */
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/file.h"
#include "../base/mem.h"
#include "triage_internal.h"

enum { STAR_SPAN = 500 };	/* bytes that the '*'s of a needle may stand for */

/* A directory may hold a link, a device, a pipe that nobody writes to. */
static int
open_regular(int dir, const char *name)
{
	int fd = file_open_at(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0);
	struct stat st;

	if (fd != -1 && (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode))) {
		close(fd);
		return -1;
	}
	return fd;
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

int
lines_each(int dir, const char *name,
    bool (*fn)(void *arg, const char *s, size_t len, long line, bool goes_on), void *arg)
{
	enum { CAP = 2 * LINE_PIECE };
	int fd = open_regular(dir, name);
	size_t used = 0, pos, len;
	bool goes_on = false, more = true;
	char *buf, *nl;
	long line = 1;
	ssize_t n;

	if (fd == -1)
		return -1;
	buf = xcalloc(1, CAP);
	while (more && (n = read_some(fd, buf + used, CAP - used)) > 0) {
		used += (size_t)n;
		for (pos = 0; more && (nl = memchr(buf + pos, '\n', used - pos)) != NULL; pos += len + 1) {
			len = (size_t)(nl - (buf + pos));
			more = fn(arg, buf + pos, len > 0 && nl[-1] == '\r' ? len - 1 : len, line++, goes_on);
			goes_on = false;
		}
		if (more && used - pos >= LINE_PIECE) {
			more = fn(arg, buf + pos, used - pos, line, goes_on);
			goes_on = true;
			pos = used - LINE_OVERLAP;
		}
		used -= pos;
		memmove(buf, buf + pos, used);
	}
	if (more && used > (goes_on ? LINE_OVERLAP : 0))
		fn(arg, buf, used, line, goes_on);
	free(buf);
	close(fd);
	return 0;
}

int
file_slurp(int dir, const char *name, size_t max, struct buf *out)
{
	int fd = open_regular(dir, name);
	char chunk[16384];
	ssize_t n = 0;

	buf_reset(out);
	if (fd == -1)
		return -1;
	while (out->len <= max && (n = read_some(fd, chunk, sizeof(chunk))) > 0)
		buf_add(out, chunk, (size_t)n);
	close(fd);
	return n == 0 && out->len <= max ? 0 : -1;
}

int
dir_list(int dir, const char *name, struct strs *names)
{
	int fd = file_open_at(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0);
	int copy = fd == -1 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 0);
	DIR *d = copy == -1 ? NULL : fdopendir(copy);
	struct dirent *entry;

	if (d == NULL) {
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

/* After Wu and Manber: shift says how far one may go on when a pair of bytes is seen where the
 * shortest head would end. */
struct needles {
	struct needle { const char *s; size_t head; } *v;
	size_t n, shortest;
	unsigned char shift[65536];
};

static unsigned
pair(const char *s)
{
	return (unsigned)(unsigned char)s[0] << 8 | (unsigned char)s[1];
}

struct needles *
needles_new(const char *const *v, size_t n)
{
	struct needles *m = xcalloc(1, sizeof(*m));

	m->n = n;
	m->v = xcalloc(n, sizeof(*m->v));
	m->shortest = 255;
	for (size_t i = 0; i < n; i++) {
		m->v[i].s = v[i];
		m->v[i].head = strcspn(v[i], "*");
		if (m->v[i].head < m->shortest)
			m->shortest = m->v[i].head;
	}
	memset(m->shift, (int)(m->shortest - 1), sizeof(m->shift));
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k + 2 <= m->shortest; k++) {
			unsigned char far = (unsigned char)(m->shortest - 2 - k);

			if (far < m->shift[pair(v[i] + k)])
				m->shift[pair(v[i] + k)] = far;
		}
	}
	return m;
}

void
needles_free(struct needles *n)
{
	if (n == NULL)
		return;
	free(n->v);
	free(n);
}

/* The rest of a needle, from a '*' on (or its end), close behind: a line may be made of nothing but heads. */
static bool
rest_matches(const char *rest, const char *s, size_t len)
{
	const char *end = s + (len < STAR_SPAN ? len : STAR_SPAN), *p;

	for (; *rest == '*'; s = p + strcspn(rest, "*"), rest += strcspn(rest, "*")) {
		size_t n = strcspn(++rest, "*");

		for (p = s; (p = memchr(p, *rest, (size_t)(end - p))) != NULL; p++)
			if ((size_t)(end - p) >= n && memcmp(p, rest, n) == 0)
				break;
		if (p == NULL)
			return false;
	}
	return true;
}

int
needles_next(const struct needles *m, const char *s, size_t len, size_t *pos)
{
	size_t end = *pos + m->shortest - 2, at;
	unsigned char far;

	while (end + 2 <= len) {
		far = m->shift[pair(s + end)];
		if (far > 0) {
			end += far;
			continue;
		}
		at = end++ - (m->shortest - 2);
		for (size_t i = 0; i < m->n; i++) {
			const struct needle *v = &m->v[i];

			if (len - at < v->head || memcmp(s + at, v->s, v->head) != 0 ||
			    !rest_matches(v->s + v->head, s + at + v->head, len - at - v->head))
				continue;
			*pos = at;
			return (int)i;
		}
	}
	return -1;
}

bool
starts_with(const char *s, const char *with)
{
	return strncmp(s, with, strlen(with)) == 0;
}

bool
ends_with(const char *s, const char *with)
{
	size_t n = strlen(s), w = strlen(with);

	return n >= w && strcmp(s + n - w, with) == 0;
}
