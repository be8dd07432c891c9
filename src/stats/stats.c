#include "stats.h"

#include <bsd/string.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/file.h"
#include "../base/mem.h"
#include "../base/text.h"
#include "../base/respawn.h"
#include "stats_internal.h"

enum { STALE_MS = 5000 };	/* an older sample does not count */

struct stats {
	struct stats_config c;
	char *dir;
	int fd;			/* stats.csv; -1: none */
	struct buf csv;		/* lines of the chunk that is being read */
	struct respawn stream;
	struct stats_parser parser;
	struct series **v;
	size_t n, cap;
	struct memory_peak *table;
};

static struct series *
series_find(struct stats *s, const char *id)
{
	size_t len = strlen(id);

	/* The newest come first, as hundreds of older containers may have ended. */
	for (size_t i = s->n; i > 0; i--)
		if (strncmp(s->v[i - 1]->id, id, len) == 0)
			return s->v[i - 1];
	return NULL;
}

static struct series *
series_add(struct stats *s, const char *id, const char *kind)
{
	double limit = strcmp(kind, "headscale") == 0 ? s->c.hs_limit :
	    strcmp(kind, "tailscale") == 0 ? s->c.ts_limit : 0;

	if (s->n == s->cap) {
		s->cap = s->cap * 2 + 16;
		s->v = xreallocarray(s->v, s->cap, sizeof(struct series *));
	}
	s->v[s->n++] = series_new(id, kind, limit);
	return s->v[s->n - 1];
}

void
stats_container(struct stats *s, enum engine_event event, const char *id, const char *name, const char *type)
{
	struct series *c = series_find(s, id);

	if (c == NULL)
		c = series_add(s, id, type);
	if (*name != '\0' && strcmp(name, c->name) != 0) {
		free(c->name);
		c->name = xstrdup(name);
	}
	switch (event) {
	case ENGINE_START:
		c->starts++;
		c->ended = false;
		c->fresh = true;
		break;
	case ENGINE_OOM:
		c->oom = true;
		break;
	case ENGINE_DIE:
	case ENGINE_DESTROY:
		c->ended = true;
		c->at = 0;
		break;
	default:
		break;
	}
}

double
stats_total_mb(const struct stats *s)
{
	int64_t now = text_now();
	double sum = 0;
	bool any = false;

	for (size_t i = 0; i < s->n; i++)
		if (s->v[i]->at > now - STALE_MS && s->v[i]->mb >= 0) {
			sum += s->v[i]->mb;
			any = true;
		}
	return any ? sum : -1;
}

static void
stats_csv_flush(struct stats *s)
{
	if (s->fd != -1 && s->csv.len > 0 && file_write_all(s->fd, s->csv.s, s->csv.len) == -1) {
		err_say("%s/stats.csv: %s: it ends here", s->dir, strerror(errno));
		close(s->fd);
		s->fd = -1;
	}
	buf_reset(&s->csv);
}

static void
stats_on_row(void *arg, const struct stats_row *row)
{
	struct stats *s = arg;
	struct series *c = series_find(s, row->id);

	if (c == NULL || !series_take(c, row, s->c.no_memory, text_now()))
		return;
	series_csv(c, &s->csv);
	if (c->limit > 0 && c->mb > c->limit && !c->over) {
		c->over = true;
		if (s->c.on_over != NULL)
			s->c.on_over(s->c.arg, c->name, c->mb, c->limit);
	}
}

static void
stats_on_out(void *arg, const char *data, size_t len)
{
	struct stats *s = arg;

	respawn_ok(&s->stream);
	stats_parse(&s->parser, data, len, stats_on_row, s);
	stats_csv_flush(s);
}

static void
stats_on_end(void *arg)
{
	struct stats *s = arg;

	for (size_t i = 0; i < s->n; i++)
		s->v[i]->fresh = true;
}

static struct proc *
stats_spawn(void *arg, const struct proc_spec *how, struct err *e)
{
	struct stats *s = arg;

	lines_reset(&s->parser.line);
	return container_stats(s->c.docker, how, e);
}

int
stats_start(const struct stats_config *c, struct stats **out, struct err *e)
{
	struct stats *s = xcalloc(1, sizeof(*s));
	char *path = file_join(c->dir, "stats.csv");

	s->c = *c;
	s->dir = xstrdup(c->dir);
	s->stream = (struct respawn){ .loop = c->docker->loop, .start = stats_spawn, .on_out = stats_on_out,
		.on_end = stats_on_end, .arg = s };
	s->fd = file_open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (s->fd == -1) {
		err_errno(e, path);
		goto fail;
	}
	buf_puts(&s->csv, "time,container,kind,memory_mb,cpu_percent\n");
	stats_csv_flush(s);
	if (!(c->no_memory && c->no_cpu) && respawn_start(&s->stream, e) == -1)
		goto fail;
	free(path);
	*out = s;
	return 0;
fail:
	free(path);
	stats_free(s);
	return -1;
}

static int
stats_by_kind_and_size(const void *a, const void *b)
{
	const struct series *x = *(struct series *const *)a, *y = *(struct series *const *)b;
	int kind = strcmp(x->kind, y->kind);

	if (kind != 0)
		return kind;
	if (x->max != y->max)
		return x->max > y->max ? -1 : 1;
	return strcmp(x->name, y->name);
}

static void
stats_end_stream(struct stats *s)
{
	respawn_stop(&s->stream);
	if (s->fd != -1)
		close(s->fd);
	s->fd = -1;
}

void
stats_stop(struct stats *s, const struct memory_peak **v, size_t *n)
{
	stats_end_stream(s);
	if (s->n > 0)
		qsort(s->v, s->n, sizeof(struct series *), stats_by_kind_and_size);
	free(s->table);
	s->table = xcalloc(s->n + 1, sizeof(*s->table));
	for (size_t i = 0; i < s->n; i++) {
		struct series *c = s->v[i];

		s->table[i] = (struct memory_peak){
			.name = c->name, .kind = c->kind,
			.min_mb = c->min, .max_mb = c->max, .avg_mb = c->n > 0 ? c->sum / (double)c->n : -1,
			.max_cpu = c->cpu_max, .avg_cpu = c->n_cpu > 0 ? c->cpu_sum / (double)c->n_cpu : -1,
			.limit_mb = c->limit, .max_at = c->max_at, .over = c->over, .oom = c->oom,
			.restarts = c->starts > 1 ? c->starts - 1 : 0,
		};
	}
	*v = s->table;
	*n = s->n;
}

void
stats_free(struct stats *s)
{
	if (s == NULL)
		return;
	stats_end_stream(s);
	for (size_t i = 0; i < s->n; i++)
		series_free(s->v[i]);
	free(s->v);
	free(s->table);
	free(s->dir);
	buf_free(&s->csv);
	stats_parser_free(&s->parser);
	free(s);
}
