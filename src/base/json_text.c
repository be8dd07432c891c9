/* JSON's strings: unescaped on the way in, escaped on the way out. */
#include "json.h"

#include <string.h>

#include "text.h"

static const char replacement[] = "\xef\xbf\xbd";	/* U+FFFD */

static int
json_hex4(const char *s, size_t len)
{
	int v = 0;

	if (len < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		char c = s[i];

		v <<= 4;
		if (c >= '0' && c <= '9')
			v |= c - '0';
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			v |= (c | 0x20) - 'a' + 10;
		else
			return -1;
	}
	return v;
}

static void
json_put_utf8(struct buf *out, unsigned c)
{
	if (c < 0x80) {
		buf_putc(out, (char)c);
		return;
	}
	if (c < 0x800) {
		buf_putc(out, (char)(0xc0 | c >> 6));
	} else {
		if (c < 0x10000) {
			buf_putc(out, (char)(0xe0 | c >> 12));
		} else {
			buf_putc(out, (char)(0xf0 | c >> 18));
			buf_putc(out, (char)(0x80 | (c >> 12 & 0x3f)));
		}
		buf_putc(out, (char)(0x80 | (c >> 6 & 0x3f)));
	}
	buf_putc(out, (char)(0x80 | (c & 0x3f)));
}

/* Appends the character of the \uXXXX at s (a surrogate pair has two). Returns the length of the escape. */
static size_t
json_unescape_u(struct buf *out, const char *s, size_t len)
{
	int c = json_hex4(s + 2, len - 2), low;

	if (c == -1) {
		buf_puts(out, replacement);
		return 2;
	}
	if (c >= 0xd800 && c <= 0xdbff && len >= 12 && s[6] == '\\' && s[7] == 'u') {
		low = json_hex4(s + 8, len - 8);
		if (low >= 0xdc00 && low <= 0xdfff) {
			json_put_utf8(out, 0x10000 + ((unsigned)(c - 0xd800) << 10) +
			    (unsigned)(low - 0xdc00));
			return 12;
		}
	}
	if (c == 0 || (c >= 0xd800 && c <= 0xdfff))
		buf_puts(out, replacement);
	else
		json_put_utf8(out, (unsigned)c);
	return 6;
}

void
json_unescape(struct buf *out, const char *raw, size_t len)
{
	static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";

	while (len > 0) {
		const char *esc = memchr(raw, '\\', len), *p;
		size_t n = esc != NULL ? (size_t)(esc - raw) : len;

		buf_add(out, raw, n);
		raw += n;
		len -= n;
		if (len == 0)
			return;
		/* A string that was cut within an escape keeps the backslash. */
		if (len == 1) {
			buf_putc(out, '\\');
			return;
		}
		if (raw[1] == 'u') {
			n = json_unescape_u(out, raw, len);
		} else {
			p = raw[1] != '\0' ? strchr(from, raw[1]) : NULL;
			buf_putc(out, p != NULL ? to[p - from] : raw[1]);
			n = 2;
		}
		raw += n;
		len -= n;
	}
}

static void
json_put_special(struct buf *out, unsigned char c)
{
	static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";
	const char *p = c != '\0' ? strchr(from, c) : NULL;

	if (p != NULL) {
		buf_putc(out, '\\');
		buf_putc(out, to[p - from]);
	} else {
		buf_printf(out, "\\u%04x", c);
	}
}

void
json_putn(struct buf *out, const char *s, size_t len)
{
	unsigned hashes = 0;

	buf_putc(out, '"');
	while (len > 0) {
		size_t n = 0;

		/* "##[" is a command to the GitHub Actions runner anywhere in a line, even with
		 * zero-width characters in it. */
		while (n < len && (unsigned char)s[n] >= 0x20 && (unsigned char)s[n] < 0x80 && s[n] != '"' &&
		    s[n] != '\\' && (s[n] != '[' || hashes < 2))
			hashes = s[n++] == '#' ? hashes + 1 : 0;
		if (n > 0) {
			buf_add(out, s, n);
		} else if ((unsigned char)*s < 0x80) {
			json_put_special(out, (unsigned char)*s);
			hashes = 0;
			n = 1;
		} else {
			n = text_utf8(s, len);
			if (n > 0)
				buf_add(out, s, n);
			else
				buf_puts(out, replacement);
			n = n > 0 ? n : 1;
		}
		s += n;
		len -= n;
	}
	buf_putc(out, '"');
}

void
json_put(struct buf *out, const char *s)
{
	if (s == NULL)
		buf_puts(out, "null");
	else
		json_putn(out, s, strlen(s));
}
