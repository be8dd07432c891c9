/* The console: what is shown on its way to a reader that may be slow, and a line at a terminal's foot. For
 * stream/ and set/. */
#ifndef STREAM_CONSOLE_H
#define STREAM_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>

#include "../base/buf.h"
#include "../base/loop.h"
#include "../base/text.h"

/* Nothing here blocks where there is a loop. */
struct console {
	struct buf q;		/* write into this, then flush */
	struct loop *loop;
	struct watch *watch;
	int fd;
	bool opened;		/* fd was opened here */
	bool blocks;		/* it is a file, or there is no loop: write at once, whatever it takes */
	bool nonblocking;
	bool gone;		/* EPIPE */
	bool discard;
	bool midline;		/* what was written last did not end its line */
	bool github;		/* the Actions runner reads it: q is made harmless for it (text_github) */
	size_t checked;		/* bytes of q that are */
	struct text_line line;
	size_t cleared;		/* where in q a line was emptied */
	void (*drained)(void *arg);	/* called by the loop whenever bytes went out */
	void *arg;
};

void console_open(struct console *c, struct loop *l, int fd, void (*drained)(void *arg), void *arg);
void console_flush(struct console *c);
void console_close(struct console *c);
bool console_midline(const struct console *c);	/* the last line that was written is open */
void console_fresh_line(struct console *c);	/* ends it */

/* A line at the foot of a terminal that says what is going on. It is drawn over itself, and hidden before
 * anything else is written. */
struct footline {
	size_t drawn;		/* columns of it on the screen now */
	size_t columns;		/* of the terminal when it was drawn */
};
/* Draws text, cut to the terminal's width, unless something else waits for the console. */
void footline_draw(struct footline *f, struct console *c, const char *text, size_t len, bool colour);
void footline_hide(struct footline *f, struct console *c);

#endif
