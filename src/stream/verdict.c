#include <string.h>

#include "../base/duration.h"
#include "../base/text.h"
#include "../gotool/gotool.h"
#include "stream_internal.h"

/* The one table of verdicts: the name in the files, hi's exit code (see verdict_exit for the exceptions), the
 * rank among those of several runs, whether triage has something to look for, and the sentence or its
 * beginning, where that is always the same. */
static const struct {
	const char *name;
	int exit_code;
	int rank;
	bool triage;
	const char *sentence;
} verdicts[VERDICTS] = {
	[V_PASSED] = { "passed", 0, 1, false, NULL },
	[V_FAILED] = { "failed", 1, 11, true, NULL },
	[V_BUILD_FAILED] = { "build-failed", 1, 14, true, NULL },
	[V_PANIC] = { "panic", 1, 13, true, NULL },
	[V_RACE] = { "race", 1, 12, true, "a data race was found" },
	[V_NOTHING_RAN] = { "nothing-ran", 4, 2, false, "no test matches" },
	[V_ALL_SKIPPED] = { "all-skipped", 4, 0, false, NULL },
	[V_INCOMPLETE] = { "incomplete", 1, 10, true, NULL },
	[V_DEADLINE] = { "deadline", 124, 9, true, NULL },
	[V_OOM] = { "oom", 3, 8, true, "the runner was killed: out of memory" },
	[V_REMOVED] = { "removed", 3, 6, true, "the runner was killed or removed by somebody else" },
	[V_ENGINE] = { "engine", 3, 7, true, "the engine went away" },
	[V_INFRA] = { "infrastructure", 3, 5, true, "the run could not be carried out" },
	[V_INTERRUPTED] = { "interrupted", 128, 15, false, NULL },
	[V_LIMIT] = { "memory-limit", 5, 4, false, NULL },
	[V_LEAK] = { "leak", 6, 3, false, NULL },
};

/* How a run can end, and the verdict that follows from it; at END_NORMAL the tests decide. */
static const struct { const char *name; enum verdict verdict; } endings[] = {
	[END_NORMAL] = { "normal", V_PASSED }, [END_INTERRUPTED] = { "interrupted", V_INTERRUPTED },
	[END_DEADLINE] = { "deadline", V_DEADLINE }, [END_OOM] = { "oom", V_OOM },
	[END_REMOVED] = { "removed", V_REMOVED }, [END_ENGINE] = { "engine", V_ENGINE },
	[END_INFRA] = { "infrastructure", V_INFRA }, [END_LIMIT] = { "memory-limit", V_LIMIT },
};

const char *
verdict_name(enum verdict v)
{
	return verdicts[v].name;
}

int
verdict_rank(enum verdict v)
{
	return verdicts[v].rank;
}

bool
verdict_wants_triage(enum verdict v)
{
	return verdicts[v].triage;
}

int
verdict_parse(const char *name)
{
	for (int i = 0; i < VERDICTS; i++)
		if (strcmp(verdicts[i].name, name) == 0)
			return i;
	return -1;
}

const char *
ending_name(enum ending e)
{
	return endings[e].name;
}

unsigned
pattern_depth(const char *s)
{
	unsigned depth = 1, least = 0;

	for (size_t n;; s += n + 1) {
		n = pattern_element(s);
		if (s[n] == '/') {
			depth++;
			continue;
		}
		least = least == 0 || depth < least ? depth : least;
		if (s[n] == '\0')
			return least;
		depth = 1;
	}
}

/* Returns the first container over its memory limit; NULL: none is. */
static const struct memory_peak *
limit_exceeded(const struct facts *f)
{
	for (size_t i = 0; i < f->n_memory; i++)
		if (f->memory[i].over)
			return &f->memory[i];
	return NULL;
}

/* Returns the verdict if the go command ended by itself. The reason that explains most comes first. */
static enum verdict
verdict_of_tests(const struct tally *t, const struct facts *f)
{
	size_t failed = t->top.failed + t->sub.failed, unfinished = t->top.unfinished + t->sub.unfinished;

	if (t->build_failed)
		return V_BUILD_FAILED;
	if (t->timeout)
		return V_DEADLINE;
	if (t->panic)
		return V_PANIC;
	if (t->race)
		return V_RACE;
	if (failed > 0)
		return V_FAILED;
	if (unfinished > 0 || t->packages_unfinished > 0)
		return V_INCOMPLETE;
	if (t->packages_failed > 0 || f->exit_code != 0)
		return V_FAILED;
	if (t->matched == 0)
		return V_NOTHING_RAN;
	if (t->matched == t->matched_skipped)
		return V_ALL_SKIPPED;
	return V_PASSED;
}

enum verdict
verdict_of(const struct tally *t, const struct facts *f)
{
	enum verdict v;

	if (f->ending != END_NORMAL)
		return endings[f->ending].verdict;
	v = verdict_of_tests(t, f);
	if (v != V_PASSED)
		return v;
	if (limit_exceeded(f) != NULL)
		return V_LIMIT;
	return f->removed.n_left > 0 && !f->leak_warns ? V_LEAK : V_PASSED;
}

static int
verdict_exit(enum verdict v, const struct tally *t, const struct facts *f)
{
	if (v == V_INTERRUPTED)
		return verdicts[v].exit_code + f->signal;
	if (v == V_LIMIT && t->top.failed + t->sub.failed > 0)
		return 1;
	return verdicts[v].exit_code;
}

static void
sentence_add(struct buf *out, const char *before, const char *s)
{
	if (s == NULL || *s == '\0')
		return;
	buf_puts(out, before);
	text_harmless(out, s, strlen(s));
}

/* Adds the line that says what went wrong with test or, if that is NULL, with p. False: there is none. */
static bool
sentence_add_message(struct buf *out, const struct table *t, const struct package *p,
    const struct test_state *test)
{
	const char *said, *panic;
	struct excerpt x;
	bool any;

	if (test != NULL)
		excerpt_test(test, &x);
	else
		excerpt_package(t, p, &x);
	said = buf_str(&x.message);
	panic = text_after(said, "panic: ");
	sentence_add(out, ": ", panic != NULL ? panic : said);
	any = x.message.len > 0;
	excerpt_free(&x);
	return any;
}

static size_t
counts_all(const struct counts *c)
{
	return c->passed + c->failed + c->skipped + c->unfinished;
}

static void
sentence_failed(struct buf *out, const struct results *r, const struct tally *t, const struct facts *f)
{
	const struct package *p;

	if (t->top.failed + t->sub.failed == 0) {
		buf_puts(out, "no test failed, but go test did");
		if (f->exit_code != 0)
			buf_printf(out, " (exit %d)", f->exit_code);
		TAILQ_FOREACH(p, &r->tests.packages, next)
			if (p->state == O_FAILED)
				break;
		if (p == NULL || !sentence_add_message(out, &r->tests, p, NULL))
			sentence_add(out, ": ", buf_str(&r->words));
		return;
	}
	buf_printf(out, "%zu of %zu tests failed", t->top.failed, counts_all(&t->top));
	if (t->sub.failed > 0)
		buf_printf(out, ", %zu of %zu subtests", t->sub.failed, counts_all(&t->sub));
	if (t->top.unfinished > 0)
		buf_printf(out, "; %zu never finished", t->top.unfinished);
}

static void
sentence_build_failed(struct buf *out, const struct table *t)
{
	const struct package *p;
	const struct build *b;

	TAILQ_FOREACH(p, &t->packages, next)
		if (p->build_failed)
			break;
	if (p == NULL)
		return;
	b = table_build(t, p);
	sentence_add(out, "", p->name);
	buf_puts(out, b != NULL && b->vet ? " was stopped by go vet" : p->setup_failed ?
	    " could not be loaded" : " does not compile");
	sentence_add_message(out, t, p, NULL);
}

static void
sentence_panic(struct buf *out, const struct table *t)
{
	const struct test_state *test;
	const struct package *p;

	TAILQ_FOREACH(p, &t->packages, next)
		if (p->panicked)
			break;
	if (p == NULL)
		return;
	test = p->crashed;
	sentence_add(out, "", test != NULL && !test->live ? test->name : "the test process");
	buf_puts(out, text_after(buf_str(&p->crash), "panic: ") != NULL ? " panicked" : " crashed");
	/* A test that was still running need not be the cause. */
	sentence_add(out, " while it ran ", test != NULL && test->live ? test->name : NULL);
	sentence_add_message(out, t, p, test);
}

static void
sentence_incomplete(struct buf *out, const struct table *t, const struct facts *f)
{
	const struct test_state *test;
	const struct package *p;

	TAILQ_FOREACH(test, &t->all, next)
		if (test->live && test->state == O_RUNNING && test->live_subs == 0)
			break;
	test = test != NULL ? test : TAILQ_FIRST(&t->live);
	TAILQ_FOREACH(p, &t->packages, next)
		if (p->started && p->state == O_RUNNING)
			break;
	sentence_add(out, "", test != NULL ? test->name : p != NULL ? p->name : "a package");
	buf_printf(out, " started but never finished; go test exited with %d", f->exit_code);
	if (test != NULL || p != NULL)
		sentence_add_message(out, t, p, test);
}

/* Names the tests that were running when the deadline passed, except those that waited for a subtest. */
static void
sentence_deadline(struct buf *out, const struct table *t, const struct facts *f)
{
	enum { NAMES_MAX = 400 };	/* bytes */
	const char *before = " while this ran: ";
	const struct test_state *test;
	const struct package *p;
	bool overdue = false;
	size_t begin;

	buf_puts(out, f->ending == END_DEADLINE ? "the deadline passed" : "go test's deadline passed");
	TAILQ_FOREACH(p, &t->packages, next)
		overdue |= p->timed_out;
	begin = out->len + strlen(before);
	TAILQ_FOREACH(test, &t->live, next_live) {
		if (test->live_subs > 0 || (overdue ? !test->overdue : test->state != O_RUNNING))
			continue;
		if (out->len > begin + NAMES_MAX) {
			buf_puts(out, " and more");
			break;
		}
		sentence_add(out, before, test->name);
		before = ", ";
	}
}

static void
sentence_passed(struct buf *out, const struct tally *t)
{
	buf_count(out, t->top.passed, "test");
	buf_puts(out, " passed");
	if (t->top.skipped > 0)
		buf_printf(out, ", %zu skipped", t->top.skipped);
}

static void
sentence_limit(struct buf *out, const struct tally *t, const struct facts *f)
{
	const struct memory_peak *m = limit_exceeded(f);

	if (f->ending == END_NORMAL)
		sentence_passed(out, t);
	else
		buf_puts(out, "stopped");
	if (m == NULL)
		return;
	sentence_add(out, ", but ", m->name);
	buf_printf(out, " held %.1f MB, over its limit of %.0f MB", m->max_mb, m->limit_mb);
}

static void
sentence_interrupted(struct buf *out, const struct facts *f)
{
	if (f->signal != 0)
		buf_printf(out, "ended by %s", signal_name(f->signal));
	else if (f->why == NULL)
		buf_puts(out, "interrupted");
	sentence_add(out, f->signal != 0 ? ": " : "", f->why);
}

static void
sentence_put(struct buf *out, const struct results *r, enum verdict v, const struct tally *t,
    const struct facts *f)
{
	const struct test_state *test;
	char shown[TEXT_SHOWN];

	buf_puts(out, verdicts[v].sentence != NULL ? verdicts[v].sentence : "");
	switch (v) {
	case V_PASSED: sentence_passed(out, t); break;
	case V_FAILED: sentence_failed(out, r, t, f); break;
	case V_BUILD_FAILED: sentence_build_failed(out, &r->tests); break;
	case V_PANIC: sentence_panic(out, &r->tests); break;
	case V_INCOMPLETE: sentence_incomplete(out, &r->tests, f); break;
	case V_DEADLINE: sentence_deadline(out, &r->tests, f); break;
	case V_INTERRUPTED: sentence_interrupted(out, f); break;
	case V_LIMIT: sentence_limit(out, t, f); break;
	case V_NOTHING_RAN: sentence_add(out, " ", text_shown(r->c.pattern, shown)); break;
	case V_RACE:
		TAILQ_FOREACH(test, &r->tests.all, next)
			if (test->raced)
				break;
		sentence_add(out, " in ", test != NULL ? test->name : NULL);
		break;
	case V_ALL_SKIPPED:
		buf_printf(out, "each of the %zu tests that match was skipped", t->matched);
		break;
	case V_LEAK:
		sentence_passed(out, t);
		buf_puts(out, ", but ");
		buf_count(out, f->removed.n_left, "thing");
		buf_puts(out, " of the run could not be removed");
		break;
	default:
		break;
	}
	if (f->ending != END_NORMAL && v != V_INTERRUPTED)
		sentence_add(out, ": ", f->why);
}

void
results_conclude(const struct results *r, const struct facts *f, struct conclusion *out)
{
	struct buf sentence = {0};
	struct tally t;

	table_tally(&r->tests, pattern_depth(r->c.pattern), &t);
	*out = (struct conclusion){ .top = t.top, .sub = t.sub, .verdict = verdict_of(&t, f) };
	out->exit_code = verdict_exit(out->verdict, &t, f);
	sentence_put(&sentence, r, out->verdict, &t, f);
	out->sentence = buf_take(&sentence);
}
