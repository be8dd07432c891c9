#include "doctor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/json_write.h"
#include "../base/mem.h"
#include "../docker/image.h"

#define AT(field) offsetof(struct doctor_options, field)

enum { CHECKS_MAX = 20 };

static int
list_checks(bool json)
{
	struct buf b = { 0 };

	if (json)
		jw_array(&b, NULL);
	for (const struct doctor_check *c = doctor_checks; c->id != NULL; c++) {
		if (!json) {
			buf_printf(&b, "%-13s %s\n", c->id, c->what);
			continue;
		}
		jw_object(&b, NULL);
		jw_string(&b, "id", c->id);
		jw_string(&b, "what", c->what);
		jw_end_object(&b);
	}
	if (json)
		jw_end_array(&b);
	buf_puts(&b, json ? "\n" : "");
	out_print(&b);
	return 0;
}

static void
say_pull(void *arg, const char *line)
{
	(void)arg;
	err_say("%s", line);
}

/* Reports an action that --fix took, would take, or could not take. */
static void
put_fix(struct doctor *d, const char *id, const char *action, const char *error)
{
	if (!d->o->json) {
		out_line("%s %s%s%s", d->o->dry_run ? "would" : error != NULL ? "could not" : "did",
		    action, error != NULL ? ": " : "", error != NULL ? error : "");
		return;
	}
	jw_object(&d->fixes, NULL);
	jw_string(&d->fixes, "id", id);
	jw_string(&d->fixes, "action", action);
	jw_bool(&d->fixes, "done", !d->o->dry_run && error == NULL);
	jw_string(&d->fixes, "error", error);
	jw_end_object(&d->fixes);
}

static void
fix_image(struct doctor *d)
{
	char *action = xasprintf("pull %s", d->image);
	struct err e;
	int got = d->o->dry_run ? 0 : image_pull(&d->docker, d->image, "see the go line of go.mod", say_pull,
	    NULL, &e);

	put_fix(d, "image-golang", action, got == -1 ? e.text : NULL);
	d->image_here = !d->o->dry_run && got == 0;
	free(action);
}

static void
fix_dead_run(void *arg, const struct run_seen *run, const struct removal *r, size_t stopped,
    const struct err *e)
{
	char *action = xasprintf("remove the dead run %s with %zu container%s", run->id, run->containers,
	    run->containers == 1 ? "" : "s");
	const struct leak *left = r->removed.left;
	struct err why;

	(void)stopped;
	if (e == NULL && r->removed.n_left > 0) {
		err_set(&why, "%s %s: %s", left->kind, left->name, left->why);
		e = &why;
	}
	put_fix(arg, "runs", action, e != NULL ? e->text : NULL);
	free(action);
}

static void
fix_all(struct doctor *d)
{
	struct runs runs = { 0 };
	struct err ignored;

	if (d->image != NULL && !d->image_here && !d->interrupt.stop)
		fix_image(d);
	/* If the engine can't list them, the check "runs" says so. */
	if (runs_list(&d->docker, &runs, &ignored) == 0)
		runs_remove_dead(&d->docker, &runs, NULL, false, d->o->dry_run, fix_dead_run, d);
	runs_free(&runs);
}

static void
put_json(const struct doctor *d, const struct check_result *results, const size_t counts[])
{
	struct buf b = { 0 };

	jw_object(&b, NULL);
	jw_array(&b, "checks");
	for (size_t i = 0; doctor_checks[i].id != NULL; i++) {
		const struct check_result *one = &results[i];

		if (one->finding == NULL)
			continue;
		jw_object(&b, NULL);
		jw_string(&b, "id", doctor_checks[i].id);
		jw_string(&b, "state", check_state_name(one->state));
		jw_string(&b, "what", doctor_checks[i].what);
		jw_string(&b, "finding", one->finding);
		jw_string(&b, "fix", *one->fix != '\0' ? one->fix : NULL);
		jw_end_object(&b);
	}
	jw_end_array(&b);
	jw_array(&b, "fixes");
	buf_puts(&b, buf_str(&d->fixes));
	jw_end_array(&b);
	for (int s = CHECK_OK; s <= CHECK_FAIL; s++)
		jw_int(&b, check_state_name((enum check_state)s), (int64_t)counts[s]);
	jw_end_object(&b);
	out_json(&b);
}

static void
put_text(const struct check_result *results, const size_t counts[])
{
	for (size_t i = 0; doctor_checks[i].id != NULL; i++) {
		const struct check_result *one = &results[i];

		if (one->finding == NULL)
			continue;
		out_line("%-4s  %-13s %s", check_state_name(one->state), doctor_checks[i].id,
		    one->finding);
		if (*one->fix != '\0')
			out_line("%-4s  %-13s try: %s", "", "", one->fix);
	}
	out_line("%s", "");
	out_line("%zu ok, %zu warning%s, %zu failed", counts[CHECK_OK], counts[CHECK_WARN],
	    counts[CHECK_WARN] == 1 ? "" : "s", counts[CHECK_FAIL]);
}

/* Probes, fixes, checks and reports. Returns how many checks failed. */
static size_t
doctor_run(struct doctor *d)
{
	struct check_result results[CHECKS_MAX] = { { 0 } };
	size_t counts[CHECK_FAIL + 1] = { 0 };

	doctor_probe(d);
	if (d->o->fix && d->answers)
		fix_all(d);
	for (size_t i = 0; doctor_checks[i].id != NULL && !d->interrupt.stop; i++) {
		doctor_checks[i].fn(d, &results[i]);
		counts[results[i].state] += results[i].finding != NULL;
	}
	if (!d->interrupt.stop && d->o->json)
		put_json(d, results, counts);
	else if (!d->interrupt.stop)
		put_text(results, counts);
	for (size_t i = 0; i < CHECKS_MAX; i++)
		check_result_free(&results[i]);
	return counts[CHECK_FAIL];
}

static int
doctor_command(const void *opts, const struct strs *args)
{
	struct doctor d = { .o = opts };
	size_t failed;
	int sig;

	(void)args;
	if (d.o->dry_run && !d.o->fix) {
		err_say("--dry-run says what --fix would do: give both");
		return 2;
	}
	if (d.o->list_checks)
		return list_checks(d.o->json);
	d.loop = loop_new();
	/* Without --fix there is nothing to finish, so a signal ends hi at once. */
	if (d.o->fix)
		interrupt_watch(&d.interrupt, d.loop);
	d.docker.cancel = &d.interrupt.stop;
	failed = doctor_run(&d);
	sig = d.interrupt.signal;
	doctor_free(&d);
	loop_free(d.loop);
	if (sig != 0)
		loop_die_of(sig);
	return failed > 0 ? 3 : 0;
}

static const struct flag flags[] = {
	SWITCH("json", AT(json), "one object, and nothing else, on standard output"),
	SWITCH("fix", AT(fix), "pull the missing Go image, remove dead runs"),
	SWITCH("dry-run", AT(dry_run), "only say what --fix would do"),
	SWITCH("list-checks", AT(list_checks), "only say what would be looked at"),
	LOGS_DIR(AT(logs_dir), "where logs go; the default stands at the module's root"),
	{ 0 },
};

const struct command command_doctor = { .name = "doctor",
    .summary = "see whether this machine can run the suite",
    .about = "Looks at the engine, the disks, the images, the checkout and what runs left; a check\n"
    "that another's failure hides is not listed. Changes nothing without --fix (one\n"
    "privileged container is started, and is gone at once).\n" "Exit: 0 nothing failed, 3 something did.",
    .flags = flags, .hints = cmd_hints, .opts_size = sizeof(struct doctor_options), .run = doctor_command };
