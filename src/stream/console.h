/* The console's bytes on their way out. Nothing here blocks where there is a loop. For this room alone. */
#ifndef STREAM_CONSOLE_H
#define STREAM_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>

#include "../base/buf.h"
#include "../base/loop.h"
#include "../base/text.h"

struct console {
	struct buf q;		/* write into this, then flush */
	struct loop *loop;
	struct watch *watch;
	int fd;
	bool ours;		/* fd was opened here */
	bool blocks;		/* write at once, whatever it takes: a file, or no loop */
	bool nonblocking;
	bool gone;		/* EPIPE */
	bool discard;
	bool midline;		/* what was written last did not end a line */
	/* what reads it is the Actions runner: q is made harmless for it (text_github), */
	bool github;
	size_t checked;		/* and is so up to here */
	struct text_line line;
	size_t cleared;		/* where in q a line was emptied: it is fresh there */
	void (*drained)(void *arg);	/* from the loop, whenever bytes went out */
	void *arg;
};

void console_open(struct console *c, struct loop *l, int fd, void (*drained)(void *arg), void *arg);
void console_flush(struct console *c);
void console_close(struct console *c);
bool console_midline(const struct console *c);	/* a line is open at the end of what was written so far */
void console_fresh_line(struct console *c);	/* ends it */
/* Text that empties the line the cursor is in, and goes to its beginning. */
void console_clear_line(struct console *c, const char *how);

#endif
