/* junit.xml, by the common schema. A run that failed has exactly one failure or error for each cause: at the
 * test, else at the package, at the container over its limit, or at the case "run" of the suite "hi", which
 * exists only for that. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/json.h"
#include "../base/text.h"
#include "report_internal.h"

struct suite {
	const char *name;
	size_t tests, failures, errors, skipped;
	double seconds;
	struct buf cases;	/* in the sum of all suites: the suites */
};

/* XML 1.0 forbids most control characters, even escaped. */
static void
xml_put(struct buf *o, const char *s, bool attribute)
{
	size_t len = s != NULL ? strlen(s) : 0, n;

	for (; len > 0; s += n, len -= n) {
		n = text_utf8(s, len);
		if (n == 0 || (n == 1 && (unsigned char)*s < 0x20 && strchr("\t\n\r", *s) == NULL) ||
		    (n == 3 && (memcmp(s, "\xef\xbf\xbe", 3) == 0 || memcmp(s, "\xef\xbf\xbf", 3) == 0))) {
			buf_puts(o, "\xef\xbf\xbd");
			n = n > 0 ? n : 1;
		} else if (strchr("&<>\"\r", *s) != NULL || (attribute && (*s == '\t' || *s == '\n'))) {
			buf_printf(o, "&#%d;", *s);
		} else {
			buf_add(o, s, n);
		}
	}
}

static void
xml_attribute(struct buf *o, const char *name, const char *value)
{
	buf_printf(o, " %s=\"", name);
	xml_put(o, value, true);
	buf_putc(o, '"');
}

static void
suite_head(struct buf *o, const char *tag, const struct suite *s, int64_t started)
{
	char when[64];

	buf_printf(o, "<%s", tag);
	xml_attribute(o, "name", s->name);
	buf_printf(o, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\" time=\"%.3f\"",
	    s->tests, s->failures, s->errors, s->skipped, s->seconds);
	if (started > 0) {
		/* The common schema allows neither a fraction nor a zone. */
		text_time(started, when, sizeof(when));
		when[19] = '\0';
		xml_attribute(o, "timestamp", when);
	}
	buf_puts(o, ">\n");
}

/* Appends the suite, if it has cases, to those of all, and adds its counts to theirs. */
static void
suite_end(struct suite *s, struct suite *all, int64_t started)
{
	if (s->tests > 0) {
		buf_putc(&all->cases, ' ');
		suite_head(&all->cases, "testsuite", s, started);
		buf_add(&all->cases, s->cases.s, s->cases.len);
		buf_puts(&all->cases, " </testsuite>\n");
	}
	all->tests += s->tests;
	all->failures += s->failures;
	all->errors += s->errors;
	all->skipped += s->skipped;
	buf_free(&s->cases);
}

/* file may be NULL. */
static void
case_begin(struct suite *s, const char *class, const char *name, double seconds, const char *file, int line)
{
	struct buf *o = &s->cases;

	s->tests++;
	buf_puts(o, "  <testcase");
	xml_attribute(o, "classname", class);
	xml_attribute(o, "name", name);
	buf_printf(o, " time=\"%.3f\"", seconds > 0 ? seconds : 0);
	if (file != NULL)
		xml_attribute(o, "file", file);
	if (file != NULL && line > 0)
		buf_printf(o, " line=\"%d\"", line);
	buf_putc(o, '>');
}

/* tag: to JUnit, a "failure" is a failed assertion, an "error" whatever else kept a test from finishing. */
static void
case_problem(struct suite *s, const char *tag, const char *type, const char *message, const char *text)
{
	struct buf *o = &s->cases;

	s->failures += strcmp(tag, "failure") == 0;
	s->errors += strcmp(tag, "error") == 0;
	buf_printf(o, "<%s", tag);
	xml_attribute(o, "message", message);
	xml_attribute(o, "type", type);
	buf_putc(o, '>');
	xml_put(o, text, false);
	buf_printf(o, "</%s>", tag);
}

static void
case_skipped(struct suite *s, const char *message)
{
	s->skipped++;
	buf_puts(&s->cases, "<skipped");
	if (message != NULL)
		xml_attribute(&s->cases, "message", message);
	buf_puts(&s->cases, "/>");
}

static void
case_end(struct suite *s)
{
	buf_puts(&s->cases, "</testcase>\n");
}

static void
case_properties(struct suite *s, const char *text)
{
	struct json j = {0};
	char *name, *value;

	if (text == NULL || json_parse(&j, text, strlen(text)) == -1)
		return;
	buf_puts(&s->cases, "<properties>");
	for (int n = json_first(&j, 0); n >= 0; n = json_next(&j, n)) {
		name = json_dup_member(&j, n, "name");
		value = json_dup_member(&j, n, "value");
		buf_puts(&s->cases, "<property");
		xml_attribute(&s->cases, "name", name);
		xml_attribute(&s->cases, "value", value);
		buf_puts(&s->cases, "/>");
		free(name);
		free(value);
	}
	buf_puts(&s->cases, "</properties>");
	json_free(&j);
}

static void
suite_test(struct suite *s, const struct report *r, const struct report_test *t)
{
	const char *message = t->message != NULL && *t->message != '\0' ? t->message : t->result;
	bool assertion = strcmp(t->result, "failed") == 0 && !report_is_package(t);

	if (report_is_package(t) && !report_is_cause(t))
		return;
	case_begin(s, t->package, report_is_package(t) ? "(package)" : t->name, t->seconds, t->file, t->line);
	case_properties(s, t->properties);
	if (strcmp(t->result, "skipped") == 0)
		case_skipped(s, NULL);
	else if (strcmp(t->result, "passed") == 0)
		/* In the surefire schema, this means that the test passed in the end. */
		for (int i = 0; i < t->failed_before; i++)
			case_problem(s, "flakyFailure", "failed", message, t->excerpt);
	else if (!report_is_cause(t) && (t->consequence || strcmp(t->result, "unfinished") == 0))
		case_skipped(s, t->parent ? "a subtest did not finish" : r->sentence);
	else
		case_problem(s, assertion ? "failure" : "error", t->result,
		    t->parent ? "a subtest failed" : message, t->excerpt);
	case_end(s);
}

static void
suite_not_run(struct suite *s, const struct report *r)
{
	for (size_t i = 0; i < r->not_run.n; i++) {
		case_begin(s, s->name, r->not_run.v[i], 0, NULL, 0);
		case_skipped(s, "not run: the process died");
		case_end(s);
	}
}

static void
suite_of_run(struct suite *s, const struct report *r)
{
	struct buf text = {0};
	char words[160];

	if (report_run_failed(r)) {
		for (size_t i = 0; i < r->notes.n; i++)
			buf_printf(&text, "%s\n", r->notes.v[i]);
		buf_puts(&text, r->triage_text != NULL ? r->triage_text : "");
		case_begin(s, "hi", "run", 0, NULL, 0);
		case_problem(s, "error", verdict_name(r->verdict), r->sentence, buf_str(&text));
		case_end(s);
		buf_free(&text);
	}
	for (size_t i = 0; i < r->f.n_memory; i++) {
		const struct memory_peak *m = &r->f.memory[i];

		if (!m->over)
			continue;
		snprintf(words, sizeof(words), "held %.1f MB, over its limit of %.0f MB", m->max_mb,
		    m->limit_mb);
		case_begin(s, "hi.memory", m->name, 0, NULL, 0);
		case_problem(s, "failure", "memory-limit", words, NULL);
		case_end(s);
	}
}

void
report_junit(const struct report *r, struct buf *o)
{
	struct suite all = { .name = r->run_id,
	    .seconds = r->f.ended > 0 ? (double)(r->f.ended - r->f.started) / 1000 : 0 };
	struct suite own = { .name = "hi" };
	bool first = true;

	for (const struct report_test *p = r->tests; p < r->tests + r->n; p++) {
		struct suite s = { .name = p->package, .seconds = p->seconds > 0 ? p->seconds : 0 };

		if (!report_is_package(p))
			continue;
		for (const struct report_test *t = r->tests; t < r->tests + r->n; t++)
			if (strcmp(p->package, t->package) == 0)
				suite_test(&s, r, t);
		if (first)
			suite_not_run(&s, r);
		first = false;
		suite_end(&s, &all, r->f.started);
	}
	suite_of_run(&own, r);
	suite_end(&own, &all, r->f.started);
	buf_puts(o, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
	suite_head(o, "testsuites", &all, 0);
	buf_add(o, all.cases.s, all.cases.len);
	buf_puts(o, "</testsuites>\n");
	buf_free(&all.cases);
}
