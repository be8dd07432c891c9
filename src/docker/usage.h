/* What things of an engine weigh and where they come from: what `hi clean` wants to know
 * before it removes them. cmd/ calls it. */
#ifndef DOCKER_USAGE_H
#define DOCKER_USAGE_H

#include "docker.h"

/* Bytes that the containers with a label ("hi.run-id=X") wrote; -1: unknown. */
int64_t containers_size(struct docker *d, const char *label);
/* Bytes of all images' layers, each counted once; -1: unknown. */
int64_t images_size(struct docker *d);

/* The ids and names of all networks that containers are on, stopped ones too. */
int networks_used(struct docker *d, struct strs *used, struct err *e);

/* When each image (by id) was last given a name here, by a build, a pull or a load: ms since 1970; -1: never
 * or unknown. */
int images_tagged(struct docker *d, const struct strs *ids, int64_t *when, struct err *e);
/* What each image (by id) was built by, as text; "" unknown. texts has ids->n places; the caller's. */
void images_history(struct docker *d, const struct strs *ids, char **texts);

#endif
