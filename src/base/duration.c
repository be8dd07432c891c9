#include "duration.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "text.h"

static const struct duration_unit {
	const char *name;
	uint64_t ns;
	bool age;		/* for ages only: Go has no such unit */
} units[] = {
	{ "ns", 1, false },
	{ "us", 1000, false },
	{ "\xc2\xb5s", 1000, false },	/* micro sign */
	{ "\xce\xbcs", 1000, false },	/* Greek mu */
	{ "ms", 1000000, false },
	{ "s", 1000000000, false },
	{ "m", 60000000000, false },
	{ "h", 3600000000000, false },
	{ "d", 86400000000000, true },
	{ "w", 604800000000000, true },
};

/* The unit whose name is the text (*len bytes) up to the next digit, dot or the end; NULL: there is none. */
static const struct duration_unit *
duration_unit(const char *s, bool ages, size_t *len)
{
	*len = strcspn(s, "0123456789.");
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strlen(units[i].name) == *len && memcmp(units[i].name, s, *len) == 0 &&
		    (ages || !units[i].age))
			return &units[i];
	return NULL;
}

/* Adds one term ("1.5h") to *ns and moves *s past it. -1: not a term, or the sum is too large. */
static int
duration_term(const char **s, bool ages, uint64_t *ns)
{
	const struct duration_unit *u;
	long double n;
	size_t len;

	if (text_number(s, &n) == -1 || (u = duration_unit(*s, ages, &len)) == NULL)
		return -1;
	n *= (long double)u->ns;
	if (n > (long double)INT64_MAX || (uint64_t)n > INT64_MAX - *ns)
		return -1;
	*ns += (uint64_t)n;
	*s += len;
	return 0;
}

static int
duration_parse_as(const char *s, bool ages, int64_t *ms)
{
	bool negative = *s == '-';
	uint64_t ns = 0;

	if (*s == '-' || *s == '+')
		s++;
	if (*s == '\0')
		return -1;
	if (strcmp(s, "0") != 0)
		while (*s != '\0')
			if (duration_term(&s, ages, &ns) == -1)
				return -1;
	/* Rounded up: a tiny duration must not become 0, which often means "none". */
	*ms = (int64_t)(ns / 1000000 + (ns % 1000000 != 0));
	if (negative)
		*ms = -*ms;
	return 0;
}

int
duration_parse(const char *s, int64_t *ms)
{
	return duration_parse_as(s, false, ms);
}

int
age_parse(const char *s, int64_t *ms)
{
	return duration_parse_as(s, true, ms);
}

char *
duration_go(int64_t ms, char *out, size_t size)
{
	uint64_t n = ms < 0 ? -(uint64_t)ms : (uint64_t)ms;
	const char *sign = ms < 0 ? "-" : "";
	uint64_t h = n / 3600000, m = n / 60000 % 60, s = n / 1000 % 60;
	char frac[8] = "";

	if (n % 1000 != 0) {
		snprintf(frac, sizeof(frac), ".%03d", (int)(n % 1000));
		for (size_t i = strlen(frac); frac[i - 1] == '0'; i--)
			frac[i - 1] = '\0';
	}
	if (n == 0)
		snprintf(out, size, "0s");
	else if (n < 1000)
		snprintf(out, size, "%s%dms", sign, (int)n);
	else if (h > 0)
		snprintf(out, size, "%s%" PRIu64 "h%dm%d%ss", sign, h, (int)m, (int)s, frac);
	else if (m > 0)
		snprintf(out, size, "%s%dm%d%ss", sign, (int)m, (int)s, frac);
	else
		snprintf(out, size, "%s%d%ss", sign, (int)s, frac);
	return out;
}

char *
duration_human(int64_t ms, char *out, size_t size)
{
	uint64_t n = ms < 0 ? -(uint64_t)ms : (uint64_t)ms;
	const char *sign = ms < 0 ? "-" : "";
	uint64_t s = n / 1000, days = s / 86400;

	if (s < 60)
		snprintf(out, size, "%s%d.%ds", sign, (int)s, (int)(n / 100 % 10));
	else if (s < 3600)
		snprintf(out, size, "%s%dm %02ds", sign, (int)(s / 60), (int)(s % 60));
	else if (days == 0)
		snprintf(out, size, "%s%dh %02dm", sign, (int)(s / 3600), (int)(s / 60 % 60));
	else
		snprintf(out, size, "%s%" PRIu64 "d %dh", sign, days, (int)(s / 3600 % 24));
	return out;
}

void
duration_put(struct buf *out, const char *before, int64_t ms)
{
	char s[32];

	buf_puts(out, before);
	buf_puts(out, duration_human(ms, s, sizeof(s)));
}
