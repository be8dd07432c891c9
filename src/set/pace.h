/* How many runs a machine carries, and when it is better to wait. For set/ alone. */
#ifndef SET_PACE_H
#define SET_PACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PACE_RUN ((int64_t)3 << 30)	/* memory that one run is given */

/* What is free, in bytes; UINT64_MAX: not known. */
struct room {
	uint64_t memory, disk;
};

/* -j auto: a core and 3 GiB each, at least one. */
unsigned pace_jobs(int64_t cpus, int64_t memory);
/* What there is here, where the engine's data are on this machine (root_dir; NULL: elsewhere), and for the logs. */
void pace_look(const char *root_dir, const char *logs_dir, struct room *out);
/* True: a further run has to wait; why (for people) says for what. */
bool pace_short(const struct room *r, char *why, size_t size);

#endif
