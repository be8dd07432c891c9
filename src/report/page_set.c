/* The page of a set: its runs. */
#include <stdlib.h>
#include <string.h>

#include "../base/file.h"
#include "../base/json_write.h"
#include "../base/mem.h"
#include "history.h"
#include "page_internal.h"

char *
page_relative(const char *here, const char *to)
{
	char *a = file_absolute(here), *b = file_absolute(to);
	struct strs from = {0}, into = {0};
	struct buf out = {0};
	size_t same = 0;

	strs_split(&from, a, '/');
	strs_split(&into, b, '/');
	while (same < from.n && same < into.n && strcmp(from.v[same], into.v[same]) == 0)
		same++;
	for (size_t i = same; i < from.n; i++)
		buf_puts(&out, "../");
	for (size_t i = same; i < into.n; i++)
		buf_printf(&out, "%s%s", into.v[i], i + 1 < into.n ? "/" : "");
	strs_free(&from);
	strs_free(&into);
	free(a);
	free(b);
	return buf_take(&out);
}

/* Returns the test that a run was for; NULL: there are several, or none. */
static const struct report_test *
run_test(const struct report *r)
{
	const struct report_test *test = NULL;
	size_t n = 0;

	for (size_t i = 0; i < r->n; i++)
		if (!report_is_package(&r->tests[i]) && strchr(r->tests[i].name, '/') == NULL && n++ == 0)
			test = &r->tests[i];
	return n == 1 ? test : NULL;
}

static void
run_write(struct page *p, const char *dir, const char *here, const struct history *h)
{
	const struct report_test *test;
	struct buf *o = &p->json;
	struct report r;
	char *page, *link;
	double usual;

	if (report_load(dir, &r, NULL) == -1) {
		strs_addf(&p->left_out, "run %s has no summary", file_base(dir));
		return;
	}
	test = run_test(&r);
	page = r.page ? file_join(dir, PAGE_NAME) : xstrdup(dir);
	link = page_relative(here, page);
	usual = test != NULL ? history_seconds(h, test->name, r.f.postgres) : -1;
	jw_object(o, NULL);
	jw_string(o, "id", r.run_id);
	jw_string(o, "link", link);
	jw_string(o, "name", test != NULL ? test->name : r.pattern);
	jw_string(o, "result", r.verdict == V_PASSED ? "passed" : r.verdict == V_ALL_SKIPPED ? "skipped" :
	    !r.finished || r.verdict == V_INTERRUPTED ? "unfinished" : "failed");
	jw_string(o, "sentence", r.sentence);
	jw_int(o, "from", r.f.started);
	jw_int(o, "to", r.f.ended);
	jw_real(o, "seconds", test != NULL ? test->seconds : -1, 3);
	jw_real(o, "usual", usual, 3);
	jw_end_object(o);
	report_free(&r);
	free(page);
	free(link);
}

void
page_add_runs(struct page *p, const struct strs *dirs, const char *here)
{
	/* dirs is empty if no directory could be used. */
	char *logs = file_dir(dirs->n > 0 ? dirs->v[0] : "."), *path = file_join(logs, "history.tsv");
	size_t begin, i = 0;
	struct history h;

	if (history_load(path, &p->r->runs, &h, NULL) == -1)
		h = (struct history){ 0 };
	jw_array(&p->json, "runs");
	begin = p->json.len;
	for (; i < dirs->n && p->json.len - begin < RUNS_SHOWN; i++)
		run_write(p, dirs->v[i], here, &h);
	jw_end_array(&p->json);
	if (i < dirs->n)
		strs_addf(&p->left_out, "%zu further runs", dirs->n - i);
	history_free(&h);
	free(path);
	free(logs);
}
