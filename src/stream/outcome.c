/* The outcome of the tests at the end of the stream: counts for the verdict, and each test for the report. */
#include <string.h>

#include "stream_internal.h"

static void
tally_test(const struct test_state *test, unsigned depth, struct tally *out)
{
	struct counts *c = test->parent != NULL || strchr(test->name, '/') != NULL ? &out->sub : &out->top;
	unsigned levels = 1;

	switch (test->state) {
	case O_PASSED: c->passed++; break;
	case O_FAILED: c->failed++; break;
	case O_SKIPPED: c->skipped++; break;
	default: c->unfinished++; break;
	}
	for (const char *s = test->name; *s != '\0'; s++)
		levels += *s == '/';
	if (levels < depth || test->package->no_tests)
		return;
	out->matched++;
	out->matched_skipped += test->state == O_SKIPPED;
}

void
table_tally(const struct table *t, unsigned depth, struct tally *out)
{
	const struct test_state *test;
	const struct package *p;

	memset(out, 0, sizeof(*out));
	TAILQ_FOREACH(p, &t->packages, next) {
		if (p->state == O_FAILED)
			out->packages_failed++;
		else if (p->started && p->state == O_RUNNING)
			out->packages_unfinished++;
		out->build_failed |= p->build_failed;
		out->timeout |= p->timed_out;
		out->panic |= p->panicked;
		out->race |= p->raced;
	}
	TAILQ_FOREACH(test, &t->all, next) {
		out->race |= test->raced;
		tally_test(test, depth, out);
	}
}

/* True if the run was ended from outside: then no unfinished test is to blame. */
static bool
ended_from_outside(enum ending how)
{
	return how != END_NORMAL && how != END_DEADLINE;
}

/* True if the test is not to blame for being unfinished: the run was ended from outside, or another test
 * panicked, was overdue, or ran while this one waited for its turn. */
static bool
test_is_consequence(const struct table *t, const struct test_state *test, enum ending how)
{
	const struct test_state *other;

	if (!test->live || test->panicked || test->overdue)
		return false;
	if (ended_from_outside(how) || test->package->panicked)
		return true;
	TAILQ_FOREACH(other, &t->live, next_live)
		if (other->overdue || (test->state == O_PAUSED && other->state == O_RUNNING &&
		    other->live_subs == 0))
			return true;
	return false;
}

static bool
package_has_failed_tests(const struct table *t, const struct package *p)
{
	const struct test_state *test;

	TAILQ_FOREACH(test, &t->all, next)
		if (test->package == p && (test->state == O_FAILED || test->live))
			return true;
	return false;
}

static bool
state_is_good(enum state s)
{
	return s == O_PASSED || s == O_SKIPPED;
}

static const char *
state_name(enum state s)
{
	static const char *const names[] = { "unfinished", "unfinished", "passed", "failed", "skipped" };

	return names[s];
}

void
results_each(const struct results *r, enum ending how, bool excerpts,
    void (*fn)(void *arg, const struct outcome *o), void *arg)
{
	const struct test_state *t;
	const struct package *p;
	struct excerpt x;

	TAILQ_FOREACH(t, &r->tests.all, next) {
		struct outcome o = { .package = t->package->name, .name = t->name,
		    .result = state_name(t->state), .seconds = t->seconds, .began = t->began,
		    .ended = t->ended, .consequence = test_is_consequence(&r->tests, t, how),
		    .properties = &t->properties };

		o.parent = !t->panicked && !t->raced && t->output.part[PART_TRACE].len == 0 &&
		    ((t->state == O_FAILED && t->sub_failed && !t->own_reason) ||
		    (t->live && t->live_subs > 0));
		if (excerpts && (t->overdue || (!o.parent && !state_is_good(t->state)))) {
			excerpt_test(t, &x);
			o.excerpt = &x;
		}
		fn(arg, &o);
		if (o.excerpt != NULL)
			excerpt_free(&x);
	}
	TAILQ_FOREACH(p, &r->tests.packages, next) {
		struct outcome o = { .package = p->name, .name = "", .seconds = p->seconds,
		    .result = p->build_failed ? "build-failed" : state_name(p->state),
		    .consequence = p->state == O_RUNNING && ended_from_outside(how) };

		o.parent = !p->build_failed && !(p->panicked && p->crashed == NULL) && !p->raced &&
		    package_has_failed_tests(&r->tests, p);
		if (excerpts && !o.parent && (p->build_failed || !state_is_good(p->state))) {
			excerpt_package(&r->tests, p, &x);
			o.excerpt = &x;
		}
		fn(arg, &o);
		if (o.excerpt != NULL)
			excerpt_free(&x);
	}
}
