/* Makes the result of `docker cp` safe to keep. Internal to src/docker (and its tests). */
#ifndef DOCKER_COPY_H
#define DOCKER_COPY_H

#include "../base/err.h"

/* The directory part holds the copy under its name (or only its contents, as Podman copies the root of a
 * volume). Makes the copy readable and removable for us, removes links and special files below it, and moves
 * it to `to`. -1: nothing was copied, the copy is itself a link or special file, or `to` is a directory that
 * is not empty. part is removed in every case. */
int copy_place(const char *part, const char *name, const char *to, struct err *e);

#endif
