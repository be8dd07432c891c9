/* Writes JSON into a buffer: the one place that puts commas and keys.
 *
 * Every function takes the member's key, or NULL for an element of an array or the value of a document. A
 * comma is added if the buffer ends in a value; a newline at its end begins a new document, so that JSON
 * lines are objects with buf_putc(b, '\n') between them. Invalid UTF-8 in strings becomes U+FFFD. */
#ifndef BASE_JSON_WRITE_H
#define BASE_JSON_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"

void jw_object(struct buf *b, const char *key);
void jw_end_object(struct buf *b);
void jw_array(struct buf *b, const char *key);
void jw_end_array(struct buf *b);
void jw_string(struct buf *b, const char *key, const char *s);	/* NULL is null */
void jw_stringn(struct buf *b, const char *key, const char *s, size_t len);
void jw_int(struct buf *b, const char *key, int64_t n);
void jw_real(struct buf *b, const char *key, double x, int decimals);	/* null if x is not finite */
void jw_bool(struct buf *b, const char *key, bool yes);
void jw_null(struct buf *b, const char *key);
void jw_raw(struct buf *b, const char *key, const char *json);	/* appends JSON, without its newlines */

#endif
