/* One error on its way to the one place that prints it: a kind, on which callers decide, and a text for
 * people.
 *
 * A function that can fail returns 0, or -1 with *e filled in: what failed, on what, why (a child's own
 * last words where there are any) and what to do. Whoever knows the user's words prints it, once. Nobody
 * searches the text of an error: what a caller must tell apart is a kind. Anybody may call this. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

enum err_kind {
	ERR_OTHER,
	ERR_USAGE,		/* the user's words make no sense */
	ERR_NOT_FOUND,		/* what was asked for does not exist */
	ERR_NO_PATH,		/* a path does not exist on the other side: in a container, for the engine */
	ERR_NO_SOCKET,		/* the same of the engine's socket */
	ERR_NO_COMMAND,		/* the program is not in PATH */
	ERR_DENIED,		/* permission, or credentials */
	ERR_CONFLICT,		/* exists already, is in use, is being removed */
	ERR_STATE,		/* stopped or paused already, or not paused */
	ERR_CONFIG,		/* a setting names something that is not there, such as a docker context */
	ERR_UNREACHABLE,	/* nobody answers at the other end */
	ERR_TIMED_OUT,
	ERR_NO_SPACE,
	ERR_INTERRUPTED,	/* the user, or a deadline of the caller's, ended it */
	ERR_UNSUPPORTED,	/* too old, or made without it */
};

struct err {
	enum err_kind kind;
	char text[1024];
};

/* Fills *e (which may be NULL) and returns -1. Control characters are made harmless. */
int err_as(struct err *e, enum err_kind kind, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#define err_set(e, ...) err_as(e, ERR_OTHER, __VA_ARGS__)

/* "WHAT: " and strerror(errno), of the kind that errno means; returns -1. */
int err_errno(struct err *e, const char *what);

/* Puts "WHAT: " before the text of *e, keeps its kind, and returns -1. Use it once on an error's way up. */
int err_on(struct err *e, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Prints one line, "hi run: ...", on stderr, without terminal escapes. Gives up where stderr takes nothing
 * for 500 ms. */
void err_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Whose lines they are from now on: the command's, once it is known. Borrowed. */
void err_speaker(const char *who);

#endif
