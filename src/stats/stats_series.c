#include "stats_internal.h"

#include <stdlib.h>
#include <string.h>

#include "../base/mem.h"
#include "../base/text.h"

enum {
	SAMPLE_MS = 900,	/* the engine measures once a second, the CLI repeats each several times */
	FIRST_MS = 1500,	/* by then its first row has been followed by another */
};

static void
halve(struct history *h)
{
	for (size_t i = 0; i < (h->n + 1) / 2; i++) {
		float a = h->v[2 * i], b = 2 * i + 1 < h->n ? h->v[2 * i + 1] : -1;

		h->v[i] = a > b ? a : b;
	}
	h->n = (h->n + 1) / 2;
	h->span *= 2;
}

void
history_add(struct history *h, int64_t at, double mb)
{
	size_t i;

	if (h->n == 0) {
		h->from = at;
		h->span = SPAN_MS;
	}
	/* A clock that was set back. */
	if (at < h->from)
		at = h->from;
	while ((at - h->from) / h->span >= HISTORY)
		halve(h);
	i = (size_t)((at - h->from) / h->span);
	if (i >= h->cap) {
		h->cap = i + 1 > h->cap * 2 ? i + 1 : h->cap * 2;
		h->v = xreallocarray(h->v, h->cap, sizeof(*h->v));
	}
	while (h->n <= i)
		h->v[h->n++] = -1;
	if (mb > h->v[i])
		h->v[i] = (float)mb;
}

/* The highest of the spans from i up to end; where none is known, the one that was up to GAP_MS before. */
static double
highest(const struct history *h, size_t i, size_t end)
{
	double top = -1;

	for (size_t k = i; k < end; k++)
		if (h->v[k] > top)
			top = h->v[k];
	for (size_t k = i; top < 0 && k > 0 && (int64_t)(end - k) * h->span <= GAP_MS; k--)
		top = h->v[k - 1];
	return top;
}

char *
history_spark(const struct history *h, size_t width)
{
	static const char *const blocks[] = { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
	double top = highest(h, 0, h->n);
	struct buf b = {0};

	if (top < 0)
		return NULL;
	if (width > h->n)
		width = h->n;
	for (size_t c = 0; c < width; c++) {
		double v = highest(h, c * h->n / width, (c + 1) * h->n / width);
		int level = (int)(v / top * 8);

		buf_puts(&b, v < 0 ? " " : blocks[level > 7 ? 7 : level]);
	}
	return buf_take(&b);
}

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
	free(c->history.v);
	free(c->spark);
	free(c);
}

static void
count(struct series *c)
{
	c->n++;
	c->sum += c->mb;
	if (c->min < 0 || c->mb < c->min)
		c->min = c->mb;
	if (c->mb > c->max) {
		c->max = c->mb;
		c->max_at = c->at;
	}
	history_add(&c->history, c->at, c->mb);
	if (!c->cpu_good || c->cpu < 0)
		return;
	c->n_cpu++;
	c->cpu_sum += c->cpu;
	if (c->cpu > c->cpu_max)
		c->cpu_max = c->cpu;
}

bool
series_take(struct series *c, const struct stats_row *row, int64_t now)
{
	bool same = row->mb == c->mb && row->cpu == c->cpu;

	if (c->ended)
		return false;
	if (row->mb < 0) {
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
	c->mb = row->mb;
	c->cpu = row->cpu;
	c->at = now;
	count(c);
	return true;
}

static void
csv_cell(struct buf *b, const char *s)
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
	csv_cell(out, c->name);
	buf_putc(out, ',');
	csv_cell(out, c->kind);
	buf_printf(out, ",%.2f,", c->mb);
	if (c->cpu_good && c->cpu >= 0)
		buf_printf(out, "%.2f", c->cpu);
	buf_putc(out, '\n');
}

