#define _GNU_SOURCE	/* strptime; NOLINT(bugprone-reserved-identifier) */
#include "text.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "mem.h"
#include "system.h"

#define DIGITS "0123456789"

static const char prefixes[] = "KMGTPE";

char *
text_bytes(uint64_t n, char *out, size_t size)
{
	uint64_t unit = 1000;
	const char *p = "kMGTPE";

	if (n < 1000) {
		snprintf(out, size, "%d B", (int)n);
		return out;
	}
	while (n / unit >= 1000) {
		unit *= 1000;
		p++;
	}
	if (n / unit < 100)
		snprintf(out, size, "%d.%d %cB", (int)(n / unit), (int)(n % unit / (unit / 10)), *p);
	else
		snprintf(out, size, "%d %cB", (int)(n / unit), *p);
	return out;
}

/* How many bytes the unit s stands for ("": 1); 0: it is not a unit. */
static uint64_t
text_unit_bytes(const char *s)
{
	uint64_t unit = 1, base = 1000;
	const char *p;

	if (*s == '\0' || strcasecmp(s, "B") == 0)
		return 1;
	p = strchr(prefixes, toupper((unsigned char)*s));
	if (p == NULL)
		return 0;
	s++;
	if (strcasecmp(s, "iB") == 0)
		base = 1024;
	else if (*s != '\0' && strcasecmp(s, "B") != 0)
		return 0;
	for (const char *q = prefixes; q <= p; q++)
		unit *= base;
	return unit;
}

int
text_number(const char **s, long double *out)
{
	size_t whole = strspn(*s, DIGITS), dot = (*s)[whole] == '.';
	size_t fraction = dot ? strspn(*s + whole + 1, DIGITS) : 0;
	char *number;

	if (whole + fraction == 0)
		return -1;
	number = xstrndup(*s, whole + dot + fraction);
	*out = strtold(number, NULL);
	free(number);
	*s += whole + dot + fraction;
	return 0;
}

int
text_size(const char **s, long double *bytes)
{
	uint64_t factor;
	char *unit;
	size_t len;

	if (text_number(s, bytes) == -1)
		return -1;
	*s += **s == ' ';
	len = strcspn(*s, " /");
	unit = xstrndup(*s, len);
	factor = text_unit_bytes(unit);
	free(unit);
	*s += len;
	*bytes *= (long double)factor;
	return factor == 0 ? -1 : 0;
}

int
text_parse_bytes(const char *s, uint64_t *out)
{
	long double bytes;

	if (text_size(&s, &bytes) == -1 || *s != '\0' || bytes > (long double)UINT64_MAX)
		return -1;
	*out = (uint64_t)bytes;
	return 0;
}

int64_t
text_parse_time(const char *s)
{
	struct tm tm = { 0 }, zone = { 0 }, day;
	const char *end = strptime(s, "%Y-%m-%d", &tm);
	int64_t t;
	int ms = 0, sign = 0;

	if (end != s + 10 || strspn(end, "Tt ") == 0)
		return -1;
	/* timegm turns the 30th of February into a day in March. */
	day = tm;
	t = timegm(&day);
	if (day.tm_mday != tm.tm_mday || strptime(end + 1, "%H:%M:%S", &tm) != s + 19)
		return -1;
	end = s + 19;
	if (*end == '.') {
		size_t n = strspn(++end, DIGITS);

		if (n == 0)
			return -1;
		for (size_t i = 0; i < 3; i++)
			ms = ms * 10 + (i < n ? end[i] - '0' : 0);
		end += n;
	}
	if (*end == '+' || *end == '-') {
		sign = *end == '-' ? -1 : 1;
		if (strptime(end + 1, "%H:%M", &zone) != end + 6)
			return -1;
		end += 6;
	} else {
		end += *end == 'Z' || *end == 'z';
	}
	t += INT64_C(3600) * (tm.tm_hour - sign * zone.tm_hour) +
	    INT64_C(60) * (tm.tm_min - sign * zone.tm_min) + tm.tm_sec;
	return *end != '\0' || t < 0 ? -1 : t * 1000 + ms;
}

char *
text_time(int64_t unix_ms, char *out, size_t size)
{
	int64_t ms = unix_ms % 1000;
	struct tm tm;
	time_t t;

	if (ms < 0)
		ms += 1000;
	t = (time_t)((unix_ms - ms) / 1000);
	if (gmtime_r(&t, &tm) == NULL)
		memset(&tm, 0, sizeof(tm));
	snprintf(out, size, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", tm.tm_year + 1900, tm.tm_mon + 1,
	    tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, (int)ms);
	return out;
}

static int64_t
text_clock_ms(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t
text_now(void)
{
	/* Counts on from the first call, so that setting the clock in mid-run changes no duration. */
	static int64_t first;
	int64_t since_boot = text_clock_ms(STEADY_CLOCK);

	if (first == 0)
		first = text_clock_ms(CLOCK_REALTIME) - since_boot;
	return first + since_boot;
}

const char *
env_value(const char *name)
{
	const char *v = getenv(name);

	return v != NULL && *v != '\0' ? v : NULL;
}

bool
env_terminal(void)
{
	const char *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && term != NULL && strcmp(term, "dumb") != 0;
}
