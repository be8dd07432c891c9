/* The removal of a run: the one path that takes containers, networks, volumes and image
 * tags away. The cleaner goes it for `hi run`, `hi clean` goes it itself.
 *
 * What proves that nothing is left is a listing that stays empty, never an exit status. */
#ifndef CLEANUP_REMOVAL_H
#define CLEANUP_REMOVAL_H

#include "../docker/container.h"
#include "../stream/results.h"

struct removal {
	struct docker *docker;
	const char *run_id;
	const char *engine;	/* the id of the engine that the run is on; NULL, "": the one that answers */
	/* In and out: the runner's life, ms since 1970 by the engine's clock; 0: unknown, or it lives. Where it is
	 * unknown no network is the run's by its time. */
	int64_t created, ended;
	int64_t quiet_ms;	/* the listing stays empty for so long; 0: nothing is in flight, one more will do */
	int64_t give_up_ms;	/* name what stays when no listed container has gone for so long; 0: a minute */
	bool dry;		/* touch nothing: fill the counts only */
	struct strs networks;	/* in and out: ids known to be the run's */
	struct strs names;	/* in and out: names of its containers */
	void (*progress)(void *arg, size_t containers_left);
	void *arg;
	/* Out, added up over calls. */
	size_t containers, networks_removed, volumes, images;
	struct strs network_names;	/* of those removed, or that would be */
	struct leak *left;	/* what could not be removed, of the last call */
	size_t n_left;
	/* Its own. */
	struct strs seen, anonymous;
	bool sure;		/* that it is that engine */
};

/* Kills what spawns; where there is none, too, 0. */
int removal_kill_runner(struct removal *r, struct err *e);
/* 0: done, or what stays is in left; -1: the engine does not answer. May be called again. */
int removal_run(struct removal *r, struct err *e);
/* A line of what was seen of the run from outside: "network ID", "name CONTAINER", "created MS", "ended MS" (the
 * runner's life); others are nothing to it. */
void removal_told(struct removal *r, const char *line);
void removal_free(struct removal *r);
void leaks_free(struct leak **v, size_t *n);	/* and empties the list */

#endif
