/* How a package's test process died: the crash that the Go runtime reports, and the goroutines of its tests.
 * A test may quote another program's crash, or print a stack itself. Therefore a crash counts only if its
 * stacks are the last output of the process and follow an empty line, as the runtime's do, and no stack is
 * another program's. Once testing has printed the result, a stack must name the tested package or testing,
 * because TestMain may print the logs of other programs then. */
#define _GNU_SOURCE	/* memmem; NOLINT(bugprone-reserved-identifier) */
#include <bsd/string.h>
#include <stdio.h>
#include <string.h>

#include "../base/duration.h"
#include "stream_internal.h"

enum {
	CRASH_BYTES = 512 * 1024,	/* of a crash's text that are kept */
	MESSAGE_BYTES = 256 * 1024,	/* of the text before the first stack that are kept */
	MESSAGE_LINES = 2000,	/* before the first stack, besides those that begin with a tab */
	MESSAGE_SHOWN = 20,	/* lines of it in an excerpt, which has to show the stack too */
	FOREIGN_LINES_MAX = 3,		/* lines of other output that may be among the stacks */
	STACK_BYTES = 4096,
	SLACK_MS = 2000,
};

/* Finds where in a line the runtime's report of a crash begins, or NULL. It may follow text that a test wrote
 * without a newline. */
static const char *
crash_mark(const char *s, size_t len)
{
	/* A signal ends its line; a panic's own text may name one: "[signal SIGSEGV: ... code=0x1]". */
	static const struct { const char *words; bool ends_line; } marks[] = {
		{ "panic: ", false }, { "fatal error: ", false },
		{ "SIGQUIT: quit", true }, { "SIGABRT: abort", true },
		{ "SIGSEGV: segmentation violation", true }, { "SIGBUS: bus error", true },
		{ "SIGILL: illegal instruction", true }, { "SIGFPE: floating-point exception", true },
		{ "SIGTRAP: trace trap", true }, { "SIGSYS: bad system call", true },
	};
	const char *found = NULL, *p;
	size_t n, line;

	if (len == 0 || *s == '\t' || *s == ' ')
		return NULL;
	line = s[len - 1] == '\n' ? len - 1 : len;
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		n = strlen(marks[i].words);
		/* Most lines are looked at here, so only two of the marks are searched for. */
		if (!marks[i].ends_line)
			p = memmem(s, len, marks[i].words, n);
		else
			p = n <= line && memcmp(s + line - n, marks[i].words, n) == 0 ? s + line - n : NULL;
		if (p != NULL && (found == NULL || p < found))
			found = p;
	}
	return found;
}

/* Returns the ms in "*** Test killed with quit: ran too long (11m0s)."; 0: s is another line. */
static int64_t
killed_after_ms_of(const char *s, size_t len)
{
	const char *p = line_begins(s, len, "*** Test killed") ? strnstr(s, ": ran too long (", len) : NULL;
	char took[32];
	int64_t ms;

	if (p == NULL || sscanf(p, ": ran too long (%31[^)\n]", took) != 1)
		return 0;
	return duration_parse(took, &ms) == 0 && ms > 0 ? ms : 0;
}

static bool
stack_begins(const char *s)
{
	return text_after(s, "goroutine ") != NULL || text_after(s, "runtime stack:") != NULL;
}

void
crash_add_line(struct package *p, struct test_state *test, const char *s, size_t len)
{
	const char *mark = crash_mark(s, len);
	int64_t killed_after_ms = killed_after_ms_of(s, len);
	bool last_words = line_begins(s, len, "FAIL\t") ||
	    ((p->killed_after_ms > 0 || p->crash.len > 0) && line_of_go(s, len));
	size_t most;

	/* go says it after the stacks that its SIGQUIT caused, and "signal: killed" may follow. */
	if (killed_after_ms > 0 || !last_words)
		p->killed_after_ms = killed_after_ms;
	if (mark != NULL) {
		buf_reset(&p->crash);
		p->crash_has_stacks = false;
		p->crash_in = test;
		p->crash_after = p->last_ended;
		len -= (size_t)(mark - s);
		s = mark;
	} else if (p->crash.len == 0 || last_words) {
		return;
	}
	p->crash_has_stacks |= stack_begins(s);
	most = p->crash_has_stacks || *s == '\n' ? CRASH_BYTES : MESSAGE_BYTES;
	if (p->crash.len + len >= most)
		return;
	buf_add(&p->crash, s, len);
	if (s[len - 1] != '\n')
		buf_putc(&p->crash, '\n');
}

/* Returns the first stack in the text of a crash; NULL: p's process did not crash. */
static const char *
crash_stacks(const struct package *p)
{
	const char *s = buf_str(&p->crash), *first, *name;
	size_t n = 0, len;
	bool empty_line = false, in_main = false, in_stack = true, own = !p->said_pass && !p->said_fail;

	for (; *s != '\0' && !stack_begins(s) && n <= MESSAGE_LINES; s = line_next(s)) {
		n += *s != '\t';
		empty_line |= *s == '\n';
	}
	if (!stack_begins(s) || !empty_line || text_after(line_next(s), "runtime/debug.Stack(") != NULL)
		return NULL;
	for (first = s, n = 0; *s != '\0'; s = line_next(s)) {
		len = strcspn(s, "\n");
		in_stack = line_of_stack(s, len);
		/* The only function of a test process's main package is the main that go generates. */
		if ((!in_stack && ++n > FOREIGN_LINES_MAX) ||
		    (in_stack && in_main && memmem(s, len, "\t_testmain.go:", 14) == NULL))
			return NULL;
		name = text_after(s, "created by ");
		name = name != NULL ? name : s;
		in_main = in_stack && text_after(name, "main.") != NULL;
		own |= in_stack && (in_main || text_after(name, "testing.") != NULL ||
		    text_after(name, p->name) != NULL);
	}
	return in_stack && own ? first : NULL;
}

/* Leaves out the end of a long message. at: where the first stack begins. */
static void
crash_shorten(struct buf *crash, size_t at)
{
	const char *cut = crash->s;
	struct buf rest = {0};

	for (int i = 0; i < MESSAGE_SHOWN; i++)
		cut = line_next(cut);
	if (cut >= crash->s + at)
		return;
	buf_puts(&rest, crash->s + at);
	crash->len = (size_t)(cut - crash->s);
	buf_printf(crash, "\t...\n\n%s", buf_str(&rest));
	buf_free(&rest);
}

static bool
test_is_within(const struct test_state *t, const struct test_state *of)
{
	while (t != NULL && t != of)
		t = t->parent;
	return t != NULL;
}

/* Returns a live subtest of "of" that has no live subtests itself and no stack yet, or NULL. The first one is
 * a guess: Go's names for nested functions do not tell which subtest they belong to. */
static struct test_state *
test_running_sub(const struct table *t, const struct test_state *of)
{
	struct test_state *test;

	TAILQ_FOREACH(test, &t->live, next_live)
		if (test != of && test_is_within(test, of) && test->live_subs == 0 && test->stack.len == 0)
			return test;
	return NULL;
}

/* Returns the test that the function "host/owner/module/package.TestX.func1(...)" belongs to, or NULL. exact:
 * it is the test's own function, not one nested in it. */
static struct test_state *
stack_function(struct table *t, struct package *p, const char *s, bool *exact)
{
	const char *name = text_after(s, p->name);
	size_t n;

	if (name != NULL && text_after(name, "_test") != NULL)
		name += strlen("_test");
	if (name == NULL || *name++ != '.')
		return NULL;
	n = strcspn(name, ".(\n");
	*exact = name[n] == '(';
	return table_find(t, p, name, n);
}

/* The stack of a goroutine. test: the test that testing started it for, or NULL. */
struct stack {
	const char *end;
	struct test_state *test;
	const char *own;	/* the line after the test's function: its place */
	bool exact;
};

static struct stack
stack_read(struct table *t, struct package *p, const char *s)
{
	struct stack k = {0};
	bool runner = false;

	do {
		runner |= text_after(s, "testing.tRunner(") != NULL;
		if (k.test == NULL && *s != '\t' && (k.test = stack_function(t, p, s, &k.exact)) != NULL)
			k.own = line_next(s);
		s = line_next(s);
	} while (*s != '\0' && text_after(s, "goroutine ") == NULL);
	k.end = s;
	if (!runner)
		k.test = NULL;
	return k;
}

/* Returns the test that panicked, or NULL. In a nested function, that is rather the subtest that had just
 * failed, or the one whose output holds the crash. */
static struct test_state *
crash_culprit(const struct package *p, const struct stack *first)
{
	if (first->test == NULL)
		return p->crash_in;
	if (!first->exact && test_is_within(p->crash_after, first->test) && p->crash_after->state == O_FAILED)
		return p->crash_after;
	return !first->exact && test_is_within(p->crash_in, first->test) ? p->crash_in : first->test;
}

/* Gives each running test the stack of its goroutine. */
static void
crash_give_stacks(struct table *t, struct package *p, const char *s)
{
	while (*s != '\0') {
		struct stack k = stack_read(t, p, s);
		struct test_state *test = k.test == NULL || k.exact ? k.test : test_running_sub(t, k.test);

		if (test != NULL && test->live && test->stack.len == 0 && k.end - s <= STACK_BYTES) {
			buf_add(&test->stack, s, (size_t)(k.end - s));
			test->stack_own = (size_t)(k.own - s);
		}
		s = k.end;
	}
}

/* Marks the tests in go test's list of those that ran when the deadline passed ("\t\tTestX (2s)"). False:
 * there is no list. */
static bool
crash_read_list(struct table *t, struct package *p)
{
	const char *s = strstr(buf_str(&p->crash), "\n\trunning tests:\n"), *end;
	struct test_state *test;
	bool any = false;

	for (s = s != NULL ? line_next(s + 1) : ""; text_after(s, "\t\t") != NULL; s = line_next(s)) {
		for (end = s + strcspn(s, "\n"); end > s + 2 && *end != '('; end--)
			;
		if (end > s + 3 && (test = table_find(t, p, s + 2, (size_t)(end - s) - 3)) != NULL)
			any = test->overdue = true;
	}
	return any;
}

static void
crash_mark_overdue(struct table *t, struct package *p)
{
	bool listed = crash_read_list(t, p);
	struct test_state *test;

	TAILQ_FOREACH(test, &t->live, next_live)
		if (test->package == p && !listed)
			test->overdue = test->state == O_RUNNING;
}

void
crash_evaluate(struct table *t, struct package *p)
{
	const char *stacks = crash_stacks(p);
	struct stack first;

	p->timed_out = (p->killed_after_ms > 0 &&
	    (p->seconds < 0 || p->killed_after_ms < p->seconds * 1000 + SLACK_MS)) ||
	    (stacks != NULL && text_after(p->crash.s, "panic: test timed out after ") != NULL);
	p->panicked = stacks != NULL && !p->timed_out;
	if (p->timed_out) {
		crash_mark_overdue(t, p);
		crash_give_stacks(t, p, stacks != NULL ? stacks : "");
	}
	if (stacks != NULL && p->panicked) {
		first = stack_read(t, p, stacks);
		p->crashed = crash_culprit(p, &first);
		crash_shorten(&p->crash, (size_t)(stacks - p->crash.s));
	}
	if (p->crashed != NULL && (p->crashed->state == O_PASSED || p->crashed->state == O_SKIPPED))
		p->crashed = NULL;
	if (p->crashed != NULL)
		p->crashed->panicked = true;
	/* Text that is no crash must not become an excerpt. */
	if (stacks == NULL)
		buf_free(&p->crash);
}
