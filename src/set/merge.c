#include "set.h"

#include <stdlib.h>
#include <string.h>

#include "../base/mem.h"

#define NO_PACKAGE "hi"		/* of a test whose package is unknown */

int
part_load(const char *dir, struct part *out, struct err *e)
{
	if (report_load(dir, &out->rep, e) == -1)
		return -1;
	if (!out->rep.finished) {
		out->rep.verdict = V_INFRA;
		out->rep.exit_code = 3;
		out->rep.f.ending = END_INFRA;
		out->rep.sentence = "not finished: hi was killed, or is still running";
	}
	return 0;
}

void
part_refused(struct part *out, const char *pattern, int exit_code, const char *why)
{
	out->rep = (struct report){ .run_id = "", .verdict = V_INFRA, .exit_code = exit_code,
	    .f.ending = END_INFRA };
	out->rep.pattern = report_own(&out->rep, pattern);
	out->rep.sentence = report_own(&out->rep, why);
}

void
part_free(struct part *p)
{
	report_free(&p->rep);
	free(p->test);
	free(p->suffix);
}

bool
part_passed(const struct part *p)
{
	return p->rep.verdict == V_PASSED || p->rep.verdict == V_ALL_SKIPPED;
}

struct report_test *
report_find(const struct report *r, const char *package, const char *name)
{
	for (size_t i = 0; i < r->n; i++)
		if (strcmp(r->tests[i].package, package) == 0 && strcmp(r->tests[i].name, name) == 0)
			return &r->tests[i];
	return NULL;
}

static struct report_test *
merge_add(struct report *out)
{
	out->tests = xreallocarray(out->tests, out->n + 1, sizeof(*out->tests));
	return &out->tests[out->n++];
}

/* True: the run's error cut this test short, and is shown with it. */
static bool
run_error_has_test(const struct report *r, const struct report_test *t)
{
	return strcmp(t->result, "unfinished") == 0 && !report_is_package(t) &&
	    strchr(t->name, '/') == NULL && report_run_failed(r);
}

static void
merge_test(struct report *out, const struct part *p, const struct report_test *t)
{
	struct report_test *to = merge_add(out);
	const struct part *b;

	*to = *t;
	if (run_error_has_test(&p->rep, t)) {
		to->excerpt = t->excerpt != NULL ? t->excerpt : p->rep.sentence;
		to->message = t->message != NULL ? t->message : p->rep.sentence;
	}
	if (p->suffix != NULL)
		to->name = report_take(out, xasprintf("%s%s", t->name, p->suffix));
	for (b = p->before; b != NULL && strcmp(t->result, "passed") == 0; b = b->before) {
		const struct report_test *was = report_find(&b->rep, t->package, t->name);

		to->failed_before += was != NULL ? strcmp(was->result, "passed") != 0 :
		    strchr(t->name, '/') == NULL;
		if (was != NULL && to->excerpt == NULL) {
			to->excerpt = was->excerpt;
			to->message = was->message;
		}
	}
}

/* Adds a test that shows the error of a run, if none of its own tests does. */
static void
merge_run_error(struct report *out, const struct part *p)
{
	const struct report *r = &p->rep;

	if (part_passed(p) || r->verdict == V_LEAK || !report_run_failed(r))
		return;
	for (size_t i = 0; i < r->n; i++)
		if (run_error_has_test(r, &r->tests[i]))
			return;
	*merge_add(out) = (struct report_test){ .package = NO_PACKAGE,
	    .name = p->test != NULL ? p->test : r->pattern, .result = "unfinished", .seconds = -1,
	    .excerpt = r->sentence, .message = r->sentence };
}

static void
merge_package(struct report *out, const struct report_test *t)
{
	struct report_test *to = report_find(out, t->package, "");
	double seconds;
	bool worse;

	if (to == NULL) {
		*merge_add(out) = *t;
		return;
	}
	/* A failure is worse than a pass, and one with an excerpt of its own worse than one without. */
	worse = ((strcmp(to->result, "passed") == 0 || strcmp(to->result, "skipped") == 0) &&
	    strcmp(t->result, "skipped") != 0) || (report_is_failure(t) && to->parent);
	seconds = t->seconds <= 0 ? to->seconds : t->seconds + (to->seconds > 0 ? to->seconds : 0);
	if (worse)
		*to = *t;
	to->seconds = seconds;
}

static void
merge_facts(struct report *out, const struct part *p)
{
	const struct strs *missing = &p->rep.missing;
	const struct facts *f = &p->rep.f;
	const struct removed *from = &f->removed;
	struct facts *to = &out->f;
	struct removed *all = &to->removed;

	to->memory = out->memory = xreallocarray(out->memory, to->n_memory + f->n_memory + 1,
	    sizeof(*out->memory));
	for (size_t i = 0; i < f->n_memory; i++)
		out->memory[to->n_memory++] = f->memory[i];
	all->left = out->leaks = xreallocarray(out->leaks, all->n_left + from->n_left + 1,
	    sizeof(*out->leaks));
	for (size_t i = 0; i < from->n_left; i++)
		all->left[all->n_left++] = from->left[i];
	all->containers += from->containers;
	all->networks += from->networks;
	all->volumes += from->volumes;
	all->images += from->images;
	to->kept = to->kept || f->kept;
	to->postgres = to->postgres || f->postgres;
	to->image = to->image != NULL ? to->image : f->image;
	to->go_version = to->go_version != NULL ? to->go_version : f->go_version;
	to->engine = to->engine != NULL ? to->engine : f->engine;
	to->hi_version = to->hi_version != NULL ? to->hi_version : f->hi_version;
	if (f->started > 0 && (to->started <= 0 || f->started < to->started))
		to->started = f->started;
	if (f->ended > to->ended)
		to->ended = f->ended;
	for (size_t i = 0; i < missing->n; i++)
		strs_addf(&out->missing, "%s: %s", p->rep.run_id, missing->v[i]);
	for (size_t i = 0; i < p->rep.runs.n; i++)
		strs_add_new(&out->runs, p->rep.runs.v[i]);
	if (p->rep.runs.n == 0 && *p->rep.run_id != '\0')
		strs_add_new(&out->runs, p->rep.run_id);
	for (size_t i = 0; i < p->rep.notes.n; i++)
		strs_add_new(&out->notes, p->rep.notes.v[i]);
}

/* Adds the tests of a part, or its packages. */
static void
merge_tests(struct report *out, const struct part *p, bool packages)
{
	for (size_t i = 0; i < p->rep.n && !p->superseded; i++) {
		const struct report_test *t = &p->rep.tests[i];

		if (packages && report_is_package(t))
			merge_package(out, t);
		else if (!packages && !report_is_package(t))
			merge_test(out, p, t);
	}
}

/* Adds all tests, then the packages. */
static void
merge_parts(struct report *out, struct part *const *v, size_t n)
{
	struct report_test none = { .package = NO_PACKAGE, .name = "", .result = "failed", .seconds = -1,
	    .parent = true };
	size_t before;

	for (size_t i = 0; i < n; i++) {
		merge_facts(out, v[i]);
		merge_tests(out, v[i], false);
	}
	before = out->n;
	for (size_t i = 0; i < n; i++)
		if (!v[i]->superseded && n > 1)
			merge_run_error(out, v[i]);
	if (out->n > before)
		merge_package(out, &none);
	for (size_t i = 0; i < n; i++)
		merge_tests(out, v[i], true);
}

/* Counts the tests, notes the flaky ones, and returns how many those are. */
static size_t
merge_count(struct report *out)
{
	size_t flaky = 0;
	struct buf note = {0};

	for (size_t i = 0; i < out->n; i++) {
		const struct report_test *t = &out->tests[i];
		struct counts *c = strchr(t->name, '/') == NULL ? &out->t.top : &out->t.sub;

		if (report_is_package(t))
			continue;
		c->passed += strcmp(t->result, "passed") == 0;
		c->failed += strcmp(t->result, "failed") == 0;
		c->skipped += strcmp(t->result, "skipped") == 0;
		c->unfinished += strcmp(t->result, "unfinished") == 0;
		if (c != &out->t.top || t->failed_before == 0)
			continue;
		flaky++;
		buf_reset(&note);
		buf_printf(&note, "flaky: %s failed ", t->name);
		buf_count(&note, (size_t)t->failed_before, "time");
		buf_puts(&note, ", then passed");
		strs_add_new(&out->notes, buf_str(&note));
	}
	buf_free(&note);
	return flaky;
}

static void
merge_sentence(struct report *out, const struct part *worst, size_t flaky)
{
	const struct counts *c = &out->t.top;
	struct buf b = {0};

	buf_count(&b, c->passed, "test");
	buf_puts(&b, " passed");
	if (flaky > 0)
		buf_printf(&b, ", %zu of them flaky", flaky);
	if (c->failed > 0)
		buf_printf(&b, ", %zu failed", c->failed);
	if (c->unfinished > 0)
		buf_printf(&b, ", %zu unfinished", c->unfinished);
	if (c->skipped > 0)
		buf_printf(&b, ", %zu skipped", c->skipped);
	if (out->runs.n > 0) {
		buf_puts(&b, ", in ");
		buf_count(&b, out->runs.n, "run");
	}
	if (worst != NULL && out->verdict != V_PASSED && out->verdict != V_FAILED &&
	    out->verdict != V_ALL_SKIPPED)
		buf_printf(&b, "; %s: %s", worst->test != NULL ? worst->test : worst->rep.pattern,
		    worst->rep.sentence);
	out->sentence = report_take(out, buf_take(&b));
}

void
merge(struct report *out, struct part *const *v, size_t n, bool flaky_fails)
{
	const struct part *worst = NULL;
	size_t flaky;

	out->verdict = V_NOTHING_RAN;
	out->exit_code = 4;
	merge_parts(out, v, n);
	/* A single part keeps its own ending. */
	if (n == 1) {
		out->f.ending = v[0]->rep.f.ending;
		out->f.signal = v[0]->rep.f.signal;
		out->f.why = v[0]->rep.f.why;
	}
	flaky = merge_count(out);
	for (size_t i = 0; i < n; i++)
		if (!v[i]->superseded && (worst == NULL ||
		    verdict_rank(v[i]->rep.verdict) > verdict_rank(worst->rep.verdict)))
			worst = v[i];
	if (worst != NULL) {
		out->verdict = worst->rep.verdict;
		out->exit_code = worst->rep.exit_code;
	}
	if (out->verdict == V_PASSED && flaky > 0 && flaky_fails) {
		out->verdict = V_FAILED;
		out->exit_code = 1;
	}
	if (n == 1) {
		out->sentence = v[0]->rep.sentence;
		out->triage_text = v[0]->rep.triage_text;
		out->triage = v[0]->rep.triage;
	} else
		merge_sentence(out, worst, flaky);
	if (out->incomplete) {
		out->exit_code = 1;
		if (verdict_rank(out->verdict) < verdict_rank(V_INCOMPLETE))
			out->verdict = V_INCOMPLETE;
		out->sentence = report_take(out, xasprintf("%s, but not all of it is there", out->sentence));
	}
}
