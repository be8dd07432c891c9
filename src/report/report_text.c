#include <string.h>

#include "../base/duration.h"
#include "../base/text.h"
#include "report.h"

enum { SLOWEST = 5 };

struct style { const char *bold, *red, *green, *yellow, *off; };

static void
harmless(struct buf *o, const char *s)
{
	text_harmless(o, s, strlen(s));
}

static void
line(struct buf *o, const char *before, const char *s)
{
	buf_puts(o, before);
	harmless(o, s);
	buf_putc(o, '\n');
}

/* In a column of so many characters. */
static void
padded(struct buf *o, const char *s, size_t width)
{
	struct buf b = {0};
	size_t i, n, shown = 0;

	harmless(&b, s);
	for (i = 0; i < b.len && shown < width; i += n, shown++)
		n = text_utf8(b.s + i, b.len - i) > 0 ? text_utf8(b.s + i, b.len - i) : 1;
	buf_add(o, b.s, i);
	for (; shown < width; shown++)
		buf_putc(o, ' ');
	buf_free(&b);
}

static void
indented(struct buf *o, const char *s)
{
	size_t n;

	for (; *s != '\0'; s += n + (s[n] == '\n')) {
		n = strcspn(s, "\n");
		buf_puts(o, "    ");
		text_harmless(o, s, n);
		buf_putc(o, '\n');
	}
}

static void
failures(struct buf *o, const struct report *r, const struct style *st)
{
	const struct report_test *t;

	for (t = r->tests; t < r->tests + r->n; t++) {
		if (!report_is_failure(t) || (report_is_package(t) && (t->excerpt == NULL || *t->excerpt == '\0')))
			continue;
		buf_printf(o, "\n%s", st->red);
		harmless(o, t->result);
		buf_printf(o, "%s %s", st->off, st->bold);
		harmless(o, report_is_package(t) ? t->package : t->name);
		buf_puts(o, st->off);
		if (t->seconds >= 0)
			report_duration(o, "  ", (int64_t)(t->seconds * 1000));
		if (t->file != NULL) {
			buf_puts(o, "  ");
			harmless(o, t->file);
			buf_printf(o, ":%ld", t->line);
		}
		buf_putc(o, '\n');
		if (t->excerpt != NULL)
			indented(o, t->excerpt);
	}
}

static void
slowest(struct buf *o, const struct report *r)
{
	size_t v[SLOWEST], n = report_slowest(r, v, SLOWEST), i;
	char took[32];

	if (n < 2)
		return;
	buf_puts(o, "\nSlowest\n");
	for (i = 0; i < n; i++) {
		buf_printf(o, "  %8s", duration_human((int64_t)(r->tests[v[i]].seconds * 1000), took, sizeof(took)));
		line(o, "  ", r->tests[v[i]].name);
	}
}

/* A number that was not measured is a dash, never a zero. */
static void
cell(struct buf *o, double d)
{
	if (d < 0)
		buf_printf(o, " %6s", "-");
	else
		buf_printf(o, " %6.1f", d);
}

static void
kinds(struct buf *o, const struct facts *f)
{
	const struct memory_peak *m;
	double min, max, sum, cpu;
	size_t i, k, n, known;

	for (i = 0; i < f->n_memory; i++) {
		for (k = 0; k < i && strcmp(f->memory[k].kind, f->memory[i].kind) != 0; k++)
			;
		if (k < i)
			continue;
		min = max = cpu = -1;
		sum = 0;
		for (n = known = 0, k = i; k < f->n_memory; k++) {
			m = &f->memory[k];
			if (strcmp(m->kind, f->memory[i].kind) != 0)
				continue;
			n++;
			if (m->max_mb < 0)
				continue;
			known++;
			sum += m->avg_mb;
			min = min < 0 || m->min_mb < min ? m->min_mb : min;
			max = m->max_mb > max ? m->max_mb : max;
			cpu = m->max_cpu > cpu ? m->max_cpu : cpu;
		}
		buf_puts(o, "  ");
		padded(o, f->memory[i].kind, 11);
		buf_printf(o, " all %-18zu", n);
		cell(o, min);
		cell(o, known > 0 ? sum / (double)known : -1);
		cell(o, max);
		buf_printf(o, " %6s", "");
		cell(o, cpu);
		buf_putc(o, '\n');
	}
}

static void
memory(struct buf *o, const struct report *r, const struct style *st)
{
	const struct facts *f = &r->f;
	const struct memory_peak *m;

	if (f->n_memory == 0)
		return;
	buf_printf(o, "\n%-36s %6s %6s %6s %6s %6s\n", "Memory (MB) and CPU (% of a core)", "min", "avg", "max", "avg %",
	    "max %");
	for (m = f->memory; m < f->memory + f->n_memory; m++) {
		if (!report_shows(r, m))
			continue;
		buf_puts(o, "  ");
		padded(o, m->kind, 11);
		buf_putc(o, ' ');
		padded(o, m->name, 22);
		cell(o, m->min_mb);
		cell(o, m->avg_mb);
		cell(o, m->max_mb);
		cell(o, m->avg_cpu);
		cell(o, m->max_cpu);
		if (m->over)
			buf_printf(o, "  %sover %.0f%s", st->red, m->limit_mb, st->off);
		if (m->oom)
			buf_printf(o, "  %sOOM-killed%s", st->red, st->off);
		if (m->restarts > 0)
			buf_printf(o, "  restarted %d x", m->restarts);
		buf_putc(o, '\n');
	}
	if (f->n_memory > 1)
		kinds(o, f);
}

static void
count(struct buf *o, const char **sep, size_t n, const char *what)
{
	if (n == 0)
		return;
	buf_printf(o, "%s%zu %s%s", *sep, n, what, n == 1 ? "" : "s");
	*sep = ", ";
}

static void
leftovers(struct buf *o, const struct report *r, const struct style *st)
{
	const struct strs *missing = report_missing(r);
	const struct facts *f = &r->f;
	const char *sep = "";
	size_t i;

	buf_puts(o, "\nRemoved   ");
	count(o, &sep, f->removed_containers, "container");
	count(o, &sep, f->removed_networks, "network");
	count(o, &sep, f->removed_volumes, "volume");
	count(o, &sep, f->removed_images, "image");
	buf_puts(o, *sep == '\0' ? f->kept ? "nothing: kept\n" : "nothing\n" : "\n");
	for (i = 0; i < f->n_leaks; i++) {
		buf_printf(o, "%sLeft%s      ", st->red, st->off);
		harmless(o, f->leaks[i].kind);
		buf_putc(o, ' ');
		harmless(o, f->leaks[i].name);
		if (f->leaks[i].why != NULL && *f->leaks[i].why != '\0') {
			buf_puts(o, ": ");
			harmless(o, f->leaks[i].why);
		}
		buf_putc(o, '\n');
	}
	for (i = 0; i < missing->n; i++)
		line(o, "Missing   ", missing->v[i]);
	if (r->dir != NULL)
		line(o, "Evidence  ", r->dir);
}

void
report_text(const struct report *r, bool colour, struct buf *o)
{
	static const struct style none = { "", "", "", "", "" },
	    sgr = { "\033[1m", "\033[1;31m", "\033[1;32m", "\033[1;33m", "\033[0m" };
	const struct style *st = colour ? &sgr : &none;

	failures(o, r, st);
	slowest(o, r);
	memory(o, r, st);
	leftovers(o, r, st);
	for (size_t i = 0; i < r->notes.n; i++)
		line(o, i == 0 ? "\nNotes     " : "          ", r->notes.v[i]);
	if (r->triage_text != NULL) {
		buf_putc(o, '\n');
		text_colours(o, r->triage_text, strlen(r->triage_text), colour);
	}
	buf_printf(o, "\n%s%s%s: ", r->verdict == V_PASSED ? st->green : r->exit_code == 4 ? st->yellow : st->red,
	    verdict_name(r->verdict), st->off);
	harmless(o, r->sentence);
	if (r->f.ended > 0)
		report_duration(o, ", in ", r->f.ended - r->f.started);
	/* The directory above is called by the run's id. */
	if (r->dir == NULL) {
		buf_puts(o, ", run ");
		harmless(o, r->run_id);
	}
	buf_printf(o, " (exit %d)\n", r->exit_code);
}
