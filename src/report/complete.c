/* The files of a run whose hi died, or left, before they were written: made by its cleaner. */
#include <unistd.h>

#include "../base/file.h"
#include "../base/mem.h"
#include "history.h"
#include "report_internal.h"

enum { CHUNK = 16 * 1024 };

/* What the event stream tells, as far as it was written. A run that never had one has no tests. */
static int
complete_read(const char *dir, const char *pattern, const struct report *old, struct results **out,
    struct err *e)
{
	struct results_config c = { .run_id = old != NULL ? old->run_id : file_base(dir),
		.pattern = old != NULL ? old->pattern : pattern, .format = FORMAT_QUIET, .out = -1 };
	char chunk[CHUNK];
	struct results *r;
	ssize_t n;

	if (results_new(&c, &r, e) == -1)
		return -1;
	r->replay = true;
	r->dir = xstrdup(dir);
	r->stream_fd = report_open(dir, "go-test.json");
	while (r->stream_fd >= 0 && (n = read(r->stream_fd, chunk, sizeof(chunk))) > 0)
		results_feed(r, chunk, (size_t)n);
	/* Only now: while it is open, the stream's plain text would go into it. */
	r->log_fd = report_open(dir, "runner.log");
	*out = r;
	return 0;
}

static size_t
complete_count(size_t a, size_t b)
{
	return a > b ? a : b;
}

/* hi had counted what was removed until it left; the cleaner's counts have that, too. */
static void
complete_facts(struct facts *to, const struct facts *f)
{
	to->removed_containers = complete_count(to->removed_containers, f->removed_containers);
	to->removed_networks = complete_count(to->removed_networks, f->removed_networks);
	to->removed_volumes = complete_count(to->removed_volumes, f->removed_volumes);
	to->removed_images = complete_count(to->removed_images, f->removed_images);
	to->leaks = f->leaks;
	to->n_leaks = f->n_leaks;
}

int
report_complete(const char *dir, const char *pattern, const char *history, const struct facts *f,
    struct err *e)
{
	struct report old, rep;
	bool known = report_load(dir, &old, NULL) == 0;
	struct results *r;
	struct facts all;
	int rc = -1;

	if (known) {
		complete_facts(&old.f, f);
		old.page = true;
		for (size_t i = 0; f->missing != NULL && i < f->missing->n; i++)
			strs_add_new(&old.missing, f->missing->v[i]);
	}
	if (known && old.finished) {
		rc = report_files(&old, dir, e);
	} else if (complete_read(dir, pattern, known ? &old : NULL, &r, e) == 0) {
		all = known ? old.f : *f;
		all.ending = f->ending;
		all.signal = f->signal;
		all.why = f->why;
		all.ended = f->ended;
		all.missing = known ? &old.missing : f->missing;
		(void)results_end(r, &all);
		report_build(r, &all, true, &rep);
		rep.page = true;
		rc = report_files(&rep, dir, e);
		if (history != NULL && history_append(history, &rep, rc == 0 ? e : NULL) == -1)
			rc = -1;
		report_free(&rep);
		results_free(r);
	}
	if (known)
		report_free(&old);
	return rc;
}

int
report_visit(const char *dir, void (*fn)(void *arg, const struct report *r), void *arg, struct err *e)
{
	const struct facts f = { .ending = END_NORMAL, .exit_code = 1 };
	struct results *r;
	struct report rep;

	bool known = report_load(dir, &rep, e) == 0, finished = known && rep.finished;

	if (finished)
		fn(arg, &rep);
	if (known)
		report_free(&rep);
	if (finished)
		return 0;
	if (complete_read(dir, "", NULL, &r, e) == -1)
		return -1;
	if (r->stream_fd == -1) {
		results_free(r);
		return err_set(e, "%s: has no summary.json and no go-test.json", dir);
	}
	(void)results_end(r, &f);
	report_build(r, &f, true, &rep);
	fn(arg, &rep);
	report_free(&rep);
	results_free(r);
	return 0;
}
