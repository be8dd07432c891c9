/* What triage's files share. For triage/ alone. */
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
		short id, next;		/* next: of those with the same head; -1 */
	} v[NEEDLES_MAX];
	short n, heads[1 << 14];
};
/* Empties it, and adds the signatures that count in files of this kind; their ids are their rows. */
void needles_init(struct needles *m, unsigned in);
/* Those of a list, as in a signature; id: what needles_next returns for them. */
void needles_add(struct needles *m, const char *list, int id);
/* The id of the first needle at *pos or behind it, of several there the lowest; *pos becomes its place. -1:
 * none. */
int needles_next(const struct needles *m, const char *s, size_t len, size_t *pos);

/* One reading of a directory. */
struct scan {
	const struct triage_options *o;
	int dir;
	struct strs names;		/* what is in it */
	struct triage *t;
	struct needles needles;
	size_t read;			/* logs and streams that could be read */
	/* what the run's verdict says; NULL: no more than that tests failed */
	const struct failure *run_failure;
	bool past_deadline;	/* go itself has killed the test binary then */
	char servers_end[20];		/* the first server ended then: "2026-04-09 10:42:15"; "" unknown */
};

/* A line without its end. One longer than LINE_PIECE comes in pieces, each with the end of the one before. */
enum { LINE_PIECE = 64 * 1024, LINE_OVERLAP = 512 };
struct line {
	const char *s;
	size_t len;
	long at;		/* its number, from 1 */
	bool goes_on;		/* a further piece */
};

/* Calls fn with each line of a log until it returns false. What can't be read, or is no text, goes to
 * scan_unread; where it has to be whole, so does what is empty or ends in the middle of a line. */
void scan_lines(struct scan *s, const char *name, bool whole, bool (*fn)(void *arg, const struct line *l),
    void *arg);
/* Parses a JSON file of at most 16 MiB, of which j is then. at: its directory's descriptor; path: how it is
 * named. False: it went to scan_unread. */
struct json;
bool scan_json(struct scan *s, int at, const char *name, const char *path, struct buf *text, struct json *j);
void scan_unread(struct scan *s, const char *name, const char *why);
bool scan_cancelled(struct scan *s);
/* The n-th file that a part of triage reads, n counted on; NULL: there is none any more. */
const char *scan_next(const struct scan *s, enum piece_reader reader, size_t *n);

void scan_find(struct scan *s, const char *group, const char *file, long at, long count, const char *line,
    bool later);
/* The first one wins; line is taken. */
void scan_blame(struct scan *s, const struct failure *f, const char *file, long at, char *line);
/* A harmless excerpt of at most 300 bytes that shows what is at pos, and begins at a word. The caller's. */
char *triage_excerpt(const char *s, size_t len, size_t pos);

void scan_tests(struct scan *s);	/* go-test.json, runner.log, inspects, events.json */
void scan_logs(struct scan *s);
void scan_state(struct scan *s);	/* map responses, the clients' status, databases */

#endif
