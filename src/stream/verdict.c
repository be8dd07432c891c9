#include "verdict.h"

#include <string.h>

#include "../base/duration.h"
#include "../base/text.h"
#include "excerpt.h"

static const char *const names[] = {
	[V_PASSED] = "passed", [V_FAILED] = "failed", [V_BUILD_FAILED] = "build-failed", [V_PANIC] = "panic",
	[V_RACE] = "race", [V_NOTHING_RAN] = "nothing-ran", [V_ALL_SKIPPED] = "all-skipped",
	[V_INCOMPLETE] = "incomplete", [V_DEADLINE] = "deadline", [V_OOM] = "oom", [V_REMOVED] = "removed",
	[V_ENGINE] = "engine", [V_INFRA] = "infrastructure", [V_INTERRUPTED] = "interrupted",
	[V_LIMIT] = "memory-limit", [V_LEAK] = "leak",
};

const char *
verdict_name(enum verdict v)
{
	return names[v];
}

int
verdict_parse(const char *name)
{
	int i;

	for (i = 0; i < (int)(sizeof(names) / sizeof(names[0])); i++) {
		if (strcmp(names[i], name) == 0)
			return i;
	}
	return -1;
}

const char *
ending_name(enum ending e)
{
	static const char *const ends[] = { [END_NORMAL] = "normal", [END_INTERRUPTED] = "interrupted",
		[END_DEADLINE] = "deadline", [END_OOM] = "oom", [END_REMOVED] = "removed", [END_ENGINE] = "engine",
		[END_INFRA] = "infrastructure", [END_LIMIT] = "memory-limit" };

	return ends[e];
}

/* As go test splits it: an unmatched ] or ) is an ordinary character. */
unsigned
pattern_depth(const char *s)
{
	unsigned depth = 1, least = 0;
	int brackets = 0, parens = 0;

	for (; *s != '\0'; s++) {
		if (*s == '\\' && s[1] != '\0') {
			s++;
		} else if (*s == '[') {
			brackets++;
		} else if (*s == ']') {
			brackets -= brackets > 0;
		} else if (brackets == 0 && *s == '(') {
			parens++;
		} else if (brackets == 0 && *s == ')') {
			parens -= parens > 0;
		} else if (brackets == 0 && parens == 0 && *s == '/') {
			depth++;
		} else if (brackets == 0 && parens == 0 && *s == '|') {
			least = least == 0 || depth < least ? depth : least;
			depth = 1;
		}
	}
	return least == 0 || depth < least ? depth : least;
}

static bool
any_over(const struct facts *f)
{
	size_t i;

	for (i = 0; i < f->n_memory; i++) {
		if (f->memory[i].over)
			return true;
	}
	return false;
}

/* The go command came to its end by itself. What says most about why comes first. */
static enum verdict
of_tests(const struct tally *t, const struct facts *f)
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
	static const enum verdict ends[] = { [END_INTERRUPTED] = V_INTERRUPTED, [END_DEADLINE] = V_DEADLINE,
		[END_OOM] = V_OOM, [END_REMOVED] = V_REMOVED, [END_ENGINE] = V_ENGINE, [END_INFRA] = V_INFRA,
		[END_LIMIT] = V_LIMIT };
	enum verdict v;

	if (f->ending != END_NORMAL)
		return ends[f->ending];
	v = of_tests(t, f);
	if (v != V_PASSED)
		return v;
	if (any_over(f))
		return V_LIMIT;
	return f->n_leaks > 0 && !f->leak_warns ? V_LEAK : V_PASSED;
}

int
verdict_exit(enum verdict v, const struct tally *t, const struct facts *f)
{
	switch (v) {
	case V_PASSED:
		return 0;
	case V_NOTHING_RAN:
	case V_ALL_SKIPPED:
		return 4;
	case V_DEADLINE:
		return 124;
	case V_OOM:
	case V_REMOVED:
	case V_ENGINE:
	case V_INFRA:
		return 3;
	case V_INTERRUPTED:
		return 128 + f->signal;
	case V_LIMIT:
		return t->top.failed + t->sub.failed > 0 ? 1 : 5;
	case V_LEAK:
		return 6;
	default:
		return 1;
	}
}

static void
say(struct buf *out, const char *before, const char *s)
{
	if (s == NULL || *s == '\0')
		return;
	buf_puts(out, before);
	text_harmless(out, s, strlen(s));
}

static size_t
all(const struct counts *c)
{
	return c->passed + c->failed + c->skipped + c->unfinished;
}

enum { NAMES_MAX = 400 };	/* bytes of the list of tests in a sentence */

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
		w->not_built = b != NULL && b->vet ? " was stopped by go vet" : p->setup_failed ? " could not be loaded" :
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

void
verdict_words(const struct table *t, enum verdict v, struct words *w)
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
		if (v == V_RACE ? test->raced : test->live && test->state == O_RUNNING && test->live_subs == 0) {
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
failed(struct buf *out, const struct tally *t, const struct facts *f, const struct words *w)
{
	if (t->top.failed + t->sub.failed == 0) {
		buf_puts(out, "no test failed, but go test did");
		if (f->exit_code != 0)
			buf_printf(out, " (exit %d)", f->exit_code);
		say(out, ": ", w->message.len > 0 ? buf_str(&w->message) : w->last);
		return;
	}
	buf_printf(out, "%zu of %zu tests failed", t->top.failed, all(&t->top));
	if (t->sub.failed > 0)
		buf_printf(out, ", %zu of %zu subtests", t->sub.failed, all(&t->sub));
	if (t->top.unfinished > 0)
		buf_printf(out, "; %zu never finished", t->top.unfinished);
}

static void
passed(struct buf *out, const struct tally *t)
{
	buf_printf(out, "%zu test%s passed", t->top.passed, t->top.passed == 1 ? "" : "s");
	if (t->top.skipped > 0)
		buf_printf(out, ", %zu skipped", t->top.skipped);
}

static void
over_limit(struct buf *out, const struct tally *t, const struct facts *f)
{
	size_t i;

	if (f->ending == END_NORMAL)
		passed(out, t);
	else
		buf_puts(out, "stopped");
	for (i = 0; i < f->n_memory; i++) {
		if (!f->memory[i].over)
			continue;
		say(out, ", but ", f->memory[i].name);
		buf_printf(out, " held %.1f MB, over its limit of %.0f MB", f->memory[i].max_mb, f->memory[i].limit_mb);
		return;
	}
}

static void
interrupted(struct buf *out, const struct facts *f)
{
	if (f->signal != 0)
		buf_printf(out, "interrupted by %s", signal_name(f->signal));
	else if (f->why == NULL)
		buf_puts(out, "interrupted");
	say(out, f->signal != 0 ? ": " : "", f->why);
}

void
verdict_sentence(struct buf *out, enum verdict v, const struct tally *t, const struct facts *f,
    const struct words *w)
{
	switch (v) {
	case V_PASSED:
		passed(out, t);
		break;
	case V_FAILED:
		failed(out, t, f, w);
		break;
	case V_BUILD_FAILED:
		say(out, "", w->package != NULL ? w->package : "a package");
		buf_puts(out, w->not_built != NULL ? w->not_built : " does not compile");
		say(out, ": ", buf_str(&w->message));
		break;
	case V_PANIC:
		say(out, "", w->test != NULL && !w->unfinished ? w->test : "the test process");
		buf_puts(out, " panicked");
		say(out, " while it ran ", w->unfinished ? w->test : NULL);
		say(out, ": ", buf_str(&w->message));
		break;
	case V_RACE:
		buf_puts(out, "a data race was found");
		say(out, " in ", w->test);
		break;
	case V_NOTHING_RAN:
		buf_puts(out, "no test matches");
		say(out, " ", w->pattern);
		break;
	case V_ALL_SKIPPED:
		buf_printf(out, "each of the %zu tests that match was skipped", t->matched);
		break;
	case V_INCOMPLETE:
		say(out, "", w->test != NULL ? w->test : w->package != NULL ? w->package : "a package");
		buf_printf(out, " started but never finished; go test exited with %d", f->exit_code);
		say(out, ": ", buf_str(&w->message));
		break;
	case V_DEADLINE:
		buf_puts(out, f->ending == END_DEADLINE ? "the deadline passed" : "go test's deadline passed");
		say(out, " while this ran: ", buf_str(&w->names));
		break;
	case V_OOM:
		buf_puts(out, "the runner was killed: out of memory");
		break;
	case V_REMOVED:
		buf_puts(out, "the runner was killed or removed by somebody else");
		break;
	case V_ENGINE:
		buf_puts(out, "the engine went away");
		break;
	case V_INFRA:
		buf_puts(out, "the run could not be carried out");
		break;
	case V_INTERRUPTED:
		interrupted(out, f);
		break;
	case V_LIMIT:
		over_limit(out, t, f);
		break;
	case V_LEAK:
		passed(out, t);
		buf_printf(out, ", but %zu thing%s of the run could not be removed", f->n_leaks,
		    f->n_leaks == 1 ? "" : "s");
		break;
	}
	if (f->ending != END_NORMAL && v != V_INTERRUPTED)
		say(out, ": ", f->why);
}
