/* Allocation that never returns NULL: if memory runs out the program ends, since hi could not go on.
 * The caller frees everything returned. */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stdarg.h>
#include <stddef.h>

void *xcalloc(size_t n, size_t size);
void *xreallocarray(void *p, size_t n, size_t size);
char *xstrdup(const char *s);
char *xstrndup(const char *s, size_t n);
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
char *xvasprintf(const char *fmt, va_list ap) __attribute__((format(printf, 1, 0)));
/* In a function of a format and "...": sets text to what they make together. */
#define XFORMAT(text, fmt) \
	do { \
		va_list ap; \
		va_start(ap, fmt); \
		(text) = xvasprintf(fmt, ap); \
		va_end(ap); \
	} while (0)

#endif
