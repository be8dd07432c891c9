/* How often one asks hi to end, and what that means. INT, TERM, HUP and QUIT are the same
 * request; those that arrive within 500 ms of the last step are one (a closing terminal
 * delivers HUP twice). Pure: the caller gives the time. */
#ifndef BASE_LADDER_H
#define BASE_LADDER_H

#include <stdbool.h>
#include <stdint.h>

enum rung {
	RUNG_NONE,
	RUNG_ORDERLY,	/* stop, collect what can be had within the budget, remove */
	RUNG_NOW,	/* drop the evidence, remove */
	RUNG_LEAVE,	/* leave it to the cleaner */
};

struct ladder {
	enum rung rung;
	int signal;	/* the first one: what hi dies of in the end */
	int64_t at;	/* of the last step, ms */
};

/* True: sig led one rung up. */
bool ladder_step(struct ladder *l, int sig, int64_t now);

#endif
