/* The page of a set: its runs. */
#include <stdlib.h>
#include <string.h>

#include "../base/file.h"
#include "../base/mem.h"
#include "../base/text.h"
#include "history.h"
#include "page_internal.h"

char *
page_relative(const char *here, const char *to)
{
	char *a = file_absolute(here), *b = file_absolute(to);
	size_t common = 0, i;
	struct buf out = {0};

	/* Up to the last slash where both are the same. */
	for (i = 0; a[i] == b[i] && a[i] != '\0'; i++)
		if (a[i] == '/')
			common = i + 1;
	if (a[i] == '\0' && (b[i] == '\0' || b[i] == '/'))
		common = i + (b[i] == '/');
	else if (b[i] == '\0' && a[i] == '/')
		common = i;
	for (const char *s = a + (strlen(a) < common ? strlen(a) : common); *s != '\0'; s += strcspn(s, "/")) {
		s += strspn(s, "/");
		buf_puts(&out, *s != '\0' ? "../" : "");
	}
	buf_puts(&out, b + common);
	free(a);
	free(b);
	return buf_take(&out);
}

/* The test that a run was for; NULL: there are several, or none. */
static const struct report_test *
run_test(const struct report *r)
{
	const struct report_test *test = NULL;
	size_t n = 0;

	for (size_t i = 0; i < r->n; i++)
		if (!report_is_package(&r->tests[i]) && strchr(r->tests[i].name, '/') == NULL) {
			test = &r->tests[i];
			n++;
		}
	return n == 1 ? test : NULL;
}

static bool
run_was_flaky(const struct report *all, const char *name)
{
	for (size_t i = 0; i < all->n; i++)
		if (all->tests[i].failed_before > 0 && strcmp(all->tests[i].name, name) == 0)
			return true;
	return false;
}

static int
run_rank(const struct page_run *r)
{
	return strcmp(r->result, "failed") == 0 ? 0 : strcmp(r->result, "unfinished") == 0 ? 1 : r->flaky ? 2 : 3;
}

static int
run_order(const void *a, const void *b)
{
	const struct page_run *x = a, *y = b;
	int rank = run_rank(x) - run_rank(y);

	return rank != 0 ? rank : x->from != y->from ? (x->from < y->from ? -1 : 1) : strcmp(x->id, y->id);
}

void
page_read_runs(struct page *p, const struct strs *dirs, const char *here)
{
	char *logs = dirs->n > 0 ? file_dir(dirs->v[0]) : xstrdup("."), *path = file_join(logs, "history.tsv");
	struct history h;

	if (history_load_before(path, &p->r->runs, &h, NULL) == -1)
		h = (struct history){ 0 };
	p->runs = xcalloc(dirs->n + 1, sizeof(*p->runs));
	for (size_t i = 0; i < dirs->n && p->n_runs < RUNS_MAX; i++) {
		struct page_run *run = &p->runs[p->n_runs];
		char *page = file_join(dirs->v[i], PAGE_NAME);
		const struct report_test *test;
		struct report r;

		if (report_load(dirs->v[i], &r, NULL) == 0) {
			p->n_runs++;
			test = run_test(&r);
			*run = (struct page_run){ .id = xstrdup(file_base(dirs->v[i])), .name = xstrdup(test != NULL ? test->name :
			    *r.pattern != '\0' ? r.pattern : r.run_id),
			    .sentence = xstrdup(r.sentence), .from = r.f.started, .to = r.f.ended,
			    .href = page_relative(here, file_exists(page) ? page : dirs->v[i]),
			    .result = r.verdict == V_PASSED ? "passed" : r.verdict == V_ALL_SKIPPED ? "skipped" :
			    !r.finished || r.verdict == V_INTERRUPTED ? "unfinished" : "failed" };
			run->seconds = test != NULL ? test->seconds : -1;
			run->usual = history_seconds(&h, run->name, r.f.postgres);
			run->flaky = run_was_flaky(p->r, run->name);
			report_free(&r);
		} else
			strs_addf(&p->left_out, "run %s has no summary", file_base(dirs->v[i]));
		free(page);
	}
	if (dirs->n > RUNS_MAX)
		strs_addf(&p->left_out, "of %zu runs the first %d are shown", dirs->n, RUNS_MAX);
	if (p->n_runs > 0)
		qsort(p->runs, p->n_runs, sizeof(*p->runs), run_order);
	history_free(&h);
	free(path);
	free(logs);
}
