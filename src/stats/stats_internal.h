/* Types and functions that the files of stats/ share: rows of `docker stats`, and a container's series of
 * them. For them and their tests alone. -1 is an unknown memory or CPU everywhere. */
#ifndef STATS_STATS_INTERNAL_H
#define STATS_STATS_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../base/buf.h"
#include "../base/json.h"
#include "../base/lines.h"

struct stats_row {
	char id[65];		/* full, or the first 12 digits */
	double mb, cpu;
};

struct stats_parser {
	struct lines line;
	struct json json;
	void (*fn)(void *arg, const struct stats_row *row);
	void *arg;
};
/* The raw bytes, cut anywhere. fn gets each row. */
void stats_parse(struct stats_parser *p, const char *data, size_t len,
    void (*fn)(void *arg, const struct stats_row *row), void *arg);
void stats_parser_free(struct stats_parser *p);
double stats_mb(const char *s);		/* "50.41MiB / 23.54GiB"; where nothing was measured: -1 */
double stats_percent(const char *s);	/* "12.3%" */

struct series {			/* of a container */
	char *id, *name, *kind;
	double min, max, sum, limit;
	double cpu_max, cpu_sum;
	size_t n, n_cpu;
	int64_t max_at;
	/* The newest row; at and since: when it came, and when the first of this stream did. */
	double mb, cpu;
	int64_t at, since;
	bool fresh;		/* no row of this stream yet */
	bool cpu_good;		/* false: the newest row's CPU is measured against nothing */
	bool ended;		/* the container died: a row that still comes is old */
	bool over, oom;
	int starts;
};
struct series *series_new(const char *id, const char *kind, double limit);
void series_free(struct series *c);
/* Takes a row (of no_memory: one without memory is a sample, too). False: the row was taken before, or
 * holds nothing. */
bool series_take(struct series *c, const struct stats_row *row, bool no_memory, int64_t now);
/* Appends the newest sample as a line of stats.csv. */
void series_csv(const struct series *c, struct buf *out);

#endif
