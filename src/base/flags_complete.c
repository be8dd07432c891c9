/* What may come next on a command line, from the same tables. */
#include <stdlib.h>
#include <string.h>

#include "flags_internal.h"
#include "mem.h"

static void
put(struct buf *out, const char *begin, const char *before, const char *word, size_t len, const char *help)
{
	char *whole = xasprintf("%s%.*s", before, (int)len, word);

	if (strncmp(whole, begin, strlen(begin)) == 0)
		buf_printf(out, "%s\t%s\n", whole, help != NULL ? help : "");
	free(whole);
}

static void
put_choices(struct buf *out, const char *begin, const char *before, const char *choices)
{
	for (size_t n; *choices != '\0'; choices += n + (choices[n] == '|')) {
		n = strcspn(choices, "|");
		put(out, begin, before, choices, n, NULL);
	}
}

/* The values of a flag; before: what stands in the same word. Returns its kind. */
static const char *
put_values(struct buf *out, const char *begin, const char *before, const struct flag *f)
{
	if (f->type == FLAG_BOOL)
		put_choices(out, begin, before, "true|false");
	else if (f->type == FLAG_CHOICE)
		put_choices(out, begin, before, f->choices);
	return f->type == FLAG_STRING ? f->arg : NULL;
}

/* Flags, or the value in "--flag=value"; as many dashes as were typed. */
static const char *
put_flags(struct buf *out, const char *begin, const struct command *c)
{
	const char *dashes = begin[1] == '\0' || begin[1] == '-' ? "--" : "-", *name, *kind;
	const struct flag *f;
	size_t len = 0;
	char *before;

	name = flags_name(begin, &len);
	if (name != NULL && name[len] == '=') {
		if ((f = flags_find(c, name, len)) == NULL)
			return NULL;
		before = xstrndup(begin, (size_t)(name - begin) + len + 1);
		kind = put_values(out, begin, before, f);
		free(before);
		return kind;
	}
	for (f = c->flags; f != NULL && f->name != NULL; f++)
		if (!f->hidden)
			put(out, begin, dashes, f->name, strlen(f->name), f->help);
	put(out, begin, dashes, "help", 4, "say how it is used");
	return NULL;
}

static void
put_commands(struct buf *out, const char *begin, const struct command *c)
{
	for (const struct command *const *s = c->sub; s != NULL && *s != NULL; s++)
		if (!(*s)->hidden)
			put(out, begin, "", (*s)->name, strlen((*s)->name), (*s)->summary);
}

static void
join(const struct strs *words, struct strs *out)
{
	bool equals = false;

	for (size_t i = 0; i < words->n; i++) {
		const char *w = words->v[i];
		bool now = strcmp(w, "=") == 0 && out->n > 0 && out->v[out->n - 1][0] == '-';

		if (now || equals) {
			char *last = xasprintf("%s%s", out->v[out->n - 1], w);

			free(out->v[out->n - 1]);
			out->v[out->n - 1] = last;
		} else {
			strs_add(out, w);
		}
		equals = now;
	}
}

const char *
flags_complete(const struct command *top, const struct strs *given, const struct command **at,
    struct buf *out)
{
	const struct command *c = top, *next;
	const struct flag *f = NULL;
	const char *name, *begin, *kind = NULL;
	struct strs words = {0};
	bool ended = false;
	size_t i = 0, len, args = 0;

	join(given, &words);
	if (words.n == 0)
		strs_add(&words, "");
	begin = words.v[words.n - 1];
	if (words.n > 1 && strcmp(words.v[0], "help") == 0)
		i++;
	for (; i + 1 < words.n && (next = flags_command(c, words.v[i])) != NULL; i++)
		c = next;
	for (; i + 1 < words.n; i++) {
		if (f != NULL) {
			f = NULL;
		} else if (!ended && strcmp(words.v[i], "--") == 0) {
			ended = true;
		} else if (!ended && (name = flags_name(words.v[i], &len)) != NULL) {
			f = name[len] == '=' ? NULL : flags_find(c, name, len);
			if (f != NULL && (f->type == FLAG_BOOL || f->bare != NULL))
				f = NULL;
		} else {
			args++;
		}
	}
	if (f != NULL) {
		kind = put_values(out, begin, "", f);
	} else if (!ended && begin[0] == '-') {
		kind = put_flags(out, begin, c);
	} else if (args == 0 || (c->args != NULL && strstr(c->args, "...") != NULL)) {
		put_commands(out, begin, c);
		if (c == top)
			put(out, begin, "", "help", 4, "say how a command is used");
		if (c->args != NULL && strpbrk(c->args, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == NULL)
			put_choices(out, begin, "", c->args);
		else
			kind = c->args;
	}
	strs_free(&words);
	*at = c;
	return kind;
}
