/* Chooses the tests of a set and their order, and those of one shard. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/file.h"
#include "../base/mem.h"
#include "set_internal.h"

enum { SHARDS_MAX = 10000 };

#define RUN_SECONDS 3.0		/* what a run takes besides its test */

int
shard_parse(const char *s, struct shard *out, struct err *e)
{
	unsigned i, n;
	int end = 0;

	*out = (struct shard){ 0 };
	if (s == NULL)
		return 0;
	/* Only digits: sscanf would accept blanks and signs, too. */
	if (strspn(s, "0123456789/") != strlen(s) || sscanf(s, "%5u/%5u%n", &i, &n, &end) != 2 ||
	    s[end] != '\0')
		return err_as(e, ERR_USAGE, "--shard=%s: must be I/N, such as 1/4 (at most %d)", s,
		    SHARDS_MAX);
	if (n < 1 || n > SHARDS_MAX || i < 1 || i > n)
		return err_as(e, ERR_USAGE,
		    "--shard=%s: the first of N shards is 1/N, the last N/N (at most %d)", s, SHARDS_MAX);
	*out = (struct shard){ i, n };
	return 0;
}

/* A test, how long it takes, and its index in the list. */
struct timed {
	struct test test;
	double seconds;		/* < 0: unknown */
	size_t at;
};

/* A test of unknown time comes first: it may be the longest of all. */
static int
timed_longest_first(const void *a, const void *b)
{
	const struct timed *x = a, *y = b;

	if ((x->seconds < 0) != (y->seconds < 0))
		return x->seconds < 0 ? -1 : 1;
	if (x->seconds != y->seconds)
		return x->seconds > y->seconds ? -1 : 1;
	return x->at < y->at ? -1 : x->at > y->at;
}

static struct timed *
timed_sorted(const struct tests *t, const struct history *h, bool postgres)
{
	struct timed *v = xcalloc(t->n + 1, sizeof(*v));

	for (size_t i = 0; i < t->n; i++)
		v[i] = (struct timed){ t->v[i], history_seconds(h, t->v[i].name, postgres), i };
	qsort(v, t->n, sizeof(*v), timed_longest_first);
	return v;
}

static void
sort_longest_first(struct tests *t, const struct history *h, bool postgres)
{
	struct timed *v = timed_sorted(t, h, postgres);

	for (size_t i = 0; i < t->n; i++)
		t->v[i] = v[i].test;
	free(v);
}

/* FNV-1a of a string with its NUL, so that "ab", "c" and "a", "bc" differ. */
static uint64_t
cut_hash(uint64_t h, const char *s)
{
	do {
		h = (h ^ (unsigned char)*s) * 1099511628211u;
	} while (*s++ != '\0');
	return h;
}

struct shard_of {
	const unsigned *next;	/* the shard of the next test, from 1 */
	unsigned wanted;
};

static bool
is_in_shard(void *arg, const struct test *test)
{
	struct shard_of *s = arg;

	(void)test;
	return *s->next++ == s->wanted;
}

/* Returns the shard of each test, from 1; the caller frees it. The longest tests are dealt out first, each to
 * the shard with least to do. A test of unknown time counts as an average one. */
static unsigned *
shards_fill(const struct tests *t, unsigned n, const struct history *h, bool postgres)
{
	struct timed *v = timed_sorted(t, h, postgres);
	double *load = xcalloc((size_t)n + 1, sizeof(*load)), known = 0, sum = 0;
	unsigned *of = xcalloc(t->n + 1, sizeof(*of));

	for (size_t i = 0; i < t->n; i++) {
		known += v[i].seconds >= 0;
		sum += v[i].seconds >= 0 ? v[i].seconds : 0;
	}
	for (size_t i = 0; i < t->n; i++) {
		unsigned to = 0;

		for (unsigned k = 1; k < n; k++)
			if (load[k] < load[to])
				to = k;
		load[to] += RUN_SECONDS + (v[i].seconds >= 0 ? v[i].seconds : known > 0 ? sum / known : 1);
		of[v[i].at] = to + 1;
	}
	free(load);
	free(v);
	return of;
}

void
shard_keep(struct tests *t, const struct shard *s, const struct history *h, bool postgres, char cut[CUT_SIZE])
{
	unsigned *of = shards_fill(t, s->n, h, postgres);
	struct shard_of mine = { .next = of, .wanted = s->i };
	uint64_t all = 14695981039346656037u;

	for (size_t i = 0; i < t->n; i++) {
		char number[16];

		snprintf(number, sizeof(number), "%u", of[i]);
		all = cut_hash(cut_hash(all, t->v[i].name), number);
	}
	tests_keep(t, is_in_shard, &mine);
	snprintf(cut, CUT_SIZE, "%016llx", (unsigned long long)all);
	free(of);
}

/* Returns the rest of a pattern ("/sub" of "^TestA$/sub"), which each run gets. "TestA|TestB/sub" has none
 * that fits every test. */
static int
pick_rest(const char *pattern, char **rest, struct err *e)
{
	bool alternatives = false;
	const char *s = pattern, *levels = NULL;

	do {
		s += pattern_element(s);
		if (*s == '/' && levels == NULL)
			levels = s;
		alternatives = alternatives || *s == '|';
	} while (*s++ != '\0');
	if (alternatives && levels != NULL)
		return err_as(e, ERR_USAGE,
		    "\"%s\" names tests and subtests: put each in a hi run of its own", pattern);
	*rest = xstrdup(levels != NULL ? levels : "");
	return 0;
}

struct failed_before {
	const struct history *h;
	bool postgres;
};

static bool
has_failed(void *arg, const struct test *test)
{
	const struct failed_before *f = arg;
	const struct remembered *r = history_find(f->h, test->name, f->postgres);

	return r != NULL && !r->good;
}

void
pick_history(const char *logs, struct history *h)
{
	char *path = file_join(logs, "history.tsv");
	struct err e;

	if (history_load(path, NULL, h, &e) == -1)
		err_say("%s: so nothing is known of earlier runs", e.text);
	else if (h->damaged > 0)
		err_say("%s: %zu damaged line%s left out", path, h->damaged, h->damaged == 1 ? "" : "s");
	free(path);
}

int
pick_tests(struct pick *p, const struct set_options *o, const struct plan *plan, struct loop *l,
    bool longest_first, struct err *e)
{
	struct history h;
	struct failed_before failed = { .h = &h, .postgres = o->run.postgres };
	int rc = 0;

	*p = (struct pick){ 0 };
	pick_history(plan->logs_dir, &h);
	if (shard_parse(o->shard, &p->shard, e) == -1 || pick_rest(plan->pattern, &p->rest, e) == -1 ||
	    tests_list(l, &plan->checkout, &p->tests, e) == -1 ||
	    tests_select(&p->tests, plan->pattern, e) == -1)
		rc = -1;
	if (rc == 0 && o->rerun_last)
		tests_keep(&p->tests, has_failed, &failed);
	if (rc == 0 && p->shard.n > 0) {
		snprintf(p->shard_name, sizeof(p->shard_name), "%u/%u", p->shard.i, p->shard.n);
		shard_keep(&p->tests, &p->shard, &h, o->run.postgres, p->cut);
	}
	if (rc == 0 && longest_first)
		sort_longest_first(&p->tests, &h, o->run.postgres);
	history_free(&h);
	return rc;
}

void
pick_free(struct pick *p)
{
	tests_free(&p->tests);
	free(p->rest);
}
