#include "triage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/file.h"
#include "../base/json.h"
#include "../base/text.h"
#include "triage_internal.h"

enum { SHOWN = 8 };	/* findings of a group in the text */

/* Something that hi, the tests or the Go hi leave there. */
static bool
is_run(const struct strs *names)
{
	static const char *const own[] = {
		"go-test.json", "runner.log", "summary.json", "events.json",
		"mapresponses",
	};
	static const char *const endings[] = {
		".stderr.log", ".stdout.log", "_status.json", "_metrics.txt", "-mapresponses",
		".inspect.json",
	};

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (strs_has(names, own[i]))
			return true;
	for (size_t i = 0; i < names->n; i++)
		for (size_t k = 0; k < sizeof(endings) / sizeof(endings[0]); k++)
			if (ends_with(names->v[i], endings[k]))
				return true;
	return false;
}

/* The directory itself may be reached through a link: the user named it. */
static int
open_run(const char *dir, struct strs *names, struct err *e)
{
	int fd = file_open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0), list;

	if (fd == -1)
		return err_set(e, "%s: %s", dir, strerror(errno));
	list = dir_list(fd, ".", names);
	if (list != -1)
		close(list);
	if (list != -1 && is_run(names))
		return fd;
	close(fd);
	strs_free(names);
	return err_set(e, "%s: not a directory of a run: no go-test.json, no *.stderr.log, no *_status.json",
	    dir);
}

int
triage_dir_with(struct loop *l, const char *dir, struct triage *t, struct err *e)
{
	struct strs names = {0};
	struct scan s = { .path = dir, .names = &names, .t = t };

	*t = (struct triage){0};
	s.dir = open_run(dir, &names, e);
	if (s.dir == -1)
		return -1;
	s.signatures = signatures_needles();
	scan_test(&s);
	scan_engine(&s);
	scan_logs(&s);
	scan_peers(&s);
	scan_mapresponses(&s);
	if (l != NULL)
		scan_databases(&s, l);
	scan_metrics(&s);
	needles_free(s.signatures);
	for (size_t i = 0; i < s.n_servers; i++)
		free(s.servers[i].name);
	free(s.servers);
	strs_free(&names);
	close(s.dir);
	return 0;
}

int
triage_dir(const char *dir, struct triage *t, struct err *e)
{
	return triage_dir_with(NULL, dir, t, e);
}

void
triage_free(struct triage *t)
{
	for (size_t i = 0; i < t->n; i++) {
		free(t->v[i].group);
		free(t->v[i].file);
		free(t->v[i].line);
	}
	free(t->v);
	free(t->signature);
	free(t->cause);
	free(t->fix);
	free(t->evidence);
	free(t->where);
	*t = (struct triage){0};
}

/* Where it is, then what; the place is said once. before: the finding above it, or NULL. */
static void
put_finding(const struct finding *f, const struct finding *before, struct buf *out)
{
	if (f->file == NULL) {
		buf_printf(out, "  %ld %s\n", f->count, f->line);
		return;
	}
	if (before == NULL || before->file == NULL || f->at > 0 || strcmp(before->file, f->file) != 0) {
		buf_puts(out, "  ");
		text_harmless(out, f->file, strlen(f->file));
		if (f->at > 0)
			buf_printf(out, ":%ld", f->at);
		if (f->at > 0 && f->count > 1)
			buf_printf(out, " and %ld more like it", f->count - 1);
		buf_putc(out, '\n');
	}
	buf_printf(out, "      %s\n", f->line);
}

void
triage_text(const struct triage *t, struct buf *out)
{
	static const struct { const char *group, *title; } groups[] = {
		{ "server", "servers: panics and fatal errors, then errors" },
		{ "clients", "clients: authentication, connections, names" },
		{ "mapresponses", "map responses" },
		{ "peers", "peers in the clients' status" },
		{ "database", "database" },
		{ "metrics", "metrics: mean × count" },
	};

	for (size_t g = 0; g < sizeof(groups) / sizeof(groups[0]); g++) {
		size_t n = 0;

		for (size_t i = 0; i < t->n; i++) {
			if (strcmp(t->v[i].group, groups[g].group) != 0)
				continue;
			if (n == 0)
				buf_printf(out, "%s\n", groups[g].title);
			if (n++ < SHOWN)
				put_finding(&t->v[i], n > 1 ? &t->v[i - 1] : NULL, out);
		}
		if (n > SHOWN)
			buf_printf(out, "  and %zu more (--json has them all)\n", n - SHOWN);
	}
	if (!t->infrastructure) {
		buf_puts(out, "verdict: code\n  no signature of an infrastructure failure was seen: read the servers'\n"
		    "  errors, don't retry in the hope that it goes away\n");
		return;
	}
	buf_printf(out, "verdict: infrastructure (%s)\n  cause: %s\n  fix:   %s\n  seen:  ", t->signature,
	    t->cause, t->fix);
	text_harmless(out, t->where, strlen(t->where));
	buf_printf(out, "\n         %s\n", t->evidence);
}

static void
put_member(struct buf *out, const char *key, const char *value)
{
	buf_printf(out, "  \"%s\": ", key);
	json_put(out, value);
	buf_puts(out, ",\n");
}

void
triage_json(const struct triage *t, struct buf *out)
{
	buf_puts(out, "{\n");
	put_member(out, "verdict", t->infrastructure ? "infrastructure" : "code");
	put_member(out, "signature", t->signature);
	put_member(out, "cause", t->cause);
	put_member(out, "fix", t->fix);
	put_member(out, "where", t->where);
	put_member(out, "evidence", t->evidence);
	buf_puts(out, "  \"findings\": [");
	for (size_t i = 0; i < t->n; i++) {
		const struct finding *f = &t->v[i];

		buf_puts(out, i > 0 ? ",\n    {\"group\": " : "\n    {\"group\": ");
		json_put(out, f->group);
		buf_puts(out, ", \"file\": ");
		json_put(out, f->file);
		buf_printf(out, ", \"line\": %ld, \"count\": %ld, \"text\": ", f->at, f->count);
		json_put(out, f->line);
		buf_putc(out, '}');
	}
	buf_puts(out, t->n > 0 ? "\n  ]\n}\n" : "]\n}\n");
}
