/* What the table of tests is counted as. */
#include <string.h>

#include "tests.h"

static void
tally_test(const struct test_state *test, unsigned depth, struct tally *out)
{
	struct counts *c = test->parent != NULL || strchr(test->name, '/') != NULL ? &out->sub : &out->top;
	unsigned levels = 1;
	const char *s;

	switch (test->state) {
	case O_PASSED: c->passed++; break;
	case O_FAILED: c->failed++; break;
	case O_SKIPPED: c->skipped++; break;
	default: c->unfinished++; break;
	}
	for (s = test->name; *s != '\0'; s++)
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
	for (p = TAILQ_FIRST(&t->packages); p != NULL; p = TAILQ_NEXT(p, next)) {
		if (p->state == O_FAILED)
			out->packages_failed++;
		else if (p->started && p->state == O_RUNNING)
			out->packages_unfinished++;
		out->build_failed |= p->build_failed;
		out->timeout |= p->timed_out;
		out->panic |= p->panicked;
		out->race |= p->raced;
	}
	for (test = TAILQ_FIRST(&t->all); test != NULL; test = TAILQ_NEXT(test, next)) {
		out->race |= test->raced;
		tally_test(test, depth, out);
	}
}

const char *
outcome_name(enum outcome o)
{
	static const char *const names[] = { "unfinished", "unfinished", "passed", "failed", "skipped" };

	return names[o];
}
