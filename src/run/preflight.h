/* Checks of a machine, each a row: what is known goes in, a state, a finding with its number and one fix that
 * can be pasted come out. Pure, so that each can be seen failing. `hi doctor` (cmd/) shows its own rows and
 * these; these are what a run needs, and preflight is all of them in one call. */
#ifndef RUN_PREFLIGHT_H
#define RUN_PREFLIGHT_H

#include "../docker/docker.h"

enum check_state { CHECK_OK, CHECK_WARN, CHECK_FAIL, CHECK_UNKNOWN };
const char *check_state_name(enum check_state s);

struct check_result {
	enum check_state state;
	char *finding, *fix;	/* fix: "" none */
};

struct space {
	bool known;
	const char *path;
	uint64_t bytes, inodes;	/* free; no limit of inodes is UINT64_MAX */
};

/* What there is where the engine's socket should be. */
enum socket_seen { SOCKET_UNKNOWN, SOCKET_THERE, SOCKET_DENIED, SOCKET_MISSING, SOCKET_NONE,
	SOCKET_ELSEWHERE };

/* What is known; NULL and 0 are "not known". Everything is borrowed. */
struct checks_known {
	const struct docker *docker;
	const struct docker_info *info;
	const char *engine_said;	/* why there is no info */
	const char *socket;		/* as the engine sees it */
	enum socket_seen socket_seen;
	struct space engine_disk, logs_disk;
	const void *more;		/* doctor's own */
};

struct check {
	const char *id, *what;
	void (*fn)(const struct checks_known *k, struct check_result *r);
	bool stops;	/* a run that goes on in spite of its failure can't work */
};

extern const struct check check_engine, check_socket, check_storage, check_memory, check_disk_engine,
    check_disk_logs;

/* For the functions of rows: fills r. fix may be NULL. */
void check_say(struct check_result *r, enum check_state s, const char *fix, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
void check_run(const struct check *c, const struct checks_known *k, struct check_result *r);
void check_result_free(struct check_result *r);

/* "20.10.24+dfsg1" is at least 20.10. */
bool check_version_at_least(const char *version, int major, int minor);

/* Asks the kernel about the disks and the socket. k->docker and k->info as known; logs_dir need not be there
 * yet. */
void checks_look(struct checks_known *k, const char *logs_dir);

/* What a run needs, silent when all is well: say gets a line for each failure that it may survive; -1: it
 * would be in vain, *e says why. Starts no process. socket: as plan_socket found it. */
int preflight(const struct docker *d, const struct docker_info *i, const char *socket, const char *logs_dir,
    void (*say)(void *arg, const char *line), void *arg, struct err *e);

/* The images that the caller's environment names for the tests (HEADSCALE_INTEGRATION_*_IMAGE): *missing gets a line for
 * each that the engine does not have, with what to do. -1: the engine does not answer. */
int preflight_images(struct docker *d, struct strs *missing, struct err *e);

#endif
