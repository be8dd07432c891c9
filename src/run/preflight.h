/* Checks of a machine: each says a state, a finding with its number, and one fix that can be pasted. `hi doctor` shows
 * these and its own; preflight is what a run needs of them, in one call. */
#ifndef RUN_PREFLIGHT_H
#define RUN_PREFLIGHT_H

#include "../docker/docker.h"

enum check_state { CHECK_OK, CHECK_WARN, CHECK_FAIL };
const char *check_state_name(enum check_state s);

struct check_result {
	enum check_state state;
	char *finding, *fix;	/* finding NULL: there was nothing to check; fix "" none */
};

/* Fills r, freeing what was in it. fix may be NULL. */
void check_say(struct check_result *r, enum check_state s, const char *fix, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
void check_result_free(struct check_result *r);

/* "20.10.24+dfsg1" is at least 20.10. */
bool check_version_at_least(const char *version, int major, int minor);

/* Pure ones; i is of an engine that answers, socket as plan_socket found it. */
void check_memory(const struct docker_info *i, struct check_result *r);
struct space {
	const char *path;
	uint64_t bytes, inodes;	/* free; no limit of inodes is UINT64_MAX */
};
void check_space(const struct space *s, uint64_t least_bytes, uint64_t enough_bytes, const char *fix, struct check_result *r);

/* These look at the machine. What is not to be seen from here leaves r as it is. */
void check_engine_disk(const struct docker *d, const struct docker_info *i, const char *socket, struct check_result *r);
void check_logs_disk(const char *logs_dir, struct check_result *r);
/* Says something only where the socket can't be mounted into the runner. */
void check_socket(const struct docker *d, const char *socket, struct check_result *r);

/* What a run needs, silent when all is well: say gets a line for each failure that it may survive; -1: the run would be
 * in vain, *e says why. Starts no process. */
int preflight(const struct docker *d, const struct docker_info *i, const char *socket,
    void (*say)(void *arg, const char *line), void *arg, struct err *e);

/* The images that the caller's environment names for the tests: the variables (HEADSCALE_INTEGRATION_*_IMAGE) whose image
 * the engine does not have, and those images. -1: the engine does not answer. */
int preflight_images(struct docker *d, struct strs *names, struct strs *refs, struct err *e);

#endif
