/* A long-lived child that is restarted when it exits, backing off from 100 ms to 2 s; respawn_ok resets
 * the pause. The event watch and the stats have one each. */
#ifndef BASE_RESPAWN_H
#define BASE_RESPAWN_H

#include "proc.h"

struct respawn {
	struct loop *loop;
	struct proc *(*start)(void *arg, const struct proc_spec *how, struct err *e);
	void (*on_out)(void *arg, const char *data, size_t len);
	void (*on_end)(void *arg);	/* it ended or could not be started; it will be started again */
	void *arg;
	/* Set by the functions below. */
	struct proc *child;
	struct timer *retry;
	int64_t pause;			/* ms before the next start */
};

/* -1: the first start failed; it will be tried again. */
int respawn_start(struct respawn *k, struct err *e);
void respawn_ok(struct respawn *k);	/* its output was useful, so the next pause is short again */
void respawn_stop(struct respawn *k);

#endif
