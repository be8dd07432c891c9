/* Each request to end hi goes one escalation step further. INT, TERM, HUP and QUIT are the
 * same request; those within 500 ms of the last step belong to that step (a closing terminal
 * delivers HUP twice). Pure: the caller gives the time. */
#ifndef BASE_ESCALATION_H
#define BASE_ESCALATION_H

#include <stdbool.h>
#include <stdint.h>

enum escalation_step {
	STEP_NONE,
	STEP_ORDERLY,	/* stop, collect evidence within its time budget, remove */
	STEP_NOW,	/* skip the evidence, remove */
	STEP_LEAVE,	/* leave the removal to the cleaner */
};

struct escalation {
	enum escalation_step step;
	int signal;	/* the first signal, of which hi dies in the end */
	int64_t at;	/* time of the last step, ms */
};

/* True: sig led to the next step. */
bool escalation_signal(struct escalation *l, int sig, int64_t now);

#endif
