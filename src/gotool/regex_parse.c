#include "regex_parse.h"

#include <stdlib.h>
#include <string.h>

#include "../base/buf.h"
#include "../base/mem.h"
#include "regex.h"

enum { REPEAT_MAX = 1000, DEPTH_MAX = 1000 };

static struct node *parse_alternation(struct parser *p);

struct node *
regex_node(struct parser *p, enum node_op op)
{
	struct node *n = xcalloc(1, sizeof(*n));

	n->op = op;
	n->next = p->r->all;
	p->r->all = n;
	return n;
}

void
regex_add_range(struct node *n, uint32_t lo, uint32_t hi)
{
	n->ranges = xreallocarray(n->ranges, n->n_ranges + 1, sizeof(*n->ranges));
	n->ranges[n->n_ranges++] = (struct range){ lo, hi };
}

static void
add_kid(struct node *n, struct node *kid)
{
	n->kids = xreallocarray(n->kids, n->n_kids + 1, sizeof(*n->kids));
	n->kids[n->n_kids++] = kid;
}

static void
put_rune(struct buf *b, uint32_t c)
{
	if (c < 0x80) {
		buf_putc(b, (char)c);
		return;
	}
	if (c >= 0x10000)
		buf_putc(b, (char)(0xF0 | c >> 18));
	if (c >= 0x800)
		buf_putc(b, (char)(c >= 0x10000 ? 0x80 | (c >> 12 & 0x3F) : 0xE0 | c >> 12));
	buf_putc(b, (char)(c >= 0x800 ? 0x80 | (c >> 6 & 0x3F) : 0xC0 | c >> 6));
	buf_putc(b, (char)(0x80 | (c & 0x3F)));
}

struct node *
regex_wrong(struct parser *p, const char *what, size_t from)
{
	struct buf part = { 0 };

	if (p->failed)
		return NULL;
	p->failed = true;
	for (size_t i = from; i < p->at && i < p->n; i++)
		put_rune(&part, p->s[i]);
	if (part.len > 0)
		err_set(p->e, "%s: `%s`", what, part.s);
	else
		err_set(p->e, "%s", what);
	buf_free(&part);
	return NULL;
}

bool
regex_sees(const struct parser *p, const char *ascii)
{
	for (size_t i = 0; ascii[i] != '\0'; i++)
		if (p->at + i >= p->n || p->s[p->at + i] != (unsigned char)ascii[i])
			return false;
	return true;
}

static struct node *
literal(struct parser *p, uint32_t c)
{
	struct node *n = regex_node(p, NODE_CLASS);

	n->fold = p->fold;
	regex_add_range(n, c, c);
	return n;
}

/* (?P<name>..., (?<name>...: false where the name is none. */
static bool
group_name(struct parser *p)
{
	size_t start;

	p->at += regex_sees(p, "(?P<") ? 4 : 3;
	for (start = p->at; p->at < p->n && p->s[p->at] != '>'; p->at++) {
		uint32_t c = p->s[p->at];

		if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_'))
			return false;
	}
	return p->at > start && p->at++ < p->n;
}

/* At "(?", with flags: true where a ":" followed, so that it is a group of its own. */
static bool
group_flags(struct parser *p, size_t from)
{
	bool set = true, any = false, minus = false;

	for (p->at += 2; p->at < p->n; p->at++) {
		uint32_t c = p->s[p->at];

		if (c == 'i') {
			p->fold = set;
		} else if (c == '-' && !minus) {
			minus = true;
			set = any = false;
			continue;
		} else if ((c == ':' || c == ')') && (any || !minus)) {
			p->at++;
			return c == ':';
		} else if (c != 'm' && c != 's' && c != 'U') {
			p->at++;
			break;
		}
		any = true;
	}
	regex_wrong(p, "invalid or unsupported Perl syntax", from);
	return false;
}

/* At "(". NULL without p->failed: only flags were set. */
static struct node *
parse_group(struct parser *p)
{
	bool fold = p->fold;
	size_t from = p->at;
	struct node *n;

	if (regex_sees(p, "(?P<") || regex_sees(p, "(?<")) {
		if (!group_name(p))
			return regex_wrong(p, "invalid named capture", from);
	} else if (regex_sees(p, "(?")) {
		if (!group_flags(p, from))
			return NULL;
	} else {
		p->at++;
	}
	if (++p->depth > DEPTH_MAX)
		return regex_wrong(p, "expression nests too deeply", p->at);
	n = parse_alternation(p);
	p->depth--;
	p->fold = fold;
	if (n == NULL)
		return NULL;
	if (p->at == p->n)
		return regex_wrong(p, "missing closing )", from);
	p->at++;
	return n;
}

static struct node *
parse_backslash(struct parser *p)
{
	struct node *n;
	int64_t rune;

	switch (p->at + 1 < p->n ? p->s[p->at + 1] : 0) {
	case 'A':
		p->at += 2;
		return regex_node(p, NODE_BEGIN);
	case 'z':
		p->at += 2;
		return regex_node(p, NODE_END);
	case 'b':
		p->at += 2;
		return regex_node(p, NODE_WORD);
	case 'B':
		p->at += 2;
		return regex_node(p, NODE_NOT_WORD);
	default:
		n = regex_node(p, NODE_CLASS);
		n->fold = p->fold;
		if (regex_class_escape(p, n))
			return p->failed ? NULL : n;
		rune = regex_escape(p);
		return rune == -1 ? NULL : literal(p, (uint32_t)rune);
	}
}

/* One that can be repeated. */
static struct node *
parse_atom(struct parser *p)
{
	struct node *n;

	switch (p->s[p->at]) {
	case '(':
		return parse_group(p);
	case '[':
		return regex_class(p);
	case '\\':
		return parse_backslash(p);
	case '^':
		p->at++;
		return regex_node(p, NODE_BEGIN);
	case '$':
		p->at++;
		return regex_node(p, NODE_END);
	case '.':
		p->at++;
		n = regex_node(p, NODE_CLASS);
		regex_add_range(n, 0, RUNE_MAX);
		return n;
	default:
		return literal(p, p->s[p->at++]);
	}
}

/* A number without needless zeros; -1: there is none. A huge one is just too big. */
static int
parse_number(struct parser *p)
{
	size_t from = p->at;
	int n = 0;

	for (; p->at < p->n && p->s[p->at] >= '0' && p->s[p->at] <= '9'; p->at++)
		n = n > REPEAT_MAX ? n : n * 10 + (int)p->s[p->at] - '0';
	return p->at == from || (p->at > from + 1 && p->s[from] == '0') ? -1 : n;
}

/* At "*", "+", "?" or "{": false where "{" is no repetition but itself. */
static bool
parse_operator(struct parser *p, int *min, int *max)
{
	size_t from = p->at;
	uint32_t c = p->s[p->at++];

	*min = c == '+';
	*max = c == '?' ? 1 : -1;
	if (c != '{')
		return true;
	*min = *max = parse_number(p);
	if (*min != -1 && p->at < p->n && p->s[p->at] == ',') {
		p->at++;
		*max = -1;
		if (p->at < p->n && p->s[p->at] != '}' && (*max = parse_number(p)) == -1)
			*min = -1;
	}
	if (*min == -1 || p->at >= p->n || p->s[p->at] != '}') {
		p->at = from;
		return false;
	}
	p->at++;
	if (*min > REPEAT_MAX || *max > REPEAT_MAX || (*max != -1 && *min > *max))
		regex_wrong(p, "invalid repeat count", from);
	return true;
}

/* No more than n copies of anything in it, all levels of counting taken together. */
static bool
repeat_fits(const struct node *n, int limit)
{
	if (n->op == NODE_REPEAT) {
		int times = n->max == -1 ? n->min : n->max;

		if (n->max == 0)
			return true;
		if (times > limit)
			return false;
		if (times > 0)
			limit /= times;
	}
	for (size_t i = 0; i < n->n_kids; i++)
		if (!repeat_fits(n->kids[i], limit))
			return false;
	return true;
}

/* \Q...\E: a repetition behind it is one of its last rune. */
static void
parse_quotation(struct parser *p, struct node *cat)
{
	for (p->at += 2; p->at < p->n && !regex_sees(p, "\\E"); p->at++)
		add_kid(cat, literal(p, p->s[p->at]));
	if (p->at < p->n)
		p->at += 2;
}

/* Behind the operator that stands at from; last: where one right before it does, or from. */
static void
repeat_last(struct parser *p, struct node *cat, int min, int max, size_t from, size_t last)
{
	struct node *n;

	/* Lazy: which match it is makes no difference to whether there is one. */
	if (cat->n_kids > 0 && p->at < p->n && p->s[p->at] == '?')
		p->at++;
	if (cat->n_kids == 0) {
		regex_wrong(p, "missing argument to repetition operator", from);
		return;
	}
	if (last != from) {
		regex_wrong(p, "invalid nested repetition operator", last);
		return;
	}
	n = regex_node(p, NODE_REPEAT);
	n->min = min;
	n->max = max;
	add_kid(n, cat->kids[cat->n_kids - 1]);
	cat->kids[cat->n_kids - 1] = n;
	if ((min >= 2 || max >= 2) && !repeat_fits(n, REPEAT_MAX))
		regex_wrong(p, "invalid repeat count", from);
}

static struct node *
parse_concatenation(struct parser *p)
{
	struct node *cat = regex_node(p, NODE_CAT), *n;
	size_t last = 0;
	bool repeated = false;
	int min, max;

	while (!p->failed && p->at < p->n && p->s[p->at] != '|' && p->s[p->at] != ')') {
		uint32_t c = p->s[p->at];
		size_t from = p->at;

		if ((c == '*' || c == '+' || c == '?' || c == '{') && parse_operator(p, &min, &max)) {
			repeat_last(p, cat, min, max, from, repeated ? last : from);
			repeated = true;
			last = from;
			continue;
		}
		repeated = false;
		if (regex_sees(p, "\\Q")) {
			parse_quotation(p, cat);
			continue;
		}
		n = parse_atom(p);
		if (n != NULL)
			add_kid(cat, n);
	}
	return p->failed ? NULL : cat;
}

static struct node *
parse_alternation(struct parser *p)
{
	struct node *alt = regex_node(p, NODE_ALT), *n;

	for (;;) {
		n = parse_concatenation(p);
		if (n == NULL)
			return NULL;
		add_kid(alt, n);
		if (p->at == p->n || p->s[p->at] != '|')
			return alt;
		p->at++;
	}
}

struct regex *
regex_parse(const char *expr, size_t len, struct err *e)
{
	struct parser p = { .e = e };
	uint32_t *runes = regex_runes(expr, len, &p.n);

	if (runes == NULL) {
		err_set(e, "invalid UTF-8");
		return NULL;
	}
	p.s = runes;
	p.r = xcalloc(1, sizeof(*p.r));
	p.r->root = parse_alternation(&p);
	if (!p.failed && p.at < p.n) {
		p.at++;
		regex_wrong(&p, "unexpected )", p.n);
	}
	if (p.failed) {
		regex_free(p.r);
		p.r = NULL;
	}
	free(runes);
	return p.r;
}
