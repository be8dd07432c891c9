/* The end of a run: its files, its last words on the console, and the wait for whoever reads them. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/file.h"
#include "../base/text.h"
#include "history.h"
#include "report.h"
#include "../stream/results_internal.h"
#include "../triage/triage.h"

enum { HURRY_MS = 2000 };	/* how long an interrupted run waits for its console's reader */

static int
write_file(const char *dir, const char *name, const struct buf *b, struct err *e)
{
	char *path = file_join(dir, name);
	int rc = file_replace(path, buf_str(b), b->len, e);

	free(path);
	return rc;
}

int
report_files(const struct report *rep, const char *dir, struct err *e)
{
	struct buf b = {0};
	int rc;

	report_json(rep, true, &b);
	rc = write_file(dir, "summary.json", &b, e);
	buf_reset(&b);
	report_junit(rep, &b);
	rc = write_file(dir, "junit.xml", &b, e) == -1 ? -1 : rc;
	buf_reset(&b);
	report_markdown(rep, &b);
	rc = write_file(dir, "summary.md", &b, e) == -1 ? -1 : rc;
	buf_free(&b);
	return rc;
}

void
results_write(struct results *r, const struct report *rep)
{
	struct err e;

	if (report_files(rep, r->dir, &e) == -1)
		results_say(r, "%s", e.text);
}

static void
triage_into(struct results *r, struct report *rep)
{
	struct triage_options o = { .dir = r->dir, .loop = r->c.loop, .cancel = &r->hurry,
		.verdict = verdict_name(rep->verdict), .sentence = rep->sentence };
	struct buf b = {0};
	struct triage t;
	struct err e;
	int got;

	switch (rep->verdict) {
	case V_PASSED: case V_NOTHING_RAN: case V_ALL_SKIPPED: case V_INTERRUPTED: case V_LIMIT: case V_LEAK:
		return;
	default:
		break;
	}
	/* A signal's word ends it as it ends the wait for the console's reader. */
	r->waiting = true;
	got = r->dir != NULL ? triage_run(&o, &t, &e) : -1;
	r->waiting = false;
	if (got == -1)
		return;
	triage_text(&t, &b);
	rep->triage_text = report_take(rep, buf_take(&b));
	triage_json(&t, &b);
	rep->triage_json = report_take(rep, buf_take(&b));
	triage_free(&t);
}

void
report_step_summary(const struct report *rep)
{
	const char *path = getenv("GITHUB_STEP_SUMMARY");
	struct buf b = {0};
	int fd;

	if (path == NULL || *path == '\0')
		return;
	fd = file_open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	report_markdown(rep, &b);
	if (fd == -1 || file_write_all(fd, b.s, b.len) == -1)
		err_say("%s: %s", path, strerror(errno));
	if (fd != -1)
		close(fd);
	buf_free(&b);
}

void
results_last_words(struct results *r, const struct report *rep)
{
	struct buf b = {0}, notes = {0}, plain = {0};

	if (r->c.format == FORMAT_JSON) {
		report_json(rep, false, &b);
		buf_puts(&r->after, "{\"event\":\"end\",");
		buf_add(&r->after, b.s + 1, b.len - 1);
	} else {
		view_end(r, &r->after);
		report_text(rep, r->c.colour, &r->after);
	}
	if (r->github) {
		report_annotations(rep, &notes);
		text_github(&plain, NULL, buf_str(&notes), notes.len);
		if (r->c.format == FORMAT_JSON)
			(void)file_write_all(STDERR_FILENO, buf_str(&plain), plain.len);
		else
			buf_add(&r->after, buf_str(&notes), notes.len);
		report_step_summary(rep);
	}
	buf_free(&b);
	buf_free(&notes);
	buf_free(&plain);
}

static bool
read_by_now(void *arg)
{
	const struct results *r = arg;

	return view_idle(r) || r->hurry || (r->cancel != NULL && *r->cancel);
}

void
results_drain(struct results *r, int64_t until)
{
	compact_free(r);
	if (r->behind < 0) {
		view_say_dropped(r);
		view_lines(r, buf_str(&r->after), r->after.len);
		buf_free(&r->after);
	}
	view_flush(r);
	r->waiting = true;
	if (r->c.loop != NULL)
		(void)loop_until(r->c.loop, read_by_now, r, until);
	r->waiting = false;
}

int
results_finish(struct results *r, const struct facts *f)
{
	struct report rep;
	struct err e;
	int code;

	(void)results_end(r, f);
	loop_timer_del(r->tick);
	loop_timer_del(r->files);
	r->tick = r->files = NULL;
	/* Where triage looks for it as well. */
	if (f->why != NULL && r->log_fd >= 0)
		dprintf(r->log_fd, "hi: %s\n", f->why);
	report_build(r, f, true, &rep);
	triage_into(r, &rep);
	if (r->dir != NULL)
		results_write(r, &rep);
	if (r->c.history != NULL && history_append(r->c.history, &rep, &e) == -1)
		results_say(r, "%s", e.text);
	results_last_words(r, &rep);
	code = rep.exit_code;
	report_free(&rep);
	results_drain(r, f->ending == END_INTERRUPTED ? loop_now() + HURRY_MS : -1);
	return code;
}
