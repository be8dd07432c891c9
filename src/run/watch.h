/* The engine's events about one run while it goes on: its containers from their first
 * second, the networks they are connected to, deaths and OOM kills. One `docker events`
 * child, started again where it ended (from the time of the last event on, what is said
 * twice dropped), so that nothing is lost but what the engine itself forgets: it keeps its
 * last 256 events, and none over a restart. run/ and set/ call it. The callbacks may call
 * anything but engine_watch_stop, and never wait. */
#ifndef RUN_WATCH_H
#define RUN_WATCH_H

#include "../docker/container.h"

struct engine_watch;

struct engine_watch_config {
	struct docker *docker;
	const char *run_id;	/* borrowed */
	int64_t since;		/* ms since 1970: the run's start */
	const char *path;	/* events.json: one object a line, as they came; NULL: none */
	/* A container of the run (the label says so); type is hi.test-type. */
	void (*on_container)(void *arg, enum engine_event ev, const char *id, const char *name,
	    const char *type, int64_t at);
	/* A container of the run was connected to a network (once a network; not bridge, host or none). */
	void (*on_network)(void *arg, const char *id);
	/* The engine went away (the stream ended, and for more than a second there was no other), or
	 * came back. */
	void (*on_engine)(void *arg, bool there);
	void *arg;
};

int engine_watch_start(const struct engine_watch_config *c, struct engine_watch **out, struct err *e);
int engine_watch_up(const struct engine_watch *w);	/* the run's containers that run now; -1: no engine */
void engine_watch_stop(struct engine_watch *w);	/* NULL is allowed */

#endif
