#include <stdlib.h>
#include <string.h>

#include "../base/buf.h"
#include "../base/mem.h"
#include "gotool.h"
#include "regex.h"

/* A pattern as package testing takes it apart: alternatives at "|", elements at "/", each
 * outside of brackets and parentheses, each element an expression of its own. */
struct cursor {
	const char *s;
	bool inner;	/* the next element is not the first of its alternative */
	bool ended;
};

size_t
pattern_element(const char *s)
{
	int classes = 0, groups = 0;

	for (size_t i = 0; s[i] != '\0'; i++) {
		switch (s[i]) {
		case '[':
			classes++;
			break;
		case ']':
			classes -= classes > 0;
			break;
		case '(':
			groups += classes == 0;
			break;
		case ')':
			groups -= classes == 0;
			break;
		case '\\':
			if (s[i + 1] != '\0')
				i++;
			break;
		case '/':
		case '|':
			if (classes == 0 && groups == 0)
				return i;
			break;
		}
	}
	return strlen(s);
}

/* Moves on behind an element, whether it is well-formed or not (NULL). */
static struct regex *
next_element(struct cursor *c, struct err *e)
{
	size_t len = pattern_element(c->s);
	char *expr = xstrndup(c->s, len);
	struct regex *r;

	/* No name has a blank: testing rewrites both sides. */
	for (size_t i = 0; i < len; i++)
		if (expr[i] == ' ' || (expr[i] >= '\t' && expr[i] <= '\r'))
			expr[i] = '_';
	r = regex_parse(expr, len, e);
	free(expr);
	c->ended = c->s[len] == '\0';
	c->inner = c->s[len] == '/';
	c->s += len + !c->ended;
	return r;
}

int
pattern_check(const char *pattern, struct err *e)
{
	struct cursor c = { .s = pattern };
	struct regex *r;
	struct err why;

	while (!c.ended) {
		r = next_element(&c, &why);
		if (r == NULL)
			return err_set(e, "the pattern \"%s\" is not a regular expression: %s", pattern,
			    why.text);
		regex_free(r);
	}
	return 0;
}

static void
test_free(struct test *t)
{
	free(t->name);
	free(t->file);
}

int
tests_select(struct tests *t, const char *pattern, struct err *e)
{
	struct cursor c = { .s = pattern };
	bool *keep = xcalloc(t->n + 1, sizeof(*keep));
	size_t kept = 0;

	if (pattern_check(pattern, e) == -1) {
		free(keep);
		return -1;
	}
	while (!c.ended) {
		bool first = !c.inner;
		struct regex *r = next_element(&c, e);

		if (first && !regex_decides(r)) {
			regex_free(r);
			free(keep);
			return err_set(e, "which tests \"%s\" selects, only go test can tell: use a simpler pattern",
			    pattern);
		}
		for (size_t i = 0; first && i < t->n; i++)
			keep[i] = keep[i] || regex_match(r, t->v[i].name);
		regex_free(r);
	}
	for (size_t i = 0; i < t->n; i++) {
		if (keep[i])
			t->v[kept++] = t->v[i];
		else
			test_free(&t->v[i]);
	}
	t->n = kept;
	free(keep);
	return 0;
}

void
tests_free(struct tests *t)
{
	for (size_t i = 0; i < t->n; i++)
		test_free(&t->v[i]);
	free(t->v);
	*t = (struct tests){ 0 };
}
