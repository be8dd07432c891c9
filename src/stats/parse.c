#include "stats_internal.h"

#include <bsd/string.h>
#include <stdlib.h>
#include <string.h>

#include "../base/text.h"

enum { LONGEST = 1 << 16 };	/* of a line */

double
stats_mb(const char *s)
{
	long double bytes, limit;

	if (text_size(&s, &bytes) == -1 || s[-1] != 'B' || bytes <= 0 || bytes > 1e18L)
		return -1;
	/* Neither a limit nor a use of 0 is possible: docker writes "0B / 0B" for unknown. */
	s += strspn(s, " /");
	return text_number(&s, &limit) == 0 && limit <= 0 ? -1 : (double)(bytes / 1048576);
}

double
stats_percent(const char *s)
{
	long double n;

	return text_number(&s, &n) == 0 && strcmp(s, "%") == 0 && n < 1e7L ? (double)n : -1;
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
stats_parse_line(void *arg, char *line, size_t len)
{
	struct stats_parser *p = arg;
	/* Terminal escapes surround the row. */
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
	lines_feed(&p->line, data, len, stats_parse_line, p);
}

void
stats_parser_free(struct stats_parser *p)
{
	lines_free(&p->line);
	json_free(&p->json);
}
