/* What evidence is made of; for evidence*.c and their tests alone. */
#ifndef EVIDENCE_EVIDENCE_INTERNAL_H
#define EVIDENCE_EVIDENCE_INTERNAL_H

#include "evidence.h"

/* <name>.inspect.json for each, without the secrets of its environment; adds to *files those written. -1: not
 * for all of them. */
int evidence_inspect(struct docker *d, const char *dir, const struct container *c, size_t n, size_t *files,
    struct err *e);
/* Blanks, in the engine's JSON, each secret value in the environment of every container. -1: no JSON. */
int evidence_hide_env(char *text, size_t len);

/* What the tests saved in the runner, into dir. */
int evidence_bring(struct docker *d, const char *runner, const char *dir, struct err *e);

/* chown -R of dir by a container of the image, as the engine's root. */
int evidence_hand_over(struct evidence *v, const char *image, struct err *e);

#endif
