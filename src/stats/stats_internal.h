/* What the stats files share: rows of `docker stats`, a container's series, the plot. Nobody
 * but stats*.c and their tests includes this. -1 is an unknown memory or CPU everywhere. */
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
double stats_mb(const char *s);		/* "50.41MiB / 23.54GiB"; nothing measured is unknown */
double stats_percent(const char *s);	/* "12.3%" */

/* The highest value of each of at most HISTORY spans of equal length; where they don't reach, the spans
 * are doubled. So its size does not grow with time. */
enum { HISTORY = 128, SPAN_MS = 1000, GAP_MS = 5000 };
struct history {
	int64_t from, span;	/* ms */
	float *v;		/* -1: nothing known in it */
	size_t n, cap;
};
void history_add(struct history *h, int64_t at, double mb);
/* At most width columns of UTF-8 blocks, from zero to its own highest, blanks where unknown; NULL: never
 * known. */
char *history_spark(const struct history *h, size_t width);

struct series {			/* of a container */
	char *id, *name, *kind;
	struct history history;
	double min, max, sum, limit;
	double cpu_max, cpu_sum;
	size_t n, n_cpu;
	int64_t max_at;
	/* The newest row; at and since: when it came, and when the first of this stream did. */
	double mb, cpu;
	int64_t at, since;
	bool fresh;		/* no row of this stream yet */
	bool cpu_good;		/* its first row's CPU is measured against nothing */
	bool ended;		/* it died: what is still said of it is old */
	bool over, oom;
	int starts;
	char *spark;
};
struct series *series_new(const char *id, const char *kind, double limit);
void series_free(struct series *c);
/* False: no sample, but unknown or said before. */
bool series_take(struct series *c, const struct stats_row *row, int64_t now);
/* Its newest sample, as a line of stats.csv. */
void series_csv(const struct series *c, struct buf *out);

struct mark {
	char *what;
	int64_t at;
};

/* A panel for each kind. v in the table's order. */
void stats_svg(struct buf *out, const struct series *const *v, size_t n, const struct mark *marks,
    size_t n_marks);

#endif
