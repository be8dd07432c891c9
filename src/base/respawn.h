/* A long-lived docker that is started again where it ended: after 100 ms, and, while nothing comes of it, after twice as
 * long each time, up to 2 s. watch and stats have one each. */
#ifndef BASE_RESPAWN_H
#define BASE_RESPAWN_H

#include "proc.h"

struct kept {
	struct loop *loop;
	struct proc *(*start)(void *arg, const struct proc_spec *how, struct err *e);
	void (*on_out)(void *arg, const char *data, size_t len);
	void (*on_end)(void *arg);	/* or could not be started; it will be tried again */
	void *arg;
	/* Its own. */
	struct proc *child;
	struct timer *retry;
	int64_t pause;
};

/* -1: the first start failed, and it is tried again. */
int kept_start(struct kept *k, struct err *e);
void kept_well(struct kept *k);	/* something came of it */
void kept_stop(struct kept *k);

#endif
