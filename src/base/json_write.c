#include "json_write.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "json.h"

/* Appends what comes before a value: a comma if one is needed, and its key. */
static void
jw_begin(struct buf *b, const char *key)
{
	if (b->len > 0 && strchr("{[:,\n", b->s[b->len - 1]) == NULL)
		buf_putc(b, ',');
	if (key != NULL) {
		json_put(b, key);
		buf_putc(b, ':');
	}
}

void
jw_object(struct buf *b, const char *key)
{
	jw_begin(b, key);
	buf_putc(b, '{');
}

void
jw_end_object(struct buf *b)
{
	buf_putc(b, '}');
}

void
jw_array(struct buf *b, const char *key)
{
	jw_begin(b, key);
	buf_putc(b, '[');
}

void
jw_end_array(struct buf *b)
{
	buf_putc(b, ']');
}

void
jw_string(struct buf *b, const char *key, const char *s)
{
	jw_begin(b, key);
	json_put(b, s);
}

void
jw_stringn(struct buf *b, const char *key, const char *s, size_t len)
{
	jw_begin(b, key);
	json_putn(b, s, len);
}

void
jw_int(struct buf *b, const char *key, int64_t n)
{
	jw_begin(b, key);
	buf_printf(b, "%" PRId64, n);
}

void
jw_real(struct buf *b, const char *key, double x, int decimals)
{
	if (!isfinite(x)) {
		jw_null(b, key);
		return;
	}
	jw_begin(b, key);
	buf_printf(b, "%.*f", decimals, x);
}

void
jw_bool(struct buf *b, const char *key, bool yes)
{
	jw_raw(b, key, yes ? "true" : "false");
}

void
jw_null(struct buf *b, const char *key)
{
	jw_raw(b, key, "null");
}

void
jw_raw(struct buf *b, const char *key, const char *json)
{
	jw_begin(b, key);
	/* JSON has newlines only outside of its strings, so all can go: a document stays one line. */
	for (; *json != '\0'; json++)
		if (*json != '\n')
			buf_putc(b, *json);
}
