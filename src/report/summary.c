/* summary.json, written and read by the same tables. man/hi-summary.5 says what each member means. */
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "../base/file.h"
#include "../base/json.h"
#include "../base/json_write.h"
#include "../base/mem.h"
#include "../base/text.h"
#include "../stream/stream.h"
#include "page.h"
#include "report_internal.h"

enum { SUMMARY_MAX = 64 << 20, SCHEMA = 1 };

enum member_kind {
	M_STRING,	/* const char *; NULL is null */
	M_WORD,		/* the same; "" if it is missing */
	M_RAW,		/* const char *, JSON; NULL is null */
	M_FLAG,		/* bool */
	M_TENTHS, M_MILLIS,	/* double, with one or three decimals; < 0 is null */
	M_TIME,		/* int64_t, ms since 1970; <= 0 is null */
	M_INT,		/* int, >= 0 */
	M_SIZE,		/* size_t */
	M_STRINGS,	/* struct strs */
	M_OBJECT,	/* an object, by a table of its own */
	M_VERDICT, M_ENDING, M_SIGNAL,	/* by their names */
	M_RESULT,	/* const char *, one of results[] */
	M_OPTIONAL = 0x80,	/* or'ed: left out if it is NULL, "", false, 0 or empty */
};

struct member {
	const char *name;
	unsigned kind;
	size_t offset;
	const struct member *of;
};

#define M(type, member, kind) { #member, kind, offsetof(struct type, member), NULL }
#define IN(type, name, kind, path) { name, kind, offsetof(struct type, path), NULL }
#define OBJECT(type, name, path, table) { name, M_OBJECT, offsetof(struct type, path), table }

static const char *const results[] = { "passed", "failed", "skipped", "unfinished", "build-failed" };

static const struct member counts[] = {
	M(counts, passed, M_SIZE), M(counts, failed, M_SIZE), M(counts, skipped, M_SIZE), M(counts,
	    unfinished, M_SIZE),
	{ 0 },
};

static const struct member removed[] = {
	M(removed, containers, M_SIZE), M(removed, networks, M_SIZE), M(removed, volumes, M_SIZE),
	M(removed, images, M_SIZE),
	{ 0 },
};

static const struct member peaks[] = {
	M(memory_peak, name, M_WORD), M(memory_peak, kind, M_WORD), M(memory_peak, min_mb, M_TENTHS),
	M(memory_peak, avg_mb, M_TENTHS), M(memory_peak, max_mb, M_TENTHS), M(memory_peak, max_at, M_TIME),
	M(memory_peak, avg_cpu, M_TENTHS), M(memory_peak, max_cpu, M_TENTHS), M(memory_peak, limit_mb,
	    M_TENTHS),
	M(memory_peak, over, M_FLAG), M(memory_peak, oom, M_FLAG), M(memory_peak, restarts, M_INT),
	{ 0 },
};

static const struct member leaks[] = {
	M(leak, kind, M_WORD), M(leak, name, M_WORD), M(leak, why, M_WORD),
	{ 0 },
};

static const struct member tests[] = {
	M(report_test, package, M_WORD), M(report_test, name, M_WORD | M_OPTIONAL), M(report_test, result,
	    M_RESULT),
	M(report_test, seconds, M_MILLIS), M(report_test, started, M_TIME | M_OPTIONAL),
	M(report_test, ended, M_TIME | M_OPTIONAL), M(report_test, parent, M_FLAG | M_OPTIONAL),
	M(report_test, consequence, M_FLAG | M_OPTIONAL), M(report_test, failed_before, M_INT | M_OPTIONAL),
	M(report_test, file, M_STRING | M_OPTIONAL), M(report_test, line, M_INT | M_OPTIONAL),
	M(report_test, message, M_STRING | M_OPTIONAL), M(report_test, excerpt, M_STRING | M_OPTIONAL),
	M(report_test, properties, M_RAW | M_OPTIONAL),
	{ 0 },
};

static const struct member whole[] = {
	M(report, finished, M_FLAG), M(report, incomplete, M_FLAG | M_OPTIONAL),
	M(report, run_id, M_WORD), M(report, pattern, M_WORD),
	M(report, verdict, M_VERDICT), M(report, sentence, M_WORD), M(report, exit_code, M_INT),
	IN(report, "ending", M_ENDING, f.ending), IN(report, "signal", M_SIGNAL, f.signal), IN(report, "why",
	    M_STRING, f.why),
	IN(report, "started", M_TIME, f.started), IN(report, "ended", M_TIME, f.ended),
	IN(report, "hi_version", M_STRING, f.hi_version), IN(report, "go_version", M_STRING, f.go_version),
	IN(report, "image", M_STRING, f.image), IN(report, "engine", M_STRING, f.engine),
	IN(report, "postgres", M_FLAG, f.postgres), IN(report, "kept", M_FLAG, f.kept),
	OBJECT(report, "counts", t.top, counts), OBJECT(report, "subtests", t.sub, counts),
	OBJECT(report, "removed", f.removed, removed), M(report, missing, M_STRINGS), M(report, not_run,
	    M_STRINGS | M_OPTIONAL),
	M(report, runs, M_STRINGS | M_OPTIONAL), M(report, notes, M_STRINGS | M_OPTIONAL),
	M(report, shard, M_STRING | M_OPTIONAL), M(report, cut, M_STRING | M_OPTIONAL),
	M(report, triage, M_RAW), M(report, triage_text, M_STRING),
	{ 0 },
};

static void members_put(struct buf *o, const struct member *m, const void *of);

static bool
member_is_absent(unsigned kind, const void *at)
{
	switch (kind) {
	case M_FLAG: return !*(const bool *)at;
	case M_INT: return *(const int *)at == 0;
	case M_TIME: return *(const int64_t *)at <= 0;
	case M_STRINGS: return ((const struct strs *)at)->n == 0;
	default: return *(const char *const *)at == NULL || **(const char *const *)at == '\0';
	}
}

static void
real_put(struct buf *o, const char *name, double d, int decimals)
{
	if (d >= 0)
		jw_real(o, name, d, decimals);
	else
		jw_null(o, name);
}

static void
member_put(struct buf *o, const struct member *m, const void *at)
{
	unsigned kind = m->kind & ~(unsigned)M_OPTIONAL;
	const struct strs *l = at;
	char when[64];

	if ((m->kind & M_OPTIONAL) && member_is_absent(kind, at))
		return;
	switch (kind) {
	case M_STRING: case M_WORD: case M_RESULT: jw_string(o, m->name, *(const char *const *)at); break;
	case M_RAW: jw_raw(o, m->name,
	    *(const char *const *)at != NULL ? *(const char *const *)at : "null"); break;
	case M_FLAG: jw_bool(o, m->name, *(const bool *)at); break;
	case M_TENTHS: real_put(o, m->name, *(const double *)at, 1); break;
	case M_MILLIS: real_put(o, m->name, *(const double *)at, 3); break;
	case M_TIME:
		jw_string(o, m->name, *(const int64_t *)at > 0 ? text_time(*(const int64_t *)at, when,
		    sizeof(when)) : NULL);
		break;
	case M_INT: jw_int(o, m->name, *(const int *)at); break;
	case M_SIZE: jw_int(o, m->name, (int64_t)*(const size_t *)at); break;
	case M_STRINGS:
		jw_array(o, m->name);
		for (size_t i = 0; i < l->n; i++)
			jw_string(o, NULL, l->v[i]);
		jw_end_array(o);
		break;
	case M_OBJECT:
		jw_object(o, m->name);
		members_put(o, m->of, at);
		jw_end_object(o);
		break;
	case M_VERDICT: jw_string(o, m->name, verdict_name(*(const enum verdict *)at)); break;
	case M_ENDING: jw_string(o, m->name, ending_name(*(const enum ending *)at)); break;
	case M_SIGNAL: jw_string(o, m->name,
	    *(const int *)at > 0 ? signal_name(*(const int *)at) : NULL); break;
	}
}

static void
members_put(struct buf *o, const struct member *m, const void *of)
{
	for (; m->name != NULL; m++)
		member_put(o, m, (const char *)of + m->offset);
}

static void
objects_put(struct buf *o, const char *name, const struct member *m, const void *v, size_t n, size_t size)
{
	jw_array(o, name);
	for (size_t i = 0; i < n; i++) {
		jw_object(o, NULL);
		members_put(o, m, (const char *)v + i * size);
		jw_end_object(o);
	}
	jw_end_array(o);
}

/* Each test is on a line of its own, for grep and diff. */
static void
tests_put(struct buf *o, const struct report *r, bool packages)
{
	const char *comma = "\n";

	jw_array(o, packages ? "packages" : "tests");
	for (size_t i = 0; i < r->n; i++) {
		if (report_is_package(&r->tests[i]) != packages)
			continue;
		buf_puts(o, comma);
		jw_object(o, NULL);
		members_put(o, tests, &r->tests[i]);
		jw_end_object(o);
		comma = ",\n";
	}
	jw_end_array(o);
}

void
report_json(const struct report *r, bool lists, struct buf *o)
{
	const struct facts *f = &r->f;

	jw_object(o, NULL);
	jw_int(o, "schema", SCHEMA);
	members_put(o, whole, r);
	real_put(o, "seconds", f->ended > 0 ? (double)(f->ended - f->started) / 1000 : -1, 3);
	objects_put(o, "memory", peaks, f->memory, f->n_memory, sizeof(*f->memory));
	objects_put(o, "leaks", leaks, f->removed.left, f->removed.n_left, sizeof(*f->removed.left));
	if (lists) {
		tests_put(o, r, false);
		tests_put(o, r, true);
	}
	jw_end_object(o);
	buf_putc(o, '\n');
}

static void members_get(struct report *r, const struct json *j, int node, const struct member *m, void *to);

/* A result that this hi does not know must not count as a pass. */
static const char *
result_get(const struct json *j, int value)
{
	for (size_t i = 0; i < sizeof(results) / sizeof(results[0]); i++)
		if (json_eq(j, value, results[i]))
			return results[i];
	return "unfinished";
}

static int
signal_get(const struct json *j, int value)
{
	int sig = 31;

	while (sig > 0 && !json_eq(j, value, signal_name(sig)))
		sig--;
	return sig;
}

static enum ending
ending_get(const struct json *j, int value)
{
	int i = END_LIMIT;

	while (i > END_NORMAL && !json_eq(j, value, ending_name((enum ending)i)))
		i--;
	return (enum ending)i;
}

/* Copies JSON unchanged, except "#[" in its strings, which json_put escapes as well. */
static const char *
raw_get(struct report *r, const struct json *j, int value)
{
	enum json_type type = json_type(j, value);
	struct buf b = {0};
	size_t len;
	const char *raw = json_raw(j, value, &len);

	if (type != JSON_OBJECT && type != JSON_ARRAY)
		return NULL;
	for (size_t i = 0; i < len; i++)
		if (raw[i] == '[' && i > 0 && raw[i - 1] == '#')
			buf_puts(&b, "\\u005b");
		else
			buf_putc(&b, raw[i]);
	return report_take(r, buf_take(&b));
}

static void
member_get(struct report *r, const struct json *j, int value, const struct member *m, void *at)
{
	char *s = json_dup(j, value);
	int64_t n = 0;
	double d;
	int v;

	if (json_int(j, value, &n) == -1 || n < 0)
		n = 0;
	switch (m->kind & ~(unsigned)M_OPTIONAL) {
	case M_STRING: *(const char **)at = report_own(r, s); break;
	case M_WORD: *(const char **)at = s != NULL ? report_own(r, s) : ""; break;
	case M_RAW: *(const char **)at = raw_get(r, j, value); break;
	case M_FLAG: *(bool *)at = json_true(j, value); break;
	case M_TENTHS: case M_MILLIS:
		*(double *)at = json_num(j, value, &d) == 0 && d < SECONDS_MAX ? d : -1;
		break;
	case M_TIME: *(int64_t *)at = s != NULL ? text_parse_time(s) : -1; break;
	case M_INT: *(int *)at = n < SECONDS_MAX ? (int)n : 0; break;
	case M_SIZE: *(size_t *)at = (size_t)n; break;
	case M_STRINGS: json_strings(j, value, at); break;
	case M_OBJECT: members_get(r, j, value, m->of, at); break;
	case M_VERDICT:
		v = s != NULL ? verdict_parse(s) : -1;
		*(enum verdict *)at = v >= 0 ? (enum verdict)v : V_INCOMPLETE;
		break;
	case M_ENDING: *(enum ending *)at = ending_get(j, value); break;
	case M_SIGNAL: *(int *)at = signal_get(j, value); break;
	case M_RESULT: *(const char **)at = result_get(j, value); break;
	}
	free(s);
}

static void
members_get(struct report *r, const struct json *j, int node, const struct member *m, void *to)
{
	for (; m->name != NULL; m++)
		member_get(r, j, json_member(j, node, m->name), m, (char *)to + m->offset);
}

/* Appends to v, an array of *n objects, and returns it reallocated; the caller frees it. */
static void *
objects_get(struct report *r, const struct json *j, const char *name, const struct member *m, void *v,
    size_t *n,
    size_t size)
{
	int list = json_member(j, 0, name);

	v = xreallocarray(v, *n + (size_t)json_count(j, list) + 1, size);
	for (int node = json_first(j, list); node >= 0; node = json_next(j, node)) {
		memset((char *)v + *n * size, 0, size);
		members_get(r, j, node, m, (char *)v + (*n)++ * size);
	}
	return v;
}

static void
summary_get(struct report *r, const struct json *j, const char *dir)
{
	members_get(r, j, 0, whole, r);
	/* Only a pass may have exit code 0, whatever the file says. */
	if (r->exit_code > 255 || (r->exit_code == 0 && r->verdict != V_PASSED))
		r->exit_code = 1;
	r->dir = report_own(r, dir);
	r->tests = objects_get(r, j, "tests", tests, r->tests, &r->n, sizeof(*r->tests));
	r->tests = objects_get(r, j, "packages", tests, r->tests, &r->n, sizeof(*r->tests));
	r->f.memory = r->memory = objects_get(r, j, "memory", peaks, NULL, &r->f.n_memory,
	    sizeof(*r->memory));
	r->f.removed.left = r->leaks = objects_get(r, j, "leaks", leaks, NULL, &r->f.removed.n_left,
	    sizeof(*r->leaks));
}

static bool
page_exists(const char *dir)
{
	char *path = file_join(dir, PAGE_NAME);
	bool yes = file_exists(path);

	free(path);
	return yes;
}

int
report_load(const char *dir, struct report *out, struct err *e)
{
	char *path = file_join(dir, "summary.json"), *verdict = NULL;
	struct buf text = {0};
	struct json j = {0};
	int64_t schema = 0;
	int rc = -1;

	*out = (struct report){ 0 };
	if (file_read(path, SUMMARY_MAX, &text, e) == -1)
		;
	else if (text.len == 0)
		err_set(e, "%s: empty", path);
	else if (json_parse(&j, buf_str(&text), text.len) == -1)
		err_set(e, "%s: damaged: not JSON", path);
	else if (json_int(&j, json_member(&j, 0, "schema"), &schema) == -1 || schema != SCHEMA)
		err_as(e, ERR_UNSUPPORTED, "%s: not a summary that this hi knows (schema %d)", path, SCHEMA);
	else if ((verdict = json_dup_member(&j, 0, "verdict")) == NULL || verdict_parse(verdict) == -1)
		err_set(e, "%s: damaged: no verdict", path);
	else {
		summary_get(out, &j, dir);
		out->page = page_exists(dir);
		rc = 0;
	}
	json_free(&j);
	buf_free(&text);
	free(verdict);
	free(path);
	return rc;
}
