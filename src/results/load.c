#include <stdlib.h>
#include <string.h>

#include "../base/file.h"
#include "../base/json.h"
#include "../base/mem.h"
#include "../base/text.h"
#include "events.h"
#include "report.h"

enum { MAX = 64 * 1024 * 1024 };

static const char *
string(struct report *r, const struct json *j, int node, const char *key)
{
	char *s = json_dup(j, json_member(j, node, key));
	const char *own = report_own(r, s);

	free(s);
	return own;
}

static const char *
word(struct report *r, const struct json *j, int node, const char *key)
{
	const char *s = string(r, j, node, key);

	return s != NULL ? s : "";
}

static double
number(const struct json *j, int node, const char *key)
{
	double d;

	return json_num(j, json_member(j, node, key), &d) == 0 && d < SECONDS_MAX ? d : -1;
}

static size_t
count(const struct json *j, int node, const char *dotted)
{
	int64_t n;

	return json_int(j, json_path(j, node, dotted), &n) == 0 && n > 0 ? (size_t)n : 0;
}

static int64_t
when(struct report *r, const struct json *j, int node, const char *key)
{
	const char *s = string(r, j, node, key);

	return s != NULL ? text_parse_time(s) : -1;
}

static void
counts(const struct json *j, const char *key, struct counts *c)
{
	int node = json_member(j, 0, key);

	c->passed = count(j, node, "passed");
	c->failed = count(j, node, "failed");
	c->skipped = count(j, node, "skipped");
	c->unfinished = count(j, node, "unfinished");
}

static void
tests(struct report *r, const struct json *j, int list)
{
	struct report_test *t;
	int n;

	for (n = json_first(j, list); n >= 0; n = json_next(j, n)) {
		t = &r->tests[r->n++];
		t->package = word(r, j, n, "package");
		t->name = word(r, j, n, "name");
		t->result = word(r, j, n, "result");
		t->seconds = number(j, n, "seconds");
		t->parent = json_true(j, json_member(j, n, "parent"));
		t->excerpt = string(r, j, n, "excerpt");
		t->message = string(r, j, n, "message");
		t->file = string(r, j, n, "file");
		t->line = (long)count(j, n, "line");
		t->failed_before = (unsigned)count(j, n, "failed_before");
	}
}

static void
memory(struct report *r, const struct json *j, int list)
{
	struct memory_peak *m;
	int n;

	m = r->memory = xcalloc((size_t)json_count(j, list) + 1, sizeof(*m));
	for (n = json_first(j, list); n >= 0; n = json_next(j, n), m++) {
		m->name = word(r, j, n, "name");
		m->kind = word(r, j, n, "kind");
		m->min_mb = number(j, n, "min_mb");
		m->avg_mb = number(j, n, "avg_mb");
		m->max_mb = number(j, n, "max_mb");
		m->avg_cpu = number(j, n, "avg_cpu");
		m->max_cpu = number(j, n, "max_cpu");
		m->limit_mb = number(j, n, "limit_mb");
		m->max_at = when(r, j, n, "max_at");
		m->over = json_true(j, json_member(j, n, "over"));
		m->oom = json_true(j, json_member(j, n, "oom"));
		m->restarts = (int)count(j, n, "restarts");
	}
	r->f.memory = r->memory;
	r->f.n_memory = (size_t)(m - r->memory);
}

static void
strings(const struct json *j, const char *key, struct strs *out)
{
	char *s;

	for (int n = json_first(j, json_member(j, 0, key)); n >= 0; n = json_next(j, n)) {
		if ((s = json_dup(j, n)) != NULL)
			strs_add(out, s);
		free(s);
	}
}

static void
leftovers(struct report *r, const struct json *j)
{
	int list = json_member(j, 0, "leaks"), n;
	struct leak *l;

	l = r->leaks = xcalloc((size_t)json_count(j, list) + 1, sizeof(*l));
	for (n = json_first(j, list); n >= 0; n = json_next(j, n), l++) {
		l->kind = word(r, j, n, "kind");
		l->name = word(r, j, n, "name");
		l->why = word(r, j, n, "why");
	}
	r->f.leaks = r->leaks;
	r->f.n_leaks = (size_t)(l - r->leaks);
	strings(j, "missing", &r->missing);
	r->f.removed_containers = count(j, 0, "removed.containers");
	r->f.removed_networks = count(j, 0, "removed.networks");
	r->f.removed_volumes = count(j, 0, "removed.volumes");
	r->f.removed_images = count(j, 0, "removed.images");
}

static void
ending(struct report *r, const char *name)
{
	int i;

	for (i = END_NORMAL; i <= END_LIMIT; i++) {
		if (strcmp(name, ending_name((enum ending)i)) == 0)
			r->f.ending = (enum ending)i;
	}
}

static int
read_in(struct report *r, const struct json *j, const char *dir)
{
	int node = json_member(j, 0, "tests"), packages = json_member(j, 0, "packages"), v;
	const char *raw;
	char *triage;
	size_t len;

	if ((v = verdict_parse(word(r, j, 0, "verdict"))) == -1)
		return -1;
	r->verdict = (enum verdict)v;
	r->finished = json_true(j, json_member(j, 0, "finished"));
	r->dir = report_own(r, dir);
	r->run_id = word(r, j, 0, "run_id");
	r->pattern = word(r, j, 0, "pattern");
	r->sentence = word(r, j, 0, "sentence");
	r->exit_code = (int)count(j, 0, "exit_code");
	ending(r, word(r, j, 0, "ending"));
	r->f.why = string(r, j, 0, "why");
	r->f.started = when(r, j, 0, "started");
	r->f.ended = when(r, j, 0, "ended");
	r->f.hi_version = string(r, j, 0, "hi_version");
	r->f.go_version = string(r, j, 0, "go_version");
	r->f.image = string(r, j, 0, "image");
	r->f.engine = string(r, j, 0, "engine");
	r->f.postgres = json_true(j, json_member(j, 0, "postgres"));
	r->f.kept = json_true(j, json_member(j, 0, "kept"));
	counts(j, "counts", &r->t.top);
	counts(j, "subtests", &r->t.sub);
	r->tests = xcalloc((size_t)(json_count(j, node) + json_count(j, packages)) + 1, sizeof(*r->tests));
	tests(r, j, node);
	tests(r, j, packages);
	memory(r, j, json_member(j, 0, "memory"));
	leftovers(r, j);
	strings(j, "runs", &r->runs);
	strings(j, "notes", &r->notes);
	r->shard = string(r, j, 0, "shard");
	r->cut = string(r, j, 0, "cut");
	r->triage_text = string(r, j, 0, "triage_text");
	node = json_member(j, 0, "triage");
	if (json_type(j, node) == JSON_OBJECT) {
		raw = json_raw(j, node, &len);
		triage = xstrndup(raw, len);
		r->triage_json = report_own(r, triage);
		free(triage);
	}
	return 0;
}

int
report_load(const char *dir, struct report *out, struct err *e)
{
	char *path = file_join(dir, "summary.json");
	struct buf text = {0};
	struct json j = {0};
	int64_t schema = 0;
	int rc = -1;

	memset(out, 0, sizeof(*out));
	if (file_read(path, MAX, &text, e) == -1)
		;
	else if (json_parse(&j, buf_str(&text), text.len) == -1)
		err_set(e, "%s: damaged: not JSON", path);
	else if (json_int(&j, json_member(&j, 0, "schema"), &schema) == -1 || schema != 1)
		err_set(e, "%s: not a summary that this hi knows (schema 1)", path);
	else if ((rc = read_in(out, &j, dir)) == -1)
		err_set(e, "%s: damaged: no verdict", path);
	if (rc == -1)
		report_free(out);
	json_free(&j);
	buf_free(&text);
	free(path);
	return rc;
}
