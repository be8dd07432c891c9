#include "stats_internal.h"

#include <bsd/string.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST = 1 << 16 };	/* of a line */

double
stats_mb(const char *s)
{
	static const struct { const char *name; double bytes; } units[] = {
		{ "B", 1 }, { "KiB", 1024 }, { "MiB", 1048576 }, { "GiB", 1073741824 },
		{ "TiB", 1099511627776 }, { "kB", 1e3 }, { "KB", 1e3 }, { "MB", 1e6 }, { "GB", 1e9 },
		{ "TB", 1e12 },
	};
	const char *limit;
	char *unit;
	double n;
	size_t len;

	if (*s < '0' || *s > '9')
		return -1;
	n = strtod(s, &unit);
	unit += strspn(unit, " ");
	len = strcspn(unit, " /");
	/* No container is limited to nothing, and no process does with nothing: "0B / 0B" is docker's
	 * unknown. */
	limit = unit + len + strspn(unit + len, " /");
	if (*limit >= '0' && *limit <= '9' && strtod(limit, NULL) <= 0)
		return -1;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strlen(units[i].name) == len && strncmp(unit, units[i].name, len) == 0)
			return n > 0 && n < 1e15 ? n * units[i].bytes / 1048576 : -1;
	return -1;
}

double
stats_percent(const char *s)
{
	char *end;
	double n;

	if (*s < '0' || *s > '9')
		return -1;
	n = strtod(s, &end);
	return strcmp(end, "%") == 0 && n >= 0 && n < 1e7 ? n : -1;
}

static bool
row_id(const struct json *j, const char *key, char *out, size_t size)
{
	char *s = json_dup_member(j, 0, key);
	bool good = s != NULL && strlen(s) >= 12 && strlcpy(out, s, size) < size;

	free(s);
	return good;
}

static double
row_value(const struct json *j, const char *key, double (*parse)(const char *))
{
	char *s = json_dup_member(j, 0, key);
	double v = s == NULL ? -1 : parse(s);

	free(s);
	return v;
}

static void
parse_line(void *arg, char *line, size_t len)
{
	struct stats_parser *p = arg;
	/* Cursor movements stand before and behind the row. */
	const char *from = memchr(line, '{', len), *to = line + len;
	struct stats_row row;

	if (from == NULL)
		return;
	while (to[-1] != '}' && to - 1 > from)
		to--;
	if (json_parse(&p->json, from, (size_t)(to - from)) == -1)
		return;
	if (!row_id(&p->json, "ID", row.id, sizeof(row.id)) &&
	    !row_id(&p->json, "Container", row.id, sizeof(row.id)))
		return;
	row.mb = row_value(&p->json, "MemUsage", stats_mb);
	row.cpu = row_value(&p->json, "CPUPerc", stats_percent);
	p->fn(p->arg, &row);
}

void
stats_parse(struct stats_parser *p, const char *data, size_t len,
    void (*fn)(void *, const struct stats_row *), void *arg)
{
	p->line.longest = LONGEST;
	p->fn = fn;
	p->arg = arg;
	lines_feed(&p->line, data, len, parse_line, p);
}

void
stats_parser_free(struct stats_parser *p)
{
	lines_free(&p->line);
	json_free(&p->json);
}
