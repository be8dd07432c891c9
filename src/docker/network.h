/* Networks and volumes. */
#ifndef DOCKER_NETWORK_H
#define DOCKER_NETWORK_H

#include "../base/json.h"
#include "docker.h"

struct network {
	char *id, *name;
	int64_t created;	/* ms since 1970; -1: unknown */
	struct strs users;	/* names of the running containers on it */
};
struct networks {
	struct network *v;
	size_t n;
};
/* All networks whose name starts with "hs-", with the containers that use them. */
int network_list(struct docker *d, struct networks *out, struct err *e);
void networks_free(struct networks *n);
int network_remove(struct docker *d, const char *id, struct err *e);	/* 0 also if it is not found */
/* Works even if the container does not exist any more (--force). */
int network_disconnect(struct docker *d, const char *network, const char *container, struct err *e);
/* True: hs-<hex>-..., a name that headscale's tests use and hardly anybody else does. */
bool network_is_test(const char *name);
/* True: that, or hs-<six letters or digits>-..., which the tests of headscale up to 0.29 use. Other networks
 * ("hs-server-net") may look the same, so only a connection to a run's container proves it. */
bool network_may_be_test(const char *name);
/* Adds the ids and names of all networks that containers, stopped ones too, are on; except_runs: except the
 * containers of runs. */
int networks_used(struct docker *d, bool except_runs, struct strs *used, struct err *e);
/* Adds the ids of the networks of an inspected container that network_may_be_test accepts. */
void network_add_tests_of(const struct json *j, int container, struct strs *ids);

int volume_names(struct docker *d, struct strs *out, struct err *e);
int volume_remove(struct docker *d, const char *name, struct err *e);	/* 0 also where there is none */

#endif
