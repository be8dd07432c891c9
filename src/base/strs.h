/* A list of strings of its own, NULL-terminated once something was added, so that
 * v can be handed to exec. Zero-initialise it. */
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
void strs_addv(struct strs *l, const char *const *v);	/* until NULL */
bool strs_has(const struct strs *l, const char *s);
bool strs_add_new(struct strs *l, const char *s);	/* false: it was there */
void strs_del(struct strs *l, size_t i);
void strs_sort(struct strs *l);			/* by bytes */
void strs_split(struct strs *l, const char *s, char sep);	/* empty parts left out */
const char *const *strs_words(const struct strs *l);	/* ends with NULL, also of an empty list */
char *strs_join(const struct strs *l, const char *sep);	/* the caller's */
void strs_free(struct strs *l);			/* and empties it */

#endif
