/* Completes a command line from the tables of flags.h. */
#include <stdlib.h>
#include <string.h>

#include "flags_internal.h"
#include "mem.h"

void
completion_put(struct completion *c, const char *word, const char *help)
{
	if (strncmp(word, c->begin, strlen(c->begin)) == 0)
		buf_printf(&c->out, "%s%s\t%s\n", c->before, word, help != NULL ? help : "");
}

static void
complete_choices(struct completion *c, const char *choices)
{
	struct strs words = { 0 };

	strs_split(&words, choices, '|');
	for (size_t i = 0; i < words.n; i++)
		completion_put(c, words.v[i], NULL);
	strs_free(&words);
}

static void
complete_value(struct completion *c, const struct flag *f)
{
	if (f->type == FLAG_BOOL || f->type == FLAG_CHOICE)
		complete_choices(c, f->type == FLAG_BOOL ? "true|false" : f->choices);
	else if (f->type == FLAG_STRING || f->type == FLAG_TAG || f->type == FLAG_PATH)
		c->kind = f->arg;
}

static void
complete_flag(struct completion *c)
{
	for (const struct flag *f = c->command->flags; f != NULL && f->name != NULL; f++)
		if (!f->hidden)
			completion_put(c, f->name, f->help);
	completion_put(c, "help", "say how it is used");
}

static void
complete_argument(struct completion *c, bool top)
{
	const char *args = c->command->args;

	for (const struct command *const *s = c->command->sub; s != NULL && *s != NULL; s++)
		if (!(*s)->hidden)
			completion_put(c, (*s)->name, (*s)->summary);
	if (top)
		completion_put(c, "help", "say how a command is used");
	if (args != NULL && strpbrk(args, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == NULL)
		complete_choices(c, args);
	else
		c->kind = args;
}

/* Joins "--flag=value" again, which bash splits at the "=". */
static void
complete_join(const struct strs *words, struct strs *out)
{
	for (size_t i = 0; i < words->n; i++) {
		char **last = out->n > 0 && out->v[out->n - 1][0] == '-' ? &out->v[out->n - 1] : NULL;
		bool goes_on = last != NULL && (strcmp(words->v[i], "=") == 0 ||
		    (i > 0 && strcmp(words->v[i - 1], "=") == 0));
		char *joined = goes_on ? xasprintf("%s%s", *last, words->v[i]) : NULL;

		if (goes_on) {
			free(*last);
			*last = joined;
		} else {
			strs_add(out, words->v[i]);
		}
	}
}

void
flags_complete(const struct command *top, const struct strs *given, struct completion *c)
{
	const struct command *next;
	const struct flag *f = NULL;	/* the flag whose value comes next */
	struct strs words = { 0 };
	size_t i = 0, len = 0, args = 0, keep = 0;
	const char *name, *last;
	bool ended = false;

	complete_join(given, &words);
	if (words.n == 0)
		strs_add(&words, "");
	last = words.v[words.n - 1];
	*c = (struct completion){ .command = top };
	if (words.n > 1 && strcmp(words.v[0], "help") == 0)
		i++;
	for (; i + 1 < words.n && (next = flags_command(c->command, words.v[i])) != NULL; i++)
		c->command = next;
	for (; i + 1 < words.n; i++) {
		name = flags_name(words.v[i], &len);
		if (f != NULL)
			f = NULL;
		else if (!ended && strcmp(words.v[i], "--") == 0)
			ended = true;
		else if (ended || name == NULL)
			args++;
		else if (name[len] != '=' && (f = flags_find(c->command, name, len)) != NULL &&
		    (f->type == FLAG_BOOL || f->bare != NULL))
			f = NULL;
	}
	ended = ended || *last != '-' || f != NULL;
	name = ended ? NULL : flags_name(last, &len);
	if (name != NULL)
		keep = (size_t)(name - last) + (name[len] == '=' ? len + 1 : 0);
	c->before = !ended && name == NULL ? xstrdup("--") : xstrndup(last, keep);
	c->begin = xstrdup(!ended && name == NULL ? "" : last + keep);
	if (name != NULL && name[len] == '=')
		f = flags_find(c->command, name, len);
	if (f != NULL)
		complete_value(c, f);
	else if (!ended && (name == NULL || name[len] != '='))
		complete_flag(c);
	else if (ended && (args == 0 ||
	    (c->command->args != NULL && strstr(c->command->args, "...") != NULL)))
		complete_argument(c, c->command == top);
	strs_free(&words);
}

void
completion_free(struct completion *c)
{
	free(c->before);
	free(c->begin);
	buf_free(&c->out);
}
