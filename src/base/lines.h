/* Lines out of bytes that come in pieces, cut anywhere. Zero-initialise all but longest. */
#ifndef BASE_LINES_H
#define BASE_LINES_H

#include <stddef.h>

#include "buf.h"

struct lines {
	size_t longest;		/* a line of that many bytes loses the next pieces; 0: none is too long */
	struct buf part;	/* of a line whose end is to come */
};

/* fn is called with each line that ended, without its newline; it may write to it. */
void lines_feed(struct lines *l, const char *data, size_t len, void (*fn)(void *arg, char *line, size_t len),
    void *arg);
/* Drops the begun line: the next data is another stream's. */
void lines_reset(struct lines *l);
void lines_free(struct lines *l);

#endif
