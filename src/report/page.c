/* The page as a whole: what is known is read, then written into the template page.html with page.css and page.js.
 * Of the timeline C writes the times alone, as JSON; page.js draws it. */
#include <stdlib.h>
#include <string.h>

#include "../base/file.h"
#include "../base/json_write.h"
#include "../base/mem.h"
#include "../base/text.h"
#include "page_internal.h"

extern const char page_html[], page_css[], page_js[];

static void
span_add(struct page *p, int64_t at)
{
	if (at > 0 && (p->began <= 0 || at < p->began))
		p->began = at;
	if (at > p->ended)
		p->ended = at;
}

/* From where to where the time axis goes. */
static void
page_find_times(struct page *p)
{
	const struct report *r = p->r;

	span_add(p, r->f.started);
	span_add(p, r->f.ended);
	for (size_t i = 0; i < r->n; i++) {
		span_add(p, r->tests[i].started);
		span_add(p, r->tests[i].ended);
	}
	for (size_t i = 0; i < p->n_lanes; i++)
		for (size_t k = 0; k < p->lanes[i].n_moments; k++)
			span_add(p, p->lanes[i].moments[k].at);
	for (size_t i = 0; i < p->n_runs; i++) {
		span_add(p, p->runs[i].from);
		span_add(p, p->runs[i].to);
	}
	/* A clock of a container's own may be far off: its marks don't stretch the axis. */
}

static void
data_tests(struct page *p, struct buf *o)
{
	size_t shown = 0;

	jw_array(o, "tests");
	for (size_t i = 0; i < p->r->n && shown < TESTS_MAX && p->n_runs == 0; i++) {
		const struct report_test *t = &p->r->tests[i];
		const struct track *k = p->tracks != NULL ? &p->tracks[i] : NULL;

		if (report_is_package(t) || t->started <= 0)
			continue;
		shown++;
		jw_object(o, NULL);
		jw_int(o, "id", (int64_t)i);
		jw_string(o, "name", t->name);
		jw_string(o, "result", t->result);
		jw_bool(o, "shown", report_is_failure(t));
		jw_int(o, "from", t->started - p->began);
		jw_int(o, "to", (t->ended > 0 ? t->ended : p->ended) - p->began);
		if (k != NULL && k->failed_at > 0)
			jw_int(o, "failed", k->failed_at - p->began);
		jw_array(o, "paused");
		for (size_t n = 0; k != NULL && n < k->n_paused; n++) {
			jw_array(o, NULL);
			jw_int(o, NULL, k->paused[n].from - p->began);
			jw_int(o, NULL, (k->paused[n].to > 0 ? k->paused[n].to : t->ended > 0 ? t->ended : p->ended) -
			    p->began);
			jw_end_array(o);
		}
		jw_end_array(o);
		jw_end_object(o);
	}
	jw_end_array(o);
}

static void
data_runs(struct page *p, struct buf *o)
{
	jw_array(o, "runs");
	for (size_t i = 0; i < p->n_runs; i++) {
		const struct page_run *r = &p->runs[i];

		if (r->from <= 0)
			continue;
		jw_object(o, NULL);
		jw_int(o, "id", (int64_t)i);
		jw_string(o, "name", r->name);
		jw_string(o, "result", r->result);
		jw_bool(o, "flaky", r->flaky);
		jw_string(o, "sentence", r->sentence);
		jw_int(o, "from", r->from - p->began);
		jw_int(o, "to", (r->to > 0 ? r->to : p->ended) - p->began);
		jw_end_object(o);
	}
	jw_end_array(o);
}

static void
data_lanes(struct page *p, struct buf *o)
{
	jw_array(o, "lanes");
	for (size_t i = 0; i < p->n_lanes; i++) {
		const struct lane *l = &p->lanes[i];

		jw_object(o, NULL);
		jw_string(o, "name", l->name);
		jw_string(o, "kind", l->kind);
		jw_real(o, "limit", l->peak != NULL ? l->peak->limit_mb : 0, 1);
		jw_array(o, "moments");
		for (size_t k = 0; k < l->n_moments; k++) {
			jw_array(o, NULL);
			jw_int(o, NULL, l->moments[k].at - p->began);
			jw_string(o, NULL, l->moments[k].what);
			jw_int(o, NULL, l->moments[k].code);
			jw_end_array(o);
		}
		jw_end_array(o);
		jw_array(o, "samples");
		for (size_t k = 0; k < l->n_samples; k++) {
			jw_array(o, NULL);
			jw_int(o, NULL, l->samples[k].at - p->began);
			jw_real(o, NULL, l->samples[k].mb, 1);
			jw_real(o, NULL, l->samples[k].cpu, 1);
			jw_end_array(o);
		}
		jw_end_array(o);
		jw_end_object(o);
	}
	jw_end_array(o);
}

/* What happened to the run itself: it ended by itself or not, and was removed. */
static void
data_run(struct page *p, struct buf *o)
{
	const struct report *r = p->r;
	int64_t runner = 0, removed = 0;

	for (size_t i = 0; i < p->n_lanes; i++)
		for (size_t k = 0; k < p->lanes[i].n_moments; k++) {
			const struct moment *m = &p->lanes[i].moments[k];

			if (strcmp(m->what, "die") == 0 && strcmp(p->lanes[i].kind, "test-runner") == 0)
				runner = m->at;
		}
	removed = r->f.ended;
	jw_int(o, "end", p->ended - p->began);
	jw_int(o, "began", p->began);
	if (r->f.ending != END_NORMAL)
		jw_string(o, "ending", ending_name(r->f.ending));
	if (runner > 0)
		jw_int(o, "runner", runner - p->began);
	if (removed > 0)
		jw_int(o, "ended", removed - p->began);
}

static void
data_marks(struct page *p, struct buf *o)
{
	jw_array(o, "marks");
	for (size_t i = 0; i < p->n_marks; i++) {
		const struct mark *m = &p->marks[i];

		if (m->at <= 0)
			continue;
		jw_array(o, NULL);
		jw_int(o, NULL, (int64_t)i);
		jw_int(o, NULL, (int64_t)m->lane);
		jw_int(o, NULL, m->at - p->began);
		jw_int(o, NULL, m->later ? 0 : m->fatal ? 2 : 1);
		jw_end_array(o);
	}
	jw_end_array(o);
}

/* JSON in which no HTML parser finds markup, the end of the script, or a line's end. Such characters are in its
 * strings alone. */
static void
page_data(struct page *p)
{
	struct buf b = {0};

	jw_object(&b, NULL);
	data_run(p, &b);
	data_runs(p, &b);
	data_tests(p, &b);
	data_lanes(p, &b);
	data_marks(p, &b);
	jw_end_object(&b);
	for (size_t i = 0; i < b.len; i++)
		if (strchr("<>&", b.s[i]) != NULL)
			buf_printf(p->o, "\\u%04x", (unsigned)b.s[i]);
		else if (text_after(b.s + i, "\xe2\x80\xa8") != NULL || text_after(b.s + i, "\xe2\x80\xa9") != NULL) {
			buf_puts(p->o, b.s[i + 2] == '\xa8' ? "\\u2028" : "\\u2029");
			i += 2;
		} else
			buf_putc(p->o, b.s[i]);
	buf_free(&b);
}

static void
page_make(struct page *p)
{
	const char *at = page_html, *mark;

	for (; (mark = strstr(at, "<!--")) != NULL; at = strstr(mark, "-->") + 3) {
		buf_add(p->o, at, (size_t)(mark - at));
		if (text_after(mark, "<!--css") != NULL)
			buf_puts(p->o, page_css);
		else if (text_after(mark, "<!--js") != NULL)
			buf_puts(p->o, page_js);
		else if (text_after(mark, "<!--data") != NULL)
			page_data(p);
		else if (text_after(mark, "<!--title") != NULL)
			page_title(p);
		else if (text_after(mark, "<!--body") != NULL)
			page_body(p);
	}
	buf_puts(p->o, at);
}

static void
page_free(struct page *p)
{
	for (size_t i = 0; i < p->n_lanes; i++) {
		free(p->lanes[i].name);
		free(p->lanes[i].kind);
		free(p->lanes[i].moments);
		free(p->lanes[i].samples);
	}
	for (size_t i = 0; i < p->n_marks; i++) {
		free(p->marks[i].file);
		free(p->marks[i].text);
		free(p->marks[i].around);
	}
	for (size_t i = 0; i < p->n_runs; i++) {
		free(p->runs[i].id);
		free(p->runs[i].name);
		free(p->runs[i].sentence);
		free(p->runs[i].href);
	}
	free(p->runs);
	for (size_t i = 0; p->tracks != NULL && i < p->r->n; i++)
		free(p->tracks[i].paused);
	free(p->tracks);
	free(p->lanes);
	free(p->marks);
	free(p->link);
	strs_free(&p->names);
	strs_free(&p->left_out);
}

struct page_order {
	const char *file, *dir;
	const struct strs *dirs;	/* of the runs of a set; NULL: they stand beside it */
	struct err *e;
	int rc;
};

static void
page_of(void *arg, const struct report *r)
{
	struct page_order *order = arg;
	char *here = file_dir(order->file), *above = order->dir != NULL ? file_dir(order->dir) : NULL;
	struct buf o = {0};
	struct page p = { .r = r, .dir = order->dir, .o = &o };
	struct strs beside = {0};

	p.link = p.dir != NULL ? page_relative(here, p.dir) : xstrdup("");
	if (*p.link != '\0') {
		char *dir = p.link;

		p.link = xasprintf("%s/", dir);
		free(dir);
	}
	if (p.dir != NULL)
		(void)dir_names(p.dir, &p.names, NULL);
	for (size_t i = 0; i < r->runs.n && order->dirs == NULL; i++) {
		char *dir = file_join(above, r->runs.v[i]);

		strs_add(&beside, dir);
		free(dir);
	}
	if (order->dirs != NULL || beside.n > 0)
		page_read_runs(&p, order->dirs != NULL ? order->dirs : &beside, here);
	else {
		page_read_engine(&p);
		page_read_stream(&p);
		page_read_logs(&p);
	}
	page_find_times(&p);
	page_make(&p);
	order->rc = file_replace(order->file, o.s, o.len, order->e);
	page_free(&p);
	strs_free(&beside);
	buf_free(&o);
	free(above);
	free(here);
}

int
page_write_run(const char *file, const char *dir, struct err *e)
{
	struct page_order order = { .file = file, .dir = dir, .e = e, .rc = -1 };

	if (report_visit(dir, page_of, &order, e) == -1)
		return -1;
	return order.rc;
}

int
page_write_runs(const char *file, const struct report *r, const struct strs *dirs, struct err *e)
{
	struct page_order order = { .file = file, .dirs = dirs, .e = e, .rc = -1 };

	page_of(&order, r);
	return order.rc;
}

int
page_write(const char *dir, struct err *e)
{
	char *file = file_join(dir, PAGE_NAME);
	int rc = page_write_run(file, dir, e);

	free(file);
	return rc;
}
