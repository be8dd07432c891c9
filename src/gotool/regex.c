#include "regex.h"

#include <ctype.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "../base/buf.h"
#include "../base/mem.h"

struct regex {
	regex_t posix;
	bool compiled;
};

/* Walks Go's spelling and writes POSIX's. */
struct rewrite {
	const char *s, *end;
	struct buf out;
	int groups;
	bool icase, undecided;
	bool operand;	/* something stands there that may be repeated */
	bool repeated;	/* and a repetition of it */
};

static int
class_escape(struct rewrite *w)
{
	switch (*w->s) {
	case 'd': buf_puts(&w->out, "0-9"); break;
	case 'w': buf_puts(&w->out, "0-9A-Za-z_"); break;
	case 's': buf_puts(&w->out, "[:space:]"); break;
	default:
		/* POSIX has no escapes in a class, and the order of ] ^ - matters there. */
		if (strchr("]^-\\[", *w->s) != NULL || isalnum((unsigned char)*w->s))
			w->undecided = true;
		else
			buf_putc(&w->out, *w->s);
	}
	w->s++;
	return 0;
}

static int
class(struct rewrite *w, struct err *e)
{
	bool first = true;

	buf_putc(&w->out, '[');
	if (w->s < w->end && *w->s == '^')
		buf_putc(&w->out, *w->s++);
	for (;; first = false) {
		if (w->s == w->end)
			return err_set(e, "missing closing ]");
		if (*w->s == ']' && !first)
			break;
		if (*w->s == '[' && w->s + 1 < w->end && w->s[1] == ':') {
			const char *close = strstr(w->s, ":]");

			if (close != NULL && close < w->end) {
				buf_add(&w->out, w->s, (size_t)(close + 2 - w->s));
				w->s = close + 2;
				continue;
			}
		}
		if (*w->s == '\\') {
			if (++w->s == w->end)
				return err_set(e, "trailing backslash at end of expression");
			class_escape(w);
		} else
			buf_putc(&w->out, *w->s++);
	}
	buf_putc(&w->out, *w->s++);
	w->operand = true;
	w->repeated = false;
	return 0;
}

static int
escape(struct rewrite *w, struct err *e)
{
	if (w->s == w->end)
		return err_set(e, "trailing backslash at end of expression");
	w->operand = true;
	w->repeated = false;
	switch (*w->s) {
	case 'd': buf_puts(&w->out, "[0-9]"); break;
	case 'D': buf_puts(&w->out, "[^0-9]"); break;
	case 'w': buf_puts(&w->out, "[0-9A-Za-z_]"); break;
	case 'W': buf_puts(&w->out, "[^0-9A-Za-z_]"); break;
	case 's': buf_puts(&w->out, "[[:space:]]"); break;
	case 'S': buf_puts(&w->out, "[^[:space:]]"); break;
	case 'A': buf_putc(&w->out, '^'); break;
	case 'z': buf_putc(&w->out, '$'); break;
	default:
		if (strchr("abBCfnpPQErtvx01234567", *w->s) != NULL)
			w->undecided = true;
		else if (isalnum((unsigned char)*w->s))
			return err_set(e, "invalid escape sequence: `\\%c`", *w->s);
		buf_putc(&w->out, '\\');
		buf_putc(&w->out, *w->s);
	}
	w->s++;
	return 0;
}

static int
group(struct rewrite *w, struct err *e)
{
	w->groups++;
	w->operand = w->repeated = false;
	buf_putc(&w->out, '(');
	if (w->s == w->end || *w->s != '?')
		return 0;
	if (w->end - w->s >= 2 && w->s[1] == ':')
		w->s += 2;
	else if (w->end - w->s >= 3 && strncmp(w->s, "?i)", 3) == 0 && w->out.len == 1) {
		w->icase = true;
		w->s += 3;
		w->groups--;
		buf_reset(&w->out);
	} else if (w->end - w->s >= 2 && strchr("=!", w->s[1]) != NULL)
		return err_set(e, "invalid or unsupported Perl syntax: `(?%c`", w->s[1]);
	else
		w->undecided = true;
	return 0;
}

/* {n}, {n,}, {n,m}; anything else in braces is text. */
static size_t
braces(const struct rewrite *w)
{
	const char *p = w->s + 1;

	if (p >= w->end || !isdigit((unsigned char)*p))
		return 0;
	while (p < w->end && (isdigit((unsigned char)*p) || *p == ','))
		p++;
	return p < w->end && *p == '}' ? (size_t)(p + 1 - w->s) : 0;
}

static int
repetition(struct rewrite *w, size_t len, struct err *e)
{
	if (!w->operand)
		return err_set(e, "missing argument to repetition operator: `%.*s`", (int)len, w->s);
	if (w->repeated)
		return err_set(e, "invalid nested repetition operator: `%.*s`", (int)len, w->s);
	buf_add(&w->out, w->s, len);
	w->s += len;
	/* A lazy one matches where a greedy one does. */
	if (w->s < w->end && *w->s == '?')
		w->s++;
	w->repeated = true;
	return 0;
}

static int
step(struct rewrite *w, struct err *e)
{
	size_t n;

	switch (*w->s) {
	case '[':
		w->s++;
		return class(w, e);
	case '\\':
		w->s++;
		return escape(w, e);
	case '(':
		w->s++;
		return group(w, e);
	case ')':
		if (w->groups-- == 0)
			return err_set(e, "unexpected )");
		w->operand = true;
		w->repeated = false;
		break;
	case '|':
		w->operand = w->repeated = false;
		break;
	case '*': case '+': case '?':
		return repetition(w, 1, e);
	case '{':
		n = braces(w);
		if (n > 0)
			return repetition(w, n, e);
		buf_putc(&w->out, '\\');
		/* FALLTHROUGH */
	default:
		w->operand = true;
		w->repeated = false;
	}
	buf_putc(&w->out, *w->s++);
	return 0;
}

struct regex *
regex_parse(const char *expr, size_t len, struct err *e)
{
	struct rewrite w = { .s = expr, .end = expr + len };
	struct regex *r = NULL;
	char words[256];
	int failed;

	while (w.s < w.end)
		if (step(&w, e) == -1)
			goto out;
	if (w.groups > 0) {
		err_set(e, "missing closing )");
		goto out;
	}
	r = xcalloc(1, sizeof(*r));
	if (w.undecided)
		goto out;
	failed = regcomp(&r->posix, buf_str(&w.out), REG_EXTENDED | REG_NOSUB | (w.icase ? REG_ICASE : 0));
	if (failed != 0) {
		regerror(failed, &r->posix, words, sizeof(words));
		err_set(e, "%s", words);
		free(r);
		r = NULL;
	} else
		r->compiled = true;
out:
	buf_free(&w.out);
	return r;
}

bool
regex_decides(const struct regex *r)
{
	return r->compiled;
}

bool
regex_match(const struct regex *r, const char *name)
{
	return !r->compiled || regexec(&r->posix, name, 0, NULL, 0) == 0;
}

void
regex_free(struct regex *r)
{
	if (r == NULL)
		return;
	if (r->compiled)
		regfree(&r->posix);
	free(r);
}
