#include "doctor.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/text.h"
#include "cmd.h"

#define AT(field) offsetof(struct doctor_options, field)

enum { CHECKS_MAX = 40 };

const struct check *const doctor_checks[] = { &check_docker_cli, &check_context, &check_engine,
	&check_permission, &check_socket, &check_api, &check_storage, &check_memory, &check_disk_engine,
	&check_disk_logs, &check_pools, &check_bounding, &check_bridge, &check_golang, &check_k3s,
	&check_registry, &check_online, &check_checkout, &check_files, &check_git, &check_go, &check_cache,
	&check_logs, &check_runs, &check_orphans, NULL };

struct report {
	struct check_result results[CHECKS_MAX];
	size_t counts[4];
	struct buf fixes;	/* elements of a JSON array */
};

static int
list_checks(bool json)
{
	struct buf b = { 0 };

	buf_puts(&b, json ? "[" : "");
	for (size_t i = 0; doctor_checks[i] != NULL; i++) {
		if (json) {
			buf_puts(&b, i > 0 ? ",\n  {" : "\n  {");
			out_member(&b, "id", doctor_checks[i]->id);
			out_member(&b, "what", doctor_checks[i]->what);
			buf_putc(&b, '}');
		} else
			buf_printf(&b, "%-16s %s\n", doctor_checks[i]->id, doctor_checks[i]->what);
	}
	buf_puts(&b, json ? "\n]\n" : "");
	out_print(&b);
	return 0;
}

/* Whether a row is shown at all. */
static bool
is_asked(const struct doctor *d, const struct check *c)
{
	return c != &check_online || d->o->online;
}

static void
judge(struct doctor *d, struct report *r)
{
	d->known.more = d;
	for (size_t i = 0; doctor_checks[i] != NULL; i++)
		check_run(doctor_checks[i], &d->known, &r->results[i]);
}

static void
put_fix(const struct doctor *d, struct report *r, const char *id, const char *action, const char *failed)
{
	if (d->o->json) {
		buf_puts(&r->fixes, r->fixes.len > 0 ? ",\n    {" : "\n    {");
		out_member(&r->fixes, "id", id);
		out_member(&r->fixes, "action", action);
		buf_printf(&r->fixes, ", \"done\": %s", d->o->dry_run || failed != NULL ? "false" : "true");
		out_member(&r->fixes, "error", failed);
		buf_putc(&r->fixes, '}');
	} else
		out_printf("%s %s%s%s\n", d->o->dry_run ? "would" : failed != NULL ? "could not" : "did", action,
		    failed != NULL ? ": " : "", failed != NULL ? failed : "");
}

static void
fix(struct doctor *d, struct report *r)
{
	for (size_t i = 0; doctor_checks[i] != NULL && !d->interrupt.stop; i++) {
		char *action = NULL;
		struct err e;
		int got = doctor_fix(d, doctor_checks[i], &r->results[i], &action, &e);

		if (got == 1)
			continue;
		put_fix(d, r, doctor_checks[i]->id, action, got == -1 ? e.text : NULL);
		if (got == 0 && !d->o->dry_run) {
			check_result_free(&r->results[i]);
			check_run(doctor_checks[i], &d->known, &r->results[i]);
		}
		free(action);
	}
}

static void
put_json(const struct doctor *d, const struct report *r)
{
	struct buf b = { 0 };
	const char *sep = "\n    {";

	buf_puts(&b, "{\n  \"checks\": [");
	for (size_t i = 0; doctor_checks[i] != NULL; i++) {
		const struct check_result *one = &r->results[i];

		if (!is_asked(d, doctor_checks[i]))
			continue;
		buf_puts(&b, sep);
		sep = ",\n    {";
		out_member(&b, "id", doctor_checks[i]->id);
		out_member(&b, "state", check_state_name(one->state));
		out_member(&b, "what", doctor_checks[i]->what);
		out_member(&b, "finding", one->finding);
		out_member(&b, "fix", one->fix != NULL && *one->fix != '\0' ? one->fix : NULL);
		buf_putc(&b, '}');
	}
	buf_printf(&b,
	    "\n  ],\n  \"fixes\": [%s%s],\n"
	    "  \"ok\": %zu, \"warn\": %zu, \"fail\": %zu, \"unknown\": %zu\n}\n",
	    buf_str(&r->fixes), r->fixes.len > 0 ? "\n  " : "", r->counts[CHECK_OK], r->counts[CHECK_WARN],
	    r->counts[CHECK_FAIL], r->counts[CHECK_UNKNOWN]);
	out_print(&b);
}

static void
put_text(const struct doctor *d, const struct report *r)
{
	for (size_t i = 0; doctor_checks[i] != NULL; i++) {
		const struct check_result *one = &r->results[i];

		if (!is_asked(d, doctor_checks[i]))
			continue;
		out_printf("%-7s  %-15s  %s\n", check_state_name(one->state), doctor_checks[i]->id, one->finding);
		if (one->fix != NULL && *one->fix != '\0')
			out_printf("%-7s  %-15s  try: %s\n", "", "", one->fix);
	}
	out_printf("\n%zu ok, %zu to be aware of, %zu failed, %zu unknown\n", r->counts[CHECK_OK],
	    r->counts[CHECK_WARN], r->counts[CHECK_FAIL], r->counts[CHECK_UNKNOWN]);
}

static int
run(const void *opts, const struct strs *args)
{
	struct doctor d = { .o = opts };
	struct report r = { .counts = { 0 } };
	int code, sig;

	(void)args;
	if (d.o->dry_run && !d.o->fix) {
		err_say_as("hi doctor", "--dry-run says what --fix would do: give both");
		return 2;
	}
	if (d.o->list_checks)
		return list_checks(d.o->json);
	d.loop = loop_new();
	/* Looking leaves nothing to clean up: a signal ends it at once. */
	if (d.o->fix)
		interrupt_watch(&d.interrupt, d.loop);
	doctor_look(&d);
	judge(&d, &r);
	if (d.o->fix)
		fix(&d, &r);
	for (size_t i = 0; doctor_checks[i] != NULL; i++)
		r.counts[r.results[i].state] += is_asked(&d, doctor_checks[i]);
	code = r.counts[CHECK_FAIL] > 0 ? 3 : 0;
	if (!d.interrupt.stop) {
		if (d.o->json)
			put_json(&d, &r);
		else
			put_text(&d, &r);
	}
	for (size_t i = 0; doctor_checks[i] != NULL; i++)
		check_result_free(&r.results[i]);
	buf_free(&r.fixes);
	sig = d.interrupt.signal;
	doctor_free(&d);
	loop_free(d.loop);
	if (sig != 0)
		loop_die_of(sig);
	return code;
}

static const struct flag flags[] = {
	{ "json", FLAG_BOOL, AT(json), .def = "false", .help = "one object, and nothing else, on standard output" },
	{ "fix", FLAG_BOOL, AT(fix), .def = "false", .help = "pull the missing Go image, remove dead runs" },
	{ "dry-run", FLAG_BOOL, AT(dry_run), .def = "false", .help = "only say what --fix would do" },
	{ "list-checks", FLAG_BOOL, AT(list_checks), .def = "false", .help = "only say what would be looked at" },
	{ "online", FLAG_BOOL, AT(online), .def = "false", .help = "use the network too: ask the registry" },
	{ "logs-dir", FLAG_STRING, AT(logs_dir), .def = "control_logs", .arg = "DIR",
	    .help = "where logs go; the default stands at the module's root" },
	{ 0 },
};

const struct command command_doctor = { .name = "doctor",
	.summary = "see whether this machine can run the suite",
	.about = "Looks at the engine, the disks, the images, the checkout and what runs left. Changes\n"
	    "nothing without --fix, uses no network without --online.\n"
	    "Exit: 0 nothing failed, 3 something did.",
	.flags = flags,
	.opts_size = sizeof(struct doctor_options),
	.run = run };
