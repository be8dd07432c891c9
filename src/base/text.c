#include "text.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "mem.h"

enum {
	FILE_NAME_MAX = 255,
	NAME_MAX_NEAR = 48,	/* a longer name counts as near to nothing */
};

size_t
text_utf8(const char *s, size_t len)
{
	const unsigned char *u = (const unsigned char *)s;
	size_t n;

	if (len == 0)
		return 0;
	if (u[0] < 0x80)
		return 1;
	n = u[0] >= 0xc2 && u[0] <= 0xdf ? 2 : (u[0] & 0xf0) == 0xe0 ? 3 :
	    u[0] >= 0xf0 && u[0] <= 0xf4 ? 4 : 0;
	if (n == 0 || n > len)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((u[i] & 0xc0) != 0x80)
			return 0;
	/* Rejects overlong forms, surrogates, and what is beyond U+10FFFF. */
	if ((u[0] == 0xe0 && u[1] < 0xa0) || (u[0] == 0xed && u[1] > 0x9f) ||
	    (u[0] == 0xf0 && u[1] < 0x90) || (u[0] == 0xf4 && u[1] > 0x8f))
		return 0;
	return n;
}

/* The length of the escape sequence that begins with the ESC at s; one that is cut off goes to the end. */
static size_t
text_escape_len(const char *s, size_t len)
{
	size_t i = 2;

	if (len < 2)
		return len;
	switch (s[1]) {
	case '[':
		while (i < len && s[i] >= 0x20 && s[i] <= 0x3f)
			i++;
		return i < len && s[i] >= 0x40 && s[i] <= 0x7e ? i + 1 : i;
	case ']': case 'P': case 'X': case '^': case '_':
		/* Control strings (OSC and the like), which may swallow no more than their line. */
		for (; i < len && s[i] != '\n'; i++) {
			if (s[i] == '\a')
				return i + 1;
			if (s[i] == '\033')
				return i + 1 < len && s[i + 1] == '\\' ? i + 2 : i;
		}
		return i;
	default:
		i = 1;
		while (i < len && s[i] >= 0x20 && s[i] <= 0x2f)
			i++;
		return i < len && s[i] >= 0x30 && s[i] <= 0x7e ? i + 1 : i;
	}
}

/* How many bytes at s are plain ASCII. */
static size_t
text_plain_len(const char *s, size_t len)
{
	size_t i = 0;

	while (i < len && s[i] >= 0x20 && s[i] < 0x7f)
		i++;
	return i;
}

/* A C1 control as UTF-8, which some terminals obey. */
static bool
text_is_c1(const char *s, size_t n)
{
	return n == 2 && (unsigned char)s[0] == 0xc2 && (unsigned char)s[1] < 0xa0;
}

static bool
text_is_sgr(const char *s, size_t n)
{
	return n >= 3 && s[1] == '[' && s[n - 1] == 'm' && strspn(s + 2, "0123456789;:") == n - 3;
}

/* Appends s without escape sequences, except colours if colour is set. If lines is set newlines stay and
 * other controls are dropped; else, in a line of ours, newlines become blanks and other controls '?'. */
static void
text_clean(struct buf *out, const char *s, size_t len, bool lines, bool colour)
{
	while (len > 0) {
		size_t n = text_plain_len(s, len);

		if (n > 0) {
			buf_add(out, s, n);
		} else if (*s == '\033') {
			n = text_escape_len(s, len);
			if (colour && text_is_sgr(s, n))
				buf_add(out, s, n);
		} else if (!lines && *s == '\r' && (len == 1 || s[1] == '\n')) {
			n = 1;
		} else if (*s == '\n' || *s == '\t') {
			buf_putc(out, *s == '\n' && !lines ? ' ' : *s);
			n = 1;
		} else {
			n = text_utf8(s, len);
			if (n > 1 && !text_is_c1(s, n))
				buf_add(out, s, n);
			else if (n == 0 || !lines)
				buf_putc(out, '?');
			n = n > 0 ? n : 1;
		}
		s += n;
		len -= n;
	}
}

void
text_harmless(struct buf *out, const char *s, size_t len)
{
	text_clean(out, s, len, false, false);
}

void
text_colours(struct buf *out, const char *s, size_t len, bool colour)
{
	text_clean(out, s, len, true, colour);
}

/* The runner trims the blanks of every script, and may ignore zero-width characters when it compares, so only
 * visible ASCII counts. */
void
text_github(struct buf *out, struct text_line *at, const char *s, size_t len)
{
	struct text_line first = {0}, *l = at != NULL ? at : &first;

	for (; len > 0; s++, len--) {
		if (*s == *TEXT_COMMAND && l->place == TEXT_BLANK) {
			l->place = TEXT_OWN;
			continue;
		}
		if (*s == '\n' || *s == '\r') {
			l->place = TEXT_BLANK;
			l->hashes = 0;
		} else if (l->place != TEXT_OWN && *s > ' ' && *s < 0x7f) {
			if ((*s == ':' && l->place == TEXT_COLON) || (*s == '[' && l->hashes >= 2))
				buf_putc(out, '\\');
			l->place = *s == ':' && l->place == TEXT_BLANK ? TEXT_COLON : TEXT_REST;
			l->hashes = *s == '#' ? l->hashes + 1 : 0;
		} else if (*s == ' ' || *s == '\t') {
			l->place = l->place == TEXT_COLON ? TEXT_REST : l->place;
			l->hashes = 0;
		}
		buf_putc(out, *s);
	}
}

bool
text_in_github(void)
{
	const char *value = getenv("GITHUB_ACTIONS");

	return value != NULL && strcmp(value, "true") == 0;
}

char *
text_harmless_dup(const char *s)
{
	struct buf b = {0};

	text_harmless(&b, s, strlen(s));
	return buf_take(&b);
}

/* The number of edits from a to b: insert, delete, replace, swap neighbours. */
static size_t
text_distance(const char *a, size_t na, const char *b, size_t nb)
{
	size_t rows[3][NAME_MAX_NEAR + 1];
	size_t *before = rows[0], *prev = rows[1], *row = rows[2];

	for (size_t j = 0; j <= nb; j++)
		before[j] = prev[j] = j;
	for (size_t i = 1; i <= na; i++) {
		size_t *free_row = before;

		row[0] = i;
		for (size_t j = 1; j <= nb; j++) {
			size_t d = prev[j - 1] + (a[i - 1] != b[j - 1]);

			if (prev[j] + 1 < d)
				d = prev[j] + 1;
			if (row[j - 1] + 1 < d)
				d = row[j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    before[j - 2] + 1 < d)
				d = before[j - 2] + 1;
			row[j] = d;
		}
		before = prev;
		prev = row;
		row = free_row;
	}
	return prev[nb];
}

const char *
text_nearest(const char *s, const char *const *names)
{
	size_t len = strlen(s), best = len <= 3 ? 1 : len <= 6 ? 2 : 3;
	const char *found = NULL;

	if (len == 0 || len > NAME_MAX_NEAR)
		return NULL;
	best++;
	for (; *names != NULL; names++) {
		size_t n = strlen(*names), d;

		if (n == 0 || n > NAME_MAX_NEAR)
			continue;
		/* A name that the user cut short to s is as near as a slip of one letter. */
		d = len >= 3 && n > len && strncmp(s, *names, len) == 0 ? 1 :
		    text_distance(s, len, *names, n);
		if (d < best && d < n) {
			best = d;
			found = *names;
		}
	}
	return found;
}

const char *
text_last_line(const char *s, size_t *len)
{
	const char *end = s + strlen(s), *start;

	while (end > s && isspace((unsigned char)end[-1]))
		end--;
	start = end;
	while (start > s && start[-1] != '\n' && start[-1] != '\r')
		start--;
	*len = (size_t)(end - start);
	return start;
}

const char *
text_find(const char *s, const char *part)
{
	size_t len = strlen(part);

	for (; *s != '\0'; s++)
		if (strncasecmp(s, part, len) == 0)
			return s;
	return NULL;
}

const char *
text_shown(const char *s, char out[TEXT_SHOWN])
{
	size_t n = TEXT_SHOWN - sizeof("...");

	if (strlen(s) < TEXT_SHOWN)
		return s;
	/* Does not cut a character in two. */
	while (n > 0 && ((unsigned char)s[n] & 0xc0) == 0x80)
		n--;
	snprintf(out, TEXT_SHOWN, "%.*s...", (int)n, s);
	return out;
}

const char *
text_after(const char *s, const char *prefix)
{
	size_t len = strlen(prefix);

	return strncmp(s, prefix, len) == 0 ? s + len : NULL;
}

bool
text_ends(const char *s, const char *end)
{
	size_t len = strlen(s), n = strlen(end);

	return len > n && strcmp(s + len - n, end) == 0;
}

char *
text_trim(const char *s)
{
	size_t len;

	while (isspace((unsigned char)*s))
		s++;
	len = strlen(s);
	while (len > 0 && isspace((unsigned char)s[len - 1]))
		len--;
	return xstrndup(s, len);
}

static bool
text_is_file_name_char(char c)
{
	return (unsigned char)c >= 0x20 && c != 0x7f && strchr("\":<>|*?\\/", c) == NULL;
}

bool
text_file_name(const char *s)
{
	size_t len = strlen(s);

	if (len == 0 || len > FILE_NAME_MAX || strcmp(s, ".") == 0 || strcmp(s, "..") == 0)
		return false;
	for (; *s != '\0'; s++)
		if (!text_is_file_name_char(*s))
			return false;
	return true;
}

char *
text_as_file_name(const char *s)
{
	size_t len = strlen(s);
	char *name;

	if (len == 0)
		return xstrdup("_");
	if (len > FILE_NAME_MAX) {
		len = FILE_NAME_MAX;
		while (len > FILE_NAME_MAX - 4 && ((unsigned char)s[len] & 0xc0) == 0x80)
			len--;
	}
	name = xstrndup(s, len);
	for (char *p = name; *p != '\0'; p++)
		if (!text_is_file_name_char(*p))
			*p = '_';
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		name[0] = '_';
	return name;
}
