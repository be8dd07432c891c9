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
#include "page.h"
#include "report_internal.h"

enum {
	HURRY_MS = 2000,	/* how long an interrupted run waits for its console's reader */
	PAGE_ROOM = 1 << 20,	/* bytes; few pages need more */
	FILES = 4,
};

/* From the one that every reader takes the verdict from to the one that is made again most easily. */
static const char *const file_names[FILES] = { "summary.json", "junit.xml", "summary.md", PAGE_NAME };

/* Replaces the i-th file. On a full disk it gets the room of its old version and of the files after it, but
 * the old summary.json stays until there is a new one. */
static int
files_put(const char *dir, size_t i, const struct buf *text, bool finished, struct err *e)
{
	char *path = file_join(dir, file_names[i]), *other;
	int rc = file_replace(path, buf_str(text), text->len, e);

	if (rc == -1 && e->kind == ERR_NO_SPACE && finished) {
		for (size_t k = i > 0 ? i : 1; k < FILES; k++) {
			other = file_join(dir, file_names[k]);
			unlink(other);
			free(other);
		}
		rc = file_replace(path, buf_str(text), text->len, e);
	}
	free(path);
	return rc;
}

/* Replaces summary.json by one of less than a block: the verdict, the counts and what is missing. */
static void
files_put_brief(const struct report *rep, const char *dir)
{
	struct report brief = *rep;
	struct buf text = {0};
	struct err ignored;

	brief.triage = brief.triage_text = NULL;
	report_json(&brief, false, &text);
	(void)files_put(dir, 0, &text, true, &ignored);
	buf_free(&text);
}

/* Names a further file in *e, without the directory, which is named already. */
static void
files_add_failure(const char *dir, const struct err *why, struct err *e)
{
	const char *rest = text_after(why->text, dir);

	err_as(e, e->kind, "%s; %s", e->text, rest != NULL ? rest + strspn(rest, "/") : why->text);
}

int
report_files(const struct report *rep, const char *dir, struct err *e)
{
	struct buf made[FILES - 1] = {0};
	struct err why;
	int rc = 0;

	report_json(rep, true, &made[0]);
	report_junit(rep, &made[1]);
	report_markdown(rep, &made[2]);
	for (size_t i = 0; i < FILES - 1; i++) {
		if (files_put(dir, i, &made[i], rep->finished, &why) == -1) {
			if (i == 0 && why.kind == ERR_NO_SPACE && rep->finished)
				files_put_brief(rep, dir);
			if (rc == 0)
				*e = why;
			else
				files_add_failure(dir, &why, e);
			rc = -1;
		}
		buf_free(&made[i]);
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

/* False: the page will not fit on the disk. A file system that does not say its size may have room. */
static bool
finish_has_page_room(const char *dir)
{
	uint64_t bytes, total;

	return file_free_space(dir, &bytes, NULL, &total) == -1 || total == 0 || bytes >= PAGE_ROOM;
}

/* The page is written after the summary is shown, because it takes only what has been redacted; so whether it
 * will be there is foreseen here. */
static void
finish_write(struct results *r, struct report *rep)
{
	const char *dir = results_about(r)->dir;
	struct err e;

	if (dir == NULL)
		return;
	rep->page = finish_has_page_room(dir);
	if (report_files(rep, dir, &e) == -1) {
		results_say(r, "%s", e.text);
		rep->page = false;
	}
}

void
report_interim(struct results *r, const struct facts *given)
{
	const char *dir = results_about(r)->dir;
	struct facts f = *given;
	struct report rep;
	struct err ignored;

	if (dir == NULL)
		return;
	f.ending = END_INTERRUPTED;
	f.why = "hi is still running, or was killed before the end";
	report_build(r, &f, false, &rep);
	/* A file that can't be written is named once, at the end, when it is tried again. */
	(void)report_files(&rep, dir, &ignored);
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
	finish_write(r, &rep);
	if (c->history != NULL && history_append(c->history, &rep, &e) == -1)
		results_say(r, "%s", e.text);
	report_show(r, &rep, f->ending == END_INTERRUPTED ? loop_now() + HURRY_MS : -1);
	code = rep.exit_code;
	report_free(&rep);
	return code;
}
