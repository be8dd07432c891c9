/* Makes the help from the tables of flags.h. */
#include "flags.h"

#include <stdlib.h>
#include <string.h>

#include "mem.h"

enum { COLUMN_MAX = 34 };	/* the text of a longer left cell goes on the next line */

/* Appends a table of two columns; cells holds left and right in turn. Frees cells. */
static void
help_put_table(struct buf *out, struct strs *cells)
{
	size_t column = 0;

	for (size_t i = 0; i < cells->n; i += 2) {
		size_t len = strlen(cells->v[i]);

		column = len > column && len <= COLUMN_MAX ? len : column;
	}
	for (size_t i = 0; i < cells->n; i += 2) {
		size_t len = strlen(cells->v[i]);

		buf_printf(out, "  %s", cells->v[i]);
		if (len > column)
			buf_puts(out, "\n  ");
		buf_printf(out, "%*s  %s\n", (int)(len > column ? column : column - len), "",
		    cells->v[i + 1]);
	}
	strs_free(cells);
}

/* "--logs-dir DIR" */
static char *
help_flag(const struct flag *f)
{
	static const char *const names[] = {
		[FLAG_BOOL] = "", [FLAG_STRING] = "TEXT", [FLAG_INT] = "N", [FLAG_NUMBER] = "N",
		[FLAG_DURATION] = "DURATION", [FLAG_AGE] = "AGE", [FLAG_BYTES] = "SIZE",
		[FLAG_TAG] = "TAG", [FLAG_PATH] = "PATH",
	};
	const char *value = f->arg != NULL ? f->arg : f->type == FLAG_CHOICE ? f->choices : names[f->type];

	return xasprintf("%s%s%s%s%s", f->name[1] == '\0' ? "-" : "--", f->name,
	    f->type == FLAG_BOOL ? "" : f->bare != NULL ? "[=" : " ", f->type == FLAG_BOOL ? "" : value,
	    f->type != FLAG_BOOL && f->bare != NULL ? "]" : "");
}

static void
help_add_flags(const struct flag *f, struct strs *cells)
{
	for (; f != NULL && f->name != NULL; f++) {
		bool says_default = f->def != NULL && *f->def != '\0' &&
		    !(f->type == FLAG_BOOL && strcmp(f->def, "false") == 0);
		char *left = f->hidden ? NULL : help_flag(f);

		if (left == NULL)
			continue;
		strs_add(cells, left);
		strs_addf(cells, "%s%s%s%s", f->help != NULL ? f->help : "", says_default ? " (default " : "",
		    says_default ? f->def : "", says_default ? ")" : "");
		free(left);
	}
}

void
flags_help(const struct command *c, const char *path, struct buf *out)
{
	const char *before = "Usage: ";
	struct strs flags = { 0 }, commands = { 0 };

	help_add_flags(c->flags, &flags);
	if (c->run != NULL) {
		buf_printf(out, "%s%s%s%s%s\n", before, path, flags.n > 0 ? " [flags]" : "",
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
	if (flags.n > 0) {
		buf_puts(out, "\nFlags:\n");
		help_put_table(out, &flags);
	}
	if (c->sub != NULL) {
		buf_puts(out, "\nCommands:\n");
		for (const struct command *const *s = c->sub; *s != NULL; s++)
			if (!(*s)->hidden) {
				strs_add(&commands, (*s)->name);
				strs_add(&commands, (*s)->summary != NULL ? (*s)->summary : "");
			}
		help_put_table(out, &commands);
		buf_printf(out, "\n\"%s COMMAND --help\" says more of one.\n", path);
	}
}
