#include "shard.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/mem.h"

enum { SHARDS_MAX = 10000 };

#define EACH 3.0	/* seconds that a run takes beside its test */

int
shard_parse(const char *s, struct shard *out, struct err *e)
{
	unsigned i, n;
	int end = 0;

	*out = (struct shard){ 0 };
	if (s == NULL)
		return 0;
	/* Digits alone: sscanf would take blanks and signs, too. */
	if (strspn(s, "0123456789/") != strlen(s) || sscanf(s, "%5u/%5u%n", &i, &n, &end) != 2 || s[end] != '\0')
		return err_as(e, ERR_USAGE, "--shard=%s: must be I/N, such as 1/4 (at most %d)", s, SHARDS_MAX);
	if (n < 1 || n > SHARDS_MAX || i < 1 || i > n)
		return err_as(e, ERR_USAGE, "--shard=%s: the first of N shards is 1/N, the last N/N (at most %d)", s, SHARDS_MAX);
	*out = (struct shard){ i, n };
	return 0;
}

static uint64_t
fnv(uint64_t h, const char *s)
{
	/* With its NUL, so that two strings are not one. */
	do {
		h = (h ^ (unsigned char)*s) * 1099511628211u;
	} while (*s++ != '\0');
	return h;
}

#define FNV 14695981039346656037u

struct piece {
	const char *name;
	double seconds;		/* < 0: unknown */
	uint64_t hash;
	size_t at;
};

/* The longest first, then the unknown ones. */
static int
by_length(const void *a, const void *b)
{
	const struct piece *x = a, *y = b;

	if (x->seconds != y->seconds)
		return x->seconds > y->seconds ? -1 : 1;
	if (x->seconds < 0 && x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return strcmp(x->name, y->name);
}

void
shard_keep(struct tests *t, const struct shard *s, const struct history *h, bool postgres, char cut[CUT_SIZE])
{
	struct piece *v = xcalloc(t->n + 1, sizeof(*v));
	unsigned *where = xcalloc(t->n + 1, sizeof(*where));
	double *load = xcalloc((size_t)s->n + 1, sizeof(*load)), known = 0, sum = 0;
	uint64_t all = FNV;
	size_t kept = 0;

	for (size_t i = 0; i < t->n; i++) {
		v[i] = (struct piece){ t->v[i].name, history_seconds(h, t->v[i].name, postgres), fnv(FNV, t->v[i].name), i };
		known += v[i].seconds >= 0;
		sum += v[i].seconds >= 0 ? v[i].seconds : 0;
	}
	qsort(v, t->n, sizeof(*v), by_length);
	for (size_t i = 0; i < t->n; i++) {
		unsigned to = 0;

		for (unsigned k = 1; k < s->n; k++)
			if (load[k] < load[to])
				to = k;
		load[to] += EACH + (v[i].seconds >= 0 ? v[i].seconds : known > 0 ? sum / known : 1);
		where[v[i].at] = to + 1;
	}
	for (size_t i = 0; i < t->n; i++) {
		char number[16];

		snprintf(number, sizeof(number), "%u", where[i]);
		all = fnv(fnv(all, t->v[i].name), number);
		if (s->n == 0 || where[i] == s->i) {
			t->v[kept++] = t->v[i];
			continue;
		}
		free(t->v[i].name);
		free(t->v[i].file);
	}
	t->n = kept;
	snprintf(cut, CUT_SIZE, "%016llx", (unsigned long long)all);
	free(load);
	free(where);
	free(v);
}
