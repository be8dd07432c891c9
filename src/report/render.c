/* The summary for people. The same functions write it as plain text for the console and as Markdown for a CI
 * service's page.
 *
 * Text from a test, a container or a user goes through pen_word or pen_block: on the console it has no
 * control characters, and in Markdown it is in a code span or a fence, where nothing is markup, a link, or
 * an image to be fetched. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/duration.h"
#include "../base/file.h"
#include "../base/json.h"
#include "../base/mem.h"
#include "../base/text.h"
#include "page.h"
#include "report_internal.h"

enum { SLOWEST_TEXT = 5, SLOWEST_PAGE = 10, FAILURES_PAGE = 20, NAMES_MAX = 50, KIND_WIDTH = 11,
    NAME_WIDTH = 22, EXCERPT_TEXT = 10, BEFORE_TEXT = 3 /* lines */, WORDS_BYTES = 30,
    TRIAGE_WIDTH = 88 };

struct pen {
	struct buf *o;
	bool md, table;		/* md: Markdown; table: within a row of one */
	const char *bold, *red, *green, *yellow, *off;
};

/* Returns how many backticks make a delimiter longer than any run of them in s, but no fewer than least. */
static size_t
ticks_around(const char *s, size_t len, size_t least)
{
	size_t run = 0;

	for (size_t i = 0; i < len; i++) {
		run = s[i] == '`' ? run + 1 : 0;
		least = run >= least ? run + 1 : least;
	}
	return least;
}

static void
pen_ticks(struct pen *p, size_t n)
{
	while (n-- > 0)
		buf_putc(p->o, '`');
}

/* In a table, a bar begins the next cell even within a code span, unless an odd number of backslashes is
 * before it. */
static void
pen_span(struct pen *p, const char *s, size_t len)
{
	size_t ticks = ticks_around(s, len, 1), slashes = 0;
	bool edge = len == 0 || s[0] == '`' || s[len - 1] == '`' || s[0] == ' ';

	pen_ticks(p, ticks);
	buf_puts(p->o, edge ? " " : "");
	for (size_t i = 0; i < len; i++) {
		if (p->table && s[i] == '|')
			buf_puts(p->o, slashes % 2 == 0 ? "\\" : "\\\\");
		slashes = s[i] == '\\' ? slashes + 1 : 0;
		buf_putc(p->o, s[i]);
	}
	buf_puts(p->o, edge && len > 0 ? " " : "");
	pen_ticks(p, ticks);
}

static void
pen_word(struct pen *p, const char *s)
{
	struct buf b = {0};

	text_harmless(&b, s != NULL ? s : "", s != NULL ? strlen(s) : 0);
	if (p->md)
		pen_span(p, buf_str(&b), b.len);
	else
		buf_add(p->o, buf_str(&b), b.len);
	buf_free(&b);
}

/* Writes a fenced block; on the console the lines are indented. */
static void
pen_block(struct pen *p, const char *s)
{
	size_t ticks, n;

	if (s == NULL || *s == '\0')
		return;
	ticks = p->md ? ticks_around(s, strlen(s), 3) : 0;
	pen_ticks(p, ticks);
	buf_puts(p->o, p->md ? "text\n" : "");
	for (; *s != '\0'; s += n + (s[n] == '\n')) {
		n = strcspn(s, "\n");
		buf_puts(p->o, p->md ? "" : "    ");
		text_harmless(p->o, s, n);
		buf_putc(p->o, '\n');
	}
	pen_ticks(p, ticks);
	buf_puts(p->o, p->md ? "\n" : "");
}

static void
pen_title(struct pen *p, const char *title)
{
	buf_printf(p->o, p->md ? "\n### %s\n\n" : "\n%s\n", title);
}

/* Begins a line "Label   ..." or "- label: ...". */
static void
pen_label(struct pen *p, const char *label)
{
	if (p->md)
		buf_printf(p->o, "- %s: ", label);
	else
		buf_printf(p->o, "%-10s", label);
}

static void
pen_line(struct pen *p, const char *label, const char *word)
{
	pen_label(p, label);
	pen_word(p, word);
	buf_putc(p->o, '\n');
}

static void
pen_took(struct pen *p, const char *before, double seconds)
{
	if (seconds >= 0)
		duration_put(p->o, before, (int64_t)(seconds * 1000));
}

/* Writes a string member of an object, but no more than most bytes of it. */
static void
pen_member(struct pen *p, const struct json *j, int object, const char *key, size_t most)
{
	char *s = json_dup_member(j, object, key);
	size_t n = 0, step;

	if (s == NULL)
		return;
	while (s[n] != '\0' && (step = text_utf8(s + n, strlen(s + n))) > 0 && n + step <= most)
		n += step;
	text_harmless(p->o, s, n);
	buf_puts(p->o, s[n] != '\0' ? "\xe2\x80\xa6" : "");
	free(s);
}

/* Writes s into a column of width characters. */
static void
pen_column(struct pen *p, const char *s, size_t width)
{
	struct buf b = {0};
	size_t i, n, shown = 0;

	if (p->md) {
		pen_word(p, s);
		return;
	}
	text_harmless(&b, s, strlen(s));
	for (i = 0; i < b.len && shown < width; i += n, shown++)
		n = text_utf8(b.s + i, b.len - i) > 0 ? text_utf8(b.s + i, b.len - i) : 1;
	buf_add(p->o, buf_str(&b), i);
	for (; shown < width; shown++)
		buf_putc(p->o, ' ');
	buf_free(&b);
}

static int
count_lines(const char *s, const char *end)
{
	int n = 0;

	for (; s < end; s++)
		n += *s == '\n';
	return n;
}

static const char *
skip_lines(const char *s, int n)
{
	for (; n > 0 && *s != '\0'; n--)
		s += strcspn(s, "\n") + (s[strcspn(s, "\n")] == '\n');
	return s;
}

/* Returns the number (from 0) of the first line with the first words of what (may be NULL); -1: none. */
static int
line_with(const char *text, const char *what)
{
	char *words = xstrndup(what != NULL ? what : "", WORDS_BYTES);
	const char *at = *words != '\0' ? strstr(text, words) : NULL;

	free(words);
	return at != NULL ? count_lines(text, at) : -1;
}

/* Writes the few lines of an excerpt for which the console has room: around the message, or else the
 * place. */
static void
render_excerpt(struct pen *p, const struct report_test *t)
{
	char *place = t->file != NULL ? xasprintf("%s:%d", file_base(t->file), t->line) : NULL, *part;
	int lines = count_lines(t->excerpt, t->excerpt + strlen(t->excerpt));
	int at = line_with(t->excerpt, t->message);
	const char *from;

	at = (at != -1 ? at : line_with(t->excerpt, place)) - BEFORE_TEXT;
	from = skip_lines(t->excerpt, at < lines - EXCERPT_TEXT ? at : lines - EXCERPT_TEXT);
	part = xstrndup(from, (size_t)(skip_lines(from, EXCERPT_TEXT) - from));
	pen_block(p, part);
	if (lines > EXCERPT_TEXT)
		buf_printf(p->o, "    (%d of %d lines; summary.md has them all)\n", EXCERPT_TEXT, lines);
	free(part);
	free(place);
}

static void
render_failure(struct pen *p, const struct report_test *t)
{
	char shown[TEXT_SHOWN];
	const char *name = text_shown(report_is_package(t) ? t->package : t->name, shown);

	if (p->md) {
		buf_printf(p->o, "\n### %s: ", t->result);
		pen_word(p, name);
		buf_puts(p->o, "\n\n");
	} else {
		buf_printf(p->o, "\n%s%s%s %s", p->red, t->result, p->off, p->bold);
		pen_word(p, name);
		buf_puts(p->o, p->off);
		pen_took(p, "  ", t->seconds);
	}
	if (t->file != NULL) {
		buf_puts(p->o, p->md ? "" : "  ");
		pen_word(p, t->file);
		buf_printf(p->o, p->md ? " line %d\n\n" : ":%d", t->line);
	}
	buf_puts(p->o, p->md ? "" : "\n");
	if (p->md || t->excerpt == NULL)
		pen_block(p, t->excerpt);
	else
		render_excerpt(p, t);
}

static void
render_failures(struct pen *p, const struct report *r)
{
	size_t n = 0;

	for (const struct report_test *t = r->tests; t < r->tests + r->n; t++) {
		if (!report_is_failure(t) || (report_is_package(t) && (t->excerpt == NULL ||
		    *t->excerpt == '\0')))
			continue;
		if (!p->md || ++n <= FAILURES_PAGE)
			render_failure(p, t);
	}
	if (n > FAILURES_PAGE)
		buf_printf(p->o, "\nand %zu more: see junit.xml\n", n - FAILURES_PAGE);
}

static void
render_not_run(struct pen *p, const struct report *r)
{
	if (r->not_run.n == 0)
		return;
	buf_putc(p->o, '\n');
	pen_label(p, "Not run");
	for (size_t i = 0; i < r->not_run.n && i < NAMES_MAX; i++) {
		buf_puts(p->o, i > 0 ? ", " : "");
		pen_word(p, r->not_run.v[i]);
	}
	if (r->not_run.n > NAMES_MAX)
		buf_printf(p->o, " and %zu more", r->not_run.n - NAMES_MAX);
	buf_puts(p->o, " (the process died)\n");
}

/* Writes the first of triage's findings in a group, in two lines. */
static void
triage_put_first(struct pen *p, const struct json *j, const char *group)
{
	int findings = json_member(j, 0, "findings"), first = -1, n = 0;
	int64_t line = 0;

	for (int f = json_first(j, findings); f >= 0; f = json_next(j, f))
		if (json_eq(j, json_member(j, f, "group"), group) && n++ == 0)
			first = f;
	if (first == -1)
		return;
	(void)json_int(j, json_member(j, first, "line"), &line);
	buf_printf(p->o, "%-9s ", group);
	pen_member(p, j, first, "file", SIZE_MAX);
	if (line > 0)
		buf_printf(p->o, ":%lld", (long long)line);
	if (n > 1)
		buf_printf(p->o, " (and %d more)", n - 1);
	buf_puts(p->o, "\n          ");
	pen_member(p, j, first, "text", TRIAGE_WIDTH);
	buf_putc(p->o, '\n');
}

/* The console shows the findings that are most likely to help; hi triage shows all. */
static void
render_triage(struct pen *p, const struct report *r)
{
	static const char *const rest[][2] = { { "  what:  ", "what" }, { "  fix:   ", "fix" },
	    { "  seen:  ", "where" }, { "         ", "evidence" } };
	struct json j = {0};

	if (r->triage_text == NULL)
		return;
	if (p->md) {
		pen_title(p, "Triage");
		pen_block(p, r->triage_text);
		return;
	}
	buf_putc(p->o, '\n');
	if (r->triage == NULL || json_parse(&j, r->triage, strlen(r->triage)) == -1) {
		text_colours(p->o, r->triage_text, strlen(r->triage_text), false);
		return;
	}
	triage_put_first(p, &j, "server");
	triage_put_first(p, &j, "clients");
	triage_put_first(p, &j, "peers");
	if (json_count(&j, json_member(&j, 0, "unread")) > 0)
		buf_puts(p->o, "not everything could be read: hi triage names it\n");
	buf_puts(p->o, "cause: ");
	pen_member(p, &j, 0, "cause", SIZE_MAX);
	if (json_type(&j, json_member(&j, 0, "signature")) == JSON_STRING) {
		buf_puts(p->o, " (");
		pen_member(p, &j, 0, "signature", SIZE_MAX);
		buf_puts(p->o, ")\n");
		for (size_t i = 0; i < sizeof(rest) / sizeof(rest[0]); i++) {
			buf_puts(p->o, rest[i][0]);
			pen_member(p, &j, 0, rest[i][1], SIZE_MAX);
			buf_putc(p->o, '\n');
		}
	} else {
		buf_puts(p->o, json_eq(&j, json_member(&j, 0, "cause"), "code") ?
		    " (no signature of an infrastructure failure was seen)\n" : "\n");
	}
	json_free(&j);
}

static void
render_slowest(struct pen *p, const struct report *r)
{
	size_t v[SLOWEST_PAGE], n = report_slowest(r, v, p->md ? SLOWEST_PAGE : SLOWEST_TEXT);
	char took[32];

	if (n < 2)
		return;
	pen_title(p, "Slowest");
	for (size_t i = 0; i < n; i++) {
		const struct report_test *t = &r->tests[v[i]];

		duration_human((int64_t)(t->seconds * 1000), took, sizeof(took));
		buf_printf(p->o, p->md ? "- %s " : "  %8s  ", took);
		pen_word(p, t->name);
		buf_printf(p->o, p->md ? " %s\n" : "\n", t->result);
	}
}

/* A number that was not measured is shown as a dash, never as a zero. */
static void
pen_cell(struct pen *p, double d)
{
	buf_puts(p->o, p->md ? " | " : "");
	if (d < 0)
		buf_printf(p->o, p->md ? "-" : " %6s", "-");
	else
		buf_printf(p->o, p->md ? "%.1f" : " %6.1f", d);
}

static void
memory_row(struct pen *p, const struct memory_peak *m)
{
	p->table = p->md;
	buf_puts(p->o, p->md ? "| " : "  ");
	pen_column(p, m->kind, KIND_WIDTH);
	buf_puts(p->o, p->md ? " | " : " ");
	pen_column(p, m->name, NAME_WIDTH);
	pen_cell(p, m->min_mb);
	pen_cell(p, m->avg_mb);
	pen_cell(p, m->max_mb);
	pen_cell(p, m->avg_cpu);
	pen_cell(p, m->max_cpu);
	buf_puts(p->o, p->md ? " |" : "");
	if (m->over)
		buf_printf(p->o, "  %sover %.0f%s", p->red, m->limit_mb, p->off);
	if (m->oom)
		buf_printf(p->o, "  %sOOM-killed%s", p->red, p->off);
	if (m->restarts > 0)
		buf_printf(p->o, "  restarted %d x", m->restarts);
	buf_puts(p->o, p->md ? " |\n" : "\n");
	p->table = false;
}

/* Writes a row for all containers of a kind, if first is the index of the first of them. */
static void
memory_kind(struct pen *p, const struct facts *f, size_t first)
{
	struct memory_peak all = { .kind = f->memory[first].kind, .min_mb = -1, .avg_mb = 0, .max_mb = -1,
	    .avg_cpu = -1, .max_cpu = -1 };
	size_t n = 0, known = 0;
	char name[32];

	for (size_t i = 0; i < f->n_memory; i++) {
		const struct memory_peak *m = &f->memory[i];

		if (strcmp(m->kind, all.kind) != 0)
			continue;
		if (i < first)
			return;
		n++;
		if (m->max_mb < 0)
			continue;
		known++;
		all.avg_mb += m->avg_mb;
		all.min_mb = all.min_mb < 0 || m->min_mb < all.min_mb ? m->min_mb : all.min_mb;
		all.max_mb = m->max_mb > all.max_mb ? m->max_mb : all.max_mb;
		all.max_cpu = m->max_cpu > all.max_cpu ? m->max_cpu : all.max_cpu;
	}
	all.avg_mb = known > 0 ? all.avg_mb / (double)known : -1;
	snprintf(name, sizeof(name), "all %zu", n);
	all.name = name;
	memory_row(p, &all);
}

/* A set may have a thousand containers: only those that went wrong and each kind's largest are shown. */
static bool
memory_is_shown(const struct report *r, const struct memory_peak *m)
{
	const struct memory_peak *v = r->f.memory;

	if (r->runs.n == 0 || m->over || m->oom || m->restarts > 0)
		return true;
	for (size_t i = 0; i < r->f.n_memory; i++)
		if (v[i].max_mb > m->max_mb && strcmp(v[i].kind, m->kind) == 0)
			return false;
	return true;
}

static void
render_memory(struct pen *p, const struct report *r)
{
	const struct facts *f = &r->f;

	if (f->n_memory == 0)
		return;
	if (p->md) {
		pen_title(p, "Memory (MB) and CPU (% of a core)");
		buf_puts(p->o, "| kind | container | min | avg | max | avg % | max % | |\n"
		    "|---|---|---|---|---|---|---|---|\n");
	} else {
		buf_printf(p->o, "\n%-36s %6s %6s %6s %6s %6s\n", "Memory (MB) and CPU (% of a core)", "min",
		    "avg", "max", "avg %", "max %");
	}
	for (size_t i = 0; i < f->n_memory; i++)
		if (memory_is_shown(r, &f->memory[i]))
			memory_row(p, &f->memory[i]);
	for (size_t i = 0; i < f->n_memory && f->n_memory > 1; i++)
		memory_kind(p, f, i);
}

static void
pen_count(struct pen *p, size_t *all, size_t n, const char *what)
{
	if (n == 0)
		return;
	buf_puts(p->o, *all > 0 ? ", " : "");
	buf_count(p->o, n, what);
	*all += n;
}

static void
render_removed(struct pen *p, const struct report *r)
{
	const struct facts *f = &r->f;
	const struct removed *gone = &f->removed;
	size_t all = 0;

	buf_putc(p->o, '\n');
	pen_label(p, "Removed");
	pen_count(p, &all, gone->containers, "container");
	pen_count(p, &all, gone->networks, "network");
	pen_count(p, &all, gone->volumes, "volume");
	pen_count(p, &all, gone->images, "image");
	buf_puts(p->o, all > 0 ? "\n" : f->kept ? "nothing: kept\n" : "nothing\n");
	for (size_t i = 0; f->kept_lines != NULL && i < f->kept_lines->n && !p->md; i++)
		pen_line(p, i == 0 ? "Kept" : "", f->kept_lines->v[i]);
	for (size_t i = 0; i < gone->n_left; i++) {
		const struct leak *l = &gone->left[i];

		buf_puts(p->o, p->red);
		pen_label(p, "Left");
		buf_puts(p->o, p->off);
		pen_word(p, l->kind);
		buf_putc(p->o, ' ');
		pen_word(p, l->name);
		if (l->why != NULL && *l->why != '\0') {
			buf_puts(p->o, ": ");
			pen_word(p, l->why);
		}
		buf_putc(p->o, '\n');
	}
}

static void
render_evidence(struct pen *p, const struct report *r)
{
	char *above, *dir, *page;

	for (size_t i = 0; i < r->missing.n; i++)
		pen_line(p, "Missing", r->missing.v[i]);
	if (r->dir == NULL)
		return;
	/* Markdown is read elsewhere, where a path on this machine means nothing. */
	above = file_dir(r->dir);
	dir = p->md ? file_join(file_base(above), file_base(r->dir)) : xstrdup(file_relative(r->dir));
	page = file_join(dir, PAGE_NAME);
	pen_line(p, "Evidence", dir);
	if (r->page)
		pen_line(p, "Page", page);
	free(above);
	free(dir);
	free(page);
}

static void
render_notes(struct pen *p, const struct report *r)
{
	for (size_t i = 0; i < r->notes.n; i++) {
		buf_puts(p->o, i == 0 ? "\n" : "");
		pen_line(p, !p->md && i > 0 ? "" : "Notes", r->notes.v[i]);
	}
}

/* Quotes the pattern for a shell. */
void
report_command(const struct report *r, struct buf *o)
{
	if (*r->pattern == '\0')
		return;
	buf_puts(o, "hi run '");
	for (const char *s = r->pattern; *s != '\0'; s++)
		if (*s == '\'')
			buf_puts(o, "'\\''");
		else
			buf_putc(o, *s);
	buf_puts(o, r->f.postgres ? "' --postgres" : "'");
}

/* Markdown begins with the verdict; the console ends with it. */
static void
render_head(struct pen *p, const struct report *r)
{
	const struct counts *c = &r->t.top;
	const struct facts *f = &r->f;
	struct buf command = {0};

	buf_puts(p->o, r->verdict == V_PASSED ? "## ✅ " : r->exit_code == 4 ? "## ⚠️ " : "## ❌ ");
	pen_word(p, *r->pattern != '\0' ? r->pattern : r->run_id);
	buf_printf(p->o, ": %s\n\n", verdict_name(r->verdict));
	pen_word(p, r->sentence);
	if (f->ended > 0)
		duration_put(p->o, ", in ", f->ended - f->started);
	buf_printf(p->o, " (exit %d).\n\n", r->exit_code);
	pen_line(p, "Run", r->run_id);
	pen_label(p, "Tests");
	buf_printf(p->o, "%zu passed, %zu failed, %zu skipped, %zu unfinished; %s", c->passed, c->failed,
	    c->skipped, c->unfinished, f->postgres ? "PostgreSQL" : "SQLite");
	if (f->image != NULL) {
		buf_puts(p->o, ", ");
		pen_word(p, f->image);
	}
	buf_putc(p->o, '\n');
	report_command(r, &command);
	if (command.len > 0)
		pen_line(p, "Again", buf_str(&command));
	buf_free(&command);
}

static void
render_foot(struct pen *p, const struct report *r)
{
	buf_printf(p->o, "\n%s%s%s: ",
	    r->verdict == V_PASSED ? p->green : r->exit_code == 4 ? p->yellow : p->red,
	    verdict_name(r->verdict), p->off);
	pen_word(p, r->sentence);
	if (r->f.ended > 0)
		duration_put(p->o, ", in ", r->f.ended - r->f.started);
	/* Otherwise the directory, which is named above, contains the run's id. */
	if (r->dir == NULL) {
		buf_puts(p->o, ", run ");
		pen_word(p, r->run_id);
	}
	buf_printf(p->o, " (exit %d)\n", r->exit_code);
}

typedef void section(struct pen *p, const struct report *r);

static void
render(struct pen p, const struct report *r, section *const *sections)
{
	for (; *sections != NULL; sections++)
		(*sections)(&p, r);
}

static struct pen
pen_of_text(bool colour, struct buf *o)
{
	if (!colour)
		return (struct pen){ o, false, false, "", "", "", "", "" };
	return (struct pen){ o, false, false, "\033[1m", "\033[1;31m", "\033[1;32m", "\033[1;33m",
	    "\033[0m" };
}

void
report_failures_text(const struct report *r, bool colour, struct buf *o)
{
	static section *const sections[] = { render_failures, render_not_run, NULL };

	render(pen_of_text(colour, o), r, sections);
}

void
report_text(const struct report *r, bool colour, struct buf *o)
{
	static section *const sections[] = { render_slowest, render_memory, render_failures, render_not_run,
	    render_triage, render_removed, render_evidence, render_notes, render_foot, NULL };

	render(pen_of_text(colour, o), r, sections);
}

void
report_markdown(const struct report *r, struct buf *o)
{
	static section *const sections[] = { render_head, render_notes, render_failures, render_not_run,
	    render_triage, render_slowest, render_memory, render_removed, render_evidence, NULL };

	render((struct pen){ o, true, false, "", "", "", "", "" }, r, sections);
}
