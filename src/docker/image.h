/* Images. */
#ifndef DOCKER_IMAGE_H
#define DOCKER_IMAGE_H

#include "docker.h"

struct image {
	char *id, *ref;		/* ref: "name:tag", or "" without a name or tag */
	int64_t size;		/* bytes; -1: unknown */
	bool dangling;
};
struct images {
	struct image *v;
	size_t n;
};
int image_list(struct docker *d, bool dangling_only, struct images *out, struct err *e);
void images_free(struct images *i);
/* 1: it exists; 0: not found; -1: the engine does not answer. */
int image_exists(struct docker *d, const char *ref, struct err *e);
/* Adds to missing those of refs that are not found. Takes only one call if all exist. */
int image_missing(struct docker *d, const struct strs *refs, struct strs *missing, struct err *e);
/* Removes an image by reference or id, without --force: -1 if it is in use, and it stays. keep_layers
 * (--no-prune): its layers stay as cache. */
int image_remove(struct docker *d, const char *ref, bool keep_layers, struct err *e);
/* Adds the ids of the images that containers use; except_runs: except the containers of runs. */
int image_used(struct docker *d, bool except_runs, struct strs *ids, struct err *e);
/* Fills texts, which has room for ids->n, with each image's Config as the engine's JSON; NULL: not found. The
 * caller frees each text. */
int image_configs(struct docker *d, const struct strs *ids, char **texts, struct err *e);

/* Pulls an image, retrying with backoff after a network failure, logged in to Docker Hub if
 * DOCKERHUB_USERNAME and DOCKERHUB_TOKEN are set. say gets a line of progress at a time (harmless text). hint
 * is the advice if there is no such image: "name another with --go-version". -1: *e holds the cause, the
 * engine's words and the next step. */
int image_pull(struct docker *d, const char *ref, const char *hint, void (*say)(void *arg, const char *line),
    void *arg, struct err *e);

#endif
