/* The page as a whole. Its data go as JSON into the template page.html, where page.js shows them. The tables
 * for readers without JavaScript are written here. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "../base/duration.h"
#include "../base/file.h"
#include "../base/json_write.h"
#include "../base/mem.h"
#include "../base/text.h"
#include "page_internal.h"

extern const char page_html[], page_css[], page_js[], timeline_js[];

/* Appends untrusted text, so that none of it is markup. Its only other way into the page is the JSON. */
static void
html_text(struct buf *o, const char *s)
{
	char *given = text_harmless_dup(s);

	for (const char *c = given; *c != '\0'; c++)
		if (strchr("&<>\"'", *c) != NULL)
			buf_printf(o, "&#%d;", *c);
		else
			buf_putc(o, *c);
	free(given);
}

/* Appends markup in which each '@' is replaced by the next text. */
static void
html(struct buf *o, const char *markup, ...)
{
	va_list ap;

	va_start(ap, markup);
	for (; *markup != '\0'; markup++)
		if (*markup == '@')
			html_text(o, va_arg(ap, const char *));
		else
			buf_putc(o, *markup);
	va_end(ap);
}

static void
page_plain_test(struct buf *o, const struct report_test *t)
{
	char took[40] = "", *place = t->file != NULL ? xasprintf("%s:%d", t->file, t->line) : xstrdup("");

	if (t->seconds >= 0)
		duration_human((int64_t)(t->seconds * 1000), took, sizeof(took));
	html(o, "<tr><td>@<td>@<td>@<td>@<td>@\n", t->result, report_is_package(t) ? t->package : t->name,
	    took, report_is_failure(t) ? place : "", t->message != NULL ? t->message : "");
	free(place);
}

/* Appends the tables for readers without JavaScript. */
static void
page_plain(struct page *p, struct buf *o)
{
	const struct report *r = p->r;
	size_t begin = o->len, i;
	struct buf command = {0};

	report_command(r, &command);
	html(o, "<h1>@: @</h1>\n<p>@ @</p>\n<table><tr><th>Result<th>Test<th>Took<th>Place<th>Message\n",
	    verdict_name(r->verdict), r->sentence, r->run_id, buf_str(&command));
	for (i = 0; i < r->n; i++)
		if (report_is_failure(&r->tests[i]) && o->len - begin < PLAIN_SHOWN / 2)
			page_plain_test(o, &r->tests[i]);
	for (i = 0; i < r->n; i++)
		if (!report_is_failure(&r->tests[i]) && o->len - begin < PLAIN_SHOWN)
			page_plain_test(o, &r->tests[i]);
	html(o, "</table>\n<table><tr><th>Container<th>Type<th>MB\n");
	for (i = 0; i < r->f.n_memory; i++) {
		const struct memory_peak *m = &r->f.memory[i];
		char *mb = m->max_mb >= 0 ? xasprintf("%.1f", m->max_mb) : xstrdup("-");

		html(o, "<tr><td>@<td>@<td>@\n", m->name, m->kind, mb);
		free(mb);
	}
	html(o, "</table>\n");
	for (i = 0; i < r->f.removed.n_left; i++) {
		const struct leak *l = &r->f.removed.left[i];

		html(o, "<p>Left: @ @: @</p>\n", l->kind, l->name, l->why);
	}
	buf_free(&command);
}

/* Fills *cut with r's tests, but no more than this number of tests, failed ones first, and bytes of each
 * excerpt. A shortened excerpt is owned by excerpts. */
static void
page_cut(const struct report *r, size_t tests, size_t bytes, struct report *cut, struct strs *excerpts)
{
	size_t failed = 0, others;

	for (size_t i = 0; i < r->n; i++)
		failed += report_is_failure(&r->tests[i]);
	failed = failed < tests ? failed : tests;
	others = tests - failed;
	cut->n = 0;
	for (size_t i = 0; i < r->n; i++) {
		size_t *room = report_is_failure(&r->tests[i]) ? &failed : &others;
		struct report_test *t = &cut->tests[cut->n];

		if (*room == 0)
			continue;
		--*room;
		cut->n++;
		*t = r->tests[i];
		if (t->excerpt != NULL && strlen(t->excerpt) > bytes) {
			strs_addf(excerpts, "%.*s\n… (the rest is in junit.xml)", (int)bytes, t->excerpt);
			t->excerpt = excerpts->v[excerpts->n - 1];
		}
	}
}

/* Adds the report, with only as many tests and as much output as there is room for. */
static void
page_add_summary(struct page *p)
{
	struct report cut = *p->r;
	size_t tests = 2000, bytes = 8000;
	struct strs excerpts = {0};
	struct buf b = {0};

	cut.tests = xcalloc(cut.n + 1, sizeof(*cut.tests));
	do {
		buf_reset(&b);
		strs_free(&excerpts);
		page_cut(p->r, tests, bytes, &cut, &excerpts);
		report_json(&cut, true, &b);
		tests = tests / 4 * 3;
		bytes = bytes / 4 * 3;
	} while (b.len > SUMMARY_SHOWN && tests >= 10);
	/* This drops the newline at its end. */
	b.s[--b.len] = '\0';
	jw_raw(&p->json, "summary", buf_str(&b));
	if (cut.n < p->r->n)
		strs_addf(&p->left_out, "%zu of %zu tests", p->r->n - cut.n, p->r->n);
	free(cut.tests);
	strs_free(&excerpts);
	buf_free(&b);
}

static void
page_add_files(struct page *p)
{
	size_t begin, i = 0;

	jw_array(&p->json, "files");
	begin = p->json.len;
	for (; i < p->names.n && p->json.len - begin < FILES_SHOWN; i++) {
		char *path = file_join(p->dir, p->names.v[i]);

		jw_array(&p->json, NULL);
		jw_string(&p->json, NULL, p->names.v[i]);
		jw_int(&p->json, NULL, file_size(path));
		jw_end_array(&p->json);
		free(path);
	}
	jw_end_array(&p->json);
	if (i < p->names.n)
		strs_addf(&p->left_out, "%zu further files", p->names.n - i);
}

/* Appends JSON in which no HTML parser finds markup, the end of the script, or a line separator. Characters
 * of these kinds occur only in its strings, where they can be escaped. */
static void
page_script(struct buf *o, const struct buf *json)
{
	for (size_t i = 0; i < json->len; i++)
		if (strchr("<>&", json->s[i]) != NULL)
			buf_printf(o, "\\u%04x", (unsigned)json->s[i]);
		else if (text_after(json->s + i, "\xe2\x80\xa8") != NULL ||
		    text_after(json->s + i, "\xe2\x80\xa9") != NULL) {
			buf_puts(o, json->s[i + 2] == '\xa8' ? "\\u2028" : "\\u2029");
			i += 2;
		} else
			buf_putc(o, json->s[i]);
}

static void
page_fill_template(struct page *p, struct buf *o)
{
	const char *at = page_html, *mark;

	for (; (mark = strstr(at, "<!--")) != NULL; at = strstr(mark, "-->") + 3) {
		buf_add(o, at, (size_t)(mark - at));
		if (text_after(mark, "<!--css") != NULL)
			buf_puts(o, page_css);
		else if (text_after(mark, "<!--timeline") != NULL)
			buf_puts(o, timeline_js);
		else if (text_after(mark, "<!--js") != NULL)
			buf_puts(o, page_js);
		else if (text_after(mark, "<!--data") != NULL)
			page_script(o, &p->json);
		else if (text_after(mark, "<!--title") != NULL)
			html(o, "@: @", verdict_name(p->r->verdict),
			    *p->r->pattern != '\0' ? p->r->pattern : p->r->run_id);
		else if (text_after(mark, "<!--plain") != NULL)
			page_plain(p, o);
	}
	buf_puts(o, at);
}

/* Makes the page that will be in file. dirs: the directories of a set's runs; NULL: they are beside dir. */
static void
page_make(const char *file, const struct report *r, const char *dir, const struct strs *dirs, struct buf *o)
{
	char *here = file_dir(file), *above = dir != NULL ? file_dir(dir) : NULL, *s;
	struct page p = { .r = r, .dir = dir };
	struct strs beside = {0};
	struct buf command = {0};

	if (dir != NULL)
		(void)dir_names(dir, &p.names, NULL);
	for (size_t i = 0; i < r->runs.n && dirs == NULL; i++) {
		s = file_join(above, r->runs.v[i]);
		strs_add(&beside, s);
		free(s);
	}
	jw_object(&p.json, NULL);
	page_add_summary(&p);
	if (dirs != NULL || beside.n > 0)
		page_add_runs(&p, dirs != NULL ? dirs : &beside, here);
	else {
		page_add_events(&p);
		page_add_samples(&p);
		page_add_tracks(&p);
		page_add_marks(&p);
	}
	page_add_files(&p);
	s = dir != NULL ? page_relative(here, dir) : xstrdup("");
	jw_string(&p.json, "link", s);
	free(s);
	report_command(r, &command);
	jw_string(&p.json, "command", buf_str(&command));
	jw_array(&p.json, "left_out");
	for (size_t i = 0; i < p.left_out.n; i++)
		jw_string(&p.json, NULL, p.left_out.v[i]);
	jw_end_array(&p.json);
	jw_end_object(&p.json);
	page_fill_template(&p, o);
	strs_free(&p.names);
	strs_free(&p.left_out);
	buf_free(&p.json);
	strs_free(&beside);
	buf_free(&command);
	free(above);
	free(here);
}

static int
page_write_by(int (*save)(const char *path, const void *data, size_t len, struct err *e), const char *file,
    const char *dir, struct err *e)
{
	struct buf page = {0};
	struct report r;
	int rc = report_read(dir, &r, e);

	if (rc == -1)
		return -1;
	page_make(file, &r, dir, NULL, &page);
	rc = save(file, page.s, page.len, e);
	report_free(&r);
	buf_free(&page);
	return rc;
}

int
page_write(const char *dir, struct err *e)
{
	char *file = file_join(dir, PAGE_NAME);
	int rc = page_write_by(file_replace, file, dir, e);

	free(file);
	return rc;
}

int
page_write_run(const char *file, const char *dir, struct err *e)
{
	return page_write_by(report_save, file, dir, e);
}

int
page_write_runs(const char *file, const struct report *r, const struct strs *dirs, struct err *e)
{
	struct buf page = {0};
	int rc;

	page_make(file, r, NULL, dirs, &page);
	rc = report_save(file, page.s, page.len, e);
	buf_free(&page);
	return rc;
}
