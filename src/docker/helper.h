/* A helper: a container of the runner's image that does one task for hi, with one of our directories. */
#ifndef DOCKER_HELPER_H
#define DOCKER_HELPER_H

#include "container.h"

#define TYPE_HELPER "hi-helper"

/* Creates it, with src mounted at dst. what becomes a part of its name; words is its command and ends with
 * NULL. The caller frees *id. */
int helper_create(struct docker *d, const char *run_id, const char *image, const char *what, const char *src,
    const char *dst, const char *const *words, char **id, struct err *e);
void helper_remove(struct docker *d, const char *id);

#endif
