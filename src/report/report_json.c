/* summary.json, schema 1. A reader ignores members it does not know; what is not known is null or left out.
 *
 *	schema		1
 *	finished	false: written while the run went on; if no hi is at it any more, it was killed
 *	run_id, pattern, verdict, sentence, exit_code
 *	verdict		passed, failed, build-failed, panic, race, nothing-ran, all-skipped, incomplete, deadline, oom,
 *			removed, engine, infrastructure, interrupted, memory-limit, leak
 *	ending		how the runner ended: normal, interrupted, deadline, oom, removed, engine, infrastructure,
 *			memory-limit
 *	signal, why	what interrupted it; in words, what is known about the ending
 *	started, ended	RFC 3339, UTC; seconds: between them
 *	hi_version, go_version, image, engine, postgres, kept
 *	counts		{passed, failed, skipped, unfinished}: top-level tests; subtests: the same of those
 *	tests		[{package, name, result, seconds, parent, file, line, message, excerpt}], as they began; result:
 *			passed, failed, skipped, unfinished; parent: only its subtests failed; the last four where it failed
 *	packages	[the same without name]; result may be build-failed
 *	memory		[{name, kind, min_mb, avg_mb, max_mb, max_at, avg_cpu, max_cpu, limit_mb, over, oom, restarts}];
 *			MB of 1000 * 1000, CPU in percent of one core
 *	removed		{containers, networks, volumes, images}; leaks: [{kind, name, why}]
 *	missing		[evidence that could not be had]
 *	runs, notes	only of several runs together: [their ids]; [what there is to say about the whole]. A test has
 *			failed_before then: how many runs of it failed before the one that counts
 *	shard, cut	of a part: "1/4"; by what it was cut: equal in parts that fit together
 *	triage		as `hi triage --json` prints it, or null; triage_text: as `hi triage` does
 */
#include <string.h>

#include "../base/json.h"
#include "../base/text.h"
#include "members.h"

static void
key(struct buf *o, const char *name)
{
	buf_printf(o, "%s\"%s\":", o->s[o->len - 1] == '{' ? "" : ",", name);
}

static void
string(struct buf *o, const char *name, const char *s)
{
	key(o, name);
	json_put(o, s);
}

static void
number(struct buf *o, const char *name, double d, int decimals)
{
	key(o, name);
	if (d >= 0)
		buf_printf(o, "%.*f", decimals, d);
	else
		buf_puts(o, "null");
}

/* Of one that may be left out: there is nothing to say. */
static bool
is_absent(const struct member *m, const void *at)
{
	const char *s;

	if (m->kind == M_FLAG)
		return !*(const bool *)at;
	s = *(const char *const *)at;
	return s == NULL || *s == '\0';
}

static void
member(struct buf *o, const struct member *m, const void *at)
{
	int64_t ms;
	char when[64];

	switch (m->kind) {
	case M_STRING: case M_WORD:
		string(o, m->name, *(const char *const *)at);
		break;
	case M_FLAG:
		key(o, m->name);
		buf_puts(o, *(const bool *)at ? "true" : "false");
		break;
	case M_TENTHS: case M_SECONDS:
		number(o, m->name, *(const double *)at, m->kind == M_TENTHS ? 1 : 3);
		break;
	case M_TIME:
		ms = *(const int64_t *)at;
		string(o, m->name, ms > 0 ? text_time(ms, when, sizeof(when)) : NULL);
		break;
	case M_INT:
		key(o, m->name);
		buf_printf(o, "%d", *(const int *)at);
		break;
	case M_SIZE:
		key(o, m->name);
		buf_printf(o, "%zu", *(const size_t *)at);
		break;
	}
}

static void
members(struct buf *o, const struct member *m, const void *of)
{
	for (; *m->name != '\0'; m++) {
		const void *at = (const char *)of + m->offset;

		if (!m->optional || !is_absent(m, at))
			member(o, m, at);
	}
}

static void
object(struct buf *o, const char *name, const struct member *m, const void *of)
{
	key(o, name);
	buf_putc(o, '{');
	members(o, m, of);
	buf_putc(o, '}');
}

static void
objects(struct buf *o, const char *name, const struct member *m, const void *v, size_t n, size_t size)
{
	key(o, name);
	buf_putc(o, '[');
	for (size_t i = 0; i < n; i++) {
		buf_puts(o, i > 0 ? ",{" : "{");
		members(o, m, (const char *)v + i * size);
		buf_putc(o, '}');
	}
	buf_putc(o, ']');
}

static void
tests(struct buf *o, const struct report *r, bool packages)
{
	const char *sep = "\n  {";

	buf_printf(o, ",\n \"%s\":[", packages ? "packages" : "tests");
	for (size_t i = 0; i < r->n; i++) {
		const struct report_test *t = &r->tests[i];

		if (report_is_package(t) != packages)
			continue;
		buf_puts(o, sep);
		sep = ",\n  {";
		members(o, members_test, t);
		if (t->file != NULL)
			buf_printf(o, ",\"line\":%ld", t->line);
		if (t->failed_before > 0)
			buf_printf(o, ",\"failed_before\":%u", t->failed_before);
		if (t->excerpt != NULL) {
			string(o, "message", t->message);
			string(o, "excerpt", t->excerpt);
		}
		buf_putc(o, '}');
	}
	buf_putc(o, ']');
}

static void
strings(struct buf *o, const char *name, const struct strs *v)
{
	key(o, name);
	buf_putc(o, '[');
	for (size_t i = 0; i < v->n; i++) {
		buf_puts(o, i > 0 ? "," : "");
		json_put(o, v->v[i]);
	}
	buf_putc(o, ']');
}

void
report_json(const struct report *r, bool lists, struct buf *o)
{
	const struct facts *f = &r->f;

	buf_puts(o, "{\"schema\":1");
	members(o, members_run, r);
	string(o, "verdict", verdict_name(r->verdict));
	members(o, members_end, r);
	string(o, "ending", ending_name(f->ending));
	string(o, "signal", f->ending == END_INTERRUPTED && f->signal > 0 ? signal_name(f->signal) : NULL);
	members(o, members_times, f);
	number(o, "seconds", f->ended > 0 ? (double)(f->ended - f->started) / 1000 : -1, 3);
	members(o, members_facts, f);
	object(o, "counts", members_counts, &r->t.top);
	object(o, "subtests", members_counts, &r->t.sub);
	objects(o, "memory", members_memory, f->memory, f->n_memory, sizeof(*f->memory));
	object(o, "removed", members_removed, f);
	objects(o, "leaks", members_leak, f->leaks, f->n_leaks, sizeof(*f->leaks));
	strings(o, "missing", report_missing(r));
	if (r->runs.n > 0) {
		strings(o, "runs", &r->runs);
		strings(o, "notes", &r->notes);
	}
	if (r->shard != NULL) {
		string(o, "shard", r->shard);
		string(o, "cut", r->cut);
	}
	buf_printf(o, ",\"triage\":%s", r->triage_json != NULL ? r->triage_json : "null");
	string(o, "triage_text", r->triage_text);
	if (lists) {
		tests(o, r, false);
		tests(o, r, true);
	}
	buf_puts(o, "}\n");
}
