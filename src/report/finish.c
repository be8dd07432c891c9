/* The end of a run: its files, and its last words on the console. */
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

static void
finish_write(struct results *r, const struct report *rep)
{
	struct err e;

	if (r->dir != NULL && report_files(rep, r->dir, &e) == -1)
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
report_last_words(struct results *r, const struct report *rep)
{
	struct buf b = {0}, notes = {0}, plain = {0};

	if (r->c.format == FORMAT_JSON) {
		report_json(rep, false, &b);
		buf_puts(&r->after, "{\"event\":\"end\",");
		buf_add(&r->after, b.s + 1, b.len - 1);
	} else {
		format_end(r, &r->after);
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

/* The run has one verdict; what triage takes for its cause is a part of the sentence. */
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
report_finish(struct results *r, const struct facts *f,
    void (*triage)(void *arg, struct report *rep, const volatile bool *cancel), void *arg)
{
	struct report rep;
	struct err e;
	int code;

	(void)results_end(r, f);
	/* Where triage looks for it as well. */
	if (f->why != NULL && r->log_fd >= 0)
		dprintf(r->log_fd, "hi: %s\n", f->why);
	report_build(r, f, true, &rep);
	if (triage != NULL && verdict_wants_triage(rep.verdict)) {
		/* A signal ends it as it ends the wait for the console's reader. */
		r->waiting = true;
		triage(arg, &rep, &r->hurry);
		r->waiting = false;
		finish_blame(&rep);
	}
	rep.page = r->dir != NULL;
	finish_write(r, &rep);
	if (r->c.history != NULL && history_append(r->c.history, &rep, &e) == -1)
		results_say(r, "%s", e.text);
	report_last_words(r, &rep);
	code = rep.exit_code;
	report_free(&rep);
	results_drain(r, f->ending == END_INTERRUPTED ? loop_now() + HURRY_MS : -1);
	return code;
}
