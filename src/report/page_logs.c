/* The errors in the containers' logs, each with the lines around it and its time. */
#include <stdlib.h>
#include <string.h>

#include "../base/json.h"
#include "../base/mem.h"
#include "../base/text.h"
#include "../docker/pieces.h"
#include "../triage/triage.h"
#include "page_internal.h"

enum { BEFORE = 3, BEHIND = 3, KINDS_MAX = 20, ALIKE_BYTES = 40, STAMP = 20 };

struct log_read {
	struct page *p;
	const struct severities *words;
	const char *file;
	size_t lane;
	struct strs before;		/* the newest lines */
	size_t first, behind;		/* the log's first mark; lines that the last mark still wants */
	struct kind { char head[ALIKE_BYTES + 1]; long seen; size_t mark; } kinds[KINDS_MAX];
	size_t n_kinds, n_marks, beyond;	/* beyond: marks that are not shown */
};

/* By its own clock: RFC 3339 or "2026/11/28 06:01:02" at its head, or the member "time" of a line in JSON. 0: it
 * has none. */
static int64_t
log_time(const char *s, size_t len)
{
	char head[40];
	size_t n = 0;
	int64_t at = -1;
	char *when;

	if (*s == '{') {
		struct json j = {0};
		int node = json_parse(&j, s, len) == 0 ? json_member(&j, 0, "time") : -1;

		if ((when = json_dup(&j, node)) != NULL)
			at = text_parse_time(when);
		else if (json_int(&j, node, &at) == 0)
			at = at < 100000000000 ? at * 1000 : at;
		free(when);
		json_free(&j);
		return at > 0 ? at : 0;
	}
	for (; n < len && n < sizeof(head) - 2 && (s[n] != ' ' || n == 10); n++)
		head[n] = s[n] == '/' ? '-' : n == 10 ? 'T' : s[n];
	head[n] = '\0';
	at = n >= STAMP - 1 ? text_parse_time(head) : -1;
	return at > 0 ? at : 0;
}

/* What a line says behind its time is what it has in common with others. */
static const char *
log_alike(const char *s, size_t len)
{
	size_t skip = 0;

	while (skip < len && strchr("0123456789-/:.TZ+ ", s[skip]) != NULL)
		skip++;
	return s + (skip >= STAMP - 1 ? skip : 0);
}

static char *
log_cut(const char *s, size_t len)
{
	struct buf b = {0};
	size_t n = 0, step;

	text_harmless(&b, s, len < 2UL * LINE_MAX_BYTES ? len : 2UL * LINE_MAX_BYTES);
	while (n < b.len && (step = text_utf8(b.s + n, b.len - n)) > 0 && n + step <= LINE_MAX_BYTES)
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
	char *old = m->around;

	m->around = old != NULL ? xasprintf("%s\n%s", old, line) : xstrdup(line);
	free(old);
}

/* The tests remove their servers before the clients, and what clients say then is the end of the test. */
static bool
after_the_servers(const struct page *p, int64_t at)
{
	bool ended = false;

	for (size_t i = 0; i < p->n_lanes && strcmp(p->lanes[i].kind, "headscale") == 0; i++) {
		const struct lane *l = &p->lanes[i];
		bool up = false;

		for (size_t k = 0; k < l->n_moments && l->moments[k].at <= at; k++) {
			up = up ? strcmp(l->moments[k].what, "die") != 0 : strcmp(l->moments[k].what, "start") == 0;
			ended = ended || strcmp(l->moments[k].what, "die") == 0;
		}
		if (up)
			return false;
	}
	return ended;
}

static void
mark_add(struct log_read *r, const struct page_line *l, enum severity severity)
{
	struct page *p = r->p;
	struct mark *m;
	char *text;

	if (r->n_marks++ >= MARKS_OF_LOG) {
		r->beyond++;
		return;
	}
	text = log_cut(l->s, l->len);
	p->marks = xreallocarray(p->marks, p->n_marks + 1, sizeof(*p->marks));
	m = &p->marks[p->n_marks++];
	*m = (struct mark){ .lane = r->lane, .file = xstrdup(r->file), .text = text,
	    .at = log_time(l->s, l->len), .line = l->number, .offset = l->offset,
	    .fatal = severity == SEVERITY_FATAL };
	m->later = m->at > 0 && strcmp(p->lanes[r->lane].kind, "headscale") != 0 && after_the_servers(p, m->at);
	for (size_t i = 0; i < r->before.n; i++) {
		char *before = log_cut(r->before.v[i], strlen(r->before.v[i]));

		mark_around(m, before);
		free(before);
	}
	mark_around(m, text);
	r->behind = BEHIND;
	p->lanes[r->lane].marks++;
}

static void
log_line(void *arg, struct page_line *l)
{
	struct log_read *r = arg;
	enum severity severity = severity_of(r->words, r->file, l->s, l->len);
	const char *alike;
	size_t k;

	if (r->behind > 0 && r->p->n_marks > r->first) {
		char *text = log_cut(l->s, l->len);

		r->behind--;
		mark_around(&r->p->marks[r->p->n_marks - 1], text);
		free(text);
	}
	if (severity != SEVERITY_NONE) {
		alike = log_alike(l->s, l->len);
		for (k = 0; k < r->n_kinds && strncmp(r->kinds[k].head, alike, ALIKE_BYTES) != 0; k++)
			;
		if (k == r->n_kinds && k < KINDS_MAX) {
			strncpy(r->kinds[k].head, alike, ALIKE_BYTES);
			r->kinds[k].mark = r->p->n_marks;
			r->n_kinds++;
		}
		if (k < KINDS_MAX && r->kinds[k].seen++ < KIND_MAX)
			mark_add(r, l, severity);
		else if (k < KINDS_MAX && r->kinds[k].mark < r->p->n_marks)
			r->p->marks[r->kinds[k].mark].alike++;
		else
			r->beyond++;
	}
	if (r->before.n == BEFORE)
		strs_del(&r->before, 0);
	if (l->len > 2UL * LINE_MAX_BYTES)
		l->s[2UL * LINE_MAX_BYTES] = '\0';
	strs_add(&r->before, l->s);
}

static int
mark_order(const void *a, const void *b)
{
	const struct mark *x = a, *y = b;

	/* Those without a clock come behind, in the order in which they were read. */
	if (x->later != y->later)
		return (int)x->later - (int)y->later;
	if ((x->at > 0) != (y->at > 0))
		return x->at > 0 ? -1 : 1;
	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	if (x->lane != y->lane)
		return x->lane < y->lane ? -1 : 1;
	return x->offset < y->offset ? -1 : x->offset > y->offset;
}

static void
log_read(struct log_read *r, const char *file, int64_t most)
{
	int64_t left;

	r->file = file;
	r->first = r->p->n_marks;
	r->n_kinds = r->n_marks = r->beyond = r->behind = 0;
	memset(r->kinds, 0, sizeof(r->kinds));
	strs_free(&r->before);
	left = page_lines(r->p->dir, file, most, log_line, r);
	strs_free(&r->before);
	if (left > 0)
		strs_addf(&r->p->left_out, "%s: %.1f MB in its middle were not read", file, (double)left / 1e6);
	if (r->beyond > 0)
		strs_addf(&r->p->left_out, "%s: %zu more errors in what was read", file, r->beyond);
}

void
page_read_logs(struct page *p)
{
	struct log_read *r = xcalloc(1, sizeof(*r));
	struct severities *words = severities_new();
	size_t logs = 0, cut = 0;
	bool *is_log = xcalloc(p->names.n + 1, sizeof(*is_log));

	r->p = p;
	r->words = words;
	for (size_t i = 0; i < p->names.n; i++) {
		const struct evidence_piece *piece = evidence_piece_of(p->names.v[i]);

		is_log[i] = piece != NULL && piece->reader == READ_AS_LOG;
		logs += is_log[i];
	}
	for (r->lane = 0; r->lane < p->n_lanes; r->lane++) {
		char *name = text_as_file_name(p->lanes[r->lane].name);

		for (size_t i = 0; i < p->names.n; i++)
			if (is_log[i] && strncmp(p->names.v[i], name, strlen(name)) == 0 &&
			    p->names.v[i][strlen(name)] == '.')
				log_read(r, p->names.v[i], LOGS_BYTES / (int64_t)logs);
		free(name);
	}
	if (p->n_marks > 0)
		qsort(p->marks, p->n_marks, sizeof(*p->marks), mark_order);
	while (p->n_marks > MARKS_MAX) {
		struct mark *m = &p->marks[--p->n_marks];

		free(m->file);
		free(m->text);
		free(m->around);
		cut++;
	}
	if (cut > 0)
		strs_addf(&p->left_out, "%zu further errors in logs: hi triage names more", cut);
	severities_free(words);
	free(is_log);
	free(r);
}
