#include "stats_internal.h"

#include <stdlib.h>
#include <string.h>

#include "../base/mem.h"
#include "../base/text.h"

enum {
	SAMPLE_MS = 900,	/* the engine measures once a second; the CLI prints that several times */
	FIRST_MS = 1500,	/* by then the engine has measured a second time */
};

struct series *
series_new(const char *id, const char *kind, double limit)
{
	struct series *c = xcalloc(1, sizeof(*c));

	c->id = xstrdup(id);
	c->kind = xstrdup(kind);
	c->name = xstrdup("");
	c->min = c->max = c->cpu_max = c->mb = c->cpu = -1;
	c->limit = limit;
	c->fresh = true;
	return c;
}

void
series_free(struct series *c)
{
	free(c->id);
	free(c->name);
	free(c->kind);
	free(c);
}

static void
series_count(struct series *c)
{
	if (c->mb >= 0) {
		c->n++;
		c->sum += c->mb;
		if (c->min < 0 || c->mb < c->min)
			c->min = c->mb;
		if (c->mb > c->max) {
			c->max = c->mb;
			c->max_at = c->at;
		}
	}
	if (!c->cpu_good || c->cpu < 0)
		return;
	c->n_cpu++;
	c->cpu_sum += c->cpu;
	if (c->cpu > c->cpu_max)
		c->cpu_max = c->cpu;
}

bool
series_take(struct series *c, const struct stats_row *row, bool no_memory, int64_t now)
{
	double mb = no_memory ? -1 : row->mb;
	bool same = mb == c->mb && row->cpu == c->cpu;

	if (c->ended)
		return false;
	if (no_memory ? row->cpu < 0 : mb < 0) {
		c->fresh = true;
		c->at = 0;
		return false;
	}
	if (c->fresh) {
		c->since = now;
		c->cpu_good = false;
	} else if (same && now - c->at < SAMPLE_MS) {
		return false;
	} else {
		c->cpu_good = c->cpu_good || !same || now - c->since >= FIRST_MS;
	}
	c->fresh = false;
	c->mb = mb;
	c->cpu = row->cpu;
	c->at = now;
	series_count(c);
	return true;
}

static void
series_csv_cell(struct buf *b, const char *s)
{
	if (strpbrk(s, ",\"\r\n") == NULL) {
		buf_puts(b, s);
		return;
	}
	buf_putc(b, '"');
	for (; *s != '\0'; s++) {
		if (*s == '"')
			buf_putc(b, '"');
		buf_putc(b, *s);
	}
	buf_putc(b, '"');
}

void
series_csv(const struct series *c, struct buf *out)
{
	char when[40];

	buf_printf(out, "%s,", text_time(c->at, when, sizeof(when)));
	series_csv_cell(out, c->name);
	buf_putc(out, ',');
	series_csv_cell(out, c->kind);
	buf_putc(out, ',');
	if (c->mb >= 0)
		buf_printf(out, "%.2f", c->mb);
	buf_putc(out, ',');
	if (c->cpu_good && c->cpu >= 0)
		buf_printf(out, "%.2f", c->cpu);
	buf_putc(out, '\n');
}
