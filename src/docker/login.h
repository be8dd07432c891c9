/* Credentials for one pull from Docker Hub (DOCKERHUB_USERNAME and DOCKERHUB_TOKEN), in a private
 * DOCKER_CONFIG of mode 0700 that is removed afterwards, so that they are on no command line and not in the
 * user's configuration. Only pull.c uses it. */
#ifndef DOCKER_LOGIN_H
#define DOCKER_LOGIN_H

#include "docker.h"

struct login {
	char *config;		/* the directory; NULL: not logged in */
	int lock;		/* held while the directory is in use */
	struct strs env;	/* for docker commands that use only that configuration */
};

/* Logs in if the variables are set and ref is on Docker Hub. 0 also if there was nothing to do; -1: *e says
 * why it failed, and nothing is left behind. Call login_close in every case. */
int login_open(struct docker *d, const char *ref, struct login *l, struct err *e);
void login_close(struct login *l);

#endif
