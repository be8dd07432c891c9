/* Memory and CPU of a run's containers: one `docker stats` child for the whole run, its numbers in
 * stats.csv. Memory is the working set as the docker CLI shows it; it and the limits are in MB of 2^20 bytes
 * (docker writes MiB). CPU is in percent of one core. What was not measured is -1 in the table, and an empty
 * cell in stats.csv. run/ calls this; the callback may call anything but stats_stop and stats_free, and must
 * not wait. */
#ifndef STATS_STATS_H
#define STATS_STATS_H

#include "../docker/container.h"
#include "../stream/stream.h"

struct stats;

struct stats_config {
	struct docker *docker;
	const char *dir;		/* stats.csv goes there */
	double hs_limit, ts_limit;	/* MB, for containers of type headscale, tailscale; 0: none */
	bool no_memory, no_cpu;		/* the engine does not measure it, so docker's numbers are wrong */
	/* A container went over its limit, the first time. */
	void (*on_over)(void *arg, const char *name, double mb, double limit);
	void *arg;
};

int stats_start(const struct stats_config *c, struct stats **out, struct err *e);
/* Takes a container's event, as run/watch.h reports it. type: its label hi.test-type. */
void stats_container(struct stats *s, enum engine_event event, const char *id, const char *name,
    const char *type);
double stats_total_mb(const struct stats *s);	/* now, of all, with the runner; -1: unknown */
/* Ends the stream. *v, by type and then the biggest first, is valid until stats_free. */
void stats_stop(struct stats *s, const struct memory_peak **v, size_t *n);
void stats_free(struct stats *s);	/* NULL is allowed */

#endif
