/* The docker command line, one function a verb: typed in, typed out. The only module that spells a docker
 * flag. evidence/, stats/, cleanup/, report/, run/, set/ and cmd/ call it.
 *
 * The engine is resolved once (docker_open) and pinned for every child, so that `docker context use` in
 * another shell can't redirect a removal. Every verb waits in the loop, serving everything else meanwhile,
 * and gives up after d->timeout_ms, or when *d->cancel turns true.
 *
 * Every verb fails in the same way: it returns -1, *e (never NULL here) holds the engine's own words and what
 * to do, and callers tell errors apart by its kind. ERR_NOT_FOUND means only that the engine does not have a
 * thing. */
#ifndef DOCKER_DOCKER_H
#define DOCKER_DOCKER_H

#include <stdbool.h>
#include <stdint.h>

#include "../base/buf.h"
#include "../base/err.h"
#include "../base/loop.h"
#include "../base/proc.h"
#include "../base/strs.h"

/* It owns its strings: copy it with docker_copy, never by assignment. */
struct docker {
	struct loop *loop;
	struct strs env;	/* every child's: ours with DOCKER_HOST or DOCKER_CONTEXT pinned */
	char *context;		/* "default", or the pinned context's name */
	char *endpoint;		/* "unix:///var/run/docker.sock", "tcp://...", "ssh://..." */
	char *engine_id;	/* from docker_info; "" until it was called */
	bool userns;		/* from docker_info: the engine remaps the ids of a container's users */
	bool podman;		/* from docker_info */
	int64_t timeout_ms;	/* for one verb; 0: none. docker_open sets 60 s */
	const volatile bool *cancel;	/* NULL: never */
};

/* Finds the endpoint (DOCKER_HOST, DOCKER_CONTEXT, the current context) and pins it. Starts no container
 * and asks no engine. -1: no docker CLI, or no such context. All of *d but cancel is overwritten. */
int docker_open(struct docker *d, struct loop *l, struct err *e);
/* The same in a process that got its environment from a docker_open: docker is not run. endpoint is "" until
 * the caller sets it. */
void docker_adopt(struct docker *d, struct loop *l);
/* Copies d for calls with another time limit or cancel, which the caller sets. The copy is closed, too. */
void docker_copy(struct docker *copy, const struct docker *d);
void docker_close(struct docker *d);

struct docker_info {
	char *id, *name, *server_version, *storage, *root_dir, *operating_system, *architecture,
	    *cgroup_driver;
	char *kernel;		/* its kernel's release, as uname -r prints it */
	int64_t cpus, memory;	/* memory in bytes */
	bool rootless, podman;
	bool userns;		/* userns-remap: ids in a container differ from those outside */
	bool memory_accounting;	/* containers have a memory cgroup: docker stats measures, limits hold */
	bool containerd_store;	/* containerd keeps the images, as in new installations of engine 29 */
	bool can_pause;		/* container_pause works: there are cgroups to freeze */
};
/* Calls the engine once. -1: *e holds the engine's own words and what to do; its kind says that nobody
 * answers (ERR_UNREACHABLE), that access is refused (ERR_DENIED), that the API does not match
 * (ERR_UNSUPPORTED, also for Podman's command), or that there is no such context (ERR_CONFIG). */
int docker_info(struct docker *d, struct docker_info *i, struct err *e);
void docker_info_free(struct docker_info *i);
/* Reads the answer of `docker info --format '{{json .}}'`: exit status, stdout (out) and stderr (said). */
int docker_info_read(const struct docker *d, int status, const struct buf *out, const char *said,
    struct docker_info *i, struct err *e);
/* A command to try after an error of docker_open, docker_info or another verb. */
const char *docker_fix(const struct docker *d, const struct err *e);

/* Runs `docker WORDS...` and appends what it printed, even if it failed, to out, which may be NULL. Internal
 * to this module. */
int docker_call(struct docker *d, const char *const *words, struct buf *out, struct err *e);
/* Starts a long-lived `docker WORDS...`; how has its callbacks and the rest (see proc.h). Internal to this
 * module. */
struct proc *docker_start(struct docker *d, const char *const *words, const struct proc_spec *how,
    struct err *e);

#endif
