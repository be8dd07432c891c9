/* Functions that the files of evidence/ share; for them and their tests alone. */
#ifndef EVIDENCE_EVIDENCE_INTERNAL_H
#define EVIDENCE_EVIDENCE_INTERNAL_H

#include "evidence.h"

#define EVIDENCE_CONTROL "/tmp/control"	/* the run's directory, as the runner sees it */

/* One call's time: docker is v's, bounded by the budget and by *cancel. */
struct evidence_clock {
	struct docker docker;
	const volatile bool *cancel, *outer;
	int64_t deadline;	/* loop_now; -1: none */
	volatile bool stop;
	struct timer *timer;
};
void evidence_clock_start(struct evidence_clock *c, const struct evidence *v, int64_t budget_ms);
void evidence_clock_stop(struct evidence_clock *c);

/* Blanks, in the engine's JSON, each secret value in the environment of every container. -1: no JSON. */
int evidence_hide_env(char *text, size_t len);

#endif
