#include <stdlib.h>
#include <string.h>

#include "../base/duration.h"
#include "../base/file.h"
#include "../base/mem.h"
#include "../stream/excerpt.h"
#include "report.h"
#include "../stream/results_internal.h"

const char *
report_own(struct report *r, const char *s)
{
	if (s == NULL)
		return NULL;
	strs_add(&r->owned, s);
	return r->owned.v[r->owned.n - 1];
}

const char *
report_take(struct report *r, char *s)
{
	const char *own = report_own(r, s);

	free(s);
	return own;
}

void
report_free(struct report *r)
{
	strs_free(&r->owned);
	strs_free(&r->missing);
	strs_free(&r->runs);
	strs_free(&r->notes);
	free(r->tests);
	free(r->memory);
	free(r->leaks);
	memset(r, 0, sizeof(*r));
}

void
report_duration(struct buf *out, const char *before, int64_t ms)
{
	char s[32];

	buf_puts(out, before);
	buf_puts(out, duration_human(ms, s, sizeof(s)));
}

bool
report_shows(const struct report *r, const struct memory_peak *m)
{
	const struct memory_peak *v = r->f.memory;

	if (r->runs.n == 0 || m->over || m->oom || m->restarts > 0)
		return true;
	for (size_t i = 0; i < r->f.n_memory; i++)
		if (v[i].max_mb > m->max_mb && strcmp(v[i].kind, m->kind) == 0)
			return false;
	return true;
}

bool
report_is_package(const struct report_test *t)
{
	return *t->name == '\0';
}

bool
report_is_failure(const struct report_test *t)
{
	return !t->parent && strcmp(t->result, "passed") != 0 && strcmp(t->result, "skipped") != 0;
}

size_t
report_slowest(const struct report *r, size_t *out, size_t n)
{
	size_t i, k, have = 0;

	for (i = 0; i < r->n; i++) {
		if (report_is_package(&r->tests[i]) || r->tests[i].seconds < 0.01)
			continue;
		for (k = have; k > 0 && r->tests[out[k - 1]].seconds < r->tests[i].seconds; k--) {
			if (k < n)
				out[k] = out[k - 1];
		}
		if (k < n)
			out[k] = i;
		have += have < n;
	}
	return have;
}

/* Within the directory above us that holds go.mod (hi stands in the checkout, which is mounted at its own path);
 * else below where we stand. */
static char *
below_checkout(const char *file)
{
	char *here = file_absolute("."), *mod, *found = NULL;
	bool is_root = false;
	size_t n;

	while (!is_root && *here == '/' && here[1] != '\0') {
		n = strlen(here);
		mod = file_join(here, "go.mod");
		is_root = file_exists(mod);
		free(mod);
		if (strncmp(file, here, n) == 0 && file[n] == '/' && (found == NULL || is_root)) {
			free(found);
			found = xstrdup(file + n + 1);
		}
		*strrchr(here, '/') = '\0';
	}
	free(here);
	return found != NULL ? found : xstrdup(file);
}

/* A bare name gets its package's directory: what follows host/owner/module[/v2]/. */
static char *
relative(const char *file, const char *package)
{
	const char *p = package, *slash;
	int i;

	if (*file == '/')
		return below_checkout(file);
	if (strchr(file, '/') != NULL)
		return xstrdup(file);
	for (i = 0; i < 3 && p != NULL; i++)
		p = (p = strchr(p, '/')) != NULL ? p + 1 : NULL;
	if (p != NULL && p[0] == 'v' && strspn(p + 1, "0123456789") > 0) {
		slash = p + 1 + strspn(p + 1, "0123456789");
		if (*slash == '/')
			p = slash + 1;
	}
	return p != NULL ? xasprintf("%s/%s", p, file) : xstrdup(file);
}

/* The compiler's paths begin where go test stands, which is integration/ in the checkout. */
static char *
of_compiler(const char *file)
{
	if (strncmp(file, "../", 3) == 0)
		return xstrdup(file + 3);
	return xasprintf("integration/%s", file + (strncmp(file, "./", 2) == 0 ? 2 : 0));
}

static void
add_excerpt(struct report *out, struct report_test *t, struct excerpt *x)
{
	bool compiler = strcmp(t->result, "build-failed") == 0;
	const char *file = buf_str(&x->file);

	t->excerpt = report_own(out, buf_str(&x->text));
	t->message = report_own(out, buf_str(&x->message));
	if (*file != '\0') {
		t->file = report_take(out, compiler && *file != '/' ? of_compiler(file) : relative(file, t->package));
		t->line = x->line;
	}
	excerpt_free(x);
}

static void
add_tests(struct results *r, struct report *out)
{
	const struct test_state *t;
	struct report_test *to;
	struct excerpt x;

	for (t = TAILQ_FIRST(&r->tests.all); t != NULL; t = TAILQ_NEXT(t, next)) {
		to = &out->tests[out->n++];
		to->package = report_own(out, t->package->name);
		to->name = report_own(out, t->name);
		to->result = outcome_name(t->state);
		to->seconds = t->seconds;
		to->parent = !t->panicked && !t->raced && t->output.trace.len == 0 && ((t->state == O_FAILED && t->sub_failed) || (t->live && t->live_subs > 0));
		if (!out->finished || !(report_is_failure(to) || t->overdue))
			continue;
		excerpt_test(t, &x);
		add_excerpt(out, to, &x);
	}
}

/* A live run's is its own; a report points to no part of itself, so that it can be copied. */
const struct strs *
report_missing(const struct report *r)
{
	return r->f.missing != NULL ? r->f.missing : &r->missing;
}

static bool
has_failed_tests(const struct table *t, const struct package *p)
{
	const struct test_state *test;

	for (test = TAILQ_FIRST(&t->all); test != NULL; test = TAILQ_NEXT(test, next)) {
		if (test->package == p && (test->state == O_FAILED || test->live))
			return true;
	}
	return false;
}

static void
add_packages(struct results *r, struct report *out)
{
	const struct package *p;
	struct report_test *to;
	struct excerpt x;

	for (p = TAILQ_FIRST(&r->tests.packages); p != NULL; p = TAILQ_NEXT(p, next)) {
		to = &out->tests[out->n++];
		to->package = report_own(out, p->name);
		to->name = "";
		to->result = p->build_failed ? "build-failed" : outcome_name(p->state);
		to->seconds = p->seconds;
		to->parent = !p->build_failed && !(p->panicked && p->crashed == NULL) && !p->raced &&
		    has_failed_tests(&r->tests, p);
		if (!out->finished || !report_is_failure(to))
			continue;
		excerpt_package(&r->tests, p, &x);
		add_excerpt(out, to, &x);
	}
}

void
report_build(struct results *r, const struct facts *f, bool finished, struct report *out)
{
	const struct package *p;
	struct words w = { .pattern = r->pattern, .last = buf_str(&r->words) };
	struct buf b = {0};
	size_t n = r->tests.n;

	memset(out, 0, sizeof(*out));
	for (p = TAILQ_FIRST(&r->tests.packages); p != NULL; p = TAILQ_NEXT(p, next))
		n++;
	out->tests = xcalloc(n + 1, sizeof(*out->tests));
	out->finished = finished;
	out->run_id = r->run_id;
	out->pattern = r->pattern;
	out->dir = r->dir;
	out->f = *f;
	table_tally(&r->tests, pattern_depth(r->pattern), &out->t);
	out->verdict = verdict_of(&out->t, f);
	out->exit_code = verdict_exit(out->verdict, &out->t, f);
	verdict_words(&r->tests, out->verdict, &w);
	verdict_sentence(&b, out->verdict, &out->t, f, &w);
	buf_free(&w.names);
	buf_free(&w.message);
	out->sentence = report_take(out, buf_take(&b));
	add_tests(r, out);
	add_packages(r, out);
}
