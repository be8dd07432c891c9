/* Containers. */
#ifndef DOCKER_CONTAINER_H
#define DOCKER_CONTAINER_H

#include "../base/json.h"
#include "docker.h"

#define LABEL_RUN "hi.run-id"
#define LABEL_TYPE "hi.test-type"
#define TYPE_RUNNER "test-runner"

struct container {
	char *id;		/* full */
	char *name;		/* without the slash */
	char *state;		/* created, running, restarting, paused, exited, dead, removing */
	char *run_id, *type;	/* "" without the label */
	int64_t created;	/* ms since 1970; -1 unknown */
};
struct containers {
	struct container *v;
	size_t n;
};
/* Stopped ones too. filters: "label=hi.run-id=X", NULL-terminated, may be NULL. */
int container_list(struct docker *d, const char *const *filters, struct containers *out, struct err *e);
/* All containers of a run. */
int container_list_run(struct docker *d, const char *run_id, struct containers *out, struct err *e);
void containers_free(struct containers *c);

/* The engine's JSON array for those that exist (names or ids); others are left out. */
int container_inspect(struct docker *d, const struct strs *ids, struct buf *json, struct err *e);
/* fn is called with each of them: where it is in the engine's answer. */
int container_look(struct docker *d, const struct strs *ids, void (*fn)(void *arg, const struct json *j,
    int container), void *arg, struct err *e);
/* The same of all containers; but_runs: but those of runs. */
int container_look_all(struct docker *d, bool but_runs, void (*fn)(void *arg, const struct json *j,
    int container), void *arg, struct err *e);
/* The networks that an inspected container is on; of one that was never started id is "". */
void container_networks(const struct json *j, int container, void (*fn)(void *arg, const char *id,
    const char *name), void *arg);

/* rm --force --volumes of any number, in batches of 100 with several at once. "No such container" and
 * "removal already in progress" are no failures. What counts is a listing afterwards. */
int container_remove(struct docker *d, const struct strs *ids, struct err *e);
int container_kill(struct docker *d, const char *id, struct err *e);	/* 0 also where it does not run */
int container_start(struct docker *d, const char *id, struct err *e);
/* Stops and continues its processes where they stand, so that files in it do not change meanwhile. Pausing
 * one that is paused, and unpausing one that is not, is 0; so is unpausing one that does not exist any more.
 * */
int container_pause(struct docker *d, const char *id, struct err *e);
int container_unpause(struct docker *d, const char *id, struct err *e);
/* Waits until it has ended. -1: interrupted, or out of time. */
int container_await(struct docker *d, const char *id, struct err *e);

struct container_spec {
	const char *name, *image, *workdir;
	const char *socket;	/* the bind_src that is the engine's socket; NULL: none */
	struct strs labels;	/* "k=v" */
	struct strs env;	/* "K=V", or "K": its value from our own environment, on no command line */
	struct strs bind_src, bind_dst;	/* host path (or volume name) and place; same length */
	struct strs tmpfs;	/* places that are an empty tmpfs */
	struct strs volumes;	/* places that are a volume of its own, removed with it */
	struct strs command;
};
/* create --pull never --log-driver json-file, no TTY, mounts by --mount with quoted values (a host path is
 * a bind, anything without a leading slash a volume). Where the engine remaps ids, root in it is root
 * outside: it is given the engine's socket, and files of ours. *id is the caller's. -1: of kind
 * ERR_NO_PATH where the engine does not see a host path that was to be mounted, ERR_NO_SOCKET where that
 * is spec's socket. */
int container_create(struct docker *d, const struct container_spec *s, char **id, struct err *e);

/* How a container ended. */
struct container_end {
	bool exists, running, oom;
	int64_t exit_code;
	int64_t started, finished;	/* ms since 1970; -1 */
	char *error;	/* the engine's; "" */
};
int container_end(struct docker *d, const char *id, struct container_end *out, struct err *e);
void container_end_free(struct container_end *c);

/* `docker logs --follow`: how's callbacks get stdout and stderr. */
struct proc *container_follow(struct docker *d, const char *id, const struct proc_spec *how, struct err *e);
/* Fills *e for one that ended with this wait status (-1: it hung); said: the end of its stderr, where only
 * the last line is docker's own. Returns -1. */
int container_follow_fail(const struct docker *d, int status, const char *said, struct err *e);

/* One piece of evidence to fetch; the child writes straight to the file. Fill an array of these and hand
 * it to container_fetch: width at once; each gets its own result. */
struct evidence_piece;
struct fetch {
	enum { FETCH_STDOUT, FETCH_STDERR, FETCH_COPY, FETCH_EXEC } what;
	const char *id;
	const char *path;		/* FETCH_COPY: in the container */
	const char *const *command;	/* FETCH_EXEC, NULL-terminated */
	const char *to;			/* a file; FETCH_COPY of a directory: the directory to make */
	int64_t timeout_ms;
	/* The caller's own. */
	const struct evidence_piece *piece;
	size_t container;
	/* Filled in. */
	int result;			/* 0, or -1: then */
	struct err err;			/* why; a copy that holds a link or a path outside is refused */
	bool missing;			/* the container or the path is not there */
};
void container_fetch(struct docker *d, struct fetch *f, size_t n, size_t width);

/* Whether this file can be copied from it, also where it is in a mount. 1, 0; -1: docker was not run. */
int container_has_file(struct docker *d, const char *id, const char *path, struct err *e);
/* The tar archive that tar reads, into a created container's directory to. */
int container_unpack(struct docker *d, const char *id, int tar, const char *to, struct err *e);

/* `docker stats` (one process, all containers), JSON a line, escapes in it: raw bytes to how->on_out. */
struct proc *container_stats(struct docker *d, const struct proc_spec *how, struct err *e);
/* Events of a container, in the order of docker's words for them in watch.c. */
enum engine_event { ENGINE_CREATE, ENGINE_START, ENGINE_DIE, ENGINE_OOM, ENGINE_DESTROY, ENGINE_RENAME,
    ENGINE_KILL };

/* `docker events` since a moment (ms since 1970; 0: from now on): container and network
 * events as one JSON object a line to how->on_out. */
struct proc *docker_events(struct docker *d, int64_t since, const struct proc_spec *how, struct err *e);

#endif
