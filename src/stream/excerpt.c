#include "excerpt.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/json.h"
#include "../base/text.h"

enum {
	LINES = 40,
	TAIL_LINES = 20,
	LINE_MAX_BYTES = 500,
	TAIL_BYTES = 64 * 1024,		/* how far before the end the last lines are looked for */
	SPAN = 4 * 1024 * 1024,		/* how much of the stream is read for one test */
	CHUNK = 32 * 1024,
	MESSAGE_MAX = 300,
};

enum how {
	ALL,		/* every line: a panic with its stacks */
	OWN,		/* those of t.Log, t.Error and testify: indented by four */
	TAIL,		/* the last ones */
	BUILD,		/* the compiler's */
	TEXT,		/* what stands in plain text below "# package" */
};

struct collect {
	const char *package, *test;	/* of BUILD: package is the import path */
	enum how how;
	int64_t end;	/* the last event that counts; -1: none is the last */
	struct buf name, piece, *out;
	size_t lines, columns;
	bool open, taken, done;	/* open: the line goes on in the next event, and was taken */
	bool below;	/* of TEXT: "# package" was the last such line */
};

static bool
is_name(struct collect *c, const struct slice *raw, const char *name)
{
	if (raw->len == 0 || memchr(raw->s, '\\', raw->len) == NULL)
		return slice_is(raw, name);
	buf_reset(&c->name);
	json_unescape(&c->name, raw->s, raw->len);
	return strcmp(buf_str(&c->name), name) == 0;
}

static bool
is_ours(struct collect *c, const struct event *ev)
{
	size_t n = strlen(c->package);

	switch (c->how) {
	case BUILD:
		return ev->action == EV_BUILD_OUTPUT && is_name(c, &ev->import_path, c->package);
	case TEXT:
		if (slice_starts(&ev->output, "# ") && !ev->goes_on)
			c->below = ev->output.len > 2 + n && memcmp(ev->output.s + 2, c->package, n) == 0 &&
			    strchr(" \n", ev->output.s[2 + n]) != NULL;
		return c->below && !slice_starts(&ev->output, "FAIL\t");
	default:
		return ev->action == EV_OUTPUT && is_name(c, &ev->test, c->test) &&
		    is_name(c, &ev->package, c->package);
	}
}

static void
on_event(void *arg, const struct event *ev)
{
	struct collect *c = arg;
	const struct slice *o = &ev->output;
	size_t i;

	if (c->done || (c->end >= 0 && ev->at > c->end)) {
		c->done = true;
		return;
	}
	if (!is_ours(c, ev) || o->len == 0)
		return;
	if (!c->open) {
		c->taken = c->how == OWN ? slice_starts(o, "    ") && !slice_starts(o, "    --- ") :
		    c->how != TAIL || (!slice_starts(o, "=== ") && !slice_starts(o, "--- "));
		c->columns = 0;
	}
	buf_reset(&c->name);
	if (ev->action == EV_TEXT)
		buf_add(&c->name, o->s, o->len);
	else
		json_unescape(&c->name, o->s, o->len);
	buf_reset(&c->piece);
	text_colours(&c->piece, buf_str(&c->name), c->name.len, false);
	for (i = 0; i < c->piece.len && c->taken && !c->done; i++) {
		if (c->piece.s[i] == '\n') {
			c->columns = 0;
			if (++c->lines >= LINES && c->how != TAIL)
				c->done = true;
		} else if (c->columns++ >= LINE_MAX_BYTES) {
			continue;
		}
		buf_putc(c->out, c->piece.s[i]);
	}
	c->open = c->piece.len > 0 && c->piece.s[c->piece.len - 1] != '\n';
}

static void
keep_last_lines(struct buf *b, size_t lines)
{
	size_t i = b->len;

	while (i > 0 && (b->s[i - 1] != '\n' || i == b->len || lines-- > 1))
		i--;
	buf_drop(b, i);
}

static void
collect(int fd, int64_t len, int64_t from, struct collect *c)
{
	struct events *e;
	int64_t at = from, stop = from + SPAN < len ? from + SPAN : len;
	char chunk[CHUNK];
	ssize_t n;

	if (fd < 0 || from < 0)
		return;
	e = events_new(on_event, NULL, c, from, c->how == TEXT);
	while (!c->done && at < stop) {
		n = pread(fd, chunk, stop - at < CHUNK ? (size_t)(stop - at) : CHUNK, (off_t)at);
		if (n <= 0)
			break;
		events_feed(e, chunk, (size_t)n);
		at += n;
	}
	events_free(e);
	if (c->how == TAIL)
		keep_last_lines(c->out, TAIL_LINES);
	buf_free(&c->name);
	buf_free(&c->piece);
}

/* "path/name.go:12": of a test's file, or of any; with its path, or a bare name. */
static bool
find_place(const char *s, bool test, bool path, struct excerpt *x)
{
	const char *p, *from;

	for (p = strstr(s, ".go:"); p != NULL; p = strstr(p + 1, ".go:")) {
		if (!isdigit((unsigned char)p[4]) || (test && (p - s < 5 || memcmp(p - 5, "_test", 5) != 0)))
			continue;
		for (from = p; from > s && (unsigned char)from[-1] > ' '; from--)
			;
		if (path && *from != '/')
			continue;
		buf_reset(&x->file);
		buf_add(&x->file, from, (size_t)(p + 3 - from));
		x->line = strtol(p + 4, NULL, 10);
		return true;
	}
	return false;
}

static void
add_line(struct buf *out, const char *s)
{
	const char *p;
	bool gap = false;

	s += strspn(s, " \t");
	for (p = s; *p != '\0' && *p != '\n' && out->len < MESSAGE_MAX; p++) {
		if (*p == ' ' || *p == '\t') {
			gap = true;
			continue;
		}
		if (gap)
			buf_putc(out, ' ');
		gap = false;
		buf_putc(out, *p);
	}
}

/* testify's "Error:" up to its "Test:", else the first line without its place. */
static void
find_message(const char *s, struct buf *out)
{
	const char *p, *line;

	/* The compiler's are under the name of their package. */
	while (strncmp(s, "# ", 2) == 0 && (line = strchr(s, '\n')) != NULL && line[1] != '\0')
		s = line + 1;
	p = strstr(s, "\tError:");
	if (p == NULL) {
		p = strstr(s, ".go:");
		if (p != NULL && isdigit((unsigned char)p[4]) && (line = strchr(p + 4, ':')) != NULL &&
		    (size_t)(p - s) < strcspn(s, "\n") && line[1] != '\n' && line[1] != '\0') {
			s = line + 1;
			/* Its column. */
			if (isdigit((unsigned char)*s) && s[strspn(s, "0123456789")] == ':')
				s += strspn(s, "0123456789") + 1;
		}
		add_line(out, s);
		return;
	}
	add_line(out, p + strlen("\tError:"));
	for (line = strchr(p, '\n'); line != NULL && out->len < MESSAGE_MAX; line = strchr(line, '\n')) {
		line++;
		p = line + strspn(line, " \t");
		if (strncmp(p, "Test:", 5) == 0 || strncmp(p, "Messages:", 9) == 0 || p - line < 8)
			break;
		buf_putc(out, ' ');
		add_line(out, line);
	}
}

/* The last line that begins with a place, as t.Fatal leaves it: which of them t.Log wrote can't be told. */
static const char *
last_own(const char *s)
{
	const char *line, *p, *last = s;

	for (line = s; *line != '\0'; line += strcspn(line, "\n"), line += *line == '\n') {
		p = line + strspn(line, " ");
		if (p == line || strncmp(p, "testing.go:", 11) == 0)
			continue;
		p += strcspn(p, " :\n");
		if (p - line > 3 && strncmp(p - 3, ".go:", 4) == 0 && isdigit((unsigned char)p[1]))
			last = line;
	}
	return last;
}

static void
describe(struct excerpt *x, bool last)
{
	const char *s = last ? last_own(buf_str(&x->text)) : buf_str(&x->text);

	if (!find_place(s, true, true, x) && !find_place(s, true, false, x))
		find_place(s, false, false, x);
	find_message(s, &x->message);
}

void
excerpt_test(int fd, int64_t len, const struct test_state *t, struct excerpt *x)
{
	struct collect c = { .package = t->package->name, .test = t->name, .how = TAIL, .end = t->m.last,
		.out = &x->text };
	const struct marks *m = &t->m;
	int64_t end = m->last >= 0 ? m->last : len, from = end - TAIL_BYTES > m->first ? end - TAIL_BYTES : m->first;

	memset(x, 0, sizeof(*x));
	if (m->panic >= 0 && !t->package->orderly) {
		from = m->panic;
		c.how = ALL;
	} else if (m->trace >= 0) {
		from = m->trace;
		c.how = OWN;
	} else if (m->race >= 0) {
		from = m->race;
		c.how = ALL;
	} else if (m->n_where > 0 && t->state == O_FAILED) {
		from = m->where[m->n_where < LOCATIONS ? 0 : m->n_where % LOCATIONS];
		c.how = OWN;
	}
	collect(fd, len, from, &c);
	describe(x, c.how == OWN && m->trace < 0);
}

void
excerpt_package(int fd, int64_t len, const struct table *t, const struct package *p, struct excerpt *x)
{
	struct collect c = { .package = p->name, .test = "", .how = TAIL, .end = p->m.last, .out = &x->text };
	const struct build *b;
	int64_t from = p->m.first;

	memset(x, 0, sizeof(*x));
	for (b = TAILQ_FIRST(&t->builds); b != NULL; b = TAILQ_NEXT(b, next)) {
		if (b->at == p->build) {
			c.package = b->import_path;
			c.how = BUILD;
			c.end = -1;
			from = b->at;
		}
	}
	if (p->m.panic >= 0 || p->m.race >= 0) {
		c.how = ALL;
		from = p->m.panic >= 0 ? p->m.panic : p->m.race;
	} else if (c.how == TAIL && p->m.last - TAIL_BYTES > from) {
		from = p->m.last - TAIL_BYTES;
	}
	collect(fd, len, from, &c);
	describe(x, false);
}

void
excerpt_log(int fd, const char *package, struct excerpt *x)
{
	struct collect c = { .package = package, .test = "", .how = TEXT, .end = -1, .out = &x->text };

	memset(x, 0, sizeof(*x));
	collect(fd, SPAN, 0, &c);
	describe(x, false);
}

void
excerpt_free(struct excerpt *x)
{
	buf_free(&x->text);
	buf_free(&x->message);
	buf_free(&x->file);
}
