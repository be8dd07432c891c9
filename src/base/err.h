/* An error on its way to the one place that prints it: a kind for callers to decide on, and a text for
 * people.
 *
 * A function that can fail returns 0, or -1 with *e filled in: what failed, on what, why (in a failed child's
 * own words if it left any) and what to do. The command prints it, once. Nobody searches the text of an
 * error: callers tell errors apart by kind. Any module may call this. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

enum err_kind {
	ERR_OTHER,
	ERR_USAGE,		/* what the user typed makes no sense */
	ERR_NOT_FOUND,		/* what was asked for does not exist */
	ERR_NO_PATH,		/* a path is not found in a container, or where the engine runs */
	ERR_NO_SOCKET,		/* the same for the path of the engine's socket */
	ERR_NO_COMMAND,		/* the program is not in PATH */
	ERR_DENIED,		/* permission, or credentials */
	ERR_CONFLICT,		/* exists already, is in use, is being removed */
	ERR_STATE,		/* not running, already paused, or not paused */
	ERR_CONFIG,		/* a setting names something that does not exist, such as a docker context */
	ERR_UNREACHABLE,	/* nobody answers at the other end */
	ERR_TIMED_OUT,
	ERR_NO_SPACE,
	ERR_INTERRUPTED,	/* ended by the user or by the caller's deadline */
	ERR_UNSUPPORTED,	/* the other side is too old, or was built without it */
};

struct err {
	enum err_kind kind;
	char text[1024];
};

/* Fills *e (which may be NULL) and returns -1. Control characters are made harmless. */
int err_as(struct err *e, enum err_kind kind, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#define err_set(e, ...) err_as(e, ERR_OTHER, __VA_ARGS__)

/* Fills *e with "WHAT: " and strerror(errno), and the kind that errno means; returns -1. */
int err_errno(struct err *e, const char *what);

/* Puts "WHAT: " before the text of *e, keeps its kind, and returns -1. Use it once on an error's way up. */
int err_on(struct err *e, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Prints one line, "hi run: ...", on stderr, without terminal escapes. Gives up if stderr accepts nothing
 * for 500 ms. */
void err_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Sets the name that err_say's lines begin with: the command's, once it is known. who is not copied. */
void err_set_name(const char *who);

#endif
