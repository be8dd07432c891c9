#include "strs.h"

#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "mem.h"

/* The list owns s from now on. */
static void
strs_append(struct strs *l, char *s)
{
	if (l->n + 2 > l->cap) {
		l->cap = l->cap ? l->cap * 2 : 8;
		l->v = xreallocarray(l->v, l->cap, sizeof(*l->v));
	}
	l->v[l->n++] = s;
	l->v[l->n] = NULL;
}

void
strs_add(struct strs *l, const char *s)
{
	strs_append(l, xstrdup(s));
}

void
strs_addf(struct strs *l, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	strs_append(l, xvasprintf(fmt, ap));
	va_end(ap);
}

void
strs_addv(struct strs *l, const char *const *v)
{
	for (; *v != NULL; v++)
		strs_add(l, *v);
}

bool
strs_has(const struct strs *l, const char *s)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->v[i], s) == 0)
			return true;
	return false;
}

bool
strs_add_new(struct strs *l, const char *s)
{
	if (strs_has(l, s))
		return false;
	strs_add(l, s);
	return true;
}

void
strs_del(struct strs *l, size_t i)
{
	if (i >= l->n)
		return;
	free(l->v[i]);
	memmove(l->v + i, l->v + i + 1, (l->n - i) * sizeof(*l->v));
	l->n--;
}

static int
strs_by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void
strs_sort(struct strs *l)
{
	if (l->n > 1)
		qsort(l->v, l->n, sizeof(*l->v), strs_by_bytes);
}

void
strs_split(struct strs *l, const char *s, char sep)
{
	while (*s != '\0') {
		const char *end = strchr(s, sep);
		size_t len = end != NULL ? (size_t)(end - s) : strlen(s);

		if (len > 0)
			strs_append(l, xstrndup(s, len));
		s += len + (end != NULL);
	}
}

const char *const *
strs_words(const struct strs *l)
{
	static const char *const none[] = { NULL };

	return l->n > 0 ? (const char *const *)l->v : none;
}

char *
strs_join(const struct strs *l, const char *sep)
{
	struct buf b = {0};

	for (size_t i = 0; i < l->n; i++) {
		if (i > 0)
			buf_puts(&b, sep);
		buf_puts(&b, l->v[i]);
	}
	return buf_take(&b);
}

void
strs_free(struct strs *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->v[i]);
	free(l->v);
	*l = (struct strs){0};
}
