/* How often one asks hi to end, and what that means. INT, TERM, HUP and QUIT are the same
 * request; those that arrive within 500 ms of the last step are one (a closing terminal
 * delivers HUP twice). Pure: the caller gives the time. */
#ifndef BASE_ESCALATION_H
#define BASE_ESCALATION_H

#include <stdbool.h>
#include <stdint.h>

enum escalation_step {
	STEP_NONE,
	STEP_ORDERLY,	/* stop, collect what can be had within the budget, remove */
	STEP_NOW,	/* drop the evidence, remove */
	STEP_LEAVE,	/* leave it to the cleaner */
};

struct escalation {
	enum escalation_step step;
	int signal;	/* the first one: what hi dies of in the end */
	int64_t at;	/* of the last step, ms */
};

/* True: sig led one step up. */
bool escalation_signal(struct escalation *l, int sig, int64_t now);

#endif
