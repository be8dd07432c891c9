/* Images. */
#ifndef DOCKER_IMAGE_H
#define DOCKER_IMAGE_H

#include "docker.h"

struct image {
	char *id, *ref;		/* ref "name:tag"; "" when dangling */
	int64_t size;		/* bytes; -1 unknown */
	bool dangling;
};
struct images {
	struct image *v;
	size_t n;
};
int image_list(struct docker *d, bool dangling_only, struct images *out, struct err *e);
void images_free(struct images *i);
/* 1: there; 0: not; -1: the engine does not answer. */
int image_exists(struct docker *d, const char *ref, struct err *e);
/* Of refs, those that are not there; one call where all are. */
int image_missing(struct docker *d, const struct strs *refs, struct strs *missing, struct err *e);
/* Removes an image by reference or id, without --force: one that is in use stays, and -1 says so. Layers
 * of a tag that goes stay as cache when keep_layers (--no-prune). */
int image_remove(struct docker *d, const char *ref, bool keep_layers, struct err *e);
/* Adds the ids of the images that containers use; but_runs: but those of runs. */
int image_used(struct docker *d, bool but_runs, struct strs *ids, struct err *e);
/* The Config of each image (by id), as the engine's JSON; NULL: there is no such image. texts has ids->n
 * places; the caller's. */
int image_configs(struct docker *d, const struct strs *ids, char **texts, struct err *e);

/* Pulls an image that is not there, again with backoff where the network is in between, logged in to
 * Docker Hub where DOCKERHUB_USERNAME and DOCKERHUB_TOKEN are set. say gets a line of progress at a time
 * (harmless text). hint is what to do where there is no such image: "name another with --go-version". -1: *e
 * holds what it is about, the engine's words and the next step. */
int image_pull(struct docker *d, const char *ref, const char *hint, void (*say)(void *arg, const char *line),
    void *arg, struct err *e);

#endif
