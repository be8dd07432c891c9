/* An image that is not there: pulled with progress, again with backoff on transient errors,
 * with a plain word on auth and rate-limit failures. Credentials (DOCKERHUB_USERNAME and
 * DOCKERHUB_TOKEN) go through a private configuration directory, 0700, removed afterwards. */
#ifndef RUN_PULL_H
#define RUN_PULL_H

#include "../docker/image.h"

/* say gets a line of progress at a time (harmless text). hint is what to do where it does not exist:
 * "name another with --go-version". */
int pull_image(struct docker *d, const char *ref, const char *hint, void (*say)(void *arg, const char *line), void *arg,
    struct err *e);

#endif
