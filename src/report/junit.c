#include <stdio.h>
#include <string.h>

#include "../base/text.h"
#include "report.h"

/* XML 1.0 has no place for most control characters, however they are escaped. */
static void
xml(struct buf *o, const char *s)
{
	size_t len = s != NULL ? strlen(s) : 0, n;

	for (; len > 0; s += n, len -= n) {
		n = text_utf8(s, len);
		if (n == 0 || (n == 1 && (unsigned char)*s < 0x20 && strchr("\t\n\r", *s) == NULL) ||
		    (n == 3 && (memcmp(s, "\xef\xbf\xbe", 3) == 0 || memcmp(s, "\xef\xbf\xbf", 3) == 0))) {
			buf_puts(o, "\xef\xbf\xbd");
			n = n > 0 ? n : 1;
			continue;
		}
		switch (*s) {
		case '&': buf_puts(o, "&amp;"); break;
		case '<': buf_puts(o, "&lt;"); break;
		case '>': buf_puts(o, "&gt;"); break;
		case '"': buf_puts(o, "&quot;"); break;
		case '\t': case '\n': case '\r': buf_printf(o, "&#%d;", *s); break;
		default: buf_add(o, s, n);
		}
	}
}

static void
attribute(struct buf *o, const char *name, const char *value)
{
	buf_printf(o, " %s=\"", name);
	xml(o, value);
	buf_putc(o, '"');
}

struct sums {
	size_t tests, failures, errors, skipped;
	double seconds;
};

static void
open_suite(struct buf *o, const char *tag, const char *name, const struct sums *s, int64_t started)
{
	char when[64];

	buf_printf(o, "<%s", tag);
	attribute(o, "name", name);
	buf_printf(o, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\" time=\"%.3f\"", s->tests,
	    s->failures, s->errors, s->skipped, s->seconds);
	if (started > 0) {
		/* Without fraction and zone, as the common schema wants it. */
		text_time(started, when, sizeof(when));
		when[19] = '\0';
		attribute(o, "timestamp", when);
	}
	buf_puts(o, ">\n");
}

/* "failure" and "error" are two things to JUnit: an assertion, and what kept a test from its end. */
static const char *
element(const struct report_test *t)
{
	if (strcmp(t->result, "passed") == 0 || (report_is_package(t) && !report_is_failure(t)))
		return NULL;
	if (strcmp(t->result, "skipped") == 0)
		return "skipped";
	return strcmp(t->result, "failed") == 0 && !report_is_package(t) ? "failure" : "error";
}

static void
problem(struct buf *o, const char *tag, const char *type, const char *message, const char *text)
{
	buf_printf(o, "<%s", tag);
	attribute(o, "message", message);
	attribute(o, "type", type);
	buf_putc(o, '>');
	xml(o, text);
	buf_printf(o, "</%s>", tag);
}

static void
test_case(struct buf *o, const struct report_test *t)
{
	const char *tag = element(t);
	const char *message = t->message != NULL && *t->message != '\0' ? t->message : t->result;

	buf_puts(o, "  <testcase");
	attribute(o, "classname", t->package);
	attribute(o, "name", report_is_package(t) ? "(package)" : t->name);
	buf_printf(o, " time=\"%.3f\"", t->seconds > 0 ? t->seconds : 0);
	if (t->file != NULL)
		attribute(o, "file", t->file);
	buf_putc(o, '>');
	if (tag != NULL && strcmp(tag, "skipped") == 0)
		buf_puts(o, "<skipped/>");
	else if (tag != NULL)
		problem(o, tag, t->result, t->parent ? "a subtest failed" : message, t->excerpt);
	/* As the surefire schema has it: this and no failure means that it passed in the end. */
	for (unsigned i = 0; tag == NULL && i < t->failed_before; i++)
		problem(o, "flakyFailure", "failed", message, t->excerpt);
	buf_puts(o, "</testcase>\n");
}

static void
add(struct sums *s, const struct report_test *t)
{
	const char *tag = element(t);

	if (report_is_package(t) && tag == NULL)
		return;
	s->tests++;
	s->failures += tag != NULL && *tag == 'f';
	s->errors += tag != NULL && *tag == 'e';
	s->skipped += tag != NULL && *tag == 's';
}

static bool
same_package(const struct report_test *a, const struct report_test *b)
{
	return strcmp(a->package, b->package) == 0;
}

static void
suites(struct buf *o, const struct report *r)
{
	const struct report_test *p, *t;
	struct sums s;

	for (p = r->tests; p < r->tests + r->n; p++) {
		if (!report_is_package(p))
			continue;
		memset(&s, 0, sizeof(s));
		s.seconds = p->seconds > 0 ? p->seconds : 0;
		for (t = r->tests; t < r->tests + r->n; t++) {
			if (same_package(p, t))
				add(&s, t);
		}
		if (s.tests == 0)
			continue;
		buf_putc(o, ' ');
		open_suite(o, "testsuite", p->package, &s, r->f.started);
		for (t = r->tests; t < r->tests + r->n; t++) {
			if (same_package(p, t) && (!report_is_package(t) || element(t) != NULL))
				test_case(o, t);
		}
		buf_puts(o, " </testsuite>\n");
	}
}

/* What is wrong with the run as a whole, or right: a case of its own, so that no consumer takes a run without
 * tests for a good one. */
static void
run_suite(struct buf *o, const struct report *r, struct sums *all)
{
	const struct facts *f = &r->f;
	bool bad = r->verdict != V_PASSED && r->verdict != V_FAILED;
	struct sums s = { .tests = 1, .errors = bad };
	char words[160];
	size_t i;

	for (i = 0; i < f->n_memory; i++) {
		s.tests += f->memory[i].over;
		s.failures += f->memory[i].over;
	}
	all->tests += s.tests;
	all->errors += s.errors;
	all->failures += s.failures;
	buf_putc(o, ' ');
	open_suite(o, "testsuite", "hi", &s, f->started);
	buf_puts(o, "  <testcase classname=\"hi\" name=\"run\" time=\"0.000\">");
	if (bad)
		problem(o, "error", verdict_name(r->verdict), r->sentence, r->triage_text);
	buf_puts(o, "</testcase>\n");
	for (i = 0; i < f->n_memory; i++) {
		if (!f->memory[i].over)
			continue;
		buf_puts(o, "  <testcase classname=\"hi.memory\"");
		attribute(o, "name", f->memory[i].name);
		buf_puts(o, " time=\"0.000\">");
		snprintf(words, sizeof(words), "held %.1f MB, over its limit of %.0f MB", f->memory[i].max_mb,
		    f->memory[i].limit_mb);
		problem(o, "failure", "memory-limit", words, NULL);
		buf_puts(o, "</testcase>\n");
	}
	buf_puts(o, " </testsuite>\n");
}

void
report_junit(const struct report *r, struct buf *o)
{
	struct sums all = { .seconds = r->f.ended > 0 ? (double)(r->f.ended - r->f.started) / 1000 : 0 };
	struct buf run = {0};
	const struct report_test *t;

	for (t = r->tests; t < r->tests + r->n; t++)
		add(&all, t);
	run_suite(&run, r, &all);
	buf_puts(o, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
	open_suite(o, "testsuites", r->run_id, &all, 0);
	suites(o, r);
	buf_add(o, run.s, run.len);
	buf_puts(o, "</testsuites>\n");
	buf_free(&run);
}
