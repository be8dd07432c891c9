#include <sys/stat.h>

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/file.h"
#include "../base/loop.h"
#include "../base/mem.h"
#include "../base/proc.h"
#include "../base/text.h"
#include "../set/set.h"
#include "../report/history.h"
#include "../report/page.h"
#include "../run/run.h"
#include "cmd.h"
#include "find_run.h"
#include "out.h"

#ifdef __APPLE__
#define OPENER "open"
#else
#define OPENER "xdg-open"
#endif

enum { DEPTH_MAX = 60, SHARDS_MAX = 10000, TWICE_MAX = 5 };

struct options {
	bool json, open;
	const char *html, *junit, *markdown, *history, *tests, *flaky, *logs_dir;
};

static const struct flag flags[] = {
	{ "json", FLAG_BOOL, offsetof(struct options, json), .def = "false",
	    .help = "print it as summary.json has it" },
	{ "junit", FLAG_STRING, offsetof(struct options, junit), .def = "", .arg = "FILE",
	    .help = "write JUnit's XML" },
	{ "markdown", FLAG_STRING, offsetof(struct options, markdown), .def = "", .arg = "FILE",
	    .help = "write Markdown" },
	{ "html", FLAG_STRING, offsetof(struct options, html), .def = "", .arg = "FILE",
	    .help = "write a page for the browser" },
	{ "open", FLAG_BOOL, offsetof(struct options, open), .def = "false",
	    .help = "open the page in the browser" },
	{ "history", FLAG_STRING, offsetof(struct options, history), .def = "", .arg = "FILE",
	    .help = "add the durations to this history.tsv" },
	{ "tests", FLAG_STRING, offsetof(struct options, tests), .def = "", .arg = "FILE",
	    .help = "what should be there, as hi list prints it" },
	{ "flaky", FLAG_CHOICE, offsetof(struct options, flaky), .def = "pass", .arg = "RESULT",
	    .help = "what a flaky test is: pass or fail", .choices = "pass|fail" },
	{ "logs-dir", FLAG_STRING, offsetof(struct options, logs_dir), .def = "control_logs", .arg = "DIR",
	    .help = "where run directories are" },
	{ 0 },
};

struct found {
	struct part *v;
	size_t n;
	struct strs notes;
	struct strs streams;	/* directories of runs that have a stream and no summary */
	bool incomplete;
	struct stat *seen;	/* directories that were looked at: by a link, or named twice */
	size_t n_seen;
};

static bool
is_set(const struct part *p)
{
	return p->rep.runs.n > 0;
}

static void
found_drop(struct found *f, size_t i)
{
	part_free(&f->v[i]);
	memmove(&f->v[i], &f->v[i + 1], (f->n - i - 1) * sizeof(*f->v));
	f->n--;
}

/* A part that can't be used: the report is incomplete, and says why. */
static void found_unusable(struct found *f, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void
found_unusable(struct found *f, const char *fmt, ...)
{
	va_list ap;
	char *note;

	va_start(ap, fmt);
	note = xvasprintf(fmt, ap);
	va_end(ap);
	strs_add_new(&f->notes, note);
	f->incomplete = true;
	free(note);
}

static bool
reports_are_equal(const struct report *a, const struct report *b)
{
	struct buf x = {0}, y = {0};
	bool yes;

	report_json(a, true, &x);
	report_json(b, true, &y);
	yes = strcmp(buf_str(&x), buf_str(&y)) == 0;
	buf_free(&x);
	buf_free(&y);
	return yes;
}

/* Of a run that is there twice the copy that was finished counts. */
static bool
found_has(struct found *f, struct part *p)
{
	for (size_t i = 0; i < f->n; i++) {
		if (strcmp(f->v[i].rep.run_id, p->rep.run_id) != 0)
			continue;
		if (reports_are_equal(&f->v[i].rep, &p->rep))
			strs_addf(&f->notes, "run %s is there twice, and counts once", p->rep.run_id);
		else
			found_unusable(f, "run %s is there twice, and its copies differ: %s and %s",
			    p->rep.run_id,
			    f->v[i].rep.dir, p->rep.dir);
		if (p->rep.finished && !f->v[i].rep.finished) {
			part_free(&f->v[i]);
			f->v[i] = *p;
		} else
			part_free(p);
		return true;
	}
	return false;
}

static void
found_load(struct found *f, const char *dir)
{
	struct part p;
	struct err e;

	if (part_load(dir, &p, &e) == -1) {
		found_unusable(f, "%s", e.text);
		return;
	}
	if (*p.rep.run_id == '\0' || (part_passed(&p) && p.rep.n == 0 && p.rep.shard == NULL)) {
		found_unusable(f, "%s/summary.json: no %s in it", dir,
		    *p.rep.run_id == '\0' ? "run id" : "test");
		part_free(&p);
		return;
	}
	if (found_has(f, &p))
		return;
	if (!p.rep.finished && !is_set(&p))
		found_unusable(f, "run %s %s", p.rep.run_id,
		    run_is_alive(dir) ? "is still running" : "did not finish: hi was killed");
	f->v = xreallocarray(f->v, f->n + 1, sizeof(*f->v));
	f->v[f->n++] = p;
}

static bool
found_was_seen(struct found *f, const struct stat *st)
{
	for (size_t i = 0; i < f->n_seen; i++)
		if (f->seen[i].st_dev == st->st_dev && f->seen[i].st_ino == st->st_ino)
			return true;
	f->seen = xreallocarray(f->seen, f->n_seen + 1, sizeof(*f->seen));
	f->seen[f->n_seen++] = *st;
	return false;
}

/* A file where a part's directory should be: an archive that was not unpacked, or one named like a run. */
static bool
is_no_directory(const char *name)
{
	return is_run_id(name, NULL) || strchr(name,
	    '.') == NULL || text_ends(name, ".zip") || text_ends(name, ".tgz") ||
	    strstr(name, ".tar") != NULL;
}

static bool found_look(struct found *f, const char *path, int depth);

/* What stands in a directory that is no run's. */
static bool
found_look_below(struct found *f, const char *path, const struct strs *names, int depth)
{
	struct strs empty = {0};
	bool found = false;
	struct stat st;

	for (size_t i = 0; i < names->n; i++) {
		char *below = file_join(path, names->v[i]);

		if (stat(below, &st) == -1 || (S_ISREG(st.st_mode) && is_no_directory(names->v[i]))) {
			found_unusable(f, "%s: %s", below, file_exists(below) && stat(below,
			    &st) == 0 ? "not a directory" :
			    strerror(errno));
			found = true;
		} else if (S_ISDIR(st.st_mode) && *names->v[i] != '.') {
			if (found_look(f, below, depth + 1))
				found = true;
			else
				strs_add(&empty, below);
		}
		free(below);
	}
	/* The highest directory that holds nothing is named, and not each within it. */
	for (size_t i = 0; i < empty.n && found; i++)
		found_unusable(f, "%s: no run in it", empty.v[i]);
	strs_free(&empty);
	return found;
}

/* False: there is neither a run nor a trace of one at or below path. */
static bool
found_look(struct found *f, const char *path, int depth)
{
	struct strs names = {0};
	bool found = true;
	struct stat st;
	struct err e;

	if (stat(path, &st) == -1)
		found_unusable(f, "%s: %s", path, strerror(errno));
	else if (!S_ISDIR(st.st_mode))
		found_unusable(f, "%s: not a directory", path);
	else if (found_was_seen(f, &st))
		;
	else if (depth > DEPTH_MAX)
		found_unusable(f, "%s: deeper than hi report looks", path);
	else if (dir_names(path, &names, &e) == -1)
		found_unusable(f, "%s", e.text);
	else if (strs_has(&names, "summary.json"))
		found_load(f, path);
	else if (strs_has(&names, "go-test.json")) {
		found_unusable(f, "%s: a run without a summary", path);
		strs_add(&f->streams, path);
	}
	else
		found = found_look_below(f, path, &names, depth);
	strs_free(&names);
	return found;
}

/* The newest run, or the set that it belongs to. False: there is no run. */
static bool
found_look_newest(struct found *f, const char *logs)
{
	struct strs names = {0};
	char *path;
	struct part p;
	bool found = false;

	(void)run_names(logs, &names, NULL);
	/* A set is older than its runs. */
	for (size_t i = names.n; i-- > 0 && !found;) {
		path = file_join(logs, names.v[i]);
		if (part_load(path, &p, NULL) == 0) {
			found = strs_has(&p.rep.runs, names.v[names.n - 1]);
			part_free(&p);
		}
		if (found)
			found_look(f, path, 0);
		free(path);
	}
	if (names.n > 0 && !found) {
		path = file_join(logs, names.v[names.n - 1]);
		if (!found_look(f, path, 0))
			found_unusable(f, "%s: no run in it", path);
		free(path);
	}
	found = names.n > 0;
	strs_free(&names);
	return found;
}

/* A set speaks for its runs, unless it was killed: then they speak for themselves. */
static void
found_settle_sets(struct found *f)
{
	for (size_t i = 0; i < f->n; i++) {
		if (!is_set(&f->v[i]))
			continue;
		if (!f->v[i].rep.finished) {
			found_unusable(f, "set %s did not finish: its runs count as far as they are there",
			    f->v[i].rep.run_id);
			found_drop(f, i--);
			continue;
		}
		for (size_t k = 0; k < f->n; k++) {
			if (is_set(&f->v[k]) || !strs_has(&f->v[i].rep.runs, f->v[k].rep.run_id))
				continue;
			found_drop(f, k);
			i -= k < i;
			k--;
		}
	}
}

/* A fleet may run all on one database, and a part on the other. */
static void
found_check_shards(struct found *f, bool postgres)
{
	const struct part *first = NULL, **of;
	const char *which = postgres ? " [postgres]" : "";
	unsigned i, n, all = 0;

	of = xcalloc(SHARDS_MAX + 1, sizeof(struct part *));
	for (size_t k = 0; k < f->n; k++) {
		const struct part *p = &f->v[k];

		if (p->rep.shard == NULL || p->rep.f.postgres != postgres || sscanf(p->rep.shard, "%u/%u",
		    &i, &n) != 2 || i < 1 || i > n || n > SHARDS_MAX)
			continue;
		if (first == NULL) {
			first = p;
			all = n;
		}
		if (n != all || (first->rep.cut != NULL && p->rep.cut != NULL && strcmp(first->rep.cut,
		    p->rep.cut) != 0)) {
			found_unusable(f,
			    "shards %s (run %s) and %s (run %s) were cut from different lists or histories: "
			    "tests may be missing, or have run twice", first->rep.shard, first->rep.run_id,
			    p->rep.shard,
			    p->rep.run_id);
		}
		if (i <= all && of[i] != NULL)
			strs_addf(&f->notes, "shard %s%s is there twice: runs %s and %s", p->rep.shard, which,
			    of[i]->rep.run_id, p->rep.run_id);
		else if (i <= all)
			of[i] = p;
	}
	for (i = 1; i <= all; i++)
		if (of[i] == NULL)
			found_unusable(f, "shard %u/%u%s is missing", i, all, which);
	free(of);
}

static int
found_check_tests(struct found *f, const char *path, struct err *e)
{
	struct strs missing = {0};
	char *names;
	int rc = *path != '\0' ? expect(path, f->v, f->n, &missing, e) : 0;

	if (missing.n > 0) {
		names = strs_join(&missing, ", ");
		found_unusable(f, "%zu test%s of %s did not run: %s", missing.n, missing.n == 1 ? "" : "s",
		    path, names);
		free(names);
	}
	strs_free(&missing);
	return rc;
}

/* Of two databases the one that fewer look at is named. */
static void
found_name_databases(struct found *f)
{
	size_t postgres = 0;

	for (size_t i = 0; i < f->n; i++)
		postgres += f->v[i].rep.f.postgres;
	for (size_t i = 0; i < f->n && postgres < f->n; i++)
		if (f->v[i].rep.f.postgres)
			f->v[i].suffix = xstrdup(" [postgres]");
}

static bool
has_test(const struct report *r, const char *name)
{
	for (size_t i = 0; i < r->n; i++)
		if (strcmp(r->tests[i].name, name) == 0)
			return true;
	return false;
}

/* A test that was split by its subtests is in all of their runs. */
static bool
are_pieces(const struct report *a, const struct report *b)
{
	return pattern_depth(a->pattern) > 1 && pattern_depth(b->pattern) > 1 && strcmp(a->pattern,
	    b->pattern) != 0;
}

static void
found_check_twice(struct found *f)
{
	size_t said = 0;

	for (size_t i = 0; i < f->n; i++)
		for (size_t k = i + 1; k < f->n; k++)
			for (size_t t = 0; t < f->v[k].rep.n; t++) {
				const char *name = f->v[k].rep.tests[t].name;

				if (*name == '\0' || strchr(name, '/') != NULL || !has_test(&f->v[i].rep,
				    name) || f->v[i].rep.f.postgres != f->v[k].rep.f.postgres ||
				    are_pieces(&f->v[i].rep, &f->v[k].rep) || ++said > TWICE_MAX)
					continue;
				strs_addf(&f->notes, "%s ran in %s and in %s: both count", name,
				    f->v[i].rep.run_id,
				    f->v[k].rep.run_id);
			}
	if (said > TWICE_MAX)
		strs_addf(&f->notes, "and %zu more ran more than once", said - TWICE_MAX);
}

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

/* A browser may be what the opener becomes: it is not waited for, and stays. */
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
		rc = err_set(e, "%s %s: %s", OPENER, path, proc_status(status, said, sizeof(said)));
	free(path);
	return rc;
}

/* Where the runs' directories are: a set's stand beside its own. */
static void
found_directories(const struct found *f, struct strs *out)
{
	for (size_t i = 0; i < f->n; i++) {
		const struct report *r = &f->v[i].rep;
		char *above = file_dir(r->dir), *dir;

		for (size_t k = 0; k < r->runs.n; k++) {
			dir = file_join(above, r->runs.v[k]);
			strs_add(out, dir);
			free(dir);
		}
		if (r->runs.n == 0)
			strs_add(out, r->dir);
		free(above);
	}
}

/* A single run or set has a page of its own, which is made where it is missing. */
static int
report_page(const struct options *o, const struct found *f, const struct report *r)
{
	const char *dir = f->n == 1 ? f->v[0].rep.dir :
	    f->n == 0 && f->streams.n == 1 ? f->streams.v[0] : NULL;
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
		found_directories(f, &dirs);
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

static int
report_give(const struct options *o, struct found *f)
{
	const struct part **v = xcalloc(f->n + 1, sizeof(struct part *));
	struct whole w = { .id = f->n == 1 ? f->v[0].rep.run_id : "merged", .pattern = f->n == 1
	    ? f->v[0].rep.pattern : "", .finished = true, .flaky_fails = strcmp(o->flaky, "fail") == 0,
	    .incomplete = f->incomplete };
	struct report r;
	struct buf b = {0};
	int code;

	for (size_t i = 0; i < f->n; i++)
		v[i] = &f->v[i];
	merge(&r, v, f->n, &w);
	for (size_t i = 0; i < f->notes.n; i++)
		strs_add_new(&r.notes, f->notes.v[i]);
	if (o->json)
		report_json(&r, true, &b);
	else
		report_text(&r, stdout_has_colours(), &b);
	out_print(&b);
	code = report_write(o->junit, report_junit, &r) == -1 || report_write(o->markdown, report_markdown,
	    &r) == -1 ? 3 : r.exit_code;
	if (report_page(o, f, &r) == -1)
		code = 3;
	report_step_summary(&r);
	report_free(&r);
	free(v);
	return code;
}

static int
report_run(const void *opts, const struct strs *args)
{
	const struct options *o = opts;
	struct found f = { 0 };
	char *logs = logs_directory(o->logs_dir);
	bool unknown = false;
	struct err e;
	int code;

	for (size_t i = 0; i < args->n; i++) {
		/* A path, or what else means a run. A missing path among others is a missing part. */
		bool is_id = strchr(args->v[i], '/') == NULL && access(args->v[i], F_OK) == -1;
		char *dir = is_id ? find_run(logs, args->v[i], &e) : NULL;

		unknown = is_id && dir == NULL && args->n == 1;
		if (!unknown && !found_look(&f, dir != NULL ? dir : args->v[i], 0))
			found_unusable(&f, "%s: no run in it", args->v[i]);
		free(dir);
	}
	if (unknown) {
		err_say("%s", e.text);
		code = 2;
	} else if (args->n == 0 && !found_look_newest(&f, logs)) {
		err_say("there is no run in %s yet", logs);
		code = 2;
	} else if (found_check_tests(&f, o->tests, &e) == -1) {
		err_say("%s", e.text);
		code = 2;
	} else {
		found_settle_sets(&f);
		found_check_shards(&f, false);
		found_check_shards(&f, true);
		found_name_databases(&f);
		found_check_twice(&f);
		for (size_t i = 0; i < f.n && *o->history != '\0'; i++)
			if (history_append(o->history, &f.v[i].rep, &e) == -1)
				err_say("%s", e.text);
		code = report_give(o, &f);
	}
	for (size_t i = 0; i < f.n; i++)
		part_free(&f.v[i]);
	free(f.v);
	free(f.seen);
	strs_free(&f.notes);
	strs_free(&f.streams);
	free(logs);
	return code;
}

const struct command command_report = { .name = "report", .args = "[DIR...]",
	.summary = "one summary of several runs, also of those of other machines",
	.about =
	    "DIR is a run's or a set's directory, or one that has such below it; without it, the\n"
	    "newest. Tells of shards that are missing, and of what ran twice. Exits as the worst\n"
	    "of the runs did; 1 where parts are missing.",
	.flags = flags, .opts_size = sizeof(struct options), .run = report_run };
