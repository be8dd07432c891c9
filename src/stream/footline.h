/* A line at the foot of a terminal that says what is going on: drawn over itself, and gone before anything
 * else is written. For this room, and set/. */
#ifndef STREAM_FOOTLINE_H
#define STREAM_FOOTLINE_H

#include "console.h"

struct footline {
	size_t drawn;		/* columns of it on the screen now */
	size_t columns;		/* of the terminal when it was drawn */
};

/* Draws text, cut to the terminal's width, where nothing else waits for the console. */
void footline_draw(struct footline *f, struct console *c, const char *text, size_t len, bool colour);
void footline_hide(struct footline *f, struct console *c);

#endif
