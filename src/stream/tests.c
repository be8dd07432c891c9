#include <bsd/string.h>
#include <bsd/sys/queue.h>
#include <stdlib.h>
#include <string.h>

#include "../base/duration.h"
#include "../base/json.h"
#include "../base/mem.h"
#include "../base/text.h"
#include "stream_internal.h"

enum {
	PROPERTIES_MAX = 50,	/* of one test */
	VALUE_MAX = 4096,	/* bytes of one */
	MANY = 32,		/* so many tests at once: fewer lines are held for each */
	KEPT_MAX = 1024 * 1024,	/* bytes held for failed tests; from there on a few lines for each */
	STACK_BYTES = 4096,
	SLACK_MS = 2000,
};

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
		crash_free(&p->crash);
		buf_free(&p->stack);
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
	free(t->buckets);
	buf_free(&t->name);
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
package_of(struct table *t, const struct event *ev)
{
	struct package *p;
	const char *name;

	if (t->last != NULL && slice_is(&ev->package, t->last->name))
		return t->last;
	name = table_unescaped(t, &ev->package);
	for (p = TAILQ_FIRST(&t->packages); p != NULL; p = TAILQ_NEXT(p, next)) {
		if (strcmp(p->name, name) == 0)
			return t->last = p;
	}
	p = xcalloc(1, sizeof(*p));
	p->name = xstrdup(name);
	p->seconds = -1;
	TAILQ_INSERT_TAIL(&t->packages, p, next);
	return t->last = p;
}

static size_t
table_hash(const struct package *p, const char *name)
{
	size_t h = (uintptr_t)p / sizeof(*p);

	for (; *name != '\0'; name++)
		h = h * 31 + (unsigned char)*name;
	return h;
}

static struct test_state *
table_find(const struct table *t, const struct package *p, const char *name)
{
	size_t h = table_hash(p, name);
	struct test_state *test = t->n_buckets > 0 ? t->buckets[h % t->n_buckets] : NULL;

	while (test != NULL && (test->hash != h || test->package != p || strcmp(test->name, name) != 0))
		test = test->same_hash;
	return test;
}

static void
table_insert(struct table *t, struct test_state *test)
{
	struct test_state *it;

	TAILQ_INSERT_TAIL(&t->all, test, next);
	if (t->n++ < t->n_buckets) {
		test->same_hash = t->buckets[test->hash % t->n_buckets];
		t->buckets[test->hash % t->n_buckets] = test;
		return;
	}
	free(t->buckets);
	t->n_buckets = t->n_buckets * 2 + 63;
	t->buckets = xcalloc(t->n_buckets, sizeof(struct test_state *));
	for (it = TAILQ_FIRST(&t->all); it != NULL; it = TAILQ_NEXT(it, next)) {
		it->same_hash = t->buckets[it->hash % t->n_buckets];
		t->buckets[it->hash % t->n_buckets] = it;
	}
}

static struct test_state *
test_of(struct table *t, const struct event *ev)
{
	struct package *p = package_of(t, ev);
	struct test_state *test;
	char *cut;

	table_unescaped(t, &ev->test);
	buf_putc(&t->name, '\0');
	if ((test = table_find(t, p, t->name.s)) != NULL)
		return test;
	test = xcalloc(1, sizeof(*test));
	test->name = xstrdup(t->name.s);
	test->package = p;
	test->hash = table_hash(p, test->name);
	test->seconds = -1;
	while (test->parent == NULL && (cut = strrchr(t->name.s, '/')) != NULL) {
		*cut = '\0';
		test->parent = table_find(t, p, t->name.s);
	}
	table_insert(t, test);
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

/* A test that has events. Output alone makes none: it goes by whatever name a test printed. */
static struct test_state *
table_known_test(struct table *t, struct package *p, const struct event *ev)
{
	struct test_state *test = t->last_test;

	if (ev->test.len == 0)
		return NULL;
	if (test == NULL || test->package != p || !slice_is(&ev->test, test->name))
		t->last_test = test = table_find(t, p, table_unescaped(t, &ev->test));
	return test;
}

static bool
test_is_within(const struct test_state *t, const struct test_state *of)
{
	while (t != NULL && t != of)
		t = t->parent;
	return t != NULL;
}

/* The first of of's subtests that runs, has no running ones itself, and no stack of this crash yet: all that
 * Go's names of functions within functions tell. */
static struct test_state *
test_running_sub(const struct table *t, const struct test_state *of)
{
	struct test_state *test;

	TAILQ_FOREACH(test, &t->live, next_live)
		if (test != of && test_is_within(test, of) && test->live_subs == 0 &&
		    test->stacked != of->package->crash_nth)
			return test;
	return NULL;
}

/* A goroutine's stack is complete. */
static void
stack_end(struct table *t, struct package *p)
{
	struct test_state *test = p->stack_test;

	if (test != NULL && p->stack_runner) {
		if (p->stack_first && !p->crash.timeout)
			p->crash_in = p->stack_exact ? test : test_is_within(p->crash_after, test) &&
			    p->crash_after->state == O_FAILED ?
			    p->crash_after : test_is_within(p->crash_in, test) ? p->crash_in : test;
		if (!p->stack_exact)
			test = test_running_sub(t, test);
		if (test != NULL && test->live && test->stacked != p->crash_nth) {
			test->stacked = p->crash_nth;
			buf_reset(&test->stack);
			buf_add(&test->stack, p->stack.s, p->stack.len);
			test->stack_own = p->stack_own;
		}
	}
	p->stack_first = p->stack_first && p->stack.len == 0;
	p->stack_test = NULL;
	p->stack_own = 0;
	p->stack_runner = false;
	buf_reset(&p->stack);
}

/* "host/owner/module/package.TestX.func1(...)": which test's function it is. */
static struct test_state *
stack_function(struct table *t, struct package *p, const char *s, size_t len)
{
	size_t n = strlen(p->name), i;
	struct test_state *test;

	if (len <= n || memcmp(s, p->name, n) != 0)
		return NULL;
	if (len > n + 5 && memcmp(s + n, "_test", 5) == 0)
		n += 5;
	if (s[n] != '.')
		return NULL;
	for (i = ++n; i < len && s[i] != '.' && s[i] != '('; i++)
		;
	buf_reset(&t->name);
	buf_add(&t->name, s + n, i - n);
	test = table_find(t, p, buf_str(&t->name));
	p->stack_exact = i < len && s[i] == '(';
	return test;
}

static void
stack_line(struct table *t, struct package *p, const char *s, size_t len)
{
	struct test_state *test;

	if (len > 10 && memcmp(s, "goroutine ", 10) == 0)
		stack_end(t, p);
	if (p->stack.len + len > STACK_BYTES)
		return;
	buf_add(&p->stack, s, len);
	if (len > 16 && memcmp(s, "testing.tRunner(", 16) == 0)
		p->stack_runner = true;
	if (p->stack_test == NULL && *s != '\t' && (test = stack_function(t, p, s, len)) != NULL) {
		p->stack_test = test;
		p->stack_own = p->stack.len;
	}
}

/* "\t\tTestX (2s)" in go test's list of what ran when the deadline passed. */
static void
crash_listed(struct table *t, struct package *p, const char *s, size_t len)
{
	const char *end = s + len;
	struct test_state *test;

	while (end > s && *end != '(')
		end--;
	if (end - s < 4)
		return;
	buf_reset(&t->name);
	buf_add(&t->name, s + 2, (size_t)(end - s) - 3);
	if ((test = table_find(t, p, buf_str(&t->name))) != NULL) {
		test->listed = p->crash_nth;
		p->crash_lists = true;
	}
}

/* "*** Test killed with quit: ran too long (11m0s)." */
static int64_t
killed_after_ms_of(const char *s, size_t len)
{
	char took[32];
	const char *p = strnstr(s, ": ran too long (", len);
	int64_t ms;
	size_t n;

	if (p == NULL || strncmp(s, "*** Test killed", 15) != 0)
		return 0;
	p += strlen(": ran too long (");
	n = strcspn(p, ")");
	if (n >= sizeof(took))
		return 0;
	memcpy(took, p, n);
	took[n] = '\0';
	return duration_parse(took, &ms) == 0 && ms > 0 ? ms : 0;
}

/* A line, or a part of one, of the package's process: what it tells of its end, if it is the last. */
static void
package_process_line(struct table *t, struct package *p, struct test_state *test, const char *s, size_t len)
{
	bool ends = len > 5 && memcmp(s, "FAIL\t", 5) == 0;

	if (crash_line(&p->crash, s, len)) {
		p->crash_nth++;
		p->crash_in = test;
		p->crash_after = p->last_ended;
		p->crash_lists = false;
		p->stack_first = true;
		p->stack_test = NULL;
		buf_reset(&p->stack);
	} else if (p->crash.state == CRASH_STACK) {
		stack_line(t, p, s, len);
	} else if (p->crash.listing) {
		crash_listed(t, p, s, len);
	}
	if (!ends && !(p->killed_after_ms > 0 && line_of_go(s, len)))
		p->killed_after_ms = killed_after_ms_of(s, len);
}

/* testing's and go's own words for a package, which are in no test's output. */
static void
package_line(struct package *p, const char *s, size_t len)
{
	if (strncmp(s, "PASS\n", 5) == 0 || strncmp(s, "FAIL\n", 5) == 0) {
		p->said_pass = *s == 'P';
		p->said_fail = *s == 'F';
		p->raced = p->said_fail && p->race_said;
		capture_free(&p->output);
		crash_reset(&p->crash);
	} else if (strncmp(s, "testing: warning: no tests to run", 33) == 0) {
		p->no_tests = true;
	} else if (strncmp(s, "FAIL\t", 5) == 0) {
		p->build_failed |= strnstr(s, " [build failed]\n", len) != NULL;
		p->setup_failed |= strnstr(s, " [setup failed]\n", len) != NULL;
		p->build_failed |= p->setup_failed;
	}
}

static void
test_end(struct table *t, struct test_state *test, enum action how, double seconds, int64_t now);

/* A line of testing's own that go did not take for one, as the test had left a line open: it begins with the
 * byte with which testing marks its own. */
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
	struct package *p = package_of(t, ev);
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
		package_process_line(t, p, test, s, n);
		if (ev->test.len == 0)
			package_line(p, s, n);
		p->race_said = strncmp(s, "testing: race detected outside of test execution", 48) == 0;
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

/* Go before 1.24 says it in words: "# package", what the compiler says, "FAIL\tpackage [build failed]". */
static void
table_text(struct table *t, const struct event *ev)
{
	const char *s = ev->output.s, *p;
	struct event of = *ev;
	struct package *failed;
	size_t len = ev->output.len;

	if (slice_starts(&ev->output, "# ") && !slice_starts(&ev->output, "# [")) {
		buf_reset(&t->name);
		buf_add(&t->name, s + 2, len - 2 - (s[len - 1] == '\n'));
		t->text_build = build_named(t, buf_str(&t->name));
	}
	if (!slice_starts(&ev->output, "FAIL\t")) {
		if (t->text_build != NULL)
			build_line(t->text_build, s, len);
		return;
	}
	t->text_build = NULL;
	of.package.s = ev->output.s + strlen("FAIL\t");
	p = memchr(of.package.s, ' ', len - strlen("FAIL\t"));
	if (p == NULL || (strnstr(p, "[build failed]", len - (size_t)(p - s)) == NULL &&
	    strnstr(p, "[setup failed]", len - (size_t)(p - s)) == NULL))
		return;
	of.package.len = (size_t)(p - of.package.s);
	failed = package_of(t, &of);
	failed->build_failed = true;
	failed->setup_failed = strnstr(p, "[setup failed]", len - (size_t)(p - s)) != NULL;
	failed->state = O_FAILED;
}

/* How the process of a package that failed has ended. */
static void
package_died(struct table *t, struct package *p)
{
	bool crash = p->crash.state == CRASH_STACK;
	struct test_state *test;

	stack_end(t, p);
	p->timed_out = (p->killed_after_ms > 0 &&
	    (p->seconds < 0 || p->killed_after_ms < p->seconds * 1000 + SLACK_MS)) ||
	    (crash && p->crash.timeout);
	p->panicked = crash && !p->timed_out;
	if (p->panicked && p->crash_in != NULL && p->crash_in->state != O_PASSED &&
	    p->crash_in->state != O_SKIPPED) {
		p->crashed = p->crash_in;
		p->crashed->panicked = true;
	}
	TAILQ_FOREACH(test, &t->live, next_live) {
		if (test->package != p || !p->timed_out)
			continue;
		test->overdue = p->crash_lists ? test->listed == p->crash_nth : test->state == O_RUNNING;
		if (test->stacked != p->crash_nth)
			buf_free(&test->stack);
	}
}

static void
package_end(struct table *t, const struct event *ev, int64_t now)
{
	struct package *p = package_of(t, ev);
	struct test_state *test, *next;

	p->state = ev->action == EV_PASS ? O_PASSED : ev->action == EV_FAIL ? O_FAILED : O_SKIPPED;
	p->seconds = ev->seconds;
	if (ev->failed_build.len > 0) {
		p->build_failed = true;
		free(p->failed_build);
		p->failed_build = xstrdup(table_unescaped(t, &ev->failed_build));
	}
	if (p->state == O_FAILED)
		package_died(t, p);
	/* go lost their ends: testing says PASS only when all have passed. */
	if (p->state != O_PASSED || !p->said_pass)
		return;
	TAILQ_FOREACH_SAFE(test, &t->live, next_live, next)
		if (test->package == p)
			test_end(t, test, EV_PASS, 0, now);
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
		t->kept += test->output.tail.cap + test->output.own.cap + test->output.trace.cap +
		    test->output.race.cap;
		if (t->kept > KEPT_MAX)
			capture_shrink(&test->output);
		if (test->parent != NULL)
			test->parent->sub_failed = true;
	} else {
		capture_free(&test->output);
	}
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
		table_text(t, ev);
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
		package_of(t, ev)->started = true;
		return NULL;
	default:
		break;
	}
	if (ev->test.len == 0) {
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
		test_set_live(t, test, true);
		crash_reset(&test->package->crash);
		return ev->action == EV_RUN ? test : NULL;
	default:
		test_end(t, test, ev->action, ev->seconds, now);
		return test;
	}
}

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
