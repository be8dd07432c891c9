/* What the two ends of a cleaner's pipes share. Inside cleanup/ only. */
#ifndef CLEANUP_CLEANER_INTERNAL_H
#define CLEANUP_CLEANER_INTERNAL_H

/* The cleaner's descriptors: what hi tells it, its answers, and the run's lease. */
enum { CLEANER_IN = 3, CLEANER_OUT = 4, CLEANER_LEASE = 5 };

/* A value as it goes over a pipe, in one line whatever bytes it has. cleaner_encode's result is the caller's;
 * cleaner_decode turns it back, in place. */
char *cleaner_encode(const char *value);
void cleaner_decode(char *line);

#endif
