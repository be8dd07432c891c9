/* Reading and searching: files in a stream, many needles in one pass. */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/file.h"
#include "../base/json.h"
#include "../base/mem.h"
#include "../base/text.h"
#include "triage_internal.h"

enum {
	STAR_SPAN = 500,	/* bytes in which all of a needle after its first '*' must be */
	JSON_MAX = 16 * 1024 * 1024,
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

int64_t
scan_size(const struct scan *s, const char *name)
{
	char *path = file_join(s->o->dir, name);
	int64_t size = file_size(path);

	free(path);
	return size;
}

bool
scan_cancelled(struct scan *s)
{
	if (s->o->loop != NULL)
		loop_sleep(s->o->loop, 0, s->o->cancel);
	return s->o->cancel != NULL && *s->o->cancel;
}

const char *
scan_next(const struct scan *s, enum piece_reader reader, size_t *n)
{
	while (*n < s->names.n) {
		const char *name = s->names.v[(*n)++];
		const struct evidence_piece *p = evidence_piece_of(name);

		if (p != NULL && p->reader == reader)
			return name;
	}
	return NULL;
}

/* Opens only a regular file: no link, device, or pipe without a writer. -1: it was passed to scan_unread. */
static int
scan_open(struct scan *s, int at, const char *name, const char *path)
{
	int fd = file_open_at(at, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0);
	struct stat st;

	if (fd == -1) {
		/* A socket can't be opened. */
		scan_unread(s, path, errno == ELOOP ? "is a symbolic link" : errno == ENXIO ?
		    "is not a regular file" :
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
scan_read(int fd, char *p, size_t len)
{
	ssize_t n;

	do
		n = read(fd, p, len);
	while (n == -1 && errno == EINTR);
	return n;
}

void
scan_lines(struct scan *s, const char *name, bool whole, bool (*fn)(void *arg, const struct line *l),
    void *arg)
{
	enum { CAP = 2 * LINE_PIECE };
	int fd = scan_open(s, s->dir, name, name);
	bool more = true, any = false, text = true;
	struct line l = { .at = 1 };
	size_t used = 0, pos;
	char *buf, *nl = NULL;
	ssize_t n = 0;

	if (fd == -1)
		return;
	buf = xcalloc(1, CAP);
	while (more && !scan_cancelled(s) && (n = scan_read(fd, buf + used, CAP - used)) > 0) {
		/* Logs hold no NUL. One that is text in the beginning is still read to its end. */
		if (text && memchr(buf + used, '\0', (size_t)n) != NULL) {
			scan_unread(s, name, any ? "damaged: there is binary data in it" :
			    "is binary, no log");
			text = false;
			more = any;
		}
		any = true;
		used += (size_t)n;
		for (pos = 0; more && (nl = memchr(buf + pos, '\n',
		    used - pos)) != NULL; pos = (size_t)(nl - buf) + 1) {
			l.s = buf + pos;
			l.len = (size_t)(nl - l.s) - (nl > l.s && nl[-1] == '\r');
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
	else if (more && text && whole && (!any || used > 0))
		scan_unread(s, name, any ? "is cut off in the middle of a line" : "is empty");
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
scan_json(struct scan *s, int at, const char *name, const char *path, struct buf *text, struct json *j)
{
	int fd = scan_open(s, at, name, path);
	const char *fault = NULL;
	char chunk[16384];
	ssize_t n = 0;

	buf_reset(text);
	if (fd == -1)
		return false;
	while (text->len <= JSON_MAX && (n = scan_read(fd, chunk, sizeof(chunk))) > 0)
		buf_add(text, chunk, (size_t)n);
	if (n != 0)
		fault = n == -1 ? strerror(errno) : "is too big";
	else if (json_parse(j, buf_str(text), text->len) == -1)
		fault = text->len == 0 ? "is empty" : "is not valid JSON";
	if (fault != NULL)
		scan_unread(s, path, fault);
	close(fd);
	return fault == NULL;
}

static size_t
needle_head(const char *s)
{
	const unsigned char *u = (const unsigned char *)s;

	return ((unsigned)u[0] << 16 | (unsigned)u[1] << 8 | u[2]) * 2654435761u >> 18;
}

void
needles_init(struct needles *m, unsigned in)
{
	m->n = 0;
	memset(m->heads, -1, sizeof(m->heads));
	for (int i = 0; signatures[i].needles != NULL; i++)
		if (signatures[i].in & in)
			needles_add(m, signatures[i].needles, i);
}

void
needles_add(struct needles *m, const char *list, int id)
{
	for (; *list != '\0' && m->n < NEEDLES_MAX; list += strcspn(list, "|"), list += *list == '|') {
		short *head = &m->heads[needle_head(list + (*list == '^'))];

		m->v[m->n] = (struct needle){ list, (short)id, *head };
		*head = m->n++;
	}
}

/* True: needle is at s + pos. STAR_SPAN bounds the search, as a line may consist of nothing but beginnings of
 * needles. */
static bool
needle_is_at(const char *needle, const char *s, size_t len, size_t pos)
{
	const char *p = s + pos, *end = s + len;

	if (*needle == '^' && pos > 0)
		return false;
	needle += *needle == '^';
	for (bool star = false;; star = true) {
		size_t n = strcspn(needle, "*$|");

		while ((size_t)(end - p) >= n && memcmp(p, needle, n) != 0)
			if (!star || ++p == end || (p = memchr(p, *needle, (size_t)(end - p))) == NULL)
				return false;
		if ((size_t)(end - p) < n)
			return false;
		p += n;
		needle += n;
		if (*needle != '*')
			return *needle != '$' || p == s + len;
		if (!star && end - p > STAR_SPAN)
			end = p + STAR_SPAN;
		needle++;
	}
}

int
needles_next(const struct needles *m, const char *s, size_t len, size_t *pos)
{
	int best = -1;

	for (size_t i = *pos; i + 3 <= len; i++) {
		for (short k = m->heads[needle_head(s + i)]; k >= 0; k = m->v[k].next)
			if ((best == -1 || m->v[k].id < best) && needle_is_at(m->v[k].s, s, len, i))
				best = m->v[k].id;
		if (best != -1) {
			*pos = i;
			return best;
		}
	}
	return -1;
}

char *
triage_excerpt(const char *s, size_t len, size_t pos)
{
	size_t from = 0, n, step;
	struct buf b = {0};

	for (; len > 0 && (*s == ' ' || *s == '\t'); s++, len--)
		pos -= pos > 0;
	if (pos > EXCERPT / 2 && len > EXCERPT) {
		from = pos - EXCERPT / 3;
		/* The excerpt begins at a word, or at least at a character. */
		for (n = from; n < pos && s[n - 1] != ' ' && s[n - 1] != '\t'; n++)
			;
		for (from = n < pos ? n : from; from < pos && ((unsigned char)s[from] & 0xc0) == 0x80; from++)
			;
	}
	/* Twice the length, as escape sequences and invalid bytes take room that does not show. */
	text_harmless(&b, s + from, len - from < 2UL * EXCERPT ? len - from : 2UL * EXCERPT);
	for (n = 0; n < b.len && (step = text_utf8(b.s + n, b.len - n)) > 0 && n + step <= EXCERPT; n += step)
		;
	if (b.s != NULL)
		b.s[b.len = n] = '\0';
	return buf_take(&b);
}
