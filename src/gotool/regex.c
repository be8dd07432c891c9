#include "regex.h"

#include <stdlib.h>
#include <string.h>

#include "../base/mem.h"
#include "regex_node.h"

/* Where in the name a walk stands: on[i], before rune i. A node is walked from all the
 * places at once, so that nothing is tried twice. */
struct walk {
	const uint32_t *text;
	size_t n;
};

uint32_t *
regex_runes(const char *s, size_t len, size_t *n)
{
	static const uint32_t least[] = { 0, 0x80, 0x800, 0x10000 };
	uint32_t *out = xcalloc(len + 1, sizeof(*out));

	*n = 0;
	for (size_t i = 0; i < len;) {
		unsigned char c = (unsigned char)s[i++];
		size_t more = c < 0x80 ? 0 : c < 0xC0 ? 4 : c < 0xE0 ? 1 : c < 0xF0 ? 2 : c < 0xF8 ? 3 : 4;
		uint32_t rune = more == 0 ? c : more == 4 ? 0 : c & (0x3Fu >> more);

		if (more == 4 || more > len - i)
			goto bad;
		for (size_t k = 0; k < more; k++) {
			if (((unsigned char)s[i] & 0xC0) != 0x80)
				goto bad;
			rune = rune << 6 | ((unsigned char)s[i++] & 0x3F);
		}
		if (rune < least[more] || rune > RUNE_MAX || (rune >= 0xD800 && rune <= 0xDFFF))
			goto bad;
		out[(*n)++] = rune;
	}
	return out;
bad:
	free(out);
	return NULL;
}

static bool
in_ranges(const struct node *n, uint32_t c)
{
	for (size_t i = 0; i < n->n_ranges; i++)
		if (c >= n->ranges[i].lo && c <= n->ranges[i].hi)
			return true;
	return false;
}

static bool
class_has(const struct node *n, uint32_t c)
{
	bool in = in_ranges(n, c);

	if (n->vague && c >= 0x80)
		return true;
	if (n->fold && !in && c < 0x80 && ((c | 0x20) >= 'a' && (c | 0x20) <= 'z'))
		in = in_ranges(n, c ^ 0x20);
	return in != n->negated;
}

static bool
is_word(const struct walk *w, size_t i)
{
	uint32_t c = i < w->n ? w->text[i] : 0;

	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}

static bool
at_boundary(const struct walk *w, size_t i)
{
	return (i > 0 && is_word(w, i - 1)) != is_word(w, i);
}

static bool
may_pass(const struct node *n, const struct walk *w, size_t i)
{
	switch (n->op) {
	case NODE_BEGIN:
		return i == 0;
	case NODE_END:
		return i == w->n;
	case NODE_WORD:
		return at_boundary(w, i);
	case NODE_NOT_WORD:
		return !at_boundary(w, i);
	default:
		return true;
	}
}

/* Adds from's places to those of to; false: none was new. New ones alone stay in from. */
static bool
merge(const struct walk *w, bool *to, bool *from)
{
	bool any = false;

	for (size_t i = 0; i <= w->n; i++) {
		from[i] = from[i] && !to[i];
		to[i] = to[i] || from[i];
		any = any || from[i];
	}
	return any;
}

/* Moves the places in on to those behind a match of n. */
static void
step(const struct node *n, const struct walk *w, bool *on)
{
	size_t size = (w->n + 1) * sizeof(*on);
	bool *from, *reached;

	switch (n->op) {
	case NODE_CLASS:
		for (size_t i = w->n; i > 0; i--)
			on[i] = on[i - 1] && class_has(n, w->text[i - 1]);
		on[0] = false;
		return;
	case NODE_CAT:
		for (size_t k = 0; k < n->n_kids; k++)
			step(n->kids[k], w, on);
		return;
	case NODE_ALT:
		from = xcalloc(1, size);
		reached = xcalloc(1, size);
		for (size_t k = 0; k < n->n_kids; k++) {
			memcpy(from, on, size);
			step(n->kids[k], w, from);
			merge(w, reached, from);
		}
		memcpy(on, reached, size);
		break;
	case NODE_REPEAT:
		for (int k = 0; k < n->min; k++)
			step(n->kids[0], w, on);
		from = xcalloc(1, size);
		reached = xcalloc(1, size);
		memcpy(from, on, size);
		for (int k = n->min; merge(w, reached, from) && (n->max == -1 || k < n->max); k++)
			step(n->kids[0], w, from);
		memcpy(on, reached, size);
		break;
	default:
		for (size_t i = 0; i <= w->n; i++)
			on[i] = on[i] && may_pass(n, w, i);
		return;
	}
	free(from);
	free(reached);
}

bool
regex_match(const struct regex *r, const char *name)
{
	size_t len = strlen(name), n;
	uint32_t *runes = regex_runes(name, len, &n);
	bool *on, found = false;
	struct walk w;

	if (runes == NULL)
		return false;
	w = (struct walk){ .text = runes, .n = n };
	on = xcalloc(n + 1, sizeof(*on));
	memset(on, true, (n + 1) * sizeof(*on));
	step(r->root, &w, on);
	for (size_t i = 0; i <= n; i++)
		found = found || on[i];
	free(on);
	free(runes);
	return found;
}

void
regex_free(struct regex *r)
{
	if (r == NULL)
		return;
	for (struct node *n = r->all, *next; n != NULL; n = next) {
		next = n->next;
		free(n->ranges);
		free(n->kids);
		free(n);
	}
	free(r);
}
