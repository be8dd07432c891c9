/* The end of a run: its files, and its summary on the console. */
#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/file.h"
#include "../base/json.h"
#include "../base/mem.h"
#include "../base/text.h"
#include "history.h"
#include "report_internal.h"

enum { HURRY_MS = 2000 };	/* how long an interrupted run waits for its console's reader */

int
report_files(const struct report *rep, const char *dir, struct err *e)
{
	static const char *const names[] = { "summary.json", "junit.xml", "summary.md" };
	struct buf made[3] = {0};
	int rc = 0;

	report_json(rep, true, &made[0]);
	report_junit(rep, &made[1]);
	report_markdown(rep, &made[2]);
	for (size_t i = 0; i < 3; i++) {
		char *path = file_join(dir, names[i]);

		if (file_replace(path, buf_str(&made[i]), made[i].len, e) == -1)
			rc = -1;
		buf_free(&made[i]);
		free(path);
	}
	return rc;
}

static bool
is_open_as(int fd, const struct stat *st)
{
	struct stat own;

	return fstat(fd, &own) == 0 && own.st_dev == st->st_dev && own.st_ino == st->st_ino;
}

int
report_save(const char *path, const void *data, size_t len, struct err *e)
{
	struct stat at, to;
	bool append;
	int fd, rc;

	if (lstat(path, &at) == -1 || S_ISREG(at.st_mode))
		return file_replace(path, data, len, e);
	/* /dev/stdout may be a file that already holds hi's output. */
	append = stat(path, &to) == 0 && (is_open_as(STDOUT_FILENO, &to) || is_open_as(STDERR_FILENO, &to));
	fd = file_open(path, O_WRONLY | O_CREAT | O_NOCTTY | O_CLOEXEC | (append ? O_APPEND : O_TRUNC), 0644);
	rc = fd == -1 || file_write_all(fd, data, len) == -1 ? err_errno(e, path) : 0;
	if (fd != -1)
		close(fd);
	return rc;
}

static void
finish_write(struct results *r, const struct report *rep)
{
	const char *dir = results_about(r)->dir;
	struct err e;

	if (dir != NULL && report_files(rep, dir, &e) == -1)
		results_say(r, "%s", e.text);
}

void
report_interim(struct results *r, const struct facts *given)
{
	struct facts f = *given;
	struct report rep;

	f.ending = END_INTERRUPTED;
	f.why = "hi is still running, or was killed before the end";
	report_build(r, &f, false, &rep);
	finish_write(r, &rep);
	report_free(&rep);
}

void
report_show(struct results *r, const struct report *rep, int64_t until)
{
	const struct results_config *c = results_about(r);
	struct buf last = {0}, json = {0}, notes = {0}, plain = {0};

	if (c->format == FORMAT_JSON) {
		report_json(rep, false, &json);
		buf_puts(&last, "{\"event\":\"end\",");
		buf_add(&last, json.s + 1, json.len - 1);
	} else
		report_text(rep, c->colour, &last);
	if (c->dir != NULL && text_in_github()) {
		report_annotations(rep, &notes);
		text_github(&plain, NULL, buf_str(&notes), notes.len);
		if (c->format == FORMAT_JSON)
			(void)file_write_all(STDERR_FILENO, buf_str(&plain), plain.len);
		else
			buf_add(&last, buf_str(&notes), notes.len);
		report_step_summary(rep);
	}
	results_drain(r, &last, until);
	buf_free(&last);
	buf_free(&json);
	buf_free(&notes);
	buf_free(&plain);
}

/* Triage does not change the verdict; if it blames the machine, the sentence says so. */
static void
finish_blame(struct report *rep)
{
	struct json j = {0};
	char *signature;

	if (rep->exit_code == 3 || !report_blames_machine(rep) || json_parse(&j, rep->triage,
	    strlen(rep->triage)) == -1)
		return;
	signature = json_dup_member(&j, 0, "signature");
	rep->sentence = report_take(rep, xasprintf("%s, likely the machine%s%s", rep->sentence,
	    signature != NULL ? ": " : "", signature != NULL ? signature : ""));
	free(signature);
	json_free(&j);
}

int
report_finish(struct results *r, const struct facts *f, void (*triage)(void *arg, struct report *rep),
    void *arg)
{
	const struct results_config *c = results_about(r);
	struct report rep;
	struct err e;
	int code;

	(void)results_end(r, f);
	report_build(r, f, true, &rep);
	if (triage != NULL && verdict_wants_triage(rep.verdict)) {
		triage(arg, &rep);
		finish_blame(&rep);
	}
	rep.page = c->dir != NULL;
	finish_write(r, &rep);
	if (c->history != NULL && history_append(c->history, &rep, &e) == -1)
		results_say(r, "%s", e.text);
	report_show(r, &rep, f->ending == END_INTERRUPTED ? loop_now() + HURRY_MS : -1);
	code = rep.exit_code;
	report_free(&rep);
	return code;
}
