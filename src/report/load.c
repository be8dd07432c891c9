#include <stdlib.h>
#include <string.h>

#include "../base/file.h"
#include "../base/json.h"
#include "../base/mem.h"
#include "../base/text.h"
#include "../stream/events.h"
#include "members.h"

enum { MAX = 64 * 1024 * 1024 };

static const char *
string(struct report *r, const struct json *j, int node, const char *key)
{
	return report_take(r, json_dup(j, json_member(j, node, key)));
}

static const char *
word(struct report *r, const struct json *j, int node, const char *key)
{
	const char *s = string(r, j, node, key);

	return s != NULL ? s : "";
}

static size_t
count(const struct json *j, int node)
{
	int64_t n;

	return json_int(j, node, &n) == 0 && n > 0 ? (size_t)n : 0;
}

static void
member(struct report *r, const struct json *j, int node, const struct member *m, void *at)
{
	int value = json_member(j, node, m->name);
	const char *s;
	double d;

	switch (m->kind) {
	case M_STRING:
		*(const char **)at = string(r, j, node, m->name);
		break;
	case M_WORD:
		*(const char **)at = word(r, j, node, m->name);
		break;
	case M_FLAG:
		*(bool *)at = json_true(j, value);
		break;
	case M_TENTHS: case M_SECONDS:
		*(double *)at = json_num(j, value, &d) == 0 && d < SECONDS_MAX ? d : -1;
		break;
	case M_TIME:
		s = string(r, j, node, m->name);
		*(int64_t *)at = s != NULL ? text_parse_time(s) : -1;
		break;
	case M_INT:
		*(int *)at = (int)count(j, value);
		break;
	case M_SIZE:
		*(size_t *)at = count(j, value);
		break;
	}
}

static void
members(struct report *r, const struct json *j, int node, const struct member *m, void *to)
{
	for (; *m->name != '\0'; m++)
		member(r, j, node, m, (char *)to + m->offset);
}

/* A list's, as an array that is the caller's. */
static void *
objects(struct report *r, const struct json *j, const char *key, const struct member *m, size_t size, size_t *n)
{
	int list = json_member(j, 0, key);
	char *v = xcalloc((size_t)json_count(j, list) + 1, size);

	*n = 0;
	for (int node = json_first(j, list); node >= 0; node = json_next(j, node))
		members(r, j, node, m, v + (*n)++ * size);
	return v;
}

static void
tests(struct report *r, const struct json *j, int list)
{
	for (int n = json_first(j, list); n >= 0; n = json_next(j, n)) {
		struct report_test *t = &r->tests[r->n++];

		members(r, j, n, members_test, t);
		t->excerpt = string(r, j, n, "excerpt");
		t->message = string(r, j, n, "message");
		t->line = (long)count(j, json_member(j, n, "line"));
		t->failed_before = (unsigned)count(j, json_member(j, n, "failed_before"));
	}
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
ending(struct report *r, const char *name)
{
	int i;

	for (i = END_NORMAL; i <= END_LIMIT; i++) {
		if (strcmp(name, ending_name((enum ending)i)) == 0)
			r->f.ending = (enum ending)i;
	}
}

static int
signal_of(const char *name)
{
	int sig = 31;

	while (sig > 0 && strcmp(name, signal_name(sig)) != 0)
		sig--;
	return sig;
}

static int
read_in(struct report *r, const struct json *j, const char *dir)
{
	int list = json_member(j, 0, "tests"), packages = json_member(j, 0, "packages"), triage, v;
	const char *raw;
	size_t len;

	if ((v = verdict_parse(word(r, j, 0, "verdict"))) == -1)
		return -1;
	r->verdict = (enum verdict)v;
	r->dir = report_own(r, dir);
	members(r, j, 0, members_run, r);
	members(r, j, 0, members_end, r);
	ending(r, word(r, j, 0, "ending"));
	r->f.signal = signal_of(word(r, j, 0, "signal"));
	members(r, j, 0, members_times, &r->f);
	members(r, j, 0, members_facts, &r->f);
	members(r, j, json_member(j, 0, "counts"), members_counts, &r->t.top);
	members(r, j, json_member(j, 0, "subtests"), members_counts, &r->t.sub);
	r->tests = xcalloc((size_t)(json_count(j, list) + json_count(j, packages)) + 1, sizeof(*r->tests));
	tests(r, j, list);
	tests(r, j, packages);
	r->f.memory = r->memory = objects(r, j, "memory", members_memory, sizeof(*r->memory), &r->f.n_memory);
	r->f.leaks = r->leaks = objects(r, j, "leaks", members_leak, sizeof(*r->leaks), &r->f.n_leaks);
	members(r, j, json_member(j, 0, "removed"), members_removed, &r->f);
	strings(j, "missing", &r->missing);
	strings(j, "runs", &r->runs);
	strings(j, "notes", &r->notes);
	r->shard = string(r, j, 0, "shard");
	r->cut = string(r, j, 0, "cut");
	r->triage_text = string(r, j, 0, "triage_text");
	triage = json_member(j, 0, "triage");
	if (json_type(j, triage) == JSON_OBJECT) {
		raw = json_raw(j, triage, &len);
		r->triage_json = report_take(r, xstrndup(raw, len));
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
