/* An engine that does not see our directories (on another machine, or hi is itself in a container): the checkout
 * goes into the created runner, without what git ignores, and the evidence brings /tmp/control back from there.
 * Only the engine's answers tell; a URL does not. run.c calls it. */
#ifndef RUN_SEND_H
#define RUN_SEND_H

#include "plan.h"

/* The directory that send_sees_checkout makes in the checkout for a moment; NULL: it makes none. The caller's. */
char *send_probe(const struct plan *p);
/* Whether the engine sees the checkout: asked where the run's directory, whose name is new, is outside of it and its
 * being mounted proves nothing. An empty directory stands in the checkout meanwhile. 1, 0; -1: the engine. */
int send_sees_checkout(struct docker *d, const struct plan *p, struct err *e);

/* Into the runner, which was created and not started. *left_out: files that no list of tar's can name. */
int send_checkout(struct docker *d, const struct plan *p, const char *runner, size_t *left_out, struct err *e);

#endif
