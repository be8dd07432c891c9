#include <stdlib.h>
#include <string.h>

#include "../base/text.h"
#include "../report/report.h"
#include "../triage/triage.h"
#include "cmd.h"

struct triage_command_options {
	const char *logs_dir;
	bool json;
};

#define AT(field) offsetof(struct triage_command_options, field)

static const struct flag flags[] = {
	LOGS_DIR(AT(logs_dir), "where the runs are (from the checkout's root)"),
	SWITCH("json", AT(json), "an object"),
	{ 0 },
};

/* The failures come first, as at the end of the run; if no test failed, its last line. */
static void
triage_put_failures(const struct report *r, struct buf *out)
{
	size_t head = out->len;

	report_failures_text(r, stdout_has_colours(), out);
	if (out->len == head) {
		buf_printf(out, "%s: ", verdict_name(r->verdict));
		text_harmless(out, r->sentence, strlen(r->sentence));
		buf_printf(out, " (exit %d)\n", r->exit_code);
	}
	if (r->verdict == V_PASSED)
		buf_puts(out, "the newest run that failed: hi triage last-failed\n");
	else
		buf_putc(out, '\n');
}

static int
triage_print(const char *dir, bool json)
{
	/* A signal ends hi at once here: there is nothing to clean up. */
	struct loop *l = loop_new();
	struct triage_options o = { .dir = dir, .loop = l };
	struct triage t = {0};
	struct report r = {0};
	struct buf out = {0};
	struct err e;
	bool known = !json && report_read(dir, &r, NULL) == 0, passed = known && r.verdict == V_PASSED;
	int code = 0;

	/* After a pass there is nothing to look for in the logs. */
	if (!passed && triage_run(&o, &t, &e) == -1) {
		err_say("%s", e.text);
		code = 3;
	} else if (json) {
		triage_json(&t, &out);
	} else {
		buf_puts(&out, "triage of ");
		text_harmless(&out, dir, strlen(dir));
		buf_putc(&out, '\n');
		if (known)
			triage_put_failures(&r, &out);
		if (!passed)
			triage_text(&t, &out);
	}
	report_free(&r);
	out_print(&out);
	triage_free(&t);
	loop_free(l);
	return code;
}

static int
triage_command(const void *opts, const struct strs *args)
{
	const struct triage_command_options *o = opts;
	struct err e;
	char *dir = find_run(o->logs_dir, args->n == 1 ? args->v[0] : NULL, &e);
	int code = 2;

	if (dir != NULL)
		code = triage_print(dir, o->json);
	else
		err_say("%s%s", e.text, args->n == 0 ?
		    ": name a run's directory, as in hi triage DIR" : "");
	free(dir);
	return code;
}

const struct command command_triage = { .name = "triage", .args = "[RUN|DIR]",
    .summary = "say why a run failed: the assertion, the evidence, code or machine",
    .about = "Reads the directory of a run (the newest by default), also one that another tool made,\n"
    "in the order in which one debugs: the failed tests, servers, clients, map responses,\n"
    "status, database. The cause is \"code\" unless the signature of an infrastructure failure\n"
    "is seen; then the line that shows it is named. It is \"unknown\" where files could not be read.",
    .flags = flags, .hints = cmd_hints, .opts_size = sizeof(struct triage_command_options),
    .run = triage_command };
