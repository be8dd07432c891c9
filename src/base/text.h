/* Helpers for text. Text from a user, a test or a container is untrusted: it goes
 * through text_harmless before it reaches a terminal in a line of ours. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"

/* How many bytes the UTF-8 character at s has (1 to 4); 0: there is no valid one. */
size_t text_utf8(const char *s, size_t len);

/* Appends s without its escape sequences. Other control characters (except tab) and invalid
 * UTF-8 become '?', a newline becomes a blank, and a CR before one is dropped. */
void text_harmless(struct buf *out, const char *s, size_t len);
char *text_harmless_dup(const char *s);	/* the caller frees it */

/* Appends s without escape sequences and control characters, except tabs, newlines and, if colour is set,
 * SGR colours. Invalid UTF-8 becomes '?'. No state is kept between calls: a sequence that the end of s cuts
 * off is removed. */
void text_colours(struct buf *out, const char *s, size_t len, bool colour);

/* Shortens a name or a pattern for a line of the console: a very long one is cut and ends in "...".
 * Returns s or out. */
enum { TEXT_SHOWN = 300 };
const char *text_shown(const char *s, char out[TEXT_SHOWN]);

/* The GitHub Actions runner obeys workflow commands in the output: "::error::" after a line's blanks,
 * "##[error]" anywhere in a line. All that hi prints there goes through text_github, in the console,
 * cmd/out.c, report_show and err_say. It puts a backslash into such a command, unless the line begins with
 * TEXT_COMMAND: a byte that is not printed, and that text_harmless and text_colours remove from foreign text.
 * JSON is left as it is, since json_put writes the bracket as an escape. */
#define TEXT_COMMAND "\001"

struct text_line {	/* how far in its line the output is; zero-initialise it */
	enum { TEXT_BLANK, TEXT_COLON, TEXT_REST, TEXT_OWN } place;
	unsigned hashes;	/* how many '#' are just before */
};

/* Appends s. The pieces of one output share one *at; NULL: s begins a line. */
void text_github(struct buf *out, struct text_line *at, const char *s, size_t len);
bool text_in_github(void);	/* GITHUB_ACTIONS is "true" */

/* The name in a NULL-terminated list that is nearest to s; NULL: none is near. */
const char *text_nearest(const char *s, const char *const *names);

/* A pointer to the last line of s that is not blank; *len leaves out the blanks at its end. */
const char *text_last_line(const char *s, size_t *len);

/* Where part is in s, ignoring the case of letters; NULL: nowhere. */
const char *text_find(const char *s, const char *part);

/* The rest of s behind prefix; NULL: s does not begin with it. */
const char *text_after(const char *s, const char *prefix);
bool text_ends(const char *s, const char *end);	/* with something before the end */

/* s without the blanks at both ends; the caller frees it. */
char *text_trim(const char *s);

/* True: s can name a file that stays in its directory and that a CI service's artefact upload
 * accepts: 1 to 255 bytes, not "." or "..", without '/', ":<>|*?\ and control characters. */
bool text_file_name(const char *s);
/* s, cut to fit, with '_' for what text_file_name refuses; the caller frees it. */
char *text_as_file_name(const char *s);

/* "1.2 GB" (powers of 1000). Returns out. */
char *text_bytes(uint64_t n, char *out, size_t size);
/* Reads a number without sign and exponent ("1.5", ".5", "5.") and moves *s past it; -1: there is none. */
int text_number(const char **s, long double *out);
/* The same with a unit of bytes, up to a blank or a slash: "1.5 GB", "512KiB", "7". -1: not a size. */
int text_size(const char **s, long double *bytes);
/* Parses "5GB", "300MB", "1.5G", "100" as bytes; units are powers of 1000 (KiB, MiB, GiB: of 1024).
 * -1: not a size. */
int text_parse_bytes(const char *s, uint64_t *out);
/* Parses RFC 3339 with or without a fraction and a zone (default: UTC): ms since 1970, or -1. */
int64_t text_parse_time(const char *s);
/* "2026-04-09T10:42:15.123Z". Returns out. */
char *text_time(int64_t unix_ms, char *out, size_t size);
/* The value of an environment variable; NULL: it is unset or empty. */
const char *env_value(const char *name);
bool env_terminal(void);	/* stdout is a terminal, and not a dumb one */
int64_t text_now(void);		/* ms since 1970, as if nobody set the clock after the first call */

#endif
