/* A byte buffer that grows. Zero-initialise it ({0}); s is NULL until something is
 * added, and NUL-terminated from then on (len does not count the NUL). */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stddef.h>

struct buf {
	char *s;
	size_t len, cap;
};

void buf_add(struct buf *b, const void *data, size_t len);
void buf_puts(struct buf *b, const char *s);
void buf_putc(struct buf *b, char c);
void buf_printf(struct buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void buf_count(struct buf *b, size_t n, const char *what);	/* "1 test", "2 tests", "2 directories" */
/* Appends, then may drop old bytes: it keeps at least the last max bytes, and at most 2 * max. */
void buf_tail(struct buf *b, const void *data, size_t len, size_t max);
void buf_drop(struct buf *b, size_t n);	/* the first n bytes */
void buf_reset(struct buf *b);		/* len = 0, memory kept */
void buf_free(struct buf *b);
const char *buf_str(const struct buf *b);	/* "" when empty */
char *buf_take(struct buf *b);		/* the caller frees it; never NULL; empties *b */

#endif
