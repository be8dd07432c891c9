#include "footline.h"

#include <sys/ioctl.h>

#include "../base/text.h"

enum { COLUMNS = 80 };

static size_t
columns(const struct console *c)
{
	struct winsize w;

	return ioctl(c->fd, TIOCGWINSZ, &w) == 0 && w.ws_col > 0 ? w.ws_col : COLUMNS;
}

void
footline_hide(struct footline *f, struct console *c)
{
	size_t now;

	if (f->drawn == 0)
		return;
	/* A terminal that grew narrower has wrapped it: then it has more lines than one. */
	now = columns(c);
	if (now < f->columns && f->drawn > now)
		buf_printf(&c->q, "\033[%zuA", (f->drawn - 1) / now);
	console_clear_line(c, "\r\033[J");
	f->drawn = 0;
}

void
footline_draw(struct footline *f, struct console *c, const char *text, size_t len, bool colour)
{
	size_t width = columns(c), n = 0, shown = 0, i;

	if (c->q.len > 0 || c->gone)
		return;
	footline_hide(f, c);
	/* One column is left free, so that no terminal wraps. */
	for (i = 0; i < len && shown + 1 < width; i += n, shown++)
		n = text_utf8(text + i, len - i) > 0 ? text_utf8(text + i, len - i) : 1;
	console_fresh_line(c);
	if (colour)
		buf_puts(&c->q, "\033[2m");
	buf_add(&c->q, text, i);
	if (colour)
		buf_puts(&c->q, "\033[0m");
	f->drawn = shown;
	f->columns = width;
	console_flush(c);
	/* The foot is no line that others' text has to end. */
	c->midline = false;
}
