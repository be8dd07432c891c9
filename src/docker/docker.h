/* The docker command line, one function a verb: typed in, typed out. The only module that spells a docker
 * flag. Nobody below cmd/ and run/ calls it.
 *
 * Which engine is meant is resolved once (docker_open) and pinned for every child, so that `docker context
 * use` in another shell can't redirect a removal. Every verb waits in the loop, serving everything else
 * meanwhile, and gives up at d->timeout_ms, or when *d->cancel turns true.
 *
 * There is one way in which a verb fails: -1, *e (never NULL here) holds the engine's own words and what
 * to do, and its kind says what a caller may have to tell apart. ERR_NOT_FOUND is nothing but a thing that
 * the engine does not have. */
#ifndef DOCKER_DOCKER_H
#define DOCKER_DOCKER_H

#include <stdbool.h>
#include <stdint.h>

#include "../base/buf.h"
#include "../base/err.h"
#include "../base/loop.h"
#include "../base/proc.h"
#include "../base/strs.h"

/* Never copied by assignment, since it owns its strings: docker_copy. */
struct docker {
	struct loop *loop;
	struct strs env;	/* of every child: ours with DOCKER_HOST or DOCKER_CONTEXT pinned */
	char *context;		/* "default", or the pinned context's name */
	char *endpoint;		/* "unix:///var/run/docker.sock", "tcp://...", "ssh://..." */
	char *engine_id;	/* of docker info; "" until docker_info was called */
	bool userns;		/* of docker info: the engine remaps the ids of a container's users */
	bool podman;		/* of docker info */
	int64_t timeout_ms;	/* for one verb; 0: none. docker_open sets 60 s */
	const volatile bool *cancel;	/* NULL: never */
};

/* Finds the endpoint (DOCKER_HOST, DOCKER_CONTEXT, the current context) and pins it. Starts no container
 * and asks no engine. -1: no docker CLI, or no such context. d is zeroes, but for cancel. */
int docker_open(struct docker *d, struct loop *l, struct err *e);
/* The same in a process whose environment is that of a docker_open: nothing is asked. endpoint is "" until
 * it is set. */
void docker_adopt(struct docker *d, struct loop *l);
/* The same engine for calls with another time limit or cancel, which the caller sets. Closed like any. */
void docker_copy(struct docker *copy, const struct docker *d);
void docker_close(struct docker *d);

struct docker_info {
	char *id, *name, *server_version, *storage, *root_dir, *operating_system, *architecture,
	    *cgroup_driver;
	char *kernel;		/* its release, as uname -r says it */
	int64_t cpus, memory;
	bool rootless, podman;
	bool userns;		/* userns-remap: ids in a container are others outside */
	bool memory_accounting;	/* containers have a memory cgroup: docker stats measures, limits hold */
	bool containerd_store;	/* images are kept by containerd, as new installations of engine 29 have it */
	bool can_pause;		/* container_pause works: there are cgroups to freeze */
};
/* One call to the engine. -1: *e holds the engine's own words and what to do, and its kind says whether
 * nobody answers (UNREACHABLE), refuses (DENIED), is of another API (UNSUPPORTED: Podman's command, too) or
 * there is no such context (CONFIG). */
int docker_info(struct docker *d, struct docker_info *i, struct err *e);
void docker_info_free(struct docker_info *i);
/* Reads the answer of a `docker info --format '{{json .}}'` that ended with status, wrote out and said. */
int docker_info_read(const struct docker *d, int status, const struct buf *out, const char *said,
    struct docker_info *i, struct err *e);
/* A command to try about an error of docker_open, docker_info or another verb. */
const char *docker_fix(const struct docker *d, const struct err *e);

/* The one way to call docker: `docker WORDS...`. out, which may be NULL, gets what it printed, also where
 * it failed. Internal to this module. */
int docker_call(struct docker *d, const char *const *words, struct buf *out, struct err *e);
/* A long-lived child: its stdout goes to on_out and so on; see proc.h. Internal to this module. */
struct proc *docker_start(struct docker *d, const char *const *words, const struct proc_spec *how,
    struct err *e);

#endif
