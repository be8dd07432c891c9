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
#include "report.h"

static void
string(struct buf *o, const char *key, const char *s)
{
	buf_printf(o, ",\"%s\":", key);
	json_put(o, s);
}

static void
flag(struct buf *o, const char *key, bool b)
{
	buf_printf(o, ",\"%s\":%s", key, b ? "true" : "false");
}

static void
number(struct buf *o, const char *key, double d, int decimals)
{
	if (d >= 0)
		buf_printf(o, ",\"%s\":%.*f", key, decimals, d);
	else
		buf_printf(o, ",\"%s\":null", key);
}

static void
when(struct buf *o, const char *key, int64_t ms)
{
	char s[64];

	string(o, key, ms > 0 ? text_time(ms, s, sizeof(s)) : NULL);
}

static void
counts(struct buf *o, const char *key, const struct counts *c)
{
	buf_printf(o, ",\"%s\":{\"passed\":%zu,\"failed\":%zu,\"skipped\":%zu,\"unfinished\":%zu}", key, c->passed,
	    c->failed, c->skipped, c->unfinished);
}

static void
tests(struct buf *o, const struct report *r, bool packages)
{
	const struct report_test *t;
	const char *sep = "\n  ";
	size_t i;

	buf_printf(o, ",\n \"%s\":[", packages ? "packages" : "tests");
	for (i = 0; i < r->n; i++) {
		t = &r->tests[i];
		if (report_is_package(t) != packages)
			continue;
		buf_printf(o, "%s{\"package\":", sep);
		json_put(o, t->package);
		if (!packages)
			string(o, "name", t->name);
		string(o, "result", t->result);
		number(o, "seconds", t->seconds, 3);
		if (t->parent)
			flag(o, "parent", true);
		if (t->file != NULL) {
			string(o, "file", t->file);
			buf_printf(o, ",\"line\":%ld", t->line);
		}
		if (t->failed_before > 0)
			buf_printf(o, ",\"failed_before\":%u", t->failed_before);
		if (t->excerpt != NULL) {
			string(o, "message", t->message);
			string(o, "excerpt", t->excerpt);
		}
		buf_putc(o, '}');
		sep = ",\n  ";
	}
	buf_putc(o, ']');
}

static void
memory(struct buf *o, const struct facts *f)
{
	const struct memory_peak *m;
	size_t i;

	buf_puts(o, ",\"memory\":[");
	for (i = 0; i < f->n_memory; i++) {
		m = &f->memory[i];
		buf_puts(o, i > 0 ? ",{\"name\":" : "{\"name\":");
		json_put(o, m->name);
		string(o, "kind", m->kind);
		number(o, "min_mb", m->min_mb, 1);
		number(o, "avg_mb", m->avg_mb, 1);
		number(o, "max_mb", m->max_mb, 1);
		when(o, "max_at", m->max_at);
		number(o, "avg_cpu", m->avg_cpu, 1);
		number(o, "max_cpu", m->max_cpu, 1);
		number(o, "limit_mb", m->limit_mb, 1);
		flag(o, "over", m->over);
		flag(o, "oom", m->oom);
		buf_printf(o, ",\"restarts\":%d}", m->restarts);
	}
	buf_putc(o, ']');
}

static void
strings(struct buf *o, const char *key, const struct strs *v)
{
	buf_printf(o, ",\"%s\":[", key);
	for (size_t i = 0; i < v->n; i++) {
		buf_puts(o, i > 0 ? "," : "");
		json_put(o, v->v[i]);
	}
	buf_putc(o, ']');
}

static void
leftovers(struct buf *o, const struct report *r)
{
	const struct facts *f = &r->f;
	size_t i;

	buf_printf(o, ",\"removed\":{\"containers\":%zu,\"networks\":%zu,\"volumes\":%zu,\"images\":%zu},\"leaks\":[",
	    f->removed_containers, f->removed_networks, f->removed_volumes, f->removed_images);
	for (i = 0; i < f->n_leaks; i++) {
		buf_puts(o, i > 0 ? ",{\"kind\":" : "{\"kind\":");
		json_put(o, f->leaks[i].kind);
		string(o, "name", f->leaks[i].name);
		string(o, "why", f->leaks[i].why);
		buf_putc(o, '}');
	}
	buf_putc(o, ']');
	strings(o, "missing", report_missing(r));
}

void
report_json(const struct report *r, bool lists, struct buf *o)
{
	const struct facts *f = &r->f;

	buf_puts(o, "{\"schema\":1");
	flag(o, "finished", r->finished);
	string(o, "run_id", r->run_id);
	string(o, "pattern", r->pattern);
	string(o, "verdict", verdict_name(r->verdict));
	string(o, "sentence", r->sentence);
	buf_printf(o, ",\"exit_code\":%d", r->exit_code);
	string(o, "ending", ending_name(f->ending));
	string(o, "signal", f->ending == END_INTERRUPTED && f->signal > 0 ? signal_name(f->signal) : NULL);
	string(o, "why", f->why);
	when(o, "started", f->started);
	when(o, "ended", f->ended);
	number(o, "seconds", f->ended > 0 ? (double)(f->ended - f->started) / 1000 : -1, 3);
	string(o, "hi_version", f->hi_version);
	string(o, "go_version", f->go_version);
	string(o, "image", f->image);
	string(o, "engine", f->engine);
	flag(o, "postgres", f->postgres);
	flag(o, "kept", f->kept);
	counts(o, "counts", &r->t.top);
	counts(o, "subtests", &r->t.sub);
	memory(o, f);
	leftovers(o, r);
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
