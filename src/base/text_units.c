#include "text.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "system.h"

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

/* The unit's bytes for what follows a number; 0: it is no unit. */
static uint64_t
unit_bytes(const char *s)
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
text_parse_bytes(const char *s, uint64_t *out)
{
	uint64_t whole = 0, unit, part;
	double fraction = 0, scale = 1;
	size_t digits = 0;

	for (; *s >= '0' && *s <= '9'; s++, digits++) {
		if (whole > (UINT64_MAX - 9) / 10)
			return -1;
		whole = whole * 10 + (uint64_t)(*s - '0');
	}
	if (*s == '.') {
		for (s++; *s >= '0' && *s <= '9'; s++, digits++) {
			if (scale < 1e15) {
				fraction = fraction * 10 + (*s - '0');
				scale *= 10;
			}
		}
	}
	if (*s == ' ')
		s++;
	unit = unit_bytes(s);
	if (digits == 0 || unit == 0 || whole > UINT64_MAX / unit)
		return -1;
	part = (uint64_t)(fraction / scale * (double)unit);
	if (whole * unit > UINT64_MAX - part)
		return -1;
	*out = whole * unit + part;
	return 0;
}

/* Exactly n digits at *s, which is advanced; -1: there are not. */
static int
digits_at(const char **s, int n)
{
	int v = 0;

	for (int i = 0; i < n; i++, (*s)++) {
		if (**s < '0' || **s > '9')
			return -1;
		v = v * 10 + (**s - '0');
	}
	return v;
}

/* Days since 1970-01-01 in the Gregorian calendar, for years from 0 on. */
static int64_t
days_since_epoch(int year, int month, int day)
{
	int64_t y = month <= 2 ? year - 1 : year, era = (y >= 0 ? y : y - 399) / 400;
	int64_t yoe = y - era * 400, doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static int
days_in_month(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return days[month - 1] + (month == 2 && leap);
}

/* "Z", "+02:00" or nothing, to the end: minutes east, in *out. */
static int
parse_zone(const char *s, int *out)
{
	int sign = *s == '-' ? -1 : 1, h, m;

	*out = 0;
	if (*s == 'Z' || *s == 'z')
		s++;
	else if (*s == '+' || *s == '-') {
		s++;
		h = digits_at(&s, 2);
		if (h == -1 || h > 23 || *s++ != ':')
			return -1;
		m = digits_at(&s, 2);
		if (m == -1 || m > 59)
			return -1;
		*out = sign * (h * 60 + m);
	}
	return *s == '\0' ? 0 : -1;
}

int64_t
text_parse_time(const char *s)
{
	/* The separator before each field, and its digits. */
	static const char before[] = "\0--T::";
	int f[6], ms = 0, zone;
	int64_t t;

	for (int i = 0; i < 6; i++) {
		if (i == 3 ? (*s != 'T' && *s != 't' && *s != ' ') : i > 0 && *s != before[i])
			return -1;
		s += i > 0;
		f[i] = digits_at(&s, i == 0 ? 4 : 2);
		if (f[i] == -1)
			return -1;
	}
	if (f[1] < 1 || f[1] > 12 || f[2] < 1 || f[2] > days_in_month(f[0], f[1]) || f[3] > 23 ||
	    f[4] > 59 || f[5] > 60)
		return -1;
	if (*s == '.') {
		size_t n = strspn(++s, "0123456789");

		if (n == 0)
			return -1;
		for (size_t i = 0; i < 3; i++)
			ms = ms * 10 + (i < n ? s[i] - '0' : 0);
		s += n;
	}
	if (parse_zone(s, &zone) == -1)
		return -1;
	t = days_since_epoch(f[0], f[1], f[2]) * 86400 + INT64_C(3600) * f[3] + INT64_C(60) * (f[4] - zone) +
	    f[5];
	return t < 0 ? -1 : t * 1000 + ms;
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
clock_ms(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t
text_now(void)
{
	/* Counted on from the first time that we asked: a clock that is set in mid-run changes no
	 * duration. */
	static int64_t first;
	int64_t since_boot = clock_ms(STEADY_CLOCK);

	if (first == 0)
		first = clock_ms(CLOCK_REALTIME) - since_boot;
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
