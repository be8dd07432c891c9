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

		/* A test's name is an identifier, so it holds no tab. */
		if (report_is_package(t) || strpbrk(t->name, "/ \t\n") != NULL)
			continue;
		buf_printf(&b, "%s\t%s\t%s\t%s\t%s\t%.3f\n", when, r->run_id, databases[r->f.postgres],
		    t->name, t->result, t->seconds);
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
by_name(const struct remembered *x, const struct remembered *y)
{
	int c = strcmp(x->test, y->test);

	return c != 0 ? c : (int)x->postgres - (int)y->postgres;
}

/* Parses a line into out and *run, which point into it. False: it is damaged. */
static bool
take_line(char *line, struct remembered *out, char **run)
{
	char *column[COLUMNS], *end;
	size_t n = 0;

	while (n < COLUMNS && line != NULL)
		column[n++] = strsep(&line, "\t");
	if (n < COLUMNS || line != NULL || strncmp(column[3], "Test", 4) != 0 ||
	    text_parse_time(column[0]) == -1)
		return false;
	*run = column[1];
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

/* Returns the index of the test in h, or the one at which to insert it. */
static size_t
history_place(const struct history *h, const struct remembered *key)
{
	size_t low = 0, high = h->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (by_name(&h->v[mid], key) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* Takes a line in. The last line of a test counts, but its time is that of the last pass. */
static void
history_add_line(struct history *h, size_t *cap, const struct remembered *r)
{
	size_t at = history_place(h, r);

	if (at < h->n && by_name(&h->v[at], r) == 0) {
		h->v[at].good = r->good;
		if (r->seconds >= 0)
			h->v[at].seconds = r->seconds;
		return;
	}
	if (h->n == *cap) {
		*cap = *cap > 0 ? *cap * 2 : 256;
		h->v = xreallocarray(h->v, *cap, sizeof(*h->v));
	}
	memmove(&h->v[at + 1], &h->v[at], (h->n++ - at) * sizeof(*h->v));
	h->v[at] = *r;
	h->v[at].test = xstrdup(r->test);
}

int
history_load(const char *path, const struct strs *but, struct history *out, struct err *e)
{
	struct buf text = {0};
	char *at, *line, *run;
	size_t cap = 0;

	*out = (struct history){ 0 };
	if (!file_exists(path))
		return 0;
	if (file_read(path, MAX, &text, e) == -1) {
		buf_free(&text);
		return -1;
	}
	/* After a power failure, the file may have a hole full of NULs. */
	for (size_t i = 0; i < text.len; i++)
		if (text.s[i] == '\0')
			text.s[i] = '?';
	at = text.s;
	while (at != NULL && (line = strsep(&at, "\n")) != NULL) {
		struct remembered r;

		if (*line == '\0')
			continue;
		if (!take_line(line, &r, &run))
			out->damaged++;
		else if (but == NULL || !strs_has(but, run))
			history_add_line(out, &cap, &r);
	}
	buf_free(&text);
	return 0;
}

const struct remembered *
history_find(const struct history *h, const char *test, bool postgres)
{
	struct remembered key = { .test = (char *)(uintptr_t)test, .postgres = postgres };
	size_t at = history_place(h, &key);

	return at < h->n && by_name(&h->v[at], &key) == 0 ? &h->v[at] : NULL;
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
