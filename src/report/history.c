#include "history.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/file.h"
#include "../base/mem.h"
#include "../base/text.h"

enum { MAX = 64 << 20, COLUMNS = 6 };

static const char *const databases[] = { "sqlite", "postgres" };

int
history_append(const char *path, const struct report *r, struct err *e)
{
	struct buf b = {0};
	char when[64];
	int fd, rc = 0;

	text_time(r->f.ended > 0 ? r->f.ended : text_now(), when, sizeof(when));
	for (size_t i = 0; i < r->n; i++) {
		const struct report_test *t = &r->tests[i];

		/* The name of a test is an identifier: nothing in it is a tab. */
		if (report_is_package(t) || strpbrk(t->name, "/ \t\n") != NULL)
			continue;
		buf_printf(&b, "%s\t%s\t%s\t%s\t%s\t%.3f\n", when, r->run_id, databases[r->f.postgres], t->name, t->result,
		    t->seconds);
	}
	if (b.len == 0)
		return 0;
	fd = file_open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (fd == -1 || file_write_all(fd, b.s, b.len) == -1)
		rc = err_errno(e, path);
	if (fd != -1)
		close(fd);
	buf_free(&b);
	return rc;
}

static int
by_name(const void *a, const void *b)
{
	const struct remembered *x = a, *y = b;
	int c = strcmp(x->test, y->test);

	return c != 0 ? c : (int)x->postgres - (int)y->postgres;
}

/* Cuts a line at its tabs. False: it is none of ours. */
static bool
take_line(char *line, struct remembered *out)
{
	char *column[COLUMNS], *end;
	bool last = false;
	size_t n = 0;

	while (n < COLUMNS && !last) {
		column[n++] = line;
		line += strcspn(line, "\t");
		last = *line == '\0';
		*line++ = '\0';
	}
	if (n < COLUMNS || !last || strncmp(column[3], "Test", 4) != 0 || text_parse_time(column[0]) == -1)
		return false;
	out->postgres = strcmp(column[2], databases[1]) == 0;
	if (!out->postgres && strcmp(column[2], databases[0]) != 0)
		return false;
	out->good = strcmp(column[4], "passed") == 0 || strcmp(column[4], "skipped") == 0;
	out->seconds = strtod(column[5], &end);
	if (end == column[5] || *end != '\0')
		return false;
	if (strcmp(column[4], "passed") != 0)
		out->seconds = -1;
	out->test = column[3];
	return true;
}

/* The lines in their order, sorted by name; of those for one test the last counts. qsort need not be stable, so
 * that the order goes with them. */
struct line {
	struct remembered r;
	size_t at;
};

static int
by_name_and_place(const void *a, const void *b)
{
	const struct line *x = a, *y = b;
	int c = by_name(&x->r, &y->r);

	return c != 0 ? c : x->at < y->at ? -1 : x->at > y->at;
}

static void
fold(struct history *h, const struct line *v, size_t n)
{
	struct remembered *to;

	h->v = xcalloc(n + 1, sizeof(*h->v));
	for (size_t i = 0; i < n; i++) {
		if (h->n == 0 || by_name(&h->v[h->n - 1], &v[i].r) != 0) {
			h->v[h->n++] = v[i].r;
			h->v[h->n - 1].test = xstrdup(v[i].r.test);
			continue;
		}
		to = &h->v[h->n - 1];
		to->good = v[i].r.good;
		if (v[i].r.seconds >= 0)
			to->seconds = v[i].r.seconds;
	}
}

int
history_load(const char *path, struct history *out, struct err *e)
{
	struct buf text = {0};
	struct line *v = NULL;
	size_t n = 0, cap = 0;
	char *s, *next;

	*out = (struct history){ 0 };
	if (!file_exists(path))
		return 0;
	if (file_read(path, MAX, &text, e) == -1) {
		buf_free(&text);
		return -1;
	}
	/* A file system that lost power fills a hole with these. */
	for (size_t i = 0; i < text.len; i++)
		if (text.s[i] == '\0')
			text.s[i] = '?';
	for (s = text.s; s != NULL && *s != '\0'; s = next) {
		struct line l = { .at = n };

		next = s + strcspn(s, "\n");
		if (*next != '\0')
			*next++ = '\0';
		if (*s != '\0' && !take_line(s, &l.r)) {
			out->damaged++;
			continue;
		}
		if (n == cap) {
			cap = cap > 0 ? cap * 2 : 256;
			v = xreallocarray(v, cap, sizeof(*v));
		}
		if (l.r.test != NULL)
			v[n++] = l;
	}
	if (n > 0)
		qsort(v, n, sizeof(*v), by_name_and_place);
	fold(out, v, n);
	free(v);
	buf_free(&text);
	return 0;
}

const struct remembered *
history_find(const struct history *h, const char *test, bool postgres)
{
	struct remembered key = { .test = (char *)(uintptr_t)test, .postgres = postgres };

	return h->n > 0 ? bsearch(&key, h->v, h->n, sizeof(*h->v), by_name) : NULL;
}

double
history_seconds(const struct history *h, const char *test, bool postgres)
{
	const struct remembered *r = history_find(h, test, postgres);

	return r != NULL ? r->seconds : -1;
}

void
history_free(struct history *h)
{
	for (size_t i = 0; i < h->n; i++)
		free(h->v[i].test);
	free(h->v);
	*h = (struct history){ 0 };
}
