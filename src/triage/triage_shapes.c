/* Lines of one shape counted together, and findings made of them. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "../base/mem.h"
#include "../base/text.h"
#include "triage_internal.h"

enum {
	SHAPES_MAX = 200,
	SHAPE_BYTES = 1000,	/* of a line are looked at */
	SHOWN = 300,
	TAKEN = 2 * SHOWN,
};

char *
excerpt(const char *s, size_t len, size_t pos)
{
	size_t from = pos > SHOWN / 2 && len > SHOWN ? pos - SHOWN / 3 : 0, n, step;
	struct buf b = {0};

	/* Twice: escape sequences and what is no character take bytes that don't show. */
	text_harmless(&b, s + from, len - from < TAKEN ? len - from : TAKEN);
	for (n = 0; n < b.len && (step = text_utf8(b.s + n, b.len - n)) > 0 && n + step <= SHOWN; n += step)
		;
	if (b.s != NULL) {
		b.len = n;
		b.s[n] = '\0';
	}
	return buf_take(&b);
}

static bool
in_word(char c)
{
	return isalnum((unsigned char)c) || c == '-' || c == '.' || c == '_' || (unsigned char)c >= 0x80;
}

/* A word with a digit, and the name of a container, are all the same. */
static uint64_t
shape_of(const char *s)
{
	uint64_t h = 14695981039346656037u;
	size_t n;

	for (; *s != '\0'; s += n) {
		bool any = starts_with(s, "hs-") || starts_with(s, "ts-");

		for (n = 0; in_word(s[n]); n++)
			any = any || isdigit((unsigned char)s[n]);
		n = n == 0 ? 1 : n;
		for (size_t i = 0; i < (any ? 1 : n); i++)
			h = (h ^ (unsigned char)(any ? '#' : s[i])) * 1099511628211u;
	}
	return h;
}

void
shapes_add(struct shapes *p, const char *file, long at, const char *s, size_t len)
{
	struct buf b = {0};
	uint64_t hash;
	size_t i;

	text_harmless(&b, s, len < SHAPE_BYTES ? len : SHAPE_BYTES);
	hash = shape_of(buf_str(&b));
	buf_free(&b);
	for (i = 0; i < p->n && p->v[i].hash != hash; i++)
		;
	if (i == SHAPES_MAX) {
		p->beyond++;
		return;
	}
	if (i == p->n) {
		if (p->v == NULL)
			p->v = xcalloc(SHAPES_MAX, sizeof(*p->v));
		p->v[p->n++] = (struct shape){ hash, excerpt(s, len, 0), xstrdup(file), at, 0 };
	}
	p->v[i].count++;
}

static int
by_count(const void *a, const void *b)
{
	const struct shape *x = a, *y = b;

	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	if (strcmp(x->file, y->file) != 0)
		return strcmp(x->file, y->file);
	return x->at < y->at ? -1 : x->at > y->at;
}

void
shapes_give(struct shapes *p, struct triage *t, const char *group)
{
	if (p->n > 0)
		qsort(p->v, p->n, sizeof(*p->v), by_count);
	for (size_t i = 0; i < p->n; i++) {
		finding_add(t, group, p->v[i].file, p->v[i].at, p->v[i].count, p->v[i].line);
		free(p->v[i].line);
		free(p->v[i].file);
	}
	if (p->beyond > 0)
		finding_add(t, group, NULL, 0, p->beyond, "lines of further kinds");
	free(p->v);
	*p = (struct shapes){0};
}

void
finding_add(struct triage *t, const char *group, const char *file, long at, long count, const char *line)
{
	/* A power of two: full. */
	if ((t->n & (t->n - 1)) == 0)
		t->v = xreallocarray(t->v, t->n == 0 ? 1 : 2 * t->n, sizeof(*t->v));
	t->v[t->n++] = (struct finding){
		.group = xstrdup(group),
		.file = file != NULL ? xstrdup(file) : NULL,
		.line = excerpt(line, strlen(line), 0),
		.at = at,
		.count = count,
	};
}
