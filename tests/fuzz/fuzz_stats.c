/* What `docker stats` writes, in pieces. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "stats/stats_internal.h"

struct state {
	struct series *c;
	int64_t now;
};

static void
on_row(void *arg, const struct stats_row *row)
{
	struct state *s = arg;

	if (strlen(row->id) < 12 || strlen(row->id) >= sizeof(row->id) || !(row->mb == -1 || row->mb > 0))
		abort();
	s->now = s->now * 3 / 2 + 700;
	if (s->now > INT64_C(1000000000000))
		s->now = 0;
	series_take(s->c, row, s->now % 2 == 0, s->now);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct state s = { .c = series_new("0123456789ab", "tailscale", 300) };
	struct stats_parser p = { 0 };
	size_t half = size / 2;

	stats_parse(&p, (const char *)data, half, on_row, &s);
	stats_parse(&p, (const char *)data + half, size - half, on_row, &s);
	stats_parser_free(&p);
	series_free(s.c);
	return 0;
}
