/* The errors in the containers' logs, each with the lines around it and its time. */
#include <stdlib.h>
#include <string.h>

#include "../base/json.h"
#include "../base/json_write.h"
#include "../base/mem.h"
#include "../base/text.h"
#include "../docker/pieces.h"
#include "../triage/triage.h"
#include "page_internal.h"

enum { AROUND = 3, SHOWN = 240, ALIKE = 40, ALIKE_MAX = 3, STAMP = 19, MARKS = 24, MARKS_ALL = 240 };

struct mark {			/* an error in a log */
	char *text, *around;	/* around: with the lines before and after it */
	int64_t at;		/* by the line's own clock, ms since 1970; 0: it has none */
	long line;		/* 0: unknown, as the file's middle was not read */
	long seen;		/* how many similar lines there are, with this one */
	bool fatal;
};

struct log {
	const struct severities *words;
	const char *file;
	struct mark marks[MARKS];
	size_t n, most, behind;	/* behind: lines still to be added to the last mark */
	size_t beyond;		/* errors for which there was no room */
	struct strs before;	/* the last few lines */
	long line;		/* the number of the current line, from 1 */
	bool gap;		/* lines before the current one were not read */
};

/* Returns the time in a line, in ms since 1970: RFC 3339 or "2026/11/28 06:01:02" at its head, or the member
 * "time" of a line in JSON. 0: it has none. */
static int64_t
log_time(const char *s, size_t len)
{
	struct json j = {0};
	char head[40], *when = NULL;
	int64_t at = -1;
	size_t n = 0;

	if (*s == '{' && json_parse(&j, s, len) == 0 &&
	    (when = json_dup_member(&j, 0, "time")) == NULL &&
	    json_int(&j, json_member(&j, 0, "time"), &at) == 0 && at < 100000000000)
		at *= 1000;
	for (; when == NULL && n < len && n < sizeof(head) - 1 && (s[n] != ' ' || n == 10); n++)
		head[n] = s[n] == '/' ? '-' : n == 10 ? 'T' : s[n];
	head[n] = '\0';
	if (at == -1 && (when != NULL || n >= STAMP))
		at = text_parse_time(when != NULL ? when : head);
	json_free(&j);
	free(when);
	return at > 0 ? at : 0;
}

/* Returns the text after a line's time, which similar lines have in common. */
static const char *
log_words(const char *s)
{
	size_t skip = strspn(s, "0123456789-/:.TZ+ ");

	return s + (skip >= STAMP ? skip : 0);
}

static char *
log_cut(const char *s)
{
	struct buf b = {0};
	size_t len = strlen(s), n = 0, step;

	text_harmless(&b, s, len < 2UL * SHOWN ? len : 2UL * SHOWN);
	while (n < b.len && (step = text_utf8(b.s + n, b.len - n)) > 0 && n + step <= SHOWN)
		n += step;
	if (n < b.len) {
		b.s[b.len = n] = '\0';
		buf_puts(&b, " …");
	}
	return buf_take(&b);
}

static void
mark_around(struct mark *m, const char *line)
{
	char *shown = log_cut(line), *old = m->around;

	m->around = xasprintf("%s%s%s", old != NULL ? old : "", old != NULL ? "\n" : "", shown);
	free(old);
	free(shown);
}

/* Adds a line, unless enough similar ones are shown. */
static void
mark_add(struct log *g, const char *line, size_t len, bool fatal)
{
	struct mark *m, *first = NULL;
	long alike = 0;

	for (size_t i = 0; i < g->n; i++)
		if (strncmp(log_words(g->marks[i].text), log_words(line), ALIKE) == 0 && alike++ == 0)
			first = &g->marks[i];
	if (first != NULL)
		first->seen++;
	if (alike >= ALIKE_MAX || g->n >= g->most) {
		g->beyond += first == NULL;
		return;
	}
	m = &g->marks[g->n++];
	*m = (struct mark){ .text = log_cut(line), .at = log_time(line, len), .line = g->gap ? 0 : g->line,
	    .seen = 1, .fatal = fatal };
	for (size_t i = 0; i < g->before.n; i++)
		mark_around(m, g->before.v[i]);
	mark_around(m, line);
	g->behind = AROUND + 1;
}

static void
log_line(void *arg, char *line, size_t len)
{
	struct log *g = arg;
	enum severity severity;

	if (line == NULL) {
		g->gap = true;
		g->behind = 0;
		strs_free(&g->before);
		return;
	}
	g->line++;
	severity = severity_of(g->words, g->file, line, len);
	if (severity != SEVERITY_NONE)
		mark_add(g, line, len, severity == SEVERITY_FATAL);
	if (g->behind > 0 && g->behind-- <= AROUND)
		mark_around(&g->marks[g->n - 1], line);
	if (g->before.n == AROUND)
		strs_del(&g->before, 0);
	if (len > 2UL * SHOWN)
		line[2UL * SHOWN] = '\0';
	strs_add(&g->before, line);
}

static void
log_write(struct log *g, struct buf *o)
{
	for (size_t i = 0; i < g->n; i++) {
		struct mark *m = &g->marks[i];

		jw_object(o, NULL);
		jw_string(o, "file", g->file);
		jw_int(o, "line", m->line);
		jw_int(o, "at", m->at);
		jw_bool(o, "fatal", m->fatal);
		jw_int(o, "seen", m->seen);
		jw_string(o, "text", m->text);
		jw_string(o, "around", m->around);
		jw_end_object(o);
		free(m->text);
		free(m->around);
	}
}

void
page_add_marks(struct page *p)
{
	struct severities *words = severities_new();
	size_t begin, logs = 0, beyond = 0;
	struct strs names = {0};

	for (size_t i = 0; i < p->names.n; i++) {
		const struct evidence_piece *piece = evidence_piece_of(p->names.v[i]);

		if (piece != NULL && piece->reader == READ_AS_LOG)
			strs_add(&names, p->names.v[i]);
	}
	logs = names.n;
	jw_array(&p->json, "marks");
	begin = p->json.len;
	for (size_t i = 0; i < logs && p->json.len - begin < MARKS_SHOWN; i++) {
		struct log g = { .words = words, .file = names.v[i], .most = MARKS_ALL / logs };

		/* Servers get more room than clients. */
		if (g.most > MARKS || text_after(g.file, "hs-") != NULL)
			g.most = MARKS;
		page_lines(p, g.file, LOGS_READ / (int64_t)logs, log_line, &g);
		log_write(&g, &p->json);
		strs_free(&g.before);
		beyond += g.beyond;
	}
	jw_end_array(&p->json);
	if (beyond > 0)
		strs_addf(&p->left_out, "%zu further errors in logs: hi triage names more", beyond);
	severities_free(words);
	strs_free(&names);
}
