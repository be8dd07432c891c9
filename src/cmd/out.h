/* What the commands have in common: members of the JSON that they print, and the signal that ends one. For cmd/. */
#ifndef CMD_OUT_H
#define CMD_OUT_H

#include <stdbool.h>

#include "../base/buf.h"
#include "../base/loop.h"

/* "key": "value" into the object that b ends in; NULL is null. */
void out_member(struct buf *b, const char *key, const char *value);
/* The way of all that the commands print to standard output: nothing in it is a command of the GitHub Actions runner. */
void out_printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* 0, or 3 where standard output did not take all that was printed so far: an exit code. */
int out_flush(void);
int out_print(struct buf *b);	/* b first, which is empty then */

/* INT, TERM, HUP or QUIT came: the first one, and what waits is to stop. */
struct interrupt {
	volatile bool stop;
	int signal;
};
void interrupt_watch(struct interrupt *i, struct loop *l);

#endif
