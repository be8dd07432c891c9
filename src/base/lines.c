#include "lines.h"

#include <string.h>

void
lines_feed(struct lines *l, const char *data, size_t len, void (*fn)(void *, char *, size_t), void *arg)
{
	while (len > 0) {
		const char *end = memchr(data, '\n', len);
		size_t n = end != NULL ? (size_t)(end - data) : len;

		if (l->longest == 0 || l->part.len < l->longest)
			buf_add(&l->part, data, n);
		if (end == NULL)
			return;
		/* With the NUL even an empty line is a string. */
		buf_putc(&l->part, '\0');
		fn(arg, l->part.s, l->part.len - 1);
		buf_reset(&l->part);
		data += n + 1;
		len -= n + 1;
	}
}

void
lines_reset(struct lines *l)
{
	buf_reset(&l->part);
}

void
lines_free(struct lines *l)
{
	buf_free(&l->part);
}
