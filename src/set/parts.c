/* The parts of a report: the runs and sets found below directories, and whether they are complete. */
#include <sys/stat.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../base/file.h"
#include "../base/mem.h"
#include "../base/text.h"
#include "set.h"

enum { DEPTH_MAX = 60, TWICE_MAX = 5 };

/* Notes why a part is missing or can't be used: the whole is incomplete then. */
static void parts_lacks(struct parts *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void
parts_lacks(struct parts *p, const char *fmt, ...)
{
	char *note;

	XFORMAT(note, fmt);
	strs_add_new(&p->notes, note);
	p->incomplete = true;
	free(note);
}

static void
parts_drop(struct parts *p, size_t i)
{
	part_free(p->v[i]);
	free(p->v[i]);
	memmove(&p->v[i], &p->v[i + 1], (--p->n - i) * sizeof(*p->v));
}

static bool
reports_are_equal(const struct report *a, const struct report *b)
{
	struct buf x = {0}, y = {0};
	bool yes;

	report_json(a, true, &x);
	report_json(b, true, &y);
	yes = strcmp(buf_str(&x), buf_str(&y)) == 0;
	buf_free(&x);
	buf_free(&y);
	return yes;
}

/* True: p has this run already. Of two copies, a finished one is kept rather than an unfinished one. */
static bool
parts_have(struct parts *p, const struct report *rep)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct report *there = &p->v[i]->rep;

		if (strcmp(there->run_id, rep->run_id) != 0)
			continue;
		if (reports_are_equal(there, rep))
			strs_addf(&p->notes, "run %s is there twice, and counts once", rep->run_id);
		else
			parts_lacks(p, "run %s is there twice, and its copies differ: %s and %s", rep->run_id,
			    there->dir, rep->dir);
		if (there->finished || !rep->finished)
			return true;
		parts_drop(p, i);
		return false;
	}
	return false;
}

static void
parts_load(struct parts *p, const char *dir)
{
	struct part *part = xcalloc(1, sizeof(*part));
	const struct report *rep = &part->rep;
	struct err e;

	if (part_load(dir, part, &e) == -1)
		parts_lacks(p, "%s", e.text);
	else if (*rep->run_id == '\0' || (part_passed(part) && rep->n == 0 && rep->shard == NULL))
		parts_lacks(p, "%s/summary.json: no %s in it", dir, *rep->run_id == '\0' ? "run id" : "test");
	else if (!parts_have(p, rep)) {
		if (!rep->finished && rep->runs.n == 0)
			parts_lacks(p, "run %s %s", rep->run_id,
			    run_is_alive(dir) ? "is still running" : "did not finish: hi was killed");
		p->v = xreallocarray(p->v, p->n + 1, sizeof(*p->v));
		p->v[p->n++] = part;
		return;
	}
	part_free(part);
	free(part);
}

/* True: by its name, this file should be a part's directory: it is an archive, or named like a run. */
static bool
is_no_directory(const char *name)
{
	return is_run_id(name, NULL) || strchr(name, '.') == NULL || text_ends(name, ".zip") ||
	    text_ends(name, ".tgz") || strstr(name, ".tar") != NULL;
}

static bool parts_search(struct parts *p, const char *path, int depth);

/* Searches a directory that is not a run's. False: nothing was found. */
static bool
parts_search_below(struct parts *p, const char *path, const struct strs *names, int depth)
{
	struct strs empty = {0};
	bool found = false;
	struct stat st;

	for (size_t i = 0; i < names->n; i++) {
		char *below = file_join(path, names->v[i]);
		const char *why = stat(below, &st) == -1 ? strerror(errno) :
		    S_ISREG(st.st_mode) && is_no_directory(names->v[i]) ? "not a directory" : NULL;

		if (why != NULL) {
			parts_lacks(p, "%s: %s", below, why);
			found = true;
		} else if (S_ISDIR(st.st_mode) && *names->v[i] != '.') {
			if (parts_search(p, below, depth + 1))
				found = true;
			else
				strs_add(&empty, below);
		}
		free(below);
	}
	/* Only the topmost directory without a run is named, not each one in it. */
	for (size_t i = 0; i < empty.n && found; i++)
		parts_lacks(p, "%s: no run in it", empty.v[i]);
	strs_free(&empty);
	return found;
}

static bool
parts_seen(struct parts *p, const struct stat *st)
{
	char *key = xasprintf("%llu:%llu", (unsigned long long)st->st_dev, (unsigned long long)st->st_ino);
	bool seen = !strs_add_new(&p->seen, key);

	free(key);
	return seen;
}

/* False: neither a run nor a trace of one is at or below path. */
static bool
parts_search(struct parts *p, const char *path, int depth)
{
	struct strs names = {0};
	bool found = true;
	struct stat st;
	struct err e;

	if (stat(path, &st) == -1)
		parts_lacks(p, "%s: %s", path, strerror(errno));
	else if (!S_ISDIR(st.st_mode))
		parts_lacks(p, "%s: not a directory", path);
	else if (parts_seen(p, &st))
		;
	else if (depth > DEPTH_MAX)
		parts_lacks(p, "%s: deeper than hi report looks", path);
	else if (dir_names(path, &names, &e) == -1)
		parts_lacks(p, "%s", e.text);
	else if (strs_has(&names, "summary.json"))
		parts_load(p, path);
	else if (strs_has(&names, "go-test.json")) {
		parts_lacks(p, "%s: a run without a summary", path);
		strs_add(&p->streams, path);
	} else
		found = parts_search_below(p, path, &names, depth);
	strs_free(&names);
	return found;
}

void
parts_find(struct parts *p, const char *path)
{
	if (!parts_search(p, path, 0))
		parts_lacks(p, "%s: no run in it", path);
}

static bool
set_has_run(const char *dir, const char *id)
{
	struct report rep;
	bool yes;

	if (report_load(dir, &rep, NULL) == -1)
		return false;
	yes = strs_has(&rep.runs, id);
	report_free(&rep);
	return yes;
}

bool
parts_find_newest(struct parts *p, const char *logs)
{
	struct strs names = {0}, dirs = {0};
	bool found;
	size_t at;

	run_directories(logs, false, &names, &dirs);
	found = dirs.n > 0;
	at = dirs.n;
	/* A set is older than its runs, so its directory comes before theirs. */
	while (at > 0 && !set_has_run(dirs.v[at - 1], names.v[dirs.n - 1]))
		at--;
	if (found)
		parts_find(p, dirs.v[at > 0 ? at - 1 : dirs.n - 1]);
	strs_free(&names);
	strs_free(&dirs);
	return found;
}

/* A finished set replaces its runs. A set that was killed is dropped, and its runs count by themselves. */
static void
parts_settle_sets(struct parts *p)
{
	struct strs spoken = {0};

	for (size_t i = p->n; i-- > 0;) {
		const struct report *rep = &p->v[i]->rep;

		if (rep->finished)
			strs_addv(&spoken, strs_words(&rep->runs));
		else if (rep->runs.n > 0) {
			parts_lacks(p, "set %s did not finish: its runs count as far as they are there",
			    rep->run_id);
			parts_drop(p, i);
		}
	}
	for (size_t i = p->n; i-- > 0;)
		if (strs_has(&spoken, p->v[i]->rep.run_id) && p->v[i]->rep.runs.n == 0)
			parts_drop(p, i);
	strs_free(&spoken);
}

/* Returns the first part before index end that is shard i (0: any) on this database, or NULL. */
static const struct report *
parts_shard(const struct parts *p, size_t end, bool postgres, unsigned i, struct shard *s)
{
	struct err ignored;

	for (size_t k = 0; k < end; k++) {
		const struct report *rep = &p->v[k]->rep;

		if (rep->f.postgres == postgres && shard_parse(rep->shard, s, &ignored) == 0 && s->n > 0 &&
		    (i == 0 || i == s->i))
			return rep;
	}
	return NULL;
}

/* Each database is checked by itself: they may be sharded differently. */
static void
parts_check_shards(struct parts *p, bool postgres)
{
	struct shard all = { 0 }, s;
	const struct report *first = parts_shard(p, p->n, postgres, 0, &all), *twin;
	const char *which = postgres ? " [postgres]" : "";
	struct err ignored;

	for (size_t k = 0; k < p->n; k++) {
		const struct report *rep = &p->v[k]->rep;

		if (rep->f.postgres != postgres || shard_parse(rep->shard, &s, &ignored) == -1 || s.n == 0)
			continue;
		if (s.n != all.n ||
		    (first->cut != NULL && rep->cut != NULL && strcmp(first->cut, rep->cut) != 0))
			parts_lacks(p, "shards %s (run %s) and %s (run %s) were cut from different lists or "
			    "histories: tests may be missing, or have run twice", first->shard,
			    first->run_id, rep->shard, rep->run_id);
		twin = parts_shard(p, k, postgres, s.i, &s);
		if (twin != NULL)
			strs_addf(&p->notes, "shard %s%s is there twice: runs %s and %s", rep->shard, which,
			    twin->run_id, rep->run_id);
	}
	for (unsigned i = 1; i <= all.n; i++)
		if (parts_shard(p, p->n, postgres, i, &s) == NULL)
			parts_lacks(p, "shard %u/%u%s is missing", i, all.n, which);
}

/* If both databases were used, the tests that ran on PostgreSQL are marked. */
static void
parts_name_databases(struct parts *p)
{
	size_t postgres = 0;

	for (size_t i = 0; i < p->n; i++)
		postgres += p->v[i]->rep.f.postgres;
	for (size_t i = 0; i < p->n && postgres < p->n; i++)
		if (p->v[i]->rep.f.postgres)
			p->v[i]->suffix = xstrdup(" [postgres]");
}

/* True: b repeats the test t of a. A test split into runs of its subtests is in each of those, unrepeated. */
static bool
is_repeated(const struct report *a, const struct report *b, const struct report_test *t)
{
	return !report_is_package(t) && strchr(t->name, '/') == NULL && a->f.postgres == b->f.postgres &&
	    report_find(b, t->package, t->name) != NULL && (pattern_depth(a->pattern) < 2 ||
	    pattern_depth(b->pattern) < 2 || strcmp(a->pattern, b->pattern) == 0);
}

static void
parts_check_twice(struct parts *p)
{
	size_t said = 0;

	for (size_t i = 0; i < p->n; i++)
		for (size_t k = i + 1; k < p->n; k++) {
			const struct report *a = &p->v[i]->rep, *b = &p->v[k]->rep;

			for (size_t t = 0; t < b->n; t++)
				if (is_repeated(b, a, &b->tests[t]) && ++said <= TWICE_MAX)
					strs_addf(&p->notes, "%s ran in %s and in %s: both count",
					    b->tests[t].name, a->run_id, b->run_id);
		}
	if (said > TWICE_MAX)
		strs_addf(&p->notes, "and %zu more ran more than once", said - TWICE_MAX);
}

int
parts_check(struct parts *p, const char *tests, struct err *e)
{
	struct strs missing = {0};
	char *names;

	if (*tests != '\0' && expect(tests, p->v, p->n, &missing, e) == -1)
		return -1;
	if (missing.n > 0) {
		names = strs_join(&missing, ", ");
		parts_lacks(p, "%zu test%s of %s did not run: %s", missing.n, missing.n == 1 ? "" : "s",
		    tests, names);
		free(names);
	}
	strs_free(&missing);
	parts_settle_sets(p);
	parts_check_shards(p, false);
	parts_check_shards(p, true);
	parts_name_databases(p);
	parts_check_twice(p);
	return 0;
}

void
parts_free(struct parts *p)
{
	while (p->n > 0)
		parts_drop(p, p->n - 1);
	free(p->v);
	strs_free(&p->notes);
	strs_free(&p->streams);
	strs_free(&p->seen);
}
