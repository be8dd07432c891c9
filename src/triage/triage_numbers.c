/* What can be counted: the rows of a database, the metrics of a server. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/file.h"
#include "../base/mem.h"
#include "../base/proc.h"
#include "triage_internal.h"

enum {
	FAMILIES = 32,
	SQLITE_MS = 10000,
};

/* How sqlite3 is to open a database so that nothing is written beside it: where there is no log of changes
 * to be read too, as a file that nobody changes. */
static char *
database_uri(const char *dir, const char *name)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";
	char *wal = xasprintf("%s/%s-wal", dir, name);
	struct buf b = {0};

	buf_puts(&b, "file:");
	for (; *name != '\0'; name++)
		buf_printf(&b, strchr(plain, *name) != NULL ? "%c" : "%%%02X", (unsigned char)*name);
	buf_puts(&b, file_size(wal) > 0 ? "?mode=ro" : "?immutable=1");
	free(wal);
	return buf_take(&b);
}

/* Runs one statement, read-only. 0, and its output. */
static int
sqlite(struct loop *l, const char *dir, char *uri, char *sql, struct buf *out)
{
	char *argv[] = { "sqlite3", "-readonly", "-batch", "-init", "/dev/null", uri, sql, NULL };
	struct proc_run run = { .argv = argv, .dir = dir, .timeout_ms = SQLITE_MS, .limit = 65536 };
	struct proc_result res = {0};
	int r = proc_run(l, &run, &res, NULL) == 0 && proc_ok(res.status) ? 0 : -1;

	buf_reset(out);
	if (r == 0)
		buf_add(out, buf_str(&res.out), res.out.len);
	proc_result_free(&res);
	return r;
}

static void
count_rows(struct scan *s, struct loop *l, const char *name)
{
	static const char *const tables[] = { "users", "nodes", "pre_auth_keys", "api_keys", "policies",
		NULL };
	static char list[] = "SELECT name FROM sqlite_master WHERE type = 'table'";
	char *uri = database_uri(s->path, name), *sql, *joined;
	struct strs there = {0}, sums = {0};
	struct buf out = {0};
	char *index = xasprintf("%s-shm", name);

	if (sqlite(l, s->path, uri, list, &out) == -1) {
		finding_add(s->t, "database", name, 0, 1, "sqlite3 cannot read it");
		goto done;
	}
	strs_split(&there, buf_str(&out), '\n');
	for (const char *const *table = tables; *table != NULL; table++)
		if (strs_has(&there, *table))
			strs_addf(&sums, "(SELECT count(*) || ' %s' FROM %s)", *table, *table);
	if (sums.n == 0) {
		finding_add(s->t, "database", name, 0, 1, "has none of headscale's tables");
		goto done;
	}
	joined = strs_join(&sums, " || ', ' || ");
	sql = xasprintf("SELECT %s", joined);
	if (sqlite(l, s->path, uri, sql, &out) == 0 && out.len > 0) {
		out.s[--out.len] = '\0';
		finding_add(s->t, "database", name, 0, 1, out.s);
	}
	free(joined);
	free(sql);
done:
	/* sqlite3 makes one even to read. */
	if (!strs_has(s->names, index))
		(void)unlinkat(s->dir, index, 0);
	free(index);
	strs_free(&there);
	strs_free(&sums);
	buf_free(&out);
	free(uri);
}

void
scan_databases(struct scan *s, struct loop *l)
{
	struct proc_run run = { .argv = (char *[]){ "sqlite3", "-version", NULL }, .timeout_ms = SQLITE_MS };
	struct proc_result res = {0};
	bool there = proc_run(l, &run, &res, NULL) == 0 && proc_ok(res.status);

	proc_result_free(&res);
	for (size_t i = 0; there && i < s->names->n; i++) {
		const char *name = s->names->v[i];
		char *path = file_join(s->path, name);

		/* Not a link, not a pipe. */
		if (ends_with(name, ".db") && file_size(path) >= 0)
			count_rows(s, l, name);
		free(path);
	}
}

struct metrics {
	double resident, goroutines;
	struct family { char name[80]; double sum, count; } v[FAMILIES];
	size_t n;
};

/* "headscale_x_seconds_sum{...} 0.4": into its family, labels added up. */
static void
add_to_family(struct metrics *m, const char *name, size_t len, double value)
{
	static const char sum[] = "_seconds_sum", count[] = "_seconds_count", ours[] = "headscale_";
	bool is_sum = len > sizeof(sum) && memcmp(name + len - strlen(sum), sum, strlen(sum)) == 0;
	bool is_count = len > sizeof(count) && memcmp(name + len - strlen(count), count, strlen(count)) == 0;
	size_t i;

	if ((!is_sum && !is_count) || strncmp(name, ours, strlen(ours)) != 0)
		return;
	name += strlen(ours);
	len -= strlen(ours) + strlen(is_sum ? sum : count);
	if (len >= sizeof(m->v[0].name))
		return;
	for (i = 0; i < m->n && (strncmp(m->v[i].name, name, len) != 0 || m->v[i].name[len] != '\0'); i++)
		;
	if (i == FAMILIES)
		return;
	if (i == m->n) {
		memcpy(m->v[i].name, name, len);
		m->n++;
	}
	*(is_sum ? &m->v[i].sum : &m->v[i].count) += value;
}

static bool
metrics_line(void *arg, const char *s, size_t len, long line, bool goes_on)
{
	struct metrics *m = arg;
	char text[512], *value, *name_end;

	(void)line;
	if (goes_on || len == 0 || *s == '#' || len >= sizeof(text))
		return true;
	memcpy(text, s, len);
	text[len] = '\0';
	value = strrchr(text, ' ');
	if (value == NULL)
		return true;
	name_end = text + strcspn(text, "{ ");
	if (starts_with(text, "process_resident_memory_bytes "))
		m->resident = strtod(value, NULL);
	else if (starts_with(text, "go_goroutines "))
		m->goroutines = strtod(value, NULL);
	else
		add_to_family(m, text, (size_t)(name_end - text), strtod(value, NULL));
	return true;
}

void
scan_metrics(struct scan *s)
{
	for (size_t i = 0; i < s->names->n; i++) {
		struct metrics m = {0};
		struct buf line = {0};

		if (!ends_with(s->names->v[i], "_metrics.txt") ||
		    lines_each(s->dir, s->names->v[i], metrics_line, &m) == -1)
			continue;
		if (m.resident > 0)
			buf_printf(&line, "%.0f MB resident, %.0f goroutines", m.resident / 1e6,
			    m.goroutines);
		for (size_t k = 0; k < m.n; k++)
			if (m.v[k].count > 0)
				buf_printf(&line, "%s%s %.2f ms × %.0f", line.len > 0 ? "; " : "",
				    m.v[k].name, 1000 * m.v[k].sum / m.v[k].count, m.v[k].count);
		if (line.len > 0)
			finding_add(s->t, "metrics", s->names->v[i], 0, 1, line.s);
		buf_free(&line);
	}
}
