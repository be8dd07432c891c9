#include <string.h>

#include "../base/text.h"
#include "report.h"

enum { SLOWEST = 10, FAILURES = 20 };

/* Text of others as a code span, between words of ours: nothing in it is markup, a table's bar included. */
static void
code(struct buf *o, const char *before, const char *s, const char *after)
{
	struct buf b = {0};
	size_t i;

	text_harmless(&b, s != NULL ? s : "", s != NULL ? strlen(s) : 0);
	buf_printf(o, "%s`", before);
	for (i = 0; i < b.len; i++)
		buf_putc(o, b.s[i] == '`' ? '\'' : b.s[i] == '|' ? '/' : b.s[i]);
	buf_printf(o, "`%s", after);
	buf_free(&b);
}

/* A list, set off from what is above it. */
static void
items(struct buf *o, const char *bullet, const struct strs *v)
{
	for (size_t i = 0; i < v->n; i++) {
		buf_puts(o, i == 0 ? "\n" : "");
		code(o, bullet, v->v[i], "\n");
	}
}

/* A fence longer than any in the text. */
static void
fenced(struct buf *o, const char *s)
{
	size_t fence = 3, run = 0, i;
	const char *p;

	if (s == NULL || *s == '\0')
		return;
	for (p = s; *p != '\0'; p++) {
		run = *p == '`' ? run + 1 : 0;
		fence = run >= fence ? run + 1 : fence;
	}
	for (i = 0; i < fence; i++)
		buf_putc(o, '`');
	buf_puts(o, "text\n");
	text_colours(o, s, strlen(s), false);
	if (o->s[o->len - 1] != '\n')
		buf_putc(o, '\n');
	for (i = 0; i < fence; i++)
		buf_putc(o, '`');
	buf_putc(o, '\n');
}

static void
failures(struct buf *o, const struct report *r)
{
	const struct report_test *t;
	size_t n = 0;

	for (t = r->tests; t < r->tests + r->n; t++) {
		if (!report_is_failure(t) || ++n > FAILURES)
			continue;
		buf_puts(o, "\n### ");
		text_harmless(o, t->result, strlen(t->result));
		code(o, ": ", report_is_package(t) ? t->package : t->name, "\n\n");
		if (t->file != NULL) {
			code(o, "", t->file, " line ");
			buf_printf(o, "%ld\n\n", t->line);
		}
		fenced(o, t->excerpt);
	}
	if (n > FAILURES)
		buf_printf(o, "\nand %zu more: see junit.xml\n", n - FAILURES);
}

static void
slowest(struct buf *o, const struct report *r)
{
	size_t v[SLOWEST], n = report_slowest(r, v, SLOWEST), i;

	if (n == 0)
		return;
	buf_puts(o, "\n### Slowest\n\n| test | took | result |\n|---|---|---|\n");
	for (i = 0; i < n; i++) {
		code(o, "| ", r->tests[v[i]].name, "");
		report_duration(o, " | ", (int64_t)(r->tests[v[i]].seconds * 1000));
		code(o, " | ", r->tests[v[i]].result, " |\n");
	}
}

static void
cell(struct buf *o, double d)
{
	if (d < 0)
		buf_puts(o, " ? |");
	else
		buf_printf(o, " %.1f |", d);
}

static void
memory(struct buf *o, const struct report *r)
{
	const struct facts *f = &r->f;
	const struct memory_peak *m;

	if (f->n_memory == 0)
		return;
	buf_puts(o, "\n### Memory (MB) and CPU (% of a core)\n\n"
	    "| container | kind | min | avg | max | limit | avg CPU | max CPU | |\n|---|---|---|---|---|---|---|---|---|\n");
	for (m = f->memory; m < f->memory + f->n_memory; m++) {
		if (!report_shows(r, m))
			continue;
		code(o, "| ", m->name, " | ");
		code(o, "", m->kind, " |");
		cell(o, m->min_mb);
		cell(o, m->avg_mb);
		cell(o, m->max_mb);
		if (m->limit_mb > 0)
			buf_printf(o, " %.0f |", m->limit_mb);
		else
			buf_puts(o, " |");
		cell(o, m->avg_cpu);
		cell(o, m->max_cpu);
		buf_printf(o, "%s%s", m->over ? " **over its limit**" : "", m->oom ? " **OOM-killed**" : "");
		if (m->restarts > 0)
			buf_printf(o, " %d restarts", m->restarts);
		buf_puts(o, " |\n");
	}
}

static void
leftovers(struct buf *o, const struct report *r)
{
	const struct facts *f = &r->f;
	size_t i;

	buf_printf(o, "\n### Cleaned\n\nRemoved: %zu containers, %zu networks, %zu volumes, %zu images.\n",
	    f->removed_containers, f->removed_networks, f->removed_volumes, f->removed_images);
	for (i = 0; i < f->n_leaks; i++) {
		code(o, i == 0 ? "\n- **left**: " : "- **left**: ", f->leaks[i].kind, " ");
		code(o, "", f->leaks[i].name, ", ");
		code(o, "", f->leaks[i].why, "\n");
	}
	if (r->dir != NULL)
		code(o, "\nEvidence: ", r->dir, "\n");
	items(o, "- missing: ", report_missing(r));
}

void
report_markdown(const struct report *r, struct buf *o)
{
	const struct facts *f = &r->f;

	code(o, r->verdict == V_PASSED ? "## ✅ " : r->exit_code == 4 ? "## ⚠️ " : "## ❌ ", r->pattern, ": ");
	buf_puts(o, verdict_name(r->verdict));
	code(o, "\n\n", r->sentence, "");
	if (f->ended > 0)
		report_duration(o, ", in ", f->ended - f->started);
	code(o, ".\n\n| run | exit | passed | failed | skipped | unfinished | database | image |\n"
	    "|---|---|---|---|---|---|---|---|\n| ", r->run_id, " | ");
	buf_printf(o, "%d | %zu | %zu | %zu | %zu | %s", r->exit_code, r->t.top.passed, r->t.top.failed,
	    r->t.top.skipped, r->t.top.unfinished, f->postgres ? "PostgreSQL" : "SQLite");
	code(o, " | ", f->image, " |\n");
	items(o, "- ", &r->notes);
	failures(o, r);
	if (r->triage_text != NULL) {
		buf_puts(o, "\n### Triage\n\n");
		fenced(o, r->triage_text);
	}
	slowest(o, r);
	memory(o, r);
	leftovers(o, r);
}

/* The escapes of GitHub's workflow commands. */
static void
escaped(struct buf *o, const char *text, bool property)
{
	struct buf b = {0};
	const char *s;

	text_harmless(&b, text, strlen(text));
	for (s = buf_str(&b); *s != '\0'; s++) {
		if (strchr("%\r\n", *s) != NULL || (property && (*s == ':' || *s == ',')))
			buf_printf(o, "%%%02X", (unsigned char)*s);
		else
			buf_putc(o, *s);
	}
	buf_free(&b);
}

static void
annotation(struct buf *o, const char *title, const struct report_test *t, const char *message)
{
	buf_puts(o, TEXT_COMMAND "::error title=");
	escaped(o, title, true);
	if (t != NULL && t->file != NULL) {
		buf_puts(o, ",file=");
		escaped(o, t->file, true);
		buf_printf(o, ",line=%ld", t->line);
	}
	buf_puts(o, "::");
	escaped(o, message, false);
	buf_putc(o, '\n');
}

void
report_annotations(const struct report *r, struct buf *o)
{
	const struct memory_peak *m;
	const struct report_test *t;
	struct buf b = {0};
	size_t n = 0;

	for (t = r->tests; t < r->tests + r->n; t++) {
		if (report_is_failure(t) && ++n <= FAILURES)
			annotation(o, report_is_package(t) ? t->package : t->name, t,
			    t->message != NULL && *t->message != '\0' ? t->message : t->result);
	}
	for (size_t i = 0; i < r->f.n_memory; i++) {
		m = &r->f.memory[i];
		if (!m->over)
			continue;
		buf_reset(&b);
		buf_printf(&b, "%s held %.1f MB, over its limit of %.0f MB", m->name, m->max_mb, m->limit_mb);
		annotation(o, "memory limit", NULL, buf_str(&b));
	}
	buf_free(&b);
	if (n == 0 && r->verdict != V_PASSED)
		annotation(o, verdict_name(r->verdict), NULL, r->sentence);
}
