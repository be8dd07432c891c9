/* The help that the tables of flags.h say by themselves. */
#include "flags.h"

#include <stdlib.h>
#include <string.h>

enum { COLUMN_MAX = 34 };	/* a longer left side has its text on the next line */

static const char *
help_value_name(const struct flag *f)
{
	static const char *const names[] = {
		[FLAG_BOOL] = "", [FLAG_STRING] = "TEXT", [FLAG_INT] = "N", [FLAG_NUMBER] = "N",
		[FLAG_DURATION] = "DURATION", [FLAG_AGE] = "AGE", [FLAG_BYTES] = "SIZE",
	};

	if (f->arg != NULL)
		return f->arg;
	return f->type == FLAG_CHOICE ? f->choices : names[f->type];
}

static void
help_put_flag(struct buf *out, const struct flag *f)
{
	buf_printf(out, "%s%s", f->name[1] == '\0' ? "-" : "--", f->name);
	if (f->type == FLAG_BOOL)
		return;
	buf_printf(out, f->bare != NULL ? "[=%s]" : " %s", help_value_name(f));
}

static size_t
help_width(size_t before, size_t len)
{
	return len > before && len <= COLUMN_MAX ? len : before;
}

static void
help_put_line(struct buf *out, const char *left, size_t column, const char *right)
{
	size_t len = strlen(left);

	buf_printf(out, "  %s", left);
	if (len > column) {
		buf_putc(out, '\n');
		len = 0;
		buf_puts(out, "  ");
	}
	buf_printf(out, "%*s  %s", (int)(column - len), "", right);
}

static bool
help_says_default(const struct flag *f)
{
	return f->def != NULL && *f->def != '\0' && !(f->type == FLAG_BOOL && strcmp(f->def, "false") == 0);
}

static void
help_put_flags(struct buf *out, const struct flag *flags)
{
	struct buf left = {0};
	size_t column = 0;

	for (const struct flag *f = flags; f->name != NULL; f++) {
		if (f->hidden)
			continue;
		buf_reset(&left);
		help_put_flag(&left, f);
		column = help_width(column, left.len);
	}
	for (const struct flag *f = flags; f->name != NULL; f++) {
		if (f->hidden)
			continue;
		buf_reset(&left);
		help_put_flag(&left, f);
		help_put_line(out, buf_str(&left), column, f->help != NULL ? f->help : "");
		if (help_says_default(f))
			buf_printf(out, " (default %s)", f->def);
		buf_putc(out, '\n');
	}
	buf_free(&left);
}

static bool
help_any_flag(const struct flag *f)
{
	for (; f != NULL && f->name != NULL; f++)
		if (!f->hidden)
			return true;
	return false;
}

static void
help_put_commands(struct buf *out, const struct command *const *sub)
{
	size_t column = 0;

	for (const struct command *const *c = sub; *c != NULL; c++)
		if (!(*c)->hidden)
			column = help_width(column, strlen((*c)->name));
	for (const struct command *const *c = sub; *c != NULL; c++) {
		if ((*c)->hidden)
			continue;
		help_put_line(out, (*c)->name, column, (*c)->summary != NULL ? (*c)->summary : "");
		buf_putc(out, '\n');
	}
}

void
flags_help(const struct command *c, const char *path, struct buf *out)
{
	const char *before = "Usage: ";

	if (c->run != NULL) {
		buf_printf(out, "%s%s%s%s%s\n", before, path, help_any_flag(c->flags) ? " [flags]" : "",
		    c->args != NULL && *c->args != '\0' ? " " : "", c->args != NULL ? c->args : "");
		before = "       ";
	}
	if (c->sub != NULL)
		buf_printf(out, "%s%s COMMAND\n", before, path);
	if (c->summary != NULL)
		buf_printf(out, "\n%s\n", c->summary);
	if (c->about != NULL)
		buf_printf(out, "\n%s%s", c->about, c->about[0] != '\0' &&
		    c->about[strlen(c->about) - 1] == '\n' ? "" : "\n");
	if (help_any_flag(c->flags)) {
		buf_puts(out, "\nFlags:\n");
		help_put_flags(out, c->flags);
	}
	if (c->sub != NULL) {
		buf_puts(out, "\nCommands:\n");
		help_put_commands(out, c->sub);
		buf_printf(out, "\n\"%s COMMAND --help\" says more of one.\n", path);
	}
}
