/* The page's text: everything but the timeline, and what one sees of it without JavaScript. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/duration.h"
#include "../base/file.h"
#include "../base/json.h"
#include "../base/mem.h"
#include "../base/text.h"
#include "page_internal.h"

enum { SLOWEST = 5, FINDINGS_MAX = 30 };

/* U+202A to U+202E and U+2066 to U+2069 turn the text behind them around. */
static bool
turns_text(const char *s, size_t n)
{
	return n == 3 && ((memcmp(s, "\xe2\x80", 2) == 0 && s[2] >= '\xaa' && s[2] <= '\xae') ||
	    (memcmp(s, "\xe2\x81", 2) == 0 && s[2] >= '\xa6' && s[2] <= '\xa9'));
}

/* Text of others, in an element or in an attribute within quotes. Nothing of it is markup, and what shows
 * nothing is a sign that says so. */
static void
html_text(struct buf *o, const char *s)
{
	size_t len = s != NULL ? strlen(s) : 0, n;

	for (size_t i = 0; i < len; i += n) {
		unsigned char c = (unsigned char)s[i];

		n = text_utf8(s + i, len - i);
		if (n == 0) {
			n = 1;
			buf_puts(o, "\xef\xbf\xbd");
		} else if (strchr("&<>\"'", c) != NULL)
			buf_printf(o, "&#%d;", c);
		else if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7f || turns_text(s + i, n))
			buf_puts(o, "\xef\xbf\xbd");
		else
			buf_add(o, s + i, n);
	}
}

static void
html_path(struct buf *o, const char *s)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/";

	for (; *s != '\0'; s++)
		if (strchr(plain, *s) != NULL)
			buf_putc(o, *s);
		else
			buf_printf(o, "%%%02X", (unsigned char)*s);
}

void
html(struct buf *o, const char *fmt, ...)
{
	char text[32];
	size_t n;
	va_list ap;

	va_start(ap, fmt);
	for (; *fmt != '\0'; fmt += n) {
		n = strcspn(fmt, "%");
		buf_add(o, fmt, n);
		if (fmt[n] == '\0')
			break;
		switch (fmt[n + 1]) {
		case 's': html_text(o, va_arg(ap, const char *)); break;
		case 'p': html_path(o, va_arg(ap, const char *)); break;
		case 'd': buf_printf(o, "%lld", (long long)va_arg(ap, int64_t)); break;
		case 't':
			duration_human(va_arg(ap, int64_t), text, sizeof(text));
			buf_puts(o, text);
			break;
		default: buf_putc(o, fmt[n + 1]);
		}
		n += 2;
	}
	va_end(ap);
}

const char *
page_letter(const char *result)
{
	return strcmp(result, "passed") == 0 ? "✓" : strcmp(result, "skipped") == 0 ? "–" :
	    strcmp(result, "unfinished") == 0 ? "…" : "✗";
}

/* "+12.345 s": when, counted from the beginning. */
static void
html_when(const struct page *p, int64_t at)
{
	int64_t ms = at - p->began;
	char when[64];

	if (at <= 0) {
		html(p->o, "<i>no time</i>");
		return;
	}
	html(p->o, "<time datetime=\"%s\">", text_time(at, when, sizeof(when)));
	buf_printf(p->o, "%s%lld.%03lld s</time>", ms < 0 ? "−" : "+", (long long)(llabs(ms) / 1000),
	    (long long)(llabs(ms) % 1000));
}

static void
html_count(struct buf *o, int64_t n, const char *what)
{
	html(o, "%d %s%s", n, what, n == 1 ? "" : "s");
}

static void
head_fact(struct page *p, const char *label, const char *value)
{
	if (value != NULL && *value != '\0')
		html(p->o, "<div><dt>%s</dt><dd>%s</dd></div>\n", label, value);
}

static void
head_counts(struct page *p, const char *label, const struct counts *c)
{
	if (c->passed + c->failed + c->skipped + c->unfinished == 0)
		return;
	html(p->o, "<div><dt>%s</dt><dd>", label);
	html(p->o, "<span class=\"passed\">✓ %d passed</span> ", (int64_t)c->passed);
	if (c->failed > 0)
		html(p->o, "<span class=\"failed\">✗ %d failed</span> ", (int64_t)c->failed);
	if (c->unfinished > 0)
		html(p->o, "<span class=\"unfinished\">… %d unfinished</span> ", (int64_t)c->unfinished);
	if (c->skipped > 0)
		html(p->o, "<span class=\"skipped\">– %d skipped</span>", (int64_t)c->skipped);
	html(p->o, "</dd></div>\n");
}

static void
head(struct page *p)
{
	const struct report *r = p->r;
	const char *kind = r->verdict == V_PASSED ? "passed" : r->exit_code == 4 ? "skipped" : "failed";
	char when[64];

	html(p->o, "<header class=\"%s\">\n<p class=\"verdict\"><b>%s %s</b> <span>%s</span></p>\n", kind,
	    page_letter(kind), verdict_name(r->verdict), r->sentence);
	html(p->o, "<h1>%s</h1>\n<dl>\n", *r->pattern != '\0' ? r->pattern : r->run_id);
	head_counts(p, "Tests", &r->t.top);
	head_counts(p, "Subtests", &r->t.sub);
	if (p->began > 0)
		head_fact(p, "Began", text_time(p->began, when, sizeof(when)));
	if (r->f.ended > 0)
		html(p->o, "<div><dt>Took</dt><dd>%t</dd></div>\n", r->f.ended - r->f.started);
	head_fact(p, "Run", r->run_id);
	html(p->o, "<div><dt>Exit</dt><dd>%d</dd></div>\n", (int64_t)r->exit_code);
	head_fact(p, "Database", r->f.postgres ? "PostgreSQL" : "SQLite");
	head_fact(p, "Image", r->f.image);
	head_fact(p, "Engine", r->f.engine);
	head_fact(p, "hi", r->f.hi_version);
	html(p->o, "</dl>\n</header>\n");
	if (!r->finished)
		html(p->o, "<p class=\"note\">This run has not finished: hi is still running, or was killed.</p>\n");
}

/* What failed: the tests that are causes, with all that is known of each. */
static void
failure(struct page *p, size_t i, size_t *budget)
{
	const struct report_test *t = &p->r->tests[i];
	const char *name = report_is_package(t) ? t->package : t->name, *text = t->excerpt;
	size_t n = text != NULL ? strlen(text) : 0, most = *budget < EXCERPT_BYTES ? *budget : EXCERPT_BYTES;

	html(p->o, "<article id=\"f%d\" class=\"failed\">\n<h3><span class=\"failed\">%s %s</span> %s</h3>\n<p>",
	    (int64_t)i, page_letter(t->result), t->result, name);
	if (t->file != NULL)
		html(p->o, "<code class=\"place\">%s:%d</code> ", t->file, (int64_t)t->line);
	if (p->tracks != NULL && p->tracks[i].failed_at > 0) {
		html(p->o, "failed at ");
		html_when(p, p->tracks[i].failed_at);
	} else if (t->ended > 0) {
		html(p->o, "ended at ");
		html_when(p, t->ended);
	}
	if (t->seconds >= 0)
		html(p->o, ", after %t", (int64_t)(t->seconds * 1000));
	html(p->o, "</p>\n");
	if (t->message != NULL && *t->message != '\0')
		html(p->o, "<p class=\"message\">%s</p>\n", t->message);
	if (n > 0) {
		char *head = xstrndup(text, n < most ? n : most);

		html(p->o, "<pre tabindex=\"0\">%s%s</pre>\n", head, n > most ? "\n… the rest is in junit.xml" : "");
		*budget -= strlen(head);
		free(head);
	}
	html(p->o, "</article>\n");
}

static bool
is_shown_failure(const struct report_test *t)
{
	return report_is_failure(t) && !(report_is_package(t) && (t->excerpt == NULL || *t->excerpt == '\0'));
}

static void
failures(struct page *p)
{
	size_t budget = EXCERPTS_BYTES, n = 0, shown = 0;

	for (size_t i = 0; i < p->r->n; i++)
		n += is_shown_failure(&p->r->tests[i]);
	if (n == 0 && p->r->not_run.n == 0)
		return;
	html(p->o, "<section id=\"failures\">\n<h2>What failed</h2>\n");
	for (size_t i = 0; i < p->r->n; i++)
		if (is_shown_failure(&p->r->tests[i]) && budget > 0 && ++shown <= TESTS_MAX / 10)
			failure(p, i, &budget);
	if (shown < n)
		strs_addf(&p->left_out, "%zu of the failed tests are shown without their output: see junit.xml",
		    n - shown);
	if (p->r->not_run.n > 0) {
		char *names = strs_join(&p->r->not_run, ", ");

		html(p->o, "<p class=\"note\">Not run, as the process died: %s</p>\n", names);
		free(names);
	}
	html(p->o, "</section>\n");
}

static void
link_to(struct page *p, const char *name, const char *text)
{
	html(p->o, "<a href=\"%p%p\">%s</a>", p->link, name, text);
}

/* A finding of triage names its file and line. */
static void
finding(struct page *p, const struct json *j, int node)
{
	char *file = json_dup_member(j, node, "file"), *text = json_dup_member(j, node, "text");
	int64_t line = 0, count = 0;

	(void)json_int(j, json_member(j, node, "line"), &line);
	(void)json_int(j, json_member(j, node, "count"), &count);
	html(p->o, "<li>");
	link_to(p, file != NULL ? file : "", file != NULL ? file : "");
	if (line > 0)
		html(p->o, ":%d", line);
	if (count > 1)
		html(p->o, " and %d more like it", count - 1);
	html(p->o, "<br><code>%s</code></li>\n", text);
	free(file);
	free(text);
}

static void
cause(struct page *p)
{
	static const char *const members[] = { "what", "fix", "evidence", "where" };
	struct json j = {0};
	char *s;
	int n, shown = 0;

	if (p->r->triage == NULL || json_parse(&j, p->r->triage, strlen(p->r->triage)) == -1)
		return;
	s = json_dup_member(&j, 0, "cause");
	html(p->o, "<section id=\"cause\">\n<h2>Cause: %s</h2>\n", s);
	if (s != NULL && strcmp(s, "code") == 0)
		html(p->o, "<p>No sign of a failure of the machine: begin with the servers' errors; another try will not help.</p>\n");
	html(p->o, "<dl>\n");
	free(s);
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		s = json_dup_member(&j, 0, members[i]);
		head_fact(p, members[i], s);
		free(s);
	}
	html(p->o, "</dl>\n<ul>\n");
	n = json_first(&j, json_member(&j, 0, "findings"));
	for (; n >= 0 && shown < FINDINGS_MAX; n = json_next(&j, n), shown++)
		finding(p, &j, n);
	html(p->o, "</ul>\n%s</section>\n", n >= 0 ? "hi triage names more." : "");
	json_free(&j);
}

static void
errors(struct page *p)
{
	if (p->n_marks == 0)
		return;
	html(p->o, "<section id=\"errors\">\n<h2>Errors in the logs</h2>\n<p>In the order of the logs' own clocks;"
	    " those without a time, and what clients say once their servers have ended, come last. Open one for the"
	    " lines around it.</p>\n");
	for (size_t i = 0; i < p->n_marks; i++) {
		const struct mark *m = &p->marks[i];

		html(p->o, "<details id=\"e%d\" class=\"%s\"><summary>", (int64_t)i, m->later ? "later" : m->fatal ?
		    "fatal" : "error");
		html_when(p, m->at);
		html(p->o, " <b>%s</b> %s%s</summary>\n<p>", p->lanes[m->lane].name, m->fatal ? "fatal: " : "", m->text);
		link_to(p, m->file, m->file);
		if (m->line > 0)
			html(p->o, ", line %d", (int64_t)m->line);
		else
			html(p->o, ", at byte %d", m->offset);
		if (m->alike > 0)
			html(p->o, "; %d more like it", (int64_t)m->alike);
		html(p->o, "</p>\n<pre tabindex=\"0\">%s</pre></details>\n", m->around);
	}
	html(p->o, "</section>\n");
}

static void
slowest(struct page *p)
{
	size_t v[SLOWEST], n = report_slowest(p->r, v, SLOWEST);

	if (n < 2)
		return;
	html(p->o, "<p>Slowest: ");
	for (size_t i = 0; i < n; i++)
		html(p->o, "%s<a href=\"#t%d\">%s</a> %t", i > 0 ? ", " : "", (int64_t)v[i], p->r->tests[v[i]].name,
		    (int64_t)(p->r->tests[v[i]].seconds * 1000));
	html(p->o, "</p>\n");
}

static void
cell_seconds(struct page *p, double seconds)
{
	html(p->o, "<td>");
	if (seconds >= 0)
		html(p->o, "%t", (int64_t)(seconds * 1000));
}

static void
tests(struct page *p)
{
	size_t shown = 0;

	html(p->o, "<section id=\"tests\">\n<h2>Tests</h2>\n");
	slowest(p);
	html(p->o, "<div class=\"wide\"><table><thead><tr><th>Result<th>Test<th>Began<th>Took<th>Place</thead><tbody>\n");
	for (size_t i = 0; i < p->r->n; i++) {
		const struct report_test *t = &p->r->tests[i];

		if (report_is_package(t) || ++shown > TESTS_MAX)
			continue;
		html(p->o, "<tr id=\"t%d\" class=\"%s\"><td class=\"%s\">%s %s%s<td>%s<td>", (int64_t)i, t->result,
		    t->result, page_letter(t->result), t->result, t->failed_before > 0 ? ", flaky" : "", t->name);
		if (t->started > 0)
			html_when(p, t->started);
		cell_seconds(p, t->seconds);
		html(p->o, "<td>");
		if (t->file != NULL && is_shown_failure(t))
			html(p->o, "<a href=\"#f%d\">%s:%d</a>", (int64_t)i, t->file, (int64_t)t->line);
		html(p->o, "\n");
	}
	html(p->o, "</tbody></table></div>\n</section>\n");
	if (shown > TESTS_MAX)
		strs_addf(&p->left_out, "of %zu tests the first %d are shown", shown, TESTS_MAX);
}

/* The runs of a set: what failed, then what is flaky, then the rest. */
static void
runs(struct page *p)
{
	if (p->n_runs == 0)
		return;
	html(p->o, "<section id=\"runs\">\n<h2>Runs</h2>\n<div class=\"wide\"><table><thead><tr><th>Result<th>Test<th>Run"
	    "<th>Began<th>Took<th>Of that, the test<th>Before<th>In words</thead><tbody>\n");
	for (size_t i = 0; i < p->n_runs; i++) {
		const struct page_run *r = &p->runs[i];

		html(p->o, "<tr id=\"r%d\"><td class=\"%s\">%s %s%s<td>%s<td><a href=\"%p\">%s</a><td>", (int64_t)i, r->result,
		    page_letter(r->result), r->result, r->flaky ? ", flaky" : "", r->name, r->href, r->id);
		html_when(p, r->from);
		html(p->o, "<td>");
		if (r->to > r->from)
			html(p->o, "%t", r->to - r->from);
		cell_seconds(p, r->seconds);
		cell_seconds(p, r->usual);
		html(p->o, "<td>%s\n", r->sentence);
	}
	html(p->o, "</tbody></table></div>\n</section>\n");
}

static void
cell(struct page *p, double d)
{
	if (d < 0)
		html(p->o, "<td class=\"n\">–");
	else
		buf_printf(p->o, "<td class=\"n\">%.1f", d);
}

static void
containers(struct page *p)
{
	if (p->n_lanes == 0)
		return;
	html(p->o, "<section id=\"containers\">\n<h2>Containers</h2>\n<div class=\"wide\"><table><thead><tr><th>Container"
	    "<th>Type<th>Created<th>Removed<th>End<th class=\"n\">MB min<th class=\"n\">avg<th class=\"n\">max<th "
	    "class=\"n\">limit<th class=\"n\">CPU %% avg<th class=\"n\">max<th class=\"n\">errors</thead><tbody>\n");
	for (size_t i = 0; i < p->n_lanes; i++) {
		const struct lane *l = &p->lanes[i];
		const struct memory_peak *m = l->peak;
		const struct moment *last = l->n_moments > 0 ? &l->moments[l->n_moments - 1] : NULL;

		html(p->o, "<tr id=\"c%d\"><td>%s<td>%s<td>", (int64_t)i, l->name, l->kind);
		if (last != NULL)
			html_when(p, l->moments[0].at);
		html(p->o, "<td>");
		if (last != NULL && strcmp(last->what, "destroy") == 0)
			html_when(p, last->at);
		html(p->o, "<td>");
		if (l->oom)
			html(p->o, "<span class=\"failed\">OOM-killed</span> ");
		if (l->restarts > 0)
			html(p->o, "<span class=\"failed\">%d× restarted</span> ", (int64_t)l->restarts);
		if (l->code >= 0)
			html(p->o, "exit %d", (int64_t)l->code);
		cell(p, m != NULL ? m->min_mb : -1);
		cell(p, m != NULL ? m->avg_mb : -1);
		cell(p, m != NULL ? m->max_mb : -1);
		cell(p, m != NULL && m->limit_mb > 0 ? m->limit_mb : -1);
		cell(p, m != NULL ? m->avg_cpu : -1);
		cell(p, m != NULL ? m->max_cpu : -1);
		html(p->o, "<td class=\"n\">%d\n", (int64_t)l->marks);
	}
	html(p->o, "</tbody></table></div>\n</section>\n");
}

static void
removal(struct page *p)
{
	const struct report *r = p->r;
	const struct facts *f = &r->f;

	html(p->o, "<section id=\"removal\">\n<h2>Removed and left</h2>\n<p>Removed: ");
	html_count(p->o, (int64_t)f->removed_containers, "container");
	html(p->o, ", ");
	html_count(p->o, (int64_t)f->removed_networks, "network");
	html(p->o, ", ");
	html_count(p->o, (int64_t)f->removed_volumes, "volume");
	html(p->o, ", ");
	html_count(p->o, (int64_t)f->removed_images, "image");
	html(p->o, "%s.</p>\n<ul>\n", f->kept ? "; the rest was kept, until hi clean run" : "");
	for (size_t i = 0; i < f->n_leaks; i++)
		html(p->o, "<li><b class=\"failed\">left</b> %s %s: %s</li>\n", f->leaks[i].kind, f->leaks[i].name,
		    f->leaks[i].why);
	for (size_t i = 0; i < r->missing.n && i < 100; i++)
		html(p->o, "<li><b>missing</b> %s</li>\n", r->missing.v[i]);
	for (size_t i = 0; i < r->notes.n && i < 100; i++)
		html(p->o, "<li>%s</li>\n", r->notes.v[i]);
	html(p->o, "</ul>\n</section>\n");
}

static void
files(struct page *p)
{
	char size[32];

	if (p->names.n == 0)
		return;
	html(p->o, "<section id=\"files\">\n<h2>Files</h2>\n<ul class=\"files\">\n");
	for (size_t i = 0; i < p->names.n && i < FILES_MAX; i++) {
		char *path = file_join(p->dir, p->names.v[i]);
		int64_t bytes = file_size(path);

		if (strcmp(p->names.v[i], PAGE_NAME) != 0) {
			html(p->o, "<li>");
			link_to(p, p->names.v[i], p->names.v[i]);
			html(p->o, " <small>%s</small></li>\n", bytes >= 0 ? text_bytes((uint64_t)bytes, size, sizeof(size)) :
			    "directory");
		}
		free(path);
	}
	html(p->o, "</ul>\n</section>\n");
	if (p->names.n > FILES_MAX)
		strs_addf(&p->left_out, "of %zu files the first %d are listed", p->names.n, FILES_MAX);
}

static void
commands(struct page *p)
{
	struct buf b = {0};

	report_command(p->r, &b);
	html(p->o, "<section id=\"commands\">\n<h2>Commands</h2>\n<dl class=\"commands\">\n");
	if (b.len > 0)
		head_fact(p, "run it again", buf_str(&b));
	if (p->dir != NULL && p->r->runs.n == 0) {
		html(p->o, "<div><dt>its output</dt><dd>hi logs %s</dd></div>\n", p->r->run_id);
		html(p->o, "<div><dt>its evidence</dt><dd>hi triage %s</dd></div>\n", p->r->run_id);
	}
	html(p->o, "</dl>\n</section>\n");
	buf_free(&b);
}

/* What a tab of the browser says. */
void
page_title(struct page *p)
{
	html(p->o, "%s %s: %s", p->r->verdict == V_PASSED ? "✓" : "✗", verdict_name(p->r->verdict),
	    *p->r->pattern != '\0' ? p->r->pattern : p->r->run_id);
}

void
page_body(struct page *p)
{
	head(p);
	failures(p);
	cause(p);
	html(p->o, "<section id=\"timeline\" hidden></section>\n");
	runs(p);
	errors(p);
	tests(p);
	containers(p);
	removal(p);
	commands(p);
	files(p);
	if (p->left_out.n > 0) {
		html(p->o, "<section id=\"left-out\">\n<h2>Left out of this page</h2>\n<ul>\n");
		for (size_t i = 0; i < p->left_out.n; i++)
			html(p->o, "<li>%s</li>\n", p->left_out.v[i]);
		html(p->o, "</ul>\n</section>\n");
	}
}
