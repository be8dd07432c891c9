/* Credentials for one pull from Docker Hub (DOCKERHUB_USERNAME and DOCKERHUB_TOKEN), in a private
 * DOCKER_CONFIG of mode 0700 that is removed afterwards: they are on no command line, and in no configuration
 * of the user's. For pull.c. */
#ifndef DOCKER_LOGIN_H
#define DOCKER_LOGIN_H

#include "docker.h"

struct login {
	char *config;		/* the directory; NULL: not logged in */
	int lock;		/* held while the directory is in use */
	struct strs env;	/* of a docker that reads and writes nothing but that configuration */
};

/* Logs in where the variables are set and ref is on Docker Hub. 0 also where nothing was to be done; -1:
 * *e says why it failed, and nothing is left. Hand it to login_close in every case. */
int login_open(struct docker *d, const char *ref, struct login *l, struct err *e);
void login_close(struct login *l);

#endif
