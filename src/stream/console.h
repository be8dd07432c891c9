/* The console: output on its way to a reader that may be slow, and a status line at a terminal's foot.
 * stream/ and set/ use it. */
#ifndef STREAM_CONSOLE_H
#define STREAM_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>

#include "../base/buf.h"
#include "../base/loop.h"
#include "../base/text.h"

/* With a loop, nothing here waits for the reader. */
struct console {
	struct buf q;		/* write into this, then flush */
	struct loop *loop;
	struct watch *watch;
	int fd;
	bool opened;		/* fd was opened here */
	bool blocks;		/* fd is a file, or there is no loop: write at once, however long it takes */
	bool nonblocking;
	bool gone;		/* the reader has gone (EPIPE) */
	bool discard;
	bool midline;		/* the last text written did not end its line */
	bool github;		/* the Actions runner reads fd, so q is passed through text_github */
	size_t checked;		/* bytes of q that have been */
	struct text_line line;
	size_t cleared;		/* offset in q where the foot line was erased */
	void (*drained)(void *arg);	/* called by the loop whenever bytes went out */
	void *arg;
};

void console_open(struct console *c, struct loop *l, int fd, void (*drained)(void *arg), void *arg);
void console_flush(struct console *c);
void console_close(struct console *c);
bool console_midline(const struct console *c);	/* the last line has no newline yet */
void console_fresh_line(struct console *c);	/* ends such a line */

/* A status line at the foot of a terminal. It is redrawn in place, and hidden before anything else is
 * written. */
struct footline {
	size_t drawn;		/* columns that it takes on the screen; 0: hidden */
	size_t columns;		/* the terminal's width when it was drawn */
};
/* Draws text, cut to the terminal's width, unless other output still waits in c->q. */
void footline_draw(struct footline *f, struct console *c, const char *text, size_t len, bool colour);
void footline_hide(struct footline *f, struct console *c);

#endif
