#include <string.h>

#include "../base/duration.h"
#include "../base/text.h"
#include "../gotool/gotool.h"
#include "stream_internal.h"

/* The one table of verdicts: their names in the files, hi's exit code (a signal and a memory limit decide for
 * themselves), which counts most where there are several, whether triage has something to look for, and the
 * sentence of those that always have the same. */
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

/* How a run can end, and the verdict that follows; of END_NORMAL the tests decide. */
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

/* The first container over its memory limit; NULL: none is. */
static const struct memory_peak *
limit_exceeded(const struct facts *f)
{
	for (size_t i = 0; i < f->n_memory; i++)
		if (f->memory[i].over)
			return &f->memory[i];
	return NULL;
}

/* The go command came to its end by itself. What says most about why comes first. */
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
	return f->n_leaks > 0 && !f->leak_warns ? V_LEAK : V_PASSED;
}

int
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

static size_t
counts_all(const struct counts *c)
{
	return c->passed + c->failed + c->skipped + c->unfinished;
}

enum { NAMES_MAX = 400 };	/* bytes of the list of tests in a sentence */

/* What the sentence names; pointers may be NULL. */
struct words {
	const char *pattern;
	const char *last;	/* what go said last in plain text */
	const char *test;	/* the one that panicked, raced or has no end */
	bool unfinished;	/* the process panicked while it ran, perhaps for another reason */
	const char *package;	/* the one that could not be built, or failed */
	const char *not_built;	/* " does not compile" and the like, behind package */
	struct buf names;	/* of all tests that still ran when the deadline passed */
	struct buf message;	/* one line of what was said */
};

static void
message_from(struct words *w, struct excerpt *x)
{
	const char *said = buf_str(&x->message);

	said = strncmp(said, "panic: ", 7) == 0 ? said + 7 : said;
	buf_puts(&w->message, said);
	excerpt_free(x);
}

static void
words_of_test(struct words *w, const struct test_state *test)
{
	struct excerpt x;

	w->test = test->name;
	w->unfinished = test->live;
	excerpt_test(test, &x);
	message_from(w, &x);
}

static void
words_of_package(const struct table *t, struct words *w, const struct package *p)
{
	const struct build *b = table_build(t, p);
	struct excerpt x;

	w->package = p->name;
	if (p->build_failed)
		w->not_built = b != NULL && b->vet ? " was stopped by go vet" : p->setup_failed ?
		    " could not be loaded" :
		    " does not compile";
	excerpt_package(t, p, &x);
	message_from(w, &x);
}

/* The tests that ran when the deadline passed, but for those that waited for a subtest. */
static void
words_of_deadline(const struct table *t, struct words *w, bool overdue)
{
	const struct test_state *test;

	TAILQ_FOREACH(test, &t->live, next_live) {
		if (test->live_subs > 0 || (overdue ? !test->overdue : test->state != O_RUNNING))
			continue;
		if (w->names.len > NAMES_MAX) {
			buf_puts(&w->names, " and more");
			break;
		}
		buf_printf(&w->names, "%s%s", w->names.len > 0 ? ", " : "", test->name);
	}
}

static void
words_collect(const struct table *t, enum verdict v, struct words *w)
{
	const struct test_state *test, *found = NULL;
	const struct package *p, *bad = NULL;
	bool overdue = false;

	TAILQ_FOREACH(p, &t->packages, next) {
		overdue |= p->timed_out;
		if (bad == NULL && (v == V_BUILD_FAILED ? p->build_failed : v == V_PANIC ? p->panicked :
		    v == V_FAILED ? p->state == O_FAILED : p->started && p->state == O_RUNNING))
			bad = p;
	}
	TAILQ_FOREACH(test, &t->all, next)
		if (v == V_RACE ? test->raced : test->live && test->state == O_RUNNING &&
		    test->live_subs == 0) {
			found = test;
			break;
		}
	if (v == V_PANIC)
		found = bad != NULL ? bad->crashed : NULL;
	else if (v != V_RACE && found == NULL)
		found = TAILQ_FIRST(&t->live);
	if (v == V_DEADLINE)
		words_of_deadline(t, w, overdue);
	else if (found != NULL && (v == V_PANIC || v == V_INCOMPLETE))
		words_of_test(w, found);
	else if (v == V_RACE)
		w->test = found != NULL ? found->name : NULL;
	else if (bad != NULL)
		words_of_package(t, w, bad);
}

static void
sentence_failed(struct buf *out, const struct tally *t, const struct facts *f, const struct words *w)
{
	if (t->top.failed + t->sub.failed == 0) {
		buf_puts(out, "no test failed, but go test did");
		if (f->exit_code != 0)
			buf_printf(out, " (exit %d)", f->exit_code);
		sentence_add(out, ": ", w->message.len > 0 ? buf_str(&w->message) : w->last);
		return;
	}
	buf_printf(out, "%zu of %zu tests failed", t->top.failed, counts_all(&t->top));
	if (t->sub.failed > 0)
		buf_printf(out, ", %zu of %zu subtests", t->sub.failed, counts_all(&t->sub));
	if (t->top.unfinished > 0)
		buf_printf(out, "; %zu never finished", t->top.unfinished);
}

static void
sentence_passed(struct buf *out, const struct tally *t)
{
	buf_printf(out, "%zu test%s passed", t->top.passed, t->top.passed == 1 ? "" : "s");
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
		buf_printf(out, "interrupted by %s", signal_name(f->signal));
	else if (f->why == NULL)
		buf_puts(out, "interrupted");
	sentence_add(out, f->signal != 0 ? ": " : "", f->why);
}

static void
sentence_put(struct buf *out, enum verdict v, const struct tally *t, const struct facts *f,
    const struct words *w)
{
	buf_puts(out, verdicts[v].sentence != NULL ? verdicts[v].sentence : "");
	switch (v) {
	case V_PASSED:
		sentence_passed(out, t);
		break;
	case V_FAILED:
		sentence_failed(out, t, f, w);
		break;
	case V_BUILD_FAILED:
		sentence_add(out, "", w->package != NULL ? w->package : "a package");
		buf_puts(out, w->not_built != NULL ? w->not_built : " does not compile");
		sentence_add(out, ": ", buf_str(&w->message));
		break;
	case V_PANIC:
		sentence_add(out, "", w->test != NULL && !w->unfinished ? w->test : "the test process");
		buf_puts(out, " panicked");
		sentence_add(out, " while it ran ", w->unfinished ? w->test : NULL);
		sentence_add(out, ": ", buf_str(&w->message));
		break;
	case V_RACE:
		sentence_add(out, " in ", w->test);
		break;
	case V_NOTHING_RAN:
		sentence_add(out, " ", w->pattern);
		break;
	case V_ALL_SKIPPED:
		buf_printf(out, "each of the %zu tests that match was skipped", t->matched);
		break;
	case V_INCOMPLETE:
		sentence_add(out, "", w->test != NULL ? w->test : w->package != NULL ? w->package :
		    "a package");
		buf_printf(out, " started but never finished; go test exited with %d", f->exit_code);
		sentence_add(out, ": ", buf_str(&w->message));
		break;
	case V_DEADLINE:
		buf_puts(out, f->ending == END_DEADLINE ? "the deadline passed" :
		    "go test's deadline passed");
		sentence_add(out, " while this ran: ", buf_str(&w->names));
		break;
	case V_INTERRUPTED:
		sentence_interrupted(out, f);
		break;
	case V_LIMIT:
		sentence_limit(out, t, f);
		break;
	case V_LEAK:
		sentence_passed(out, t);
		buf_printf(out, ", but %zu thing%s of the run could not be removed", f->n_leaks,
		    f->n_leaks == 1 ? "" : "s");
		break;
	case V_OOM:
	case V_REMOVED:
	case V_ENGINE:
	case V_INFRA:
	case VERDICTS:
		break;
	}
	if (f->ending != END_NORMAL && v != V_INTERRUPTED)
		sentence_add(out, ": ", f->why);
}

void
verdict_sentence(const struct results *r, enum verdict v, const struct tally *t, const struct facts *f,
    struct buf *out)
{
	struct words w = { .pattern = r->pattern, .last = buf_str(&r->words) };

	words_collect(&r->tests, v, &w);
	sentence_put(out, v, t, f, &w);
	buf_free(&w.names);
	buf_free(&w.message);
}
