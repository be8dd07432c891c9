/* The engine's events about one run while it goes on: its containers from their first
 * second, the networks they are connected to, deaths and OOM kills. A `docker events` child
 * reports them. When it ends it is respawned, to start at the last event's time, and repeated
 * events are dropped: so only what the engine itself forgets is lost. (It keeps its last 256
 * events, and none across a restart.) run/ and set/ call this. The callbacks may call anything
 * but engine_watch_stop, and must not wait. */
#ifndef RUN_WATCH_H
#define RUN_WATCH_H

#include "../docker/container.h"

struct engine_watch;

struct engine_watch_config {
	struct docker *docker;
	const char *run_id;	/* borrowed */
	int64_t since;		/* ms since 1970: the run's start */
	const char *path;	/* events.json: the run's events, an object a line; NULL: none */
	/* For each event of a container with the run's label. type: its label hi.test-type.
	 * at: ms since 1970. */
	void (*on_container)(void *arg, enum engine_event ev, const char *id, const char *name,
	    const char *type, int64_t at);
	/* A container of the run was connected to a network. Once per network; never bridge, host or none. */
	void (*on_network)(void *arg, const char *id);
	/* The engine went away (the stream ended, and there was no other for more than a second), or came
	 * back (there). */
	void (*on_engine)(void *arg, bool there);
	void *arg;
};

int engine_watch_start(const struct engine_watch_config *c, struct engine_watch **out, struct err *e);
int engine_watch_up(const struct engine_watch *w);	/* how many of its containers run; -1: no engine */
void engine_watch_stop(struct engine_watch *w);	/* NULL is allowed */

#endif
