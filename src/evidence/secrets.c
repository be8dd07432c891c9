#include "secrets.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../base/buf.h"
#include "../base/json.h"
#include "../base/mem.h"

enum { SHORTEST = 6 };

struct secrets {
	struct strs v;
	size_t *len;
	size_t window;			/* the shortest one's length */
	unsigned char shift[256];	/* how far a window that ends in this byte may move */
	size_t cut, cut_len;		/* the secret that the last text ended in, and how much of it */
};

/* As Go's encoder escapes: also <, > and &. */
static char *
escape(const char *s)
{
	struct buf plain = {0}, out = {0};
	size_t i;

	json_put(&plain, s);
	for (i = 1; i + 1 < plain.len; i++) {
		if (strchr("<>&", plain.s[i]) != NULL)
			buf_printf(&out, "\\u%04x", (unsigned char)plain.s[i]);
		else
			buf_putc(&out, plain.s[i]);
	}
	buf_free(&plain);
	return buf_take(&out);
}

struct secrets *
secrets_new(const struct strs *secrets)
{
	struct secrets *s;
	size_t i, j, n, d;
	char *e;

	if (secrets == NULL)
		return NULL;
	s = xcalloc(1, sizeof(*s));
	for (i = 0; i < secrets->n; i++) {
		if (strlen(secrets->v[i]) < SHORTEST)
			continue;
		strs_add_new(&s->v, secrets->v[i]);
		e = escape(secrets->v[i]);
		strs_add_new(&s->v, e);
		free(e);
	}
	if (s->v.n == 0) {
		secrets_free(s);
		return NULL;
	}
	s->len = xcalloc(s->v.n, sizeof(*s->len));
	s->window = 255;
	for (i = 0; i < s->v.n; i++) {
		s->len[i] = strlen(s->v.v[i]);
		if (s->len[i] < s->window)
			s->window = s->len[i];
	}
	memset(s->shift, (int)s->window, sizeof(s->shift));
	for (i = 0; i < s->v.n; i++) {
		for (j = 0; j < s->window; j++) {
			n = (unsigned char)s->v.v[i][j];
			d = s->window - 1 - j;
			if (d < s->shift[n])
				s->shift[n] = (unsigned char)d;
		}
	}
	return s;
}

void
secrets_free(struct secrets *s)
{
	if (s == NULL)
		return;
	strs_free(&s->v);
	free(s->len);
	free(s);
}

/* False: the byte at p + i is the second one of an escape. */
static bool
aligned(const char *p, size_t i)
{
	size_t n;

	for (n = 0; n < i && p[i - 1 - n] == '\\'; n++)
		;
	return n % 2 == 0;
}

static void
continue_cut(struct secrets *s, char *p, size_t len)
{
	const char *rest = s->v.v[s->cut] + s->cut_len;
	size_t left = s->len[s->cut] - s->cut_len, n = left < len ? left : len;

	if (memcmp(p, rest, n) != 0) {
		s->cut_len = 0;
		return;
	}
	memset(p, '*', n);
	s->cut_len = n < left ? s->cut_len + n : 0;
}

static void
find_cut(struct secrets *s, char *p, size_t len, bool escaped)
{
	size_t i, k;

	s->cut_len = 0;
	for (i = 0; i < s->v.n; i++) {
		for (k = s->len[i] - 1 < len ? s->len[i] - 1 : len; k > s->cut_len; k--) {
			if (memcmp(p + len - k, s->v.v[i], k) == 0 && (!escaped || aligned(p, len - k))) {
				s->cut = i;
				s->cut_len = k;
			}
		}
	}
	if (s->cut_len >= SHORTEST)
		memset(p + len - s->cut_len, '*', s->cut_len);
}

bool
secrets_strike(struct secrets *s, char *p, size_t len, bool escaped, bool goes_on, bool open)
{
	size_t i = 0, k, d;
	bool found = false;

	if (s == NULL)
		return false;
	if (!goes_on)
		s->cut_len = 0;
	if (s->cut_len > 0 && len > 0) {
		continue_cut(s, p, len);
		if (s->cut_len > 0)
			return true;
	}
	while (i + s->window <= len) {
		d = s->shift[(unsigned char)p[i + s->window - 1]];
		if (d > 0) {
			i += d;
			continue;
		}
		for (k = 0; k < s->v.n; k++) {
			if (i + s->len[k] <= len && memcmp(p + i, s->v.v[k], s->len[k]) == 0 &&
			    (!escaped || aligned(p, i))) {
				memset(p + i, '*', s->len[k]);
				found = true;
				break;
			}
		}
		i++;
	}
	if (open)
		find_cut(s, p, len, escaped);
	return found;
}
