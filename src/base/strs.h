/* A list that owns its strings. v is NULL-terminated once something was added, so that
 * it can be handed to exec. Zero-initialise it. */
#ifndef BASE_STRS_H
#define BASE_STRS_H

#include <stdbool.h>
#include <stddef.h>

struct strs {
	char **v;
	size_t n, cap;
};

void strs_add(struct strs *l, const char *s);	/* copies s */
void strs_addf(struct strs *l, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void strs_addv(struct strs *l, const char *const *v);	/* copies the strings up to the NULL */
bool strs_has(const struct strs *l, const char *s);
bool strs_add_new(struct strs *l, const char *s);	/* false: it was in the list */
void strs_del(struct strs *l, size_t i);
void strs_sort(struct strs *l);			/* by bytes */
void strs_split(struct strs *l, const char *s, char sep);	/* leaves out empty parts */
const char *const *strs_words(const struct strs *l);	/* NULL-terminated even if l is empty */
char *strs_join(const struct strs *l, const char *sep);	/* the caller frees it */
void strs_free(struct strs *l);			/* and empties it */

#endif
