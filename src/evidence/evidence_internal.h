/* Shared by the files of evidence/ and their tests only. */
#ifndef EVIDENCE_EVIDENCE_INTERNAL_H
#define EVIDENCE_EVIDENCE_INTERNAL_H

#include "evidence.h"

#define EVIDENCE_CONTROL "/tmp/control"	/* the run's directory, as the runner sees it */

/* The time limit of one call. docker is a copy of v's that stops at the deadline, or when *cancel (v's) or
 * *outer (the cancel of v's docker) turns true. */
struct evidence_clock {
	struct docker docker;
	const volatile bool *cancel, *outer;
	int64_t deadline;	/* loop_now; -1: none */
	volatile bool stop;
	struct timer *timer;
};
void evidence_clock_start(struct evidence_clock *c, const struct evidence *v, int64_t budget_ms);
void evidence_clock_stop(struct evidence_clock *c);

/* Overwrites, in the engine's JSON, each secret value in a container's environment. -1: it is no JSON. */
int evidence_hide_env(char *text, size_t len);

#endif
