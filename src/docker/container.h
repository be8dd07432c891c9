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
	char *name;		/* without the leading slash */
	char *state;		/* created, running, restarting, paused, exited, dead, removing */
	char *run_id, *type;	/* "" without the label */
	int64_t created;	/* ms since 1970; -1: unknown */
};
struct containers {
	struct container *v;
	size_t n;
};
/* Lists containers, stopped ones too. filters ("label=hi.run-id=X") is NULL-terminated; NULL: all. */
int container_list(struct docker *d, const char *const *filters, struct containers *out, struct err *e);
/* All containers of a run. */
int container_list_run(struct docker *d, const char *run_id, struct containers *out, struct err *e);
void containers_free(struct containers *c);

/* Appends the engine's JSON array for those that exist (names or ids); others are left out. */
int container_inspect(struct docker *d, const struct strs *ids, struct buf *json, struct err *e);
/* Inspects ids, and calls fn with the node of each container in the engine's answer. */
int container_inspect_each(struct docker *d, const struct strs *ids,
    void (*fn)(void *arg, const struct json *j, int container), void *arg, struct err *e);
/* The same for all containers; except_runs: except those of runs. */
int container_inspect_all(struct docker *d, bool except_runs, void (*fn)(void *arg, const struct json *j,
    int container), void *arg, struct err *e);
/* Calls fn with each network that an inspected container is on; id is "" if it was never started. */
void container_networks(const struct json *j, int container, void (*fn)(void *arg, const char *id,
    const char *name), void *arg);

/* Runs rm --force --volumes for any number of containers, in batches of 100, several at once. "No such
 * container" and "removal already in progress" are no failures. Only a listing afterwards proves removal. */
int container_remove(struct docker *d, const struct strs *ids, struct err *e);
int container_kill(struct docker *d, const char *id, struct err *e);	/* 0 also if it does not run */
int container_start(struct docker *d, const char *id, struct err *e);
/* Freezes and thaws its processes, so that files in it do not change meanwhile. Both return 0 also if there
 * is nothing to do, and container_unpause also if the container is not found. */
int container_pause(struct docker *d, const char *id, struct err *e);
int container_unpause(struct docker *d, const char *id, struct err *e);
/* Waits until it has ended. -1: interrupted, timed out, or docker failed. */
int container_await(struct docker *d, const char *id, struct err *e);

struct container_spec {
	const char *name, *image, *workdir;
	const char *socket;	/* the bind_src that is the engine's socket; NULL: none */
	struct strs labels;	/* "k=v" */
	struct strs env;	/* "K=V", or "K": value from hi's environment, on no command line */
	struct strs bind_src, bind_dst;	/* host path (or volume name), and path inside; same length */
	struct strs tmpfs;	/* paths inside, each an empty tmpfs */
	struct strs volumes;	/* paths inside, each an anonymous volume that is removed with it */
	struct strs command;
};
/* Runs create --pull never --log-driver json-file, without a TTY. Mounts are by --mount with quoted values
 * (a source with a leading slash is a bind, any other a volume). If the engine remaps ids it is told not to,
 * since the container needs the engine's socket and files of ours. The caller frees *id. -1: the kind is
 * ERR_NO_PATH if the engine does not see a host path to mount, and ERR_NO_SOCKET if that is spec's socket. */
int container_create(struct docker *d, const struct container_spec *s, char **id, struct err *e);

/* How a container ended. */
struct container_end {
	bool exists, running, oom;
	int64_t exit_code;
	int64_t started, finished;	/* ms since 1970; -1: never, or unknown */
	char *error;	/* the engine's error text; "": none */
};
/* 0 also if it is not found: then exists is false. */
int container_end(struct docker *d, const char *id, struct container_end *out, struct err *e);
void container_end_free(struct container_end *c);

/* Starts `docker logs --follow`: how's callbacks get stdout and stderr. */
struct proc *container_follow(struct docker *d, const char *id, const struct proc_spec *how, struct err *e);
/* Fills *e for a container_follow that ended with this wait status (-1: it hung). said is the end of its
 * stderr, in which only the last line is docker's own. Returns -1. */
int container_follow_fail(const struct docker *d, int status, const char *said, struct err *e);

/* One piece of evidence to fetch; docker writes straight to the file. Fill an array of these and pass it
 * to container_fetch, which fetches width of them at once and sets each one's result. */
struct evidence_piece;
struct fetch {
	enum { FETCH_STDOUT, FETCH_STDERR, FETCH_COPY, FETCH_EXEC } what;
	const char *id;
	const char *path;		/* FETCH_COPY: in the container */
	const char *const *command;	/* FETCH_EXEC, NULL-terminated */
	const char *to;			/* the file to write; the directory to make for FETCH_COPY of one */
	int64_t timeout_ms;
	/* For the caller's own use. */
	const struct evidence_piece *piece;
	size_t container;
	/* Set by container_fetch. */
	int result;			/* 0, or -1 */
	struct err err;			/* why; a copy that is a link or special file is refused */
	bool missing;			/* the container or the path was not found */
};
void container_fetch(struct docker *d, struct fetch *f, size_t n, size_t width);

/* 1: this file, in a mount or not, can be copied from it; 0: it can't; -1: docker did not run to its end. */
int container_has_file(struct docker *d, const char *id, const char *path, struct err *e);
/* Unpacks the archive read from the descriptor tar into the directory `to` of a created container. */
int container_unpack(struct docker *d, const char *id, int tar, const char *to, struct err *e);

/* Starts one `docker stats` for all containers. how->on_out gets raw bytes: lines of JSON, with terminal
 * escapes among them. */
struct proc *container_stats(struct docker *d, const struct proc_spec *how, struct err *e);
/* Events of a container, in the order of their docker names in watch.c. */
enum engine_event { ENGINE_CREATE, ENGINE_START, ENGINE_DIE, ENGINE_OOM, ENGINE_DESTROY, ENGINE_RENAME,
    ENGINE_KILL };

/* Starts `docker events` with those since a moment (ms since 1970; 0: from now on). how->on_out gets
 * container and network events, one JSON object per line. */
struct proc *docker_events(struct docker *d, int64_t since, const struct proc_spec *how, struct err *e);

#endif
