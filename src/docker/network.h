/* Networks and volumes. */
#ifndef DOCKER_NETWORK_H
#define DOCKER_NETWORK_H

#include "../base/json.h"
#include "docker.h"

struct network {
	char *id, *name;
	int64_t created;	/* ms since 1970; -1 unknown */
	struct strs users;	/* names of the containers on it that run */
};
struct networks {
	struct network *v;
	size_t n;
};
/* All networks whose name starts with "hs-", with the containers that use them. */
int network_list(struct docker *d, struct networks *out, struct err *e);
void networks_free(struct networks *n);
int network_remove(struct docker *d, const char *id, struct err *e);	/* 0 also where there is none */
/* Also where the container does not exist any more (--force). */
int network_disconnect(struct docker *d, const char *network, const char *container, struct err *e);
/* True: hs-<hex>-..., a name that headscale's tests give and hardly anybody else. */
bool network_is_test(const char *name);
/* True: that, or hs-<six letters or digits>-..., as the tests of its releases up to 0.29 give: a word of
 * somebody else's ("hs-server-net") looks the same, so that only a connection to a run's container tells. */
bool network_may_be_test(const char *name);
/* Adds the ids and names of all networks that containers are on, stopped ones too; but_runs: but those of
 * runs. */
int networks_used(struct docker *d, bool but_runs, struct strs *used, struct err *e);
/* Adds the ids of such networks that an inspected container is on. */
void networks_of(const struct json *j, int container, struct strs *ids);

int volume_names(struct docker *d, struct strs *out, struct err *e);
int volume_remove(struct docker *d, const char *name, struct err *e);	/* 0 also where there is none */

#endif
