/* Go's durations ("90s", "1h30m", "1.5h", "300ms"), in milliseconds. */
#ifndef BASE_DURATION_H
#define BASE_DURATION_H

#include <stddef.h>
#include <stdint.h>

#include "buf.h"

/* 0, or -1: not a duration, or beyond 290 years. "0" is one. Negative ones are parsed.
 * What is no whole number of milliseconds is rounded up. */
int duration_parse(const char *s, int64_t *ms);
/* As Go's String(): "1h30m0s", "1.5s", "250ms", "0s". Returns out. */
char *duration_go(int64_t ms, char *out, size_t size);
/* For people: "1.9s", "1m 12s", "2h 03m", "3d 4h". Returns out. */
char *duration_human(int64_t ms, char *out, size_t size);
/* Appends that, behind words of the caller's. */
void duration_put(struct buf *out, const char *before, int64_t ms);
/* "7d", "2w" and Go's durations: for ages. */
int age_parse(const char *s, int64_t *ms);

#endif
