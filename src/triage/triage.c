#include "triage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/file.h"
#include "../base/json.h"
#include "../base/json_write.h"
#include "../base/mem.h"
#include "../base/text.h"
#include "triage_internal.h"

enum { SHOWN = 8 };	/* findings of a group, and files with one reason, in the text */

static const struct failure
    run_failed = { "run-failed", "The run could not be carried out",
	"Mend what the line says (hi doctor), run again" },
    run_removed = { "removed", "The runner was killed or removed by somebody else", "Run again" },
    run_engine = { "engine", "The engine went away during the run",
	"See that Docker runs (hi doctor), run again" },
    run_oom = { "oom", "The runner was killed: out of memory",
	"Reduce concurrency, or give the engine more memory" };

/* The verdicts that by themselves mean that the code is not to blame. */
static const struct { const char *verdict; const struct failure *failure; } not_code[] = {
	{ "infrastructure", &run_failed }, { "removed", &run_removed }, { "engine", &run_engine },
	{ "oom", &run_oom },
};

const char *
triage_cause_name(enum cause c)
{
	static const char *const names[] = { [CAUSE_CODE] = "code", [CAUSE_INFRASTRUCTURE] = "infrastructure",
		[CAUSE_UNKNOWN] = "unknown" };

	return names[c];
}

void
scan_find(struct scan *s, const char *group, const char *file, long at, long count, const char *line,
    bool later)
{
	struct triage *t = s->t;

	t->v = xreallocarray(t->v, t->n + 1, sizeof(*t->v));
	t->v[t->n++] = (struct finding){ .group = group, .file = xstrdup(file), .line = triage_excerpt(line,
	    strlen(line), 0), .at = at, .count = count, .later = later };
}

void
scan_blame(struct scan *s, const struct failure *f, const char *file, long at, char *line)
{
	struct triage *t = s->t;

	if (t->failure != NULL || (s->past_deadline && strcmp(line, "signal: killed") == 0)) {
		free(line);
		return;
	}
	t->failure = f;
	t->evidence = line;
	t->where = at > 0 ? xasprintf("%s:%ld", file, at) : xstrdup(file);
}

/* True: the directory has a file that hi, the tests or the Go hi would leave there. */
static bool
triage_is_run(const struct strs *names)
{
	static const char *const own[] = { "go-test.json", "runner.log", "summary.json", "events.json",
	    "mapresponses" };

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (strs_has(names, own[i]))
			return true;
	for (size_t i = 0; i < names->n; i++)
		if (evidence_piece_of(names->v[i]) != NULL)
			return true;
	return false;
}

/* The directory itself may be reached through a link: the user named it. */
static int
triage_open(struct scan *s, struct err *e)
{
	const char *dir = s->o->dir;

	s->dir = file_open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
	if (s->dir == -1)
		return err_errno(e, dir);
	if (dir_names(dir, &s->names, e) == -1)
		return -1;
	if (!triage_is_run(&s->names))
		return err_as(e, ERR_NOT_FOUND,
		    "%s: not a run's directory: no go-test.json, *.stderr.log or *_status.json in it", dir);
	return 0;
}

/* Returns what the run's own verdict blames; NULL: only the tests. The caller frees *sentence. */
static const struct failure *
triage_verdict(struct scan *s, char **sentence)
{
	const struct failure *f = NULL;
	char *verdict = NULL;
	struct buf text = {0};
	struct json j = {0};

	*sentence = NULL;
	for (size_t i = 0; s->o->missing != NULL && i < s->o->missing->n; i++)
		strs_add(&s->missing, s->o->missing->v[i]);
	if (s->o->verdict != NULL) {
		verdict = xstrdup(s->o->verdict);
		*sentence = xstrdup(s->o->sentence != NULL ? s->o->sentence : "");
	} else if (strs_has(&s->names, "summary.json") && scan_json(s, s->dir, "summary.json", "summary.json",
	    &text, &j)) {
		verdict = json_dup_member(&j, 0, "verdict");
		*sentence = json_dup_member(&j, 0, "sentence");
		json_strings(&j, json_member(&j, 0, "missing"), &s->missing);
	}
	for (size_t i = 0; verdict != NULL && i < sizeof(not_code) / sizeof(not_code[0]); i++)
		if (strcmp(verdict, not_code[i].verdict) == 0)
			f = not_code[i].failure;
	s->past_deadline = verdict != NULL && strcmp(verdict, "deadline") == 0;
	s->t->interrupted = verdict != NULL && strcmp(verdict, "interrupted") == 0;
	s->finished = verdict != NULL && !s->t->interrupted;
	free(verdict);
	json_free(&j);
	buf_free(&text);
	return f;
}

/* Moves the findings that are marked later behind the others. */
static void
triage_sort(struct triage *t)
{
	struct finding *sorted = xcalloc(t->n, sizeof(*sorted));
	size_t n = 0;

	for (int later = 0; later < 2; later++)
		for (size_t i = 0; i < t->n; i++)
			if (t->v[i].later == (later == 1))
				sorted[n++] = t->v[i];
	free(t->v);
	t->v = sorted;
}

int
triage_run(const struct triage_options *o, struct triage *t, struct err *e)
{
	struct scan *s = xcalloc(1, sizeof(*s));
	char *sentence = NULL;
	int got;

	*t = (struct triage){0};
	*s = (struct scan){ .o = o, .t = t };
	got = triage_open(s, e);
	if (got == 0) {
		s->run_failure = triage_verdict(s, &sentence);
		scan_tests(s);
		scan_logs(s);
		scan_state(s);
		scan_missing(s);
		triage_sort(t);
		if (s->run_failure != NULL)
			scan_blame(s, s->run_failure, "summary.json", 0,
			    sentence != NULL ? triage_excerpt(sentence, strlen(sentence), 0) : xstrdup(""));
		t->cause = t->failure != NULL ? CAUSE_INFRASTRUCTURE :
		    t->n_unread > 0 || s->read == 0 || t->passed || t->interrupted ? CAUSE_UNKNOWN :
		    CAUSE_CODE;
		if (o->cancel != NULL && *o->cancel)
			got = err_as(e, ERR_INTERRUPTED, "%s: interrupted", o->dir);
	}
	if (got == -1)
		triage_free(t);
	free(sentence);
	strs_free(&s->names);
	strs_free(&s->missing);
	if (s->dir != -1)
		close(s->dir);
	free(s);
	return got;
}

void
triage_free(struct triage *t)
{
	for (size_t i = 0; i < t->n; i++) {
		free(t->v[i].file);
		free(t->v[i].line);
	}
	for (size_t i = 0; i < t->n_unread; i++) {
		free(t->unread[i].why);
		strs_free(&t->unread[i].files);
	}
	free(t->v);
	free(t->unread);
	free(t->evidence);
	free(t->where);
	*t = (struct triage){0};
}

static void
text_put(struct buf *out, const char *before, const char *s)
{
	buf_puts(out, before);
	text_harmless(out, s, strlen(s));
}

static void
text_put_place(struct buf *out, const struct finding *f)
{
	text_put(out, "  ", f->file);
	if (f->at > 0)
		buf_printf(out, ":%ld", f->at);
	if (f->count > 1)
		buf_printf(out, " and %ld more like it", f->count - 1);
	buf_putc(out, '\n');
}

static void
text_put_unread(const struct triage *t, struct buf *out)
{
	if (t->n_unread > 0)
		buf_puts(out, "not read: nothing is claimed about these\n");
	for (size_t i = 0; i < t->n_unread; i++) {
		const struct unread *u = &t->unread[i];

		text_put(out, "  ", u->why);
		if (u->files.n > 1)
			buf_printf(out, " (%zu files)", u->files.n);
		for (size_t k = 0; k < u->files.n && k < SHOWN; k++)
			text_put(out, k > 0 ? ", " : ": ", u->files.v[k]);
		if (u->files.n > SHOWN)
			buf_printf(out, " and %zu more (--json has them all)", u->files.n - SHOWN);
		buf_putc(out, '\n');
	}
}

static void
text_put_group(const struct triage *t, const char *group, const char *title, struct buf *out)
{
	const char *file = NULL;
	size_t n = 0;

	for (size_t i = 0; i < t->n; i++) {
		const struct finding *f = &t->v[i];

		if (strcmp(f->group, group) != 0 || n++ >= SHOWN)
			continue;
		if (n == 1)
			buf_printf(out, "%s\n", title);
		if (f->at > 0 || file == NULL || strcmp(file, f->file) != 0)
			text_put_place(out, f);
		file = f->file;
		buf_printf(out, "      %s\n", f->line);
	}
	if (n > SHOWN)
		buf_printf(out, "  and %zu more (--json has them all)\n", n - SHOWN);
}

static void
text_put_cause(const struct triage *t, struct buf *out)
{
	buf_printf(out, "cause: %s", triage_cause_name(t->cause));
	if (t->cause == CAUSE_INFRASTRUCTURE) {
		buf_printf(out, " (%s)\n  what:  %s\n  fix:   %s\n", t->failure->id, t->failure->what,
		    t->failure->fix);
		text_put(out, "  seen:  ", t->where);
		buf_printf(out, "\n         %s\n", t->evidence);
	} else if (t->cause == CAUSE_CODE) {
		buf_puts(out, "\n  no signature of an infrastructure failure was seen: read the servers'\n"
		    "  errors, don't retry in the hope that it goes away\n");
	} else {
		buf_printf(out, "\n  %s\n", t->n_unread > 0 ?
		    "not everything could be read, and no signature was seen in the rest" :
		    t->interrupted ? "the run was interrupted before a test failed" :
		    t->passed ? "no test of this run failed" : "there is nothing to read");
		for (size_t i = 0; i < t->n_unread; i++)
			if (strcmp(t->unread[i].why, strerror(EACCES)) == 0)
				buf_puts(out, "  fix:   sudo chown -R \"$USER\" the run's directory\n");
	}
}

void
triage_text(const struct triage *t, struct buf *out)
{
	text_put_unread(t, out);
	text_put_group(t, "server", "servers: fatal errors, then errors", out);
	text_put_group(t, "clients", "clients: authentication, connections, names", out);
	text_put_group(t, "mapresponses", "map responses", out);
	text_put_group(t, "peers", "peers in the clients' status", out);
	text_put_group(t, "database", "database", out);
	text_put_cause(t, out);
}

void
triage_json(const struct triage *t, struct buf *out)
{
	const struct failure *f = t->failure;

	jw_object(out, NULL);
	jw_string(out, "cause", triage_cause_name(t->cause));
	jw_string(out, "signature", f != NULL ? f->id : NULL);
	jw_string(out, "what", f != NULL ? f->what : NULL);
	jw_string(out, "fix", f != NULL ? f->fix : NULL);
	jw_string(out, "where", t->where);
	jw_string(out, "evidence", t->evidence);
	jw_array(out, "unread");
	for (size_t i = 0; i < t->n_unread; i++) {
		jw_object(out, NULL);
		jw_string(out, "why", t->unread[i].why);
		jw_array(out, "files");
		for (size_t k = 0; k < t->unread[i].files.n; k++)
			jw_string(out, NULL, t->unread[i].files.v[k]);
		jw_end_array(out);
		jw_end_object(out);
	}
	jw_end_array(out);
	jw_array(out, "findings");
	for (size_t i = 0; i < t->n; i++) {
		jw_object(out, NULL);
		jw_string(out, "group", t->v[i].group);
		jw_string(out, "file", t->v[i].file);
		jw_int(out, "line", t->v[i].at);
		jw_int(out, "count", t->v[i].count);
		jw_string(out, "text", t->v[i].line);
		jw_end_object(out);
	}
	jw_end_array(out);
	jw_end_object(out);
	buf_putc(out, '\n');
}
