#include <string.h>

#include "regex_parse.h"

struct named {
	const char *name;
	const char *ranges;	/* pairs */
};

static bool
is_alnum(uint32_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static int
hex_value(uint32_t c)
{
	return c >= '0' && c <= '9' ? (int)c - '0' : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ?
	    (int)(c | 0x20) - 'a' + 10 : -1;
}

/* All of a table's pairs, or what is between them; they are in order. */
static void
add_named(struct node *n, const char *pairs, bool negated)
{
	uint32_t from = 0;

	for (; *pairs != '\0'; pairs += 2) {
		uint32_t lo = (unsigned char)pairs[0], hi = (unsigned char)pairs[1];

		if (!negated)
			regex_add_range(n, lo, hi);
		else if (lo > from)
			regex_add_range(n, from, lo - 1);
		from = hi + 1;
	}
	if (negated)
		regex_add_range(n, from, RUNE_MAX);
}

static const struct named *
find_named(const struct named *table, const uint32_t *name, size_t len)
{
	for (; table->name != NULL; table++) {
		size_t i = 0;

		while (i < len && table->name[i] != '\0' && (unsigned char)table->name[i] == name[i])
			i++;
		if (i == len && table->name[i] == '\0')
			return table;
	}
	return NULL;
}

/* \pL, \p{Greek}, \P{^Lu}: which ASCII a name holds; of the rest is not known here. */
static bool
unicode_class(struct parser *p, struct node *n)
{
	static const struct named ascii[] = {
		{ "L", "AZaz" }, { "Lu", "AZ" }, { "Ll", "az" }, { "Latin", "AZaz" }, { "N", "09" },
		{ "Nd", "09" }, { "Pc", "__" }, { "P", "!#%*,/:;?@[]__{{}}" }, { "Any", "\x01\x7f" },
		{ NULL, NULL }
	};
	size_t from = p->at, start, len = 1;
	bool negated = p->s[p->at + 1] == 'P';
	const struct named *found;

	p->at += 2;
	if (p->at < p->n && p->s[p->at] == '{') {
		start = ++p->at;
		while (p->at < p->n && p->s[p->at] != '}')
			p->at++;
		len = p->at - start;
		if (p->at == p->n) {
			regex_wrong(p, "invalid character class range", from);
			return true;
		}
		if (len > 0 && p->s[start] == '^') {
			negated = !negated;
			start++;
			len--;
		}
	} else {
		start = p->at;
	}
	if (p->at >= p->n || len == 0) {
		regex_wrong(p, "invalid character class range", from);
		return true;
	}
	p->at++;
	found = find_named(ascii, p->s + start, len);
	add_named(n, found != NULL ? found->ranges : "", negated);
	n->vague = true;
	return true;
}

bool
regex_class_escape(struct parser *p, struct node *n)
{
	uint32_t c = p->at + 1 < p->n ? p->s[p->at + 1] : 0, kind = c | 0x20;
	const char *pairs;

	if (kind == 'p')
		return unicode_class(p, n);
	pairs = kind == 'd' ? "09" : kind == 'w' ? "09AZ__az" : kind == 's' ? "\t\n\f\r  " : NULL;
	if (pairs == NULL)
		return false;
	add_named(n, pairs, kind != c);
	p->at += 2;
	return true;
}

static int64_t
hex_escape(struct parser *p, size_t from)
{
	int64_t rune = 0;
	size_t digits = 0;

	if (p->at < p->n && p->s[p->at] == '{') {
		for (p->at++; p->at < p->n && hex_value(p->s[p->at]) >= 0 && rune <= RUNE_MAX; digits++)
			rune = rune * 16 + hex_value(p->s[p->at++]);
		if (digits > 0 && rune <= RUNE_MAX && p->at < p->n && p->s[p->at] == '}') {
			p->at++;
			return rune;
		}
	} else {
		for (; digits < 2 && p->at < p->n && hex_value(p->s[p->at]) >= 0; digits++)
			rune = rune * 16 + hex_value(p->s[p->at++]);
		if (digits == 2)
			return rune;
	}
	regex_wrong(p, "invalid escape sequence", from);
	return -1;
}

int64_t
regex_escape(struct parser *p)
{
	static const char letters[] = "afnrtv", values[] = "\a\f\n\r\t\v";
	size_t from = p->at;
	const char *letter;
	int64_t rune;
	uint32_t c;

	if (++p->at == p->n) {
		regex_wrong(p, "trailing backslash at end of expression", p->at);
		return -1;
	}
	c = p->s[p->at++];
	/* A single digit that is not 0 would be a reference to a group. */
	if (c == '0' || (c >= '1' && c <= '7' && p->at < p->n && p->s[p->at] >= '0' && p->s[p->at] <= '7')) {
		rune = c - '0';
		for (int i = 0; i < 2 && p->at < p->n && p->s[p->at] >= '0' && p->s[p->at] <= '7'; i++)
			rune = rune * 8 + p->s[p->at++] - '0';
		return rune;
	}
	if (c == 'x')
		return hex_escape(p, from);
	letter = c < 0x80 && c != 0 ? strchr(letters, (int)c) : NULL;
	if (letter != NULL)
		return values[letter - letters];
	if (c < 0x80 && !is_alnum(c))
		return c;
	regex_wrong(p, "invalid escape sequence", from);
	return -1;
}

/* [:alpha:], [:^alpha:]. True: it was one, or a wrong one. NUL is in no name of a test. */
static bool
posix_class(struct parser *p, struct node *n)
{
	static const struct named table[] = {
		{ "alnum", "09AZaz" }, { "alpha", "AZaz" }, { "ascii", "\x01\x7f" }, { "blank", "\t\t  " },
		{ "cntrl", "\x01\x1f\x7f\x7f" }, { "digit", "09" }, { "graph", "!~" }, { "lower", "az" },
		{ "print", " ~" }, { "punct", "!/:@[`{~" }, { "space", "\t\r  " }, { "upper", "AZ" },
		{ "word", "09AZ__az" }, { "xdigit", "09AFaf" }, { NULL, NULL }
	};
	size_t start = p->at + 2, end = start;
	const struct named *found;
	bool negated;

	if (!regex_sees(p, "[:"))
		return false;
	while (end + 1 < p->n && !(p->s[end] == ':' && p->s[end + 1] == ']'))
		end++;
	if (end + 1 >= p->n)
		return false;
	negated = p->s[start] == '^';
	start += negated;
	found = find_named(table, p->s + start, end - start);
	p->at = end + 2;
	if (found != NULL)
		add_named(n, found->ranges, negated);
	else
		regex_wrong(p, "invalid character class range", start - 2 - negated);
	return true;
}

static int64_t
class_rune(struct parser *p, size_t from)
{
	if (p->at == p->n) {
		regex_wrong(p, "missing closing ]", from);
		return -1;
	}
	return p->s[p->at] == '\\' ? regex_escape(p) : (int64_t)p->s[p->at++];
}

struct node *
regex_class(struct parser *p)
{
	struct node *n = regex_node(p, NODE_CLASS);
	size_t open = p->at++;
	int64_t lo, hi;

	n->fold = p->fold;
	if (p->at < p->n && p->s[p->at] == '^') {
		n->negated = true;
		p->at++;
	}
	for (bool first = true; !p->failed; first = false) {
		size_t from = p->at;

		if (!first && p->at < p->n && p->s[p->at] == ']')
			break;
		if (p->at < p->n && (posix_class(p, n) || (p->s[p->at] == '\\' && regex_class_escape(p, n))))
			continue;
		lo = hi = class_rune(p, open);
		if (lo != -1 && p->at + 1 < p->n && p->s[p->at] == '-' && p->s[p->at + 1] != ']') {
			p->at++;
			hi = class_rune(p, open);
		}
		if (hi == -1 || lo == -1)
			return NULL;
		if (hi < lo)
			return regex_wrong(p, "invalid character class range", from);
		regex_add_range(n, (uint32_t)lo, (uint32_t)hi);
	}
	p->at++;
	return p->failed ? NULL : n;
}
