#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/file.h"
#include "../base/loop.h"
#include "../base/proc.h"
#include "../set/set.h"
#include "../report/history.h"
#include "../report/page.h"
#include "cmd.h"

#ifdef __APPLE__
#define OPENER "open"
#else
#define OPENER "xdg-open"
#endif

struct report_options {
	bool json, open;
	const char *html, *junit, *markdown, *history, *tests, *flaky, *logs_dir;
};

#define AT(field) offsetof(struct report_options, field)

static const struct flag flags[] = {
	SWITCH("json", AT(json), "print it as summary.json has it"),
	WORD("junit", AT(junit), "", "FILE", "write JUnit's XML"),
	WORD("markdown", AT(markdown), "", "FILE", "write Markdown"),
	WORD("html", AT(html), "", "FILE", "write a page for the browser"),
	SWITCH("open", AT(open), "open the page in the browser"),
	WORD("history", AT(history), "", "FILE", "add the durations to this history.tsv"),
	WORD("tests", AT(tests), "", "FILE", "what should be there, as hi list prints it"),
	CHOICE("flaky", AT(flaky), "pass", "RESULT", "pass|fail", "what a flaky test is: pass or fail"),
	LOGS_DIR(AT(logs_dir), "where run directories are"),
	{ 0 },
};

static int
report_write(const char *path, void (*make)(const struct report *r, struct buf *out), const struct report *r)
{
	struct buf b = {0};
	struct err e;
	int rc = 0;

	if (*path == '\0')
		return 0;
	make(r, &b);
	if ((rc = report_save(path, buf_str(&b), b.len, &e)) == -1)
		err_say("%s", e.text);
	buf_free(&b);
	return rc;
}

static void
opener_on_exit(void *arg, int status)
{
	*(int *)arg = status;
}

static bool
opener_ended(void *arg)
{
	return *(int *)arg != -1;
}

/* The opener may become the browser itself, so it outlives hi, which waits only to see it fail. */
static int
page_open(const char *file, struct err *e)
{
	enum { WAIT_MS = 2000 };
	static char opener[] = OPENER;
	char *path = file_absolute(file), *argv[] = { opener, path, NULL }, said[64];
	struct loop *l = loop_new();
	int status = -1, rc = 0;
	struct proc_spec spec = { .argv = argv, .in = PROC_NULL, .out = PROC_NULL, .err = PROC_NULL,
	    .on_exit = opener_on_exit, .arg = &status, .outlives = true };

	if (proc_start(l, &spec, e) == NULL)
		rc = -1;
	else if (loop_until(l, opener_ended, &status, loop_now() + WAIT_MS) && !proc_ok(status))
		rc = err_set(e, "%s: %s", OPENER, proc_status(status, said, sizeof(said)));
	if (rc == -1)
		err_on(e, "%s", path);
	free(path);
	return rc;
}

/* Adds the directories of all runs in p; those of a set's runs are beside its own. */
static void
report_directories(const struct parts *p, struct strs *out)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct report *r = &p->v[i]->rep;
		char *above = file_dir(r->dir);

		for (size_t k = 0; k < r->runs.n; k++)
			strs_addf(out, "%s/%s", above, r->runs.v[k]);
		if (r->runs.n == 0)
			strs_add(out, r->dir);
		free(above);
	}
}

/* A single run or set has a page of its own, which is made if it is missing. */
static int
report_page(const struct report_options *o, const struct parts *p, const struct report *r)
{
	const char *dir = p->n == 1 ? p->v[0]->rep.dir :
	    p->n == 0 && p->streams.n == 1 ? p->streams.v[0] : NULL;
	char *own = dir != NULL ? file_join(dir, PAGE_NAME) : NULL;
	const char *file = *o->html != '\0' ? o->html : own;
	struct strs dirs = {0};
	struct err e;
	int rc = 0;

	if (file == NULL && o->open)
		rc = err_set(&e, "--open: of several runs --html names the page");
	else if (dir != NULL && (*o->html != '\0' || (o->open && !file_exists(own))))
		rc = page_write_run(file, dir, &e);
	else if (*o->html != '\0') {
		report_directories(p, &dirs);
		rc = page_write_runs(file, r, &dirs, &e);
	}
	if (rc == 0 && o->open)
		rc = page_open(file, &e);
	if (rc == -1)
		err_say("%s", e.text);
	strs_free(&dirs);
	free(own);
	return rc;
}

/* Merges the parts, and writes the whole in each format that was asked for. */
static int
report_give(const struct report_options *o, const struct parts *p)
{
	const struct report *only = p->n == 1 ? &p->v[0]->rep : NULL;
	struct report r = { .run_id = only != NULL ? only->run_id : "merged",
	    .pattern = only != NULL ? only->pattern : "", .finished = true, .incomplete = p->incomplete };
	struct buf b = {0};
	struct err e;
	int code;

	for (size_t i = 0; i < p->n && *o->history != '\0'; i++)
		if (history_append(o->history, &p->v[i]->rep, &e) == -1)
			err_say("%s", e.text);
	merge(&r, p->v, p->n, strcmp(o->flaky, "fail") == 0);
	for (size_t i = 0; i < p->notes.n; i++)
		strs_add_new(&r.notes, p->notes.v[i]);
	if (o->json)
		report_json(&r, true, &b);
	else
		report_text(&r, stdout_has_colours(), &b);
	out_print(&b);
	code = report_write(o->junit, report_junit, &r) == -1 ||
	    report_write(o->markdown, report_markdown, &r) == -1 ? 3 : r.exit_code;
	if (report_page(o, p, &r) == -1)
		code = 3;
	report_step_summary(&r);
	report_free(&r);
	return code;
}

/* -1: the words name no run, or --tests names no list. */
static int
report_find_parts(const struct report_options *o, const struct strs *args, struct parts *p, struct err *e)
{
	char *logs = logs_directory(o->logs_dir);
	int rc = 0;

	for (size_t i = 0; i < args->n && rc == 0; i++) {
		/* A word is a path, or means a run. One of several that leads nowhere is a missing part. */
		bool is_id = strchr(args->v[i], '/') == NULL && access(args->v[i], F_OK) == -1;
		char *dir = is_id ? find_run(o->logs_dir, args->v[i], e) : NULL;

		if (is_id && dir == NULL && args->n == 1)
			rc = -1;
		else
			parts_find(p, dir != NULL ? dir : args->v[i]);
		free(dir);
	}
	if (args->n == 0 && !parts_find_newest(p, logs))
		rc = err_as(e, ERR_USAGE, "there is no run in %s yet", logs);
	free(logs);
	return rc == 0 ? parts_check(p, o->tests, e) : rc;
}

static int
report_run(const void *opts, const struct strs *args)
{
	struct parts p = { 0 };
	struct err e;
	int code = 2;

	if (report_find_parts(opts, args, &p, &e) == -1)
		err_say("%s", e.text);
	else
		code = report_give(opts, &p);
	parts_free(&p);
	return code;
}

const struct command command_report = { .name = "report", .args = "[DIR...]",
	.summary = "one summary of several runs, also of those of other machines",
	.about =
	    "DIR is a run's or a set's directory, or one that has such below it; without it, the\n"
	    "newest. Tells of shards that are missing, and of what ran twice. Exits as the worst\n"
	    "of the runs did; 1 where parts are missing.",
	.flags = flags, .opts_size = sizeof(struct report_options), .run = report_run };
