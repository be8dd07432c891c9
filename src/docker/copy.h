/* Makes the result of `docker cp` safe to keep. Internal to src/docker (and its tests). */
#ifndef DOCKER_COPY_H
#define DOCKER_COPY_H

#include "../base/err.h"

/* part is a directory that holds what was copied, by its name (or, as Podman copies the root of a volume,
 * what is in it). Makes it the caller's to read and remove, leaves out links and special files below it,
 * moves it to `to` and removes part. -1: it is a link or special file itself, or `to` is a directory that is
 * not empty. part is removed in every case. */
int copy_place(const char *part, const char *name, const char *to, struct err *e);

#endif
