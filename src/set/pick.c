#include "pick.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/file.h"
#include "../base/mem.h"

/* "TestA|TestB/sub" can't be put to each test alone. */
static int
split(const char *pattern, char **rest, struct err *e)
{
	bool alternatives = false, levels = false;
	const char *first = pattern + strlen(pattern), *s = pattern;

	for (;;) {
		s += pattern_element(s);
		if (*s == '\0')
			break;
		if (*s == '/' && !levels)
			first = s;
		alternatives = alternatives || *s == '|';
		levels = levels || *s == '/';
		s++;
	}
	if (alternatives && levels)
		return err_set(e, "\"%s\" names tests and subtests: put each in a hi run of its own", pattern);
	*rest = xstrdup(first);
	return 0;
}

/* What did not pass the last time that it ran. */
static void
keep_failed(struct tests *t, const struct history *h, bool postgres)
{
	size_t kept = 0;

	for (size_t i = 0; i < t->n; i++) {
		const struct remembered *r = history_find(h, t->v[i].name, postgres);

		if (r != NULL && !r->good) {
			t->v[kept++] = t->v[i];
			continue;
		}
		free(t->v[i].name);
		free(t->v[i].file);
	}
	t->n = kept;
}

struct order {
	struct test test;
	double seconds;
	size_t at;
};

static int
by_seconds(const void *a, const void *b)
{
	const struct order *x = a, *y = b;

	if (x->seconds != y->seconds)
		return x->seconds > y->seconds ? -1 : 1;
	return x->at < y->at ? -1 : x->at > y->at;
}

/* One that nobody has timed may be the longest of all. */
static void
sort(struct tests *t, const struct history *h, bool postgres)
{
	struct order *v = xcalloc(t->n + 1, sizeof(*v));

	for (size_t i = 0; i < t->n; i++) {
		double seconds = history_seconds(h, t->v[i].name, postgres);

		v[i] = (struct order){ t->v[i], seconds >= 0 ? seconds : 1e9, i };
	}
	qsort(v, t->n, sizeof(*v), by_seconds);
	for (size_t i = 0; i < t->n; i++)
		t->v[i] = v[i].test;
	free(v);
}

int
pick_tests(struct pick *p, const struct many_options *o, const struct plan *plan, struct loop *l, bool longest_first,
    bool *usage, struct err *e)
{
	char *path = file_join(plan->logs_dir, "history.tsv");
	struct history h = { 0 };
	int rc = 0;

	*p = (struct pick){ 0 };
	*usage = true;
	if (shard_parse(o->shard, &p->shard, e) == -1 || split(plan->pattern, &p->rest, e) == -1)
		rc = -1;
	*usage = rc == -1;
	if (rc == 0 && history_load(path, &h, e) == -1) {
		err_say("%s: so nothing is known of earlier runs", e->text);
		history_free(&h);
	}
	free(path);
	p->damaged = h.damaged;
	if (rc == 0 && (tests_list(l, &plan->checkout, &p->tests, e) == -1 ||
	    tests_select(&p->tests, plan->pattern, e) == -1))
		rc = -1;
	if (rc == 0 && o->rerun_last)
		keep_failed(&p->tests, &h, o->run.postgres);
	if (rc == 0 && p->shard.n > 0) {
		snprintf(p->shard_name, sizeof(p->shard_name), "%u/%u", p->shard.i, p->shard.n);
		shard_keep(&p->tests, &p->shard, &h, o->run.postgres, p->cut);
	}
	if (rc == 0 && longest_first)
		sort(&p->tests, &h, o->run.postgres);
	history_free(&h);
	return rc;
}

void
pick_free(struct pick *p)
{
	tests_free(&p->tests);
	free(p->rest);
}
