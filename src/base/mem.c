#define _GNU_SOURCE	/* vasprintf; NOLINT(bugprone-reserved-identifier) */
#include "mem.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bsd/stdlib.h>

static _Noreturn void
mem_none_left(void)
{
	static const char msg[] = "hi: out of memory\n";

	/* No exit handler may run: it would allocate again. The cleaner sees that we ended. */
	if (write(STDERR_FILENO, msg, sizeof(msg) - 1) == -1)
		_exit(3);
	_exit(3);
}

void *
xcalloc(size_t n, size_t size)
{
	void *p = n == 0 || size == 0 ? calloc(1, 1) : calloc(n, size);

	if (p == NULL)
		mem_none_left();
	return p;
}

void *
xreallocarray(void *p, size_t n, size_t size)
{
	if (n == 0 || size == 0)
		n = size = 1;
	p = reallocarray(p, n, size);
	if (p == NULL)
		mem_none_left();
	return p;
}

char *
xstrdup(const char *s)
{
	return xstrndup(s, strlen(s));
}

char *
xstrndup(const char *s, size_t n)
{
	char *p;

	n = strnlen(s, n);
	p = xreallocarray(NULL, n + 1, 1);
	memcpy(p, s, n);
	p[n] = '\0';
	return p;
}

char *
xvasprintf(const char *fmt, va_list ap)
{
	char *s;

	if (vasprintf(&s, fmt, ap) == -1)
		mem_none_left();
	return s;
}

char *
xasprintf(const char *fmt, ...)
{
	char *s;

	XFORMAT(s, fmt);
	return s;
}
