#include "tests.h"

#include <bsd/string.h>
#include <stdlib.h>
#include <string.h>

#include "../base/json.h"
#include "../base/mem.h"

enum { PROPERTIES_MAX = 50, VALUE_MAX = 4096 };	/* of one test; bytes */

static const struct marks no_marks = { -1, -1, -1, -1, -1, { -1, -1, -1, -1 }, 0 };

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
		free(test->name);
		free(test);
	}
	while ((p = TAILQ_FIRST(&t->packages)) != NULL) {
		TAILQ_REMOVE(&t->packages, p, next);
		free(p->name);
		free(p);
	}
	while ((b = TAILQ_FIRST(&t->builds)) != NULL) {
		TAILQ_REMOVE(&t->builds, b, next);
		free(b->import_path);
		free(b);
	}
	free(t->buckets);
	buf_free(&t->name);
}

static const char *
unescaped(struct table *t, const struct slice *raw)
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
	name = unescaped(t, &ev->package);
	for (p = TAILQ_FIRST(&t->packages); p != NULL; p = TAILQ_NEXT(p, next)) {
		if (strcmp(p->name, name) == 0)
			return t->last = p;
	}
	p = xcalloc(1, sizeof(*p));
	p->name = xstrdup(name);
	p->seconds = -1;
	p->build = -1;
	p->m = no_marks;
	p->m.first = ev->at;
	TAILQ_INSERT_TAIL(&t->packages, p, next);
	return t->last = p;
}

static size_t
hash_of(const struct package *p, const char *name)
{
	size_t h = (uintptr_t)p / sizeof(*p);

	for (; *name != '\0'; name++)
		h = h * 31 + (unsigned char)*name;
	return h;
}

static struct test_state *
find(const struct table *t, const struct package *p, const char *name)
{
	size_t h = hash_of(p, name);
	struct test_state *test = t->n_buckets > 0 ? t->buckets[h % t->n_buckets] : NULL;

	while (test != NULL && (test->hash != h || test->package != p || strcmp(test->name, name) != 0))
		test = test->same_hash;
	return test;
}

static void
insert(struct table *t, struct test_state *test)
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

	unescaped(t, &ev->test);
	buf_putc(&t->name, '\0');
	if ((test = find(t, p, t->name.s)) != NULL)
		return test;
	test = xcalloc(1, sizeof(*test));
	test->name = xstrdup(t->name.s);
	test->package = p;
	test->hash = hash_of(p, test->name);
	test->seconds = -1;
	test->m = no_marks;
	test->m.first = ev->at;
	while (test->parent == NULL && (cut = strrchr(t->name.s, '/')) != NULL) {
		*cut = '\0';
		test->parent = find(t, p, t->name.s);
	}
	insert(t, test);
	return test;
}

static void
set_live(struct table *t, struct test_state *test, bool live)
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

/* "    name.go:12: ", as testing marks a line of t.Log or t.Error. */
static bool
is_location(const struct slice *o)
{
	size_t i = 4, from;

	if (!slice_starts(o, "    ") || o->len < 10)
		return false;
	while (i < o->len && o->s[i] == ' ')
		i++;
	for (from = i; i < o->len && i < from + 200 && (o->s[i] > ' ' && o->s[i] != ':' && o->s[i] != '\\'); i++)
		;
	if (i < from + 4 || i + 2 >= o->len || memcmp(o->s + i - 3, ".go:", 4) != 0)
		return false;
	return o->s[i + 1] >= '0' && o->s[i + 1] <= '9';
}

static struct marks *
marks_of(struct table *t, const struct event *ev)
{
	return ev->test.len > 0 ? &test_of(t, ev)->m : &package_of(t, ev)->m;
}

/* The few lines of a test's output that mean something; the first byte already tells most of them apart. */
static void
output(struct table *t, const struct event *ev)
{
	const struct slice *o = &ev->output;
	struct marks *m;

	if (o->len < 4 || ev->goes_on)
		return;
	switch (o->s[0]) {
	case ' ':
		if (is_location(o)) {
			m = marks_of(t, ev);
			m->where[m->n_where++ % LOCATIONS] = ev->at;
		} else if (slice_starts(o, "        \\tError Trace:")) {
			m = marks_of(t, ev);
			if (m->trace == -1)
				m->trace = m->n_where > 0 ? m->where[(m->n_where - 1) % LOCATIONS] : ev->at;
		}
		break;
	case '\\':
	case 'p':
	case 'f':
		if (slice_starts(o, "panic: test timed out after") || slice_is(o, "\\trunning tests:\\n"))
			package_of(t, ev)->timeout = true;
		if (slice_starts(o, "panic: ") || slice_starts(o, "fatal error: ")) {
			m = marks_of(t, ev);
			if (m->panic == -1)
				m->panic = ev->at;
		}
		break;
	case 'W':
		if (slice_starts(o, "WARNING: DATA RACE")) {
			m = marks_of(t, ev);
			if (m->race == -1)
				m->race = ev->at;
		}
		break;
	case 't':
		if (ev->test.len == 0 && slice_starts(o, "testing: warning: no tests to run"))
			package_of(t, ev)->no_tests = true;
		break;
	case 'P':
	case 'F':
		if (ev->test.len > 0)
			break;
		if (slice_is(o, "PASS\\n") || slice_is(o, "FAIL\\n"))
			package_of(t, ev)->orderly = true;
		else if (slice_starts(o, "FAIL\\t") && o->len > 18 &&
		    (memcmp(o->s + o->len - 16, "[build failed]\\n", 16) == 0 ||
		    memcmp(o->s + o->len - 16, "[setup failed]\\n", 16) == 0))
			package_of(t, ev)->build_failed = true;
		break;
	}
}

/* Go before 1.24 says it in words: "FAIL\tpackage [build failed]". */
static void
text(struct table *t, const struct event *ev)
{
	struct event of = *ev;
	const char *p, *end = ev->output.s + ev->output.len;
	struct package *failed;

	if (!slice_starts(&ev->output, "FAIL\t"))
		return;
	of.package.s = ev->output.s + strlen("FAIL\t");
	p = memchr(of.package.s, ' ', (size_t)(end - of.package.s));
	if (p == NULL || (strnstr(p, "[build failed]", (size_t)(end - p)) == NULL &&
	    strnstr(p, "[setup failed]", (size_t)(end - p)) == NULL))
		return;
	of.package.len = (size_t)(p - of.package.s);
	failed = package_of(t, &of);
	failed->build_failed = true;
	failed->state = O_FAILED;
	failed->m.last = ev->at;
}

static void
package_end(struct table *t, const struct event *ev)
{
	struct package *p = package_of(t, ev);
	struct build *b;

	p->state = ev->action == EV_PASS ? O_PASSED : ev->action == EV_FAIL ? O_FAILED : O_SKIPPED;
	p->seconds = ev->seconds;
	p->m.last = ev->at;
	if (ev->failed_build.len == 0)
		return;
	p->build_failed = true;
	for (b = TAILQ_FIRST(&t->builds); b != NULL; b = TAILQ_NEXT(b, next)) {
		if (slice_is(&ev->failed_build, b->import_path))
			p->build = b->at;
	}
}

static void
test_end(struct table *t, struct test_state *test, const struct event *ev)
{
	if (ev->action == EV_FAIL)
		test->failed_before = true;
	test->state = test->failed_before ? O_FAILED : ev->action == EV_PASS ? O_PASSED : O_SKIPPED;
	test->m.last = ev->at;
	test->seconds = ev->seconds >= 0 ? ev->seconds : 0;
	set_live(t, test, false);
	if (test->state == O_FAILED) {
		t->failed++;
		if (test->parent != NULL)
			test->parent->sub_failed = true;
	}
}

static void
test_property(struct table *t, const struct event *ev)
{
	struct strs *to = &test_of(t, ev)->properties;

	if (to->n >= 2 * PROPERTIES_MAX || ev->output.len > VALUE_MAX || ev->key.len > VALUE_MAX)
		return;
	strs_add(to, ev->action == EV_ATTR ? unescaped(t, &ev->key) : "artifacts");
	strs_add(to, unescaped(t, &ev->output));
}

static void
build_output(struct table *t, const struct event *ev)
{
	struct build *b;

	for (b = TAILQ_FIRST(&t->builds); b != NULL; b = TAILQ_NEXT(b, next)) {
		if (slice_is(&ev->import_path, b->import_path))
			return;
	}
	b = xcalloc(1, sizeof(*b));
	b->import_path = xstrndup(ev->import_path.len > 0 ? ev->import_path.s : "", ev->import_path.len);
	b->at = ev->at;
	TAILQ_INSERT_TAIL(&t->builds, b, next);
}

struct test_state *
table_event(struct table *t, const struct event *ev, int64_t now)
{
	struct test_state *test;

	switch (ev->action) {
	case EV_TEXT:
		text(t, ev);
		return NULL;
	case EV_OUTPUT:
		output(t, ev);
		return NULL;
	case EV_BUILD_OUTPUT:
		build_output(t, ev);
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
			package_end(t, ev);
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
		set_live(t, test, true);
		return ev->action == EV_RUN ? test : NULL;
	default:
		test_end(t, test, ev);
		test->ended = now;
		return test;
	}
}
