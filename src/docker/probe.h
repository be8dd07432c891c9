/* What hi doctor asks of an engine, beyond docker_info. */
#ifndef DOCKER_PROBE_H
#define DOCKER_PROBE_H

#include "docker.h"

struct docker_versions {
	char *client;			/* "28.2.2"; "": unknown */
	char *api, *oldest_api;		/* the engine's newest and oldest: "1.52", "1.44"; "": unknown */
	bool podman;
};
/* -1: not even the client's version is known. If the engine does not answer, its members are "". */
int docker_versions(struct docker *d, struct docker_versions *v, struct err *e);
void docker_versions_free(struct docker_versions *v);

/* Runs a privileged container of an image that exists, and removes it. *lacks names what it was refused
 * ("mount mknod tun"; "": nothing); the caller frees it. -1: the container could not be run. */
int docker_try_privileged(struct docker *d, const char *image, char **lacks, struct err *e);

#endif
