/* Declarations for the files of triage/ alone. */
#ifndef TRIAGE_TRIAGE_INTERNAL_H
#define TRIAGE_TRIAGE_INTERNAL_H

#include <stddef.h>

#include "../docker/pieces.h"
#include "triage.h"

enum { NEEDLES_MAX = 400 };

/* Strings that are searched for in one pass: each position's first three bytes are looked up in a table. */
struct needles {
	struct needle {
		const char *s;
		short id, next;		/* next: the next one with the same head; -1: none */
	} v[NEEDLES_MAX];
	short n, heads[1 << 14];
};
/* Empties m, and adds the signatures that count in files of this kind; their ids are their row numbers. */
void needles_init(struct needles *m, unsigned in);
/* Adds the needles of a list, as in a signature. id: what needles_next returns for them. */
void needles_add(struct needles *m, const char *list, int id);
/* Returns the id of the first needle at or after *pos (the lowest, if several are there), and moves *pos to
 * it. -1: there is none. */
int needles_next(const struct needles *m, const char *s, size_t len, size_t *pos);

/* One reading of a directory. */
struct scan {
	const struct triage_options *o;
	int dir;
	struct strs names;		/* of the files in it */
	struct triage *t;
	struct needles needles;
	size_t read;			/* logs and streams that could be read */
	/* what the run's verdict blames; NULL: it says only that tests failed */
	const struct failure *run_failure;
	bool past_deadline;	/* the verdict is deadline: then go itself killed the test binary */
	bool finished;		/* the run came to an end of its own */
	struct strs missing;	/* what hi could not save, a line each */
	char servers_end[20];		/* when the first one ended: "2026-04-09 10:42:15"; "": unknown */
};

/* A line without its newline. One longer than LINE_PIECE comes in pieces, which overlap by LINE_OVERLAP. */
enum { LINE_PIECE = 64 * 1024, LINE_OVERLAP = 512 };
struct line {
	const char *s;
	size_t len;
	long at;		/* its number, from 1 */
	bool goes_on;		/* it is a further piece of the line */
};

/* Calls fn with each line of a file until that returns false. A file that can't be read, or is no text, is
 * passed to scan_unread; if it must be whole, so is one that is empty or ends in the middle of a line. */
void scan_lines(struct scan *s, const char *name, bool whole, bool (*fn)(void *arg, const struct line *l),
    void *arg);
/* Parses a JSON file of at most 16 MiB into j, which points into text. at: its directory's descriptor; path:
 * its name for the user. False: it was passed to scan_unread. */
struct json;
bool scan_json(struct scan *s, int at, const char *name, const char *path, struct buf *text, struct json *j);
void scan_unread(struct scan *s, const char *name, const char *why);
int64_t scan_size(const struct scan *s, const char *name);	/* in bytes; -1: it is no regular file */
bool scan_cancelled(struct scan *s);
/* Returns the first file from index *n on that this reader reads, and moves *n past it; NULL: none. */
const char *scan_next(const struct scan *s, enum piece_reader reader, size_t *n);

void scan_find(struct scan *s, const char *group, const char *file, long at, long count, const char *line,
    bool later);
/* Sets the cause, unless it is set already. Takes line, and frees it later. */
void scan_blame(struct scan *s, const struct failure *f, const char *file, long at, char *line);
/* Returns a harmless excerpt of at most 300 bytes that shows what is at pos, and begins at a word. The caller
 * frees it. */
char *triage_excerpt(const char *s, size_t len, size_t pos);

void scan_tests(struct scan *s);	/* go-test.json, runner.log, inspects, events.json */
void scan_missing(struct scan *s);	/* the reasons why hi could not save something */
void scan_logs(struct scan *s);
void scan_state(struct scan *s);	/* map responses, the clients' status, databases */

#endif
