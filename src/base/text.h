/* Small things about text. What came from a user, a test or a container is data:
 * before it reaches a terminal in a line of ours it goes through text_harmless. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"

/* How many bytes the UTF-8 character at s has (1 to 4); 0: there is no valid one. */
size_t text_utf8(const char *s, size_t len);

/* Appends s with escape sequences removed and other control characters (but for
 * tab) as '?'; invalid UTF-8 as '?'. Newlines become blanks, a CR before one goes. */
void text_harmless(struct buf *out, const char *s, size_t len);
char *text_harmless_dup(const char *s);

/* Appends s with SGR colours kept (colour: else removed), every other control sequence
 * and control character but tab and newline removed, invalid UTF-8 as '?'. State across calls: none; a
 * sequence cut by the end of s is removed. */
void text_colours(struct buf *out, const char *s, size_t len, bool colour);

/* A name or a pattern for a line of the console: one that is very long is cut, and ends in "...".
 * Returns s or out. */
enum { TEXT_SHOWN = 300 };
const char *text_shown(const char *s, char out[TEXT_SHOWN]);

/* Workflow commands of the GitHub Actions runner: "::error::" behind a line's blanks, "##[error]" anywhere
 * in a line. All that hi prints there goes through text_github, at the three places where it goes out:
 * console_flush, cmd/out.c and err_say. It puts a backslash into what the runner would carry out, and lets
 * pass only a line that begins with TEXT_COMMAND, a byte that text_harmless and text_colours leave in no text
 * of others (it is not printed). JSON is left as it is, since json_put writes the bracket as an escape. */
#define TEXT_COMMAND "\001"

struct text_line {	/* where in a line the output stands; zero-initialise it */
	enum { TEXT_BLANK, TEXT_COLON, TEXT_REST, TEXT_OWN } place;
	unsigned hashes;	/* '#' just before */
};

/* Appends s. *at is kept from piece to piece of one output; NULL: s begins a line. */
void text_github(struct buf *out, struct text_line *at, const char *s, size_t len);
bool text_in_github(void);	/* GITHUB_ACTIONS is "true" */

/* The name nearest to s of a NULL-terminated list, or NULL where none is near. */
const char *text_nearest(const char *s, const char *const *names);

/* A pointer to the last line that is not empty; *len without its newline. */
const char *text_last_line(const char *s, size_t *len);

/* Where part is in s, whatever the case of letters; NULL: nowhere. */
const char *text_find(const char *s, const char *part);

/* The rest of s behind prefix; NULL: s does not begin with it. */
const char *text_after(const char *s, const char *prefix);
bool text_ends(const char *s, const char *end);	/* and there is something before it */

/* s without blanks at both ends; the caller's. */
char *text_trim(const char *s);

/* True: may be the name of a file that a CI service's artefact upload takes and that
 * stays in its directory: not empty, ".", "..", no '/', none of ":<>|*?\ or controls. */
bool text_file_name(const char *s);
/* s with what text_file_name refuses replaced by '_'; the caller's. */
char *text_as_file_name(const char *s);

/* "1.2 GB" (powers of 1000). Returns out. */
char *text_bytes(uint64_t n, char *out, size_t size);
/* A number without sign and exponent ("1.5", ".5", "5."), of which *s is left behind; -1: there is none. */
int text_number(const char **s, long double *out);
/* The same with a unit, up to a blank or a slash: "1.5 GB", "512KiB", "7". -1: it is no unit of bytes. */
int text_size(const char **s, long double *bytes);
/* "5GB", "300MB", "1.5G", "100": bytes, powers of 1000 (KiB, MiB, GiB: of 1024). -1: not one. */
int text_parse_bytes(const char *s, uint64_t *out);
/* RFC 3339 with or without a fraction and a zone: ms since 1970, or -1. */
int64_t text_parse_time(const char *s);
/* "2026-04-09T10:42:15.123Z". Returns out. */
char *text_time(int64_t unix_ms, char *out, size_t size);
/* The environment's value, or NULL where it is unset or empty. */
const char *env_value(const char *name);
bool env_terminal(void);	/* stdout is a terminal, and no dumb one */
int64_t text_now(void);		/* ms since 1970, by the clock as it was when first asked */

#endif
