/* Makes lines of bytes that come in pieces, cut anywhere. Zero-initialise all but longest. */
#ifndef BASE_LINES_H
#define BASE_LINES_H

#include <stddef.h>

#include "buf.h"

struct lines {
	size_t longest;		/* a line that has this many bytes loses its further pieces; 0: no limit */
	struct buf part;	/* the line whose end has not come yet */
};

/* Calls fn with each complete line, without its newline; fn may change it. */
void lines_feed(struct lines *l, const char *data, size_t len, void (*fn)(void *arg, char *line, size_t len),
    void *arg);
/* Drops the unfinished line, since the next data comes from another stream. */
void lines_reset(struct lines *l);
void lines_free(struct lines *l);

#endif
