#include "buf.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"

/* Makes room for that many more bytes and the NUL. */
static void
buf_reserve(struct buf *b, size_t more)
{
	size_t cap = b->cap ? b->cap : 64;

	if (b->cap > b->len && b->cap - b->len > more)
		return;
	/* Instead of overflowing, cap becomes SIZE_MAX, which reallocarray refuses. */
	while (cap - b->len <= more)
		cap = cap > SIZE_MAX / 2 ? SIZE_MAX : cap * 2;
	b->s = xreallocarray(b->s, cap, 1);
	b->cap = cap;
}

void
buf_add(struct buf *b, const void *data, size_t len)
{
	if (len == 0)
		return;
	buf_reserve(b, len);
	memcpy(b->s + b->len, data, len);
	b->len += len;
	b->s[b->len] = '\0';
}

void
buf_puts(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void
buf_putc(struct buf *b, char c)
{
	buf_reserve(b, 1);
	b->s[b->len++] = c;
	b->s[b->len] = '\0';
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
	char *s;

	XFORMAT(s, fmt);
	buf_puts(b, s);
	free(s);
}

void
buf_count(struct buf *b, size_t n, const char *what)
{
	size_t len = strlen(what);
	int y = n != 1 && len > 0 && what[len - 1] == 'y';

	buf_printf(b, "%zu %.*s%s", n, (int)len - y, what, n == 1 ? "" : y ? "ies" : "s");
}

void
buf_tail(struct buf *b, const void *data, size_t len, size_t max)
{
	buf_add(b, data, len);
	/* Moving all of it is slow, so this is done rarely. */
	if (b->len > 2 * max)
		buf_drop(b, b->len - max);
}

void
buf_drop(struct buf *b, size_t n)
{
	if (n > b->len)
		n = b->len;
	if (n == 0)
		return;
	memmove(b->s, b->s + n, b->len - n + 1);
	b->len -= n;
}

void
buf_reset(struct buf *b)
{
	b->len = 0;
	if (b->s != NULL)
		b->s[0] = '\0';
}

void
buf_free(struct buf *b)
{
	free(b->s);
	*b = (struct buf){0};
}

const char *
buf_str(const struct buf *b)
{
	return b->s != NULL ? b->s : "";
}

char *
buf_take(struct buf *b)
{
	char *s = b->s != NULL ? b->s : xstrdup("");

	*b = (struct buf){0};
	return s;
}
