/* The questions of hi doctor to an engine, beyond docker_info. */
#ifndef DOCKER_PROBE_H
#define DOCKER_PROBE_H

#include "docker.h"

struct docker_versions {
	char *client;			/* "28.2.2"; "" unknown */
	char *api, *oldest_api;		/* what it takes: "1.52", "1.44"; "" unknown */
	bool podman;
};
/* -1: docker did not run to its end. An engine that does not answer leaves its members empty. */
int docker_versions(struct docker *d, struct docker_versions *v, struct err *e);
void docker_versions_free(struct docker_versions *v);

/* Starts a privileged container of an image that is here, which removes itself. *lacks, the caller's, names
 * what it was refused ("mount mknod tun"); "" nothing. -1: it did not start. */
int docker_try_privileged(struct docker *d, const char *image, char **lacks, struct err *e);

#endif
