#include "json.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define JSMN_STATIC
#define JSMN_PARENT_LINKS
#define JSMN_STRICT
#include <jsmn.h>

#include "mem.h"

enum {
	DEPTH_MAX = 64,
	SLICE = 256,		/* tokens that jsmn may add between two checks of the depth */
	NUMBER_MAX = 128,	/* bytes for the text of a number, with its NUL */
};

/* Not every version of jsmn gives its token type a tag, so json.h cannot name the type. */
static jsmntok_t *
json_tokens(const struct json *j)
{
	return (jsmntok_t *)(void *)j->tok;
}

static const jsmntok_t *
json_at(const struct json *j, int node)
{
	return node >= 0 && node < j->n ? &json_tokens(j)[node] : NULL;
}

/* True: a byte is below 0x20. Tests eight at a time, since this is most of what a string costs. */
static bool
json_has_control(const char *s, size_t len)
{
	const uint64_t ones = UINT64_MAX / 255;
	uint64_t w;

	for (; len >= sizeof(w); s += sizeof(w), len -= sizeof(w)) {
		memcpy(&w, s, sizeof(w));
		if ((w - ones * 0x20) & ~w & (ones * 0x80))
			return true;
	}
	for (; len > 0; s++, len--)
		if ((unsigned char)*s < 0x20)
			return true;
	return false;
}

static size_t
json_digits(const char *s, size_t len)
{
	size_t i = 0;

	while (i < len && s[i] >= '0' && s[i] <= '9')
		i++;
	return i;
}

static bool
json_valid_number(const char *s, size_t len)
{
	size_t i = len > 0 && s[0] == '-', n = json_digits(s + i, len - i);

	if (n == 0 || (n > 1 && s[i] == '0'))
		return false;
	i += n;
	if (i < len && s[i] == '.') {
		n = json_digits(s + i + 1, len - i - 1);
		if (n == 0)
			return false;
		i += 1 + n;
	}
	if (i < len && (s[i] == 'e' || s[i] == 'E')) {
		i++;
		if (i < len && (s[i] == '+' || s[i] == '-'))
			i++;
		n = json_digits(s + i, len - i);
		if (n == 0)
			return false;
		i += n;
	}
	return i == len;
}

static bool
json_valid_primitive(const char *s, size_t len)
{
	return (len == 4 && (memcmp(s, "true", 4) == 0 || memcmp(s, "null", 4) == 0)) ||
	    (len == 5 && memcmp(s, "false", 5) == 0) || json_valid_number(s, len);
}

static bool
json_is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Walks text and tokens together, since jsmn is lenient: between two tokens there
 * must be what the grammar wants, and nothing else. */
struct json_walk {
	const char *text;
	size_t len, pos;
	jsmntok_t *tok;
	int depth;
	struct json_level {
		int node, last;		/* the container; its latest element or key, or -1 */
		bool value;		/* a key waits for its value */
	} up[DEPTH_MAX];
};

static bool
walk_expect(struct json_walk *w, char c)
{
	while (w->pos < w->len && json_is_space(w->text[w->pos]))
		w->pos++;
	if (c == '\0')
		return true;
	return w->pos < w->len && w->text[w->pos++] == c;
}

static bool
walk_close(struct json_walk *w)
{
	const struct json_level *l = &w->up[--w->depth];
	const jsmntok_t *t = &w->tok[l->node];

	return !l->value && walk_expect(w, t->type == JSMN_OBJECT ? '}' : ']') && w->pos == (size_t)t->end;
}

/* Reads the comma or colon that has to precede token i, and links the previous sibling to it. */
static bool
walk_enter_place(struct json_walk *w, int i)
{
	struct json_level *l;
	jsmntok_t *c;

	if (w->depth == 0)
		return i == 0;
	l = &w->up[w->depth - 1];
	c = &w->tok[l->node];
	if (l->value) {
		l->value = false;
		w->tok[l->last].size = 1;
		return walk_expect(w, ':');
	}
	if (c->size++ > 0 && !walk_expect(w, ','))
		return false;
	if (l->last >= 0)
		w->tok[l->last].parent = i;
	l->last = i;
	l->value = c->type == JSMN_OBJECT;
	return !l->value || w->tok[i].type == JSMN_STRING;
}

static bool
walk_enter_token(struct json_walk *w, int i)
{
	jsmntok_t *t = &w->tok[i];
	size_t start = (size_t)t->start, len = (size_t)(t->end - t->start);

	walk_expect(w, '\0');
	t->size = 0;
	t->parent = -1;
	switch (t->type) {
	case JSMN_STRING:
		w->pos++;
		if (w->pos != start || json_has_control(w->text + start, len))
			return false;
		w->pos = (size_t)t->end + 1;
		return true;
	case JSMN_PRIMITIVE:
		if (w->pos != start || !json_valid_primitive(w->text + start, len))
			return false;
		w->pos = (size_t)t->end;
		return true;
	default:
		if (w->pos != start || w->depth == DEPTH_MAX)
			return false;
		w->pos++;
		w->up[w->depth++] = (struct json_level){ .node = i, .last = -1 };
		return true;
	}
}

/* Checks the whole document. It reuses each token's parent for its next sibling (-1: it is the
 * last one, or a key's value), and its size for the count of its elements (1 marks a key). */
static bool
json_validate(struct json *j, size_t len)
{
	struct json_walk w = { .text = j->text, .len = len, .tok = json_tokens(j) };

	for (int i = 0; i < j->n; i++) {
		while (w.depth > 0 && w.tok[w.up[w.depth - 1].node].end <= w.tok[i].start)
			if (!walk_close(&w))
				return false;
		if (!walk_enter_place(&w, i) || !walk_enter_token(&w, i))
			return false;
	}
	while (w.depth > 0)
		if (!walk_close(&w))
			return false;
	walk_expect(&w, '\0');
	return w.pos == len;
}

static bool
json_too_deep(const jsmntok_t *tok, int super)
{
	int n = 0;

	/* A container and its key count as two steps. */
	for (; super >= 0; super = tok[super].parent)
		if (++n > 2 * DEPTH_MAX)
			return true;
	return false;
}

/* Parses in slices and checks the depth in between, since jsmn's work at a closing
 * bracket grows with it. */
static int
json_tokenise(struct json *j, size_t len)
{
	jsmn_parser p;
	int r;

	jsmn_init(&p);
	do {
		int want = (int)p.toknext + SLICE;

		if (json_too_deep(json_tokens(j), p.toksuper))
			return -1;
		if (want > j->cap) {
			j->cap = want > INT_MAX / 2 ? INT_MAX : want * 2;
			j->tok = xreallocarray(j->tok, (size_t)j->cap, sizeof(jsmntok_t));
		}
		r = jsmn_parse(&p, j->text, len, json_tokens(j), (unsigned)want);
	} while (r == JSMN_ERROR_NOMEM);
	j->n = (int)p.toknext;
	return r < 0 || j->n == 0 ? -1 : 0;
}

/* jsmn rejects a primitive that ends with the text, so its token is made here. */
static int
json_tokenise_primitive(struct json *j, size_t start, size_t len)
{
	while (json_is_space(j->text[len - 1]))
		len--;
	if (j->cap == 0) {
		j->cap = SLICE;
		j->tok = xreallocarray(j->tok, (size_t)j->cap, sizeof(jsmntok_t));
	}
	json_tokens(j)[0] = (jsmntok_t){ .type = JSMN_PRIMITIVE, .start = (int)start, .end = (int)len };
	j->n = 1;
	return 0;
}

int
json_parse(struct json *j, const char *text, size_t len)
{
	size_t start = 0;
	int r = -1;

	j->text = text;
	j->n = 0;
	if (len > INT_MAX / 8)
		return -1;
	while (start < len && json_is_space(text[start]))
		start++;
	if (start < len)
		r = strchr("{[\"", text[start]) != NULL ? json_tokenise(j, len) :
		    json_tokenise_primitive(j, start, len);
	if (r == -1 || !json_validate(j, len)) {
		j->n = 0;
		return -1;
	}
	return 0;
}

void
json_free(struct json *j)
{
	free(j->tok);
	*j = (struct json){0};
}

enum json_type
json_type(const struct json *j, int node)
{
	const jsmntok_t *t = json_at(j, node);

	if (t == NULL)
		return JSON_NONE;
	switch (t->type) {
	case JSMN_OBJECT:
		return JSON_OBJECT;
	case JSMN_ARRAY:
		return JSON_ARRAY;
	case JSMN_STRING:
		return JSON_STRING;
	default:
		break;
	}
	switch (j->text[t->start]) {
	case 'n':
		return JSON_NULL;
	case 't': case 'f':
		return JSON_BOOL;
	default:
		return JSON_NUMBER;
	}
}

int
json_count(const struct json *j, int node)
{
	const jsmntok_t *t = json_at(j, node);

	return t != NULL && (t->type == JSMN_OBJECT || t->type == JSMN_ARRAY) ? t->size : 0;
}

int
json_first(const struct json *j, int container)
{
	return json_count(j, container) > 0 ? container + 1 : -1;
}

int
json_next(const struct json *j, int node)
{
	const jsmntok_t *t = json_at(j, node);

	return t != NULL ? t->parent : -1;
}

int
json_value(const struct json *j, int key)
{
	const jsmntok_t *t = json_at(j, key);

	return t != NULL && t->type == JSMN_STRING && t->size == 1 ? key + 1 : -1;
}

const char *
json_raw(const struct json *j, int node, size_t *len)
{
	const jsmntok_t *t = json_at(j, node);

	*len = t != NULL ? (size_t)(t->end - t->start) : 0;
	return t != NULL ? j->text + t->start : "";
}

static bool
json_string_is(const struct json *j, int node, const char *s, size_t n)
{
	struct buf b = {0};
	const char *raw;
	size_t len;
	bool same;

	if (json_type(j, node) != JSON_STRING)
		return false;
	raw = json_raw(j, node, &len);
	if (len < n)
		return false;
	if (memchr(raw, '\\', len) == NULL)
		return len == n && memcmp(raw, s, n) == 0;
	json_unescape(&b, raw, len);
	same = b.len == n && memcmp(buf_str(&b), s, n) == 0;
	buf_free(&b);
	return same;
}

bool
json_eq(const struct json *j, int node, const char *s)
{
	return json_string_is(j, node, s, strlen(s));
}

static int
json_member_n(const struct json *j, int obj, const char *key, size_t len)
{
	if (json_type(j, obj) != JSON_OBJECT)
		return -1;
	for (int k = json_first(j, obj); k >= 0; k = json_next(j, k))
		if (json_string_is(j, k, key, len))
			return json_value(j, k);
	return -1;
}

int
json_member(const struct json *j, int obj, const char *key)
{
	return json_member_n(j, obj, key, strlen(key));
}

int
json_path(const struct json *j, int node, const char *dotted)
{
	for (;;) {
		size_t len = strcspn(dotted, ".");

		node = json_member_n(j, node, dotted, len);
		if (node < 0 || dotted[len] == '\0')
			return node;
		dotted += len + 1;
	}
}

int
json_string(const struct json *j, int node, struct buf *out)
{
	const char *raw;
	size_t len;

	if (json_type(j, node) != JSON_STRING)
		return -1;
	raw = json_raw(j, node, &len);
	json_unescape(out, raw, len);
	return 0;
}

char *
json_dup(const struct json *j, int node)
{
	struct buf b = {0};

	return json_string(j, node, &b) == 0 ? buf_take(&b) : NULL;
}

char *
json_dup_member(const struct json *j, int obj, const char *key)
{
	return json_dup(j, json_member(j, obj, key));
}

void
json_strings(const struct json *j, int array, struct strs *out)
{
	for (int n = json_first(j, array); n >= 0; n = json_next(j, n)) {
		char *s = json_dup(j, n);

		if (s != NULL)
			strs_add(out, s);
		free(s);
	}
}

/* Copies a number as a string, since the text may end without a NUL behind it. */
static int
json_number(const struct json *j, int node, char *out)
{
	const char *raw;
	size_t len;

	if (json_type(j, node) != JSON_NUMBER)
		return -1;
	raw = json_raw(j, node, &len);
	if (len >= NUMBER_MAX)
		return -1;
	memcpy(out, raw, len);
	out[len] = '\0';
	return 0;
}

int
json_int(const struct json *j, int node, int64_t *out)
{
	char s[NUMBER_MAX];
	long long v;
	char *end;

	if (json_number(j, node, s) == -1)
		return -1;
	errno = 0;
	v = strtoll(s, &end, 10);
	if (*end != '\0' || errno != 0)
		return -1;
	*out = v;
	return 0;
}

int
json_num(const struct json *j, int node, double *out)
{
	char s[NUMBER_MAX];

	if (json_number(j, node, s) == -1)
		return -1;
	*out = strtod(s, NULL);
	return 0;
}

bool
json_true(const struct json *j, int node)
{
	return json_type(j, node) == JSON_BOOL && j->text[json_at(j, node)->start] == 't';
}
