/* One error, in words, on its way to the one place that says it.
 *
 * A function that can fail returns 0, or -1 with *e filled in: what failed, on
 * what, why (a child's own last words where there are any) and what to do.
 * Whoever knows the user's words prints it, once. Anybody may call this. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

struct err {
	char text[1024];
};

/* Fills *e (which may be NULL) and returns -1. Control characters are made harmless. */
int err_set(struct err *e, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* "WHAT: ", and in words what errno is; returns -1. */
int err_errno(struct err *e, const char *what);

/* Puts "WHAT: " before what *e says already, and returns -1. At most one level. */
int err_on(struct err *e, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Says one line, "hi: ...", on stderr; escapes stripped. Never blocks for long. */
void err_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The same in the name of a command: "hi run: ...". */
void err_say_as(const char *who, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
