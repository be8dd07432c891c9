/* The commands' way to standard output, and the signal that ends one. For cmd/. */
#ifndef CMD_OUT_H
#define CMD_OUT_H

#include <stdbool.h>

#include "../base/buf.h"
#include "../base/loop.h"

/* The way of all that the commands print to standard output: nothing in it is a command of the GitHub
 * Actions runner. */
void out_printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Prints b, which is empty then. Whether it arrived is seen once the command has ended (flags_main). */
void out_print(struct buf *b);

/* INT, TERM, HUP or QUIT came: the first one, and what waits is to stop. */
struct interrupt {
	volatile bool stop;
	int signal;
};
void interrupt_watch(struct interrupt *i, struct loop *l);

#endif
