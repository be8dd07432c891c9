/* Go's durations ("90s", "1h30m", "1.5h", "300ms"), in milliseconds. */
#ifndef BASE_DURATION_H
#define BASE_DURATION_H

#include <stddef.h>
#include <stdint.h>

#include "buf.h"

/* 0, or -1: not a duration, or longer than 290 years. "0" and negative durations are valid.
 * A fraction of a millisecond is rounded away from 0. */
int duration_parse(const char *s, int64_t *ms);
/* Formats as Go's String() does: "1h30m0s", "1.5s", "250ms", "0s". Returns out. */
char *duration_go(int64_t ms, char *out, size_t size);
/* Formats for people: "1.9s", "1m 12s", "2h 03m", "3d 4h". Returns out. */
char *duration_human(int64_t ms, char *out, size_t size);
/* Appends the given prefix (before), then ms as duration_human formats it. */
void duration_put(struct buf *out, const char *before, int64_t ms);
/* As duration_parse, for ages: it accepts days and weeks ("7d", "2w"), too. */
int age_parse(const char *s, int64_t *ms);

#endif
