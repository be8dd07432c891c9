/* Shared by the files of stats/ and their tests only: rows of `docker stats`, and a container's series of
 * them. A memory or CPU of -1 is unknown. */
#ifndef STATS_STATS_INTERNAL_H
#define STATS_STATS_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../base/buf.h"
#include "../base/json.h"
#include "../base/lines.h"

struct stats_row {
	char id[65];		/* the full id, or its first 12 digits */
	double mb, cpu;
};

struct stats_parser {
	struct lines line;
	struct json json;
	void (*fn)(void *arg, const struct stats_row *row);
	void *arg;
};
/* Parses raw bytes, cut anywhere, and calls fn for each row. */
void stats_parse(struct stats_parser *p, const char *data, size_t len,
    void (*fn)(void *arg, const struct stats_row *row), void *arg);
void stats_parser_free(struct stats_parser *p);
double stats_mb(const char *s);		/* "50.41MiB / 23.54GiB"; -1: not measured */
double stats_percent(const char *s);	/* "12.3%" */

struct series {			/* of a container */
	char *id, *name, *kind;
	double min, max, sum, limit;
	double cpu_max, cpu_sum;
	size_t n, n_cpu;
	int64_t max_at;
	/* The newest row. at: when it came; since: when the first row of this stream came; ms since 1970. */
	double mb, cpu;
	int64_t at, since;
	bool fresh;		/* no row of this stream yet */
	bool cpu_good;		/* false: the newest row's CPU is not usable, as no measurement precedes it */
	bool ended;		/* the container died, so any row that still comes is old */
	bool over, oom;
	int starts;
};
struct series *series_new(const char *id, const char *kind, double limit);
void series_free(struct series *c);
/* Takes a row; with no_memory, one without memory is a sample, too. False: the row repeats the last one, or
 * holds nothing. */
bool series_take(struct series *c, const struct stats_row *row, bool no_memory, int64_t now);
/* Appends the newest sample as a line of stats.csv. */
void series_csv(const struct series *c, struct buf *out);

#endif
