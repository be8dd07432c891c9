#define _GNU_SOURCE	/* memrchr; NOLINT(bugprone-reserved-identifier) */
#include <bsd/string.h>
#include <bsd/sys/queue.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "../base/json.h"
#include "../base/mem.h"
#include "../base/text.h"
#include "stream_internal.h"

enum {
	PROPERTIES_MAX = 50,	/* per test */
	VALUE_MAX = 4096,	/* bytes of one; a longer one is ignored */
	MANY = 32,		/* with more running at once, fewer lines are held for each */
	KEPT_MAX = 1024 * 1024,	/* bytes held for failed tests; beyond that, a few lines for each */
};

static int
test_compare(const void *a, const void *b)
{
	const struct test_state *x = a, *y = b;

	if (x->package != y->package)
		return (uintptr_t)x->package < (uintptr_t)y->package ? -1 : 1;
	return strcmp(x->name, y->name);
}

void
table_init(struct table *t)
{
	memset(t, 0, sizeof(*t));
	TAILQ_INIT(&t->packages);
	TAILQ_INIT(&t->all);
	TAILQ_INIT(&t->live);
	TAILQ_INIT(&t->builds);
}

void
table_free(struct table *t)
{
	struct test_state *test;
	struct package *p;
	struct build *b;

	while ((test = TAILQ_FIRST(&t->all)) != NULL) {
		(void)tdelete(test, &t->by_name, test_compare);
		TAILQ_REMOVE(&t->all, test, next);
		strs_free(&test->properties);
		capture_free(&test->output);
		buf_free(&test->stack);
		free(test->name);
		free(test);
	}
	while ((p = TAILQ_FIRST(&t->packages)) != NULL) {
		TAILQ_REMOVE(&t->packages, p, next);
		capture_free(&p->output);
		buf_free(&p->crash);
		free(p->failed_build);
		free(p->name);
		free(p);
	}
	while ((b = TAILQ_FIRST(&t->builds)) != NULL) {
		TAILQ_REMOVE(&t->builds, b, next);
		buf_free(&b->text);
		free(b->import_path);
		free(b);
	}
	buf_free(&t->name);
	buf_free(&t->key);
	buf_free(&t->raw);
	buf_free(&t->text);
}

static const char *
table_unescaped(struct table *t, const struct slice *raw)
{
	buf_reset(&t->name);
	if (raw->len > 0)
		json_unescape(&t->name, raw->s, raw->len);
	return buf_str(&t->name);
}

static struct package *
package_named(struct table *t, const struct slice *raw)
{
	struct package *p;
	const char *name;

	if (t->last != NULL && slice_is(raw, t->last->name))
		return t->last;
	name = table_unescaped(t, raw);
	TAILQ_FOREACH(p, &t->packages, next)
		if (strcmp(p->name, name) == 0)
			return t->last = p;
	p = xcalloc(1, sizeof(*p));
	p->name = xstrdup(name);
	p->seconds = -1;
	TAILQ_INSERT_TAIL(&t->packages, p, next);
	return t->last = p;
}

struct test_state *
table_find(struct table *t, struct package *p, const char *name, size_t len)
{
	struct test_state key = { .package = p };
	void *found;

	buf_reset(&t->key);
	buf_add(&t->key, name, len);
	buf_putc(&t->key, '\0');
	key.name = t->key.s;
	found = tfind(&key, &t->by_name, test_compare);
	return found != NULL ? *(struct test_state **)found : NULL;
}

static struct test_state *
test_of(struct table *t, const struct event *ev)
{
	struct package *p = package_named(t, &ev->package);
	const char *name = table_unescaped(t, &ev->test), *cut;
	struct test_state *test = table_find(t, p, name, strlen(name));

	if (test != NULL)
		return test;
	test = xcalloc(1, sizeof(*test));
	test->name = xstrdup(name);
	test->package = p;
	test->seconds = -1;
	for (cut = strrchr(name, '/'); cut != NULL && test->parent == NULL; cut = memrchr(name, '/',
	    (size_t)(cut - name)))
		test->parent = table_find(t, p, name, (size_t)(cut - name));
	TAILQ_INSERT_TAIL(&t->all, test, next);
	t->n++;
	/* If this finds no memory, the next xcalloc ends hi. */
	(void)tsearch(test, &t->by_name, test_compare);
	return test;
}

static void
test_set_live(struct table *t, struct test_state *test, bool live)
{
	if (test->live == live)
		return;
	test->live = live;
	if (live) {
		TAILQ_INSERT_TAIL(&t->live, test, next_live);
		t->running++;
	} else {
		TAILQ_REMOVE(&t->live, test, next_live);
		t->running--;
	}
	if (test->parent != NULL && live)
		test->parent->live_subs++;
	else if (test->parent != NULL)
		test->parent->live_subs--;
}

static void
test_end(struct table *t, struct test_state *test, enum action how, double seconds, int64_t now)
{
	if (how == EV_FAIL)
		test->failed_before = true;
	test->state = test->failed_before ? O_FAILED : how == EV_PASS ? O_PASSED : O_SKIPPED;
	test->seconds = seconds >= 0 ? seconds : 0;
	test->ended = now;
	test->raced |= how == EV_FAIL && test->output.race_said;
	test->package->last_ended = test;
	test_set_live(t, test, false);
	if (test->state == O_FAILED) {
		t->failed++;
		test->own_reason |= test->output.entry_seen;
		t->kept += capture_settle(&test->output, test->raced, t->kept > KEPT_MAX);
		if (test->parent != NULL)
			test->parent->sub_failed = true;
	} else {
		capture_free(&test->output);
	}
}

/* Finds the test of an output event, or NULL. Output alone begins no test: a test may print any name. */
static struct test_state *
table_known_test(struct table *t, struct package *p, const struct event *ev)
{
	struct test_state *test = t->last_test;
	const char *name;

	if (ev->test.len == 0)
		return NULL;
	if (test == NULL || test->package != p || !slice_is(&ev->test, test->name)) {
		name = table_unescaped(t, &ev->test);
		t->last_test = test = table_find(t, p, name, strlen(name));
	}
	return test;
}

static bool
says_not_built(const char *s, size_t len)
{
	return strnstr(s, " [build failed]\n", len) != NULL || strnstr(s, " [setup failed]\n", len) != NULL;
}

/* True if go says that the process of p ended well. A test may have left a line open before that. */
static bool
says_ok(const struct package *p, const char *s, size_t len)
{
	const char *tab, *rest;

	/* Few lines have a tab, and every line of output comes here. */
	for (size_t at = 0; (tab = memchr(s + at, '\t', len - at)) != NULL; at = (size_t)(tab + 1 - s)) {
		rest = tab - s >= 4 && memcmp(tab - 4, "ok  ", 4) == 0 ? text_after(tab + 1, p->name) : NULL;
		if (rest != NULL && (*rest == '\t' || *rest == '\n'))
			return true;
	}
	return false;
}

/* True for the last line of a process that had a data race outside any test: testing's own, or after it has
 * said PASS the race detector's. */
static bool
says_raced(const struct package *p, const char *s, size_t len)
{
	if (p->said_pass)
		return line_begins(s, len, "Found ") && strnstr(s, " data race(s)\n", len) != NULL;
	return line_begins(s, len, "testing: race detected outside of test execution");
}

/* Takes in a line outside any test's output: what testing and go say about the package. */
static void
package_line(struct package *p, const char *s, size_t len)
{
	if (strncmp(s, "PASS\n", 5) == 0 || strncmp(s, "FAIL\n", 5) == 0) {
		p->said_pass = *s == 'P';
		p->said_fail = *s == 'F';
		p->raced = p->said_fail && p->race_said;
		if (!p->raced)
			capture_free(&p->output);
		buf_reset(&p->crash);
	} else if (strncmp(s, "testing: warning: no tests to run", 33) == 0) {
		p->no_tests = true;
	} else if (strncmp(s, "FAIL\t", 5) == 0) {
		p->raced |= p->said_pass && p->race_said;
		p->setup_failed |= strnstr(s, " [setup failed]\n", len) != NULL;
		p->build_failed |= says_not_built(s, len);
	}
}

/* Ends the test at a line of testing's own that go took for output, because the test had left a line open.
 * It begins with the byte by which testing marks its lines. NULL: s is no such line. */
static struct test_state *
test_lost_end(struct table *t, struct test_state *test, const char *s, int64_t now)
{
	static const struct { const char *head; enum action how; } ends[] = {
		{ "\x16--- PASS: ", EV_PASS }, { "\x16--- FAIL: ", EV_FAIL }, { "\x16--- SKIP: ", EV_SKIP } };
	size_t n = test != NULL ? strlen(test->name) : 0;

	for (size_t i = 0; test != NULL && test->live && i < 3; i++)
		if (strncmp(s, ends[i].head, 11) == 0 && strncmp(s + 11, test->name, n) == 0 &&
		    strncmp(s + 11 + n, " (", 2) == 0) {
			test_end(t, test, ends[i].how, strtod(s + 13 + n, NULL), now);
			return test;
		}
	return NULL;
}

static struct test_state *
table_output(struct table *t, const struct event *ev, int64_t now)
{
	struct package *p = package_named(t, &ev->package);
	struct test_state *test = table_known_test(t, p, ev), *ended;
	const char *s, *nl;
	size_t len, n;

	buf_reset(&t->raw);
	buf_reset(&t->text);
	json_unescape(&t->raw, ev->output.s, ev->output.len);
	if (t->raw.len > 0 && *t->raw.s == '\x16' && (ended = test_lost_end(t, test, t->raw.s, now)) != NULL)
		return ended;
	text_colours(&t->text, buf_str(&t->raw), t->raw.len, false);
	if (test == NULL)
		capture_add(&p->output, buf_str(&t->text), t->text.len, false);
	else if (test->live && !test->failed_before)
		capture_add(&test->output, buf_str(&t->text), t->text.len, t->running > MANY);
	for (s = buf_str(&t->text), len = t->text.len; len > 0; s += n, len -= n) {
		nl = memchr(s, '\n', len);
		n = nl != NULL ? (size_t)(nl + 1 - s) : len;
		crash_add_line(p, test, s, n);
		if (ev->test.len == 0)
			package_line(p, s, n);
		p->race_said = says_raced(p, s, n);
		p->said_ok = says_ok(p, s, n);
	}
	return NULL;
}

static struct build *
build_named(struct table *t, const char *name)
{
	struct build *b;

	TAILQ_FOREACH(b, &t->builds, next)
		if (strcmp(b->import_path, name) == 0)
			return b;
	b = xcalloc(1, sizeof(*b));
	b->import_path = xstrdup(name);
	TAILQ_INSERT_TAIL(&t->builds, b, next);
	return b;
}

static void
build_line(struct build *b, const char *s, size_t len)
{
	b->vet |= len > 3 && memcmp(s, "# [", 3) == 0;
	if (b->lines++ < EXCERPT_LINES)
		text_colours(&b->text, s, len, false);
}

const struct build *
table_build(const struct table *t, const struct package *p)
{
	const struct build *b;
	const char *rest;

	if (!p->build_failed)
		return NULL;
	TAILQ_FOREACH(b, &t->builds, next)
		if (p->failed_build != NULL && strcmp(b->import_path, p->failed_build) == 0)
			return b;
	TAILQ_FOREACH(b, &t->builds, next)
		if ((rest = text_after(b->import_path, p->name)) != NULL && (*rest == '\0' || *rest == ' '))
			return b;
	return NULL;
}

/* Takes in a line of plain text, which is how Go before 1.24 reports a failed build: "# package", the
 * compiler's messages, "FAIL\tpackage [build failed]". */
static void
table_text(struct table *t, const struct slice *line)
{
	struct slice name = { line->s + strlen("FAIL\t"), 0 };
	struct package *p;

	if (slice_starts(line, "# ") && !slice_starts(line, "# [")) {
		buf_reset(&t->name);
		buf_add(&t->name, line->s + 2, line->len - 2 - (line->s[line->len - 1] == '\n'));
		t->text_build = build_named(t, buf_str(&t->name));
	}
	if (!slice_starts(line, "FAIL\t")) {
		if (t->text_build != NULL)
			build_line(t->text_build, line->s, line->len);
		return;
	}
	t->text_build = NULL;
	while (name.s + name.len < line->s + line->len && name.s[name.len] != ' ')
		name.len++;
	if (!says_not_built(line->s, line->len))
		return;
	p = package_named(t, &name);
	package_line(p, line->s, line->len);
	p->state = O_FAILED;
}

static void
package_end(struct table *t, const struct event *ev, int64_t now)
{
	struct package *p = package_named(t, &ev->package);
	struct test_state *test, *next;

	p->state = ev->action == EV_PASS ? O_PASSED : ev->action == EV_FAIL ? O_FAILED : O_SKIPPED;
	p->seconds = ev->seconds;
	if (ev->failed_build.len > 0) {
		p->build_failed = true;
		free(p->failed_build);
		p->failed_build = xstrdup(table_unescaped(t, &ev->failed_build));
	}
	if (p->state == O_FAILED)
		crash_evaluate(t, p);
	/* go has lost the ends of tests that are still live: testing says PASS only when all have passed. */
	if (p->state != O_PASSED || !p->said_pass)
		return;
	TAILQ_FOREACH_SAFE(test, &t->live, next_live, next)
		if (test->package == p)
			test_end(t, test, EV_PASS, 0, now);
}

static void
test_property(struct table *t, const struct event *ev)
{
	struct strs *to = &test_of(t, ev)->properties;

	if (to->n >= 2UL * PROPERTIES_MAX || ev->output.len > VALUE_MAX || ev->key.len > VALUE_MAX)
		return;
	strs_add(to, ev->action == EV_ATTR ? table_unescaped(t, &ev->key) : "artifacts");
	strs_add(to, table_unescaped(t, &ev->output));
}

struct test_state *
table_event(struct table *t, const struct event *ev, int64_t now)
{
	struct test_state *test;

	switch (ev->action) {
	case EV_TEXT:
		table_text(t, &ev->output);
		return NULL;
	case EV_OUTPUT:
		return table_output(t, ev, now);
	case EV_BUILD_OUTPUT:
		buf_reset(&t->raw);
		json_unescape(&t->raw, ev->output.s, ev->output.len);
		build_line(build_named(t, table_unescaped(t, &ev->import_path)), buf_str(&t->raw),
		    t->raw.len);
		return NULL;
	case EV_BUILD_FAIL:
	case EV_OTHER:
		return NULL;
	case EV_ATTR:
	case EV_ARTIFACTS:
		if (ev->test.len > 0)
			test_property(t, ev);
		return NULL;
	case EV_START:
		package_named(t, &ev->package)->started = true;
		return NULL;
	default:
		break;
	}
	/* Where a test ended the process, go gives the package's pass the name of that test. */
	if (ev->test.len == 0 || (ev->action == EV_PASS && package_named(t, &ev->package)->said_ok)) {
		if (ev->action == EV_PASS || ev->action == EV_FAIL || ev->action == EV_SKIP)
			package_end(t, ev, now);
		return NULL;
	}
	test = test_of(t, ev);
	switch (ev->action) {
	case EV_RUN:
	case EV_CONT:
	case EV_PAUSE:
		test->state = ev->action == EV_PAUSE ? O_PAUSED : O_RUNNING;
		test->since = now;
		test->began = test->began > 0 ? test->began : now;
		if (ev->action == EV_RUN && test->parent != NULL)
			test->parent->output.entry_seen = false;
		test_set_live(t, test, true);
		buf_reset(&test->package->crash);
		return ev->action == EV_RUN ? test : NULL;
	default:
		test_end(t, test, ev->action, ev->seconds, now);
		return test;
	}
}
