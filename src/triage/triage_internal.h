/* What triage's files share. For triage/ alone. */
#ifndef TRIAGE_TRIAGE_INTERNAL_H
#define TRIAGE_TRIAGE_INTERNAL_H

#include <stddef.h>

#include "triage.h"

enum { NEEDLES_MAX = 400 };

/* Strings that are searched for in one pass: each position's first three bytes are looked up in a table. */
struct needles {
	const char *v[NEEDLES_MAX];
	short id[NEEDLES_MAX], next[NEEDLES_MAX];	/* next: of those with the same head; -1 */
	size_t n;
	short heads[1 << 14];
};
/* id: what needles_next returns for it. See triage.h for '*', '^' and '$'. */
void needles_init(struct needles *m);
void needles_add(struct needles *m, const char *needle, int id);
/* The id of the first needle at *pos or behind it, of several there the lowest; *pos becomes its place. -1: none. */
int needles_next(const struct needles *m, const char *s, size_t len, size_t *pos);
/* Adds those of the table that count in a file of this kind; their ids are their rows. */
void needles_add_signatures(struct needles *m, unsigned in);

struct server {
	char *name;
	char last[20];		/* the time of its last line: "2026-04-09 10:42:15" */
};

/* One reading of a directory. */
struct scan {
	const struct triage_options *o;
	int dir;
	struct strs names;	/* what is in it */
	struct triage *t;
	struct needles needles;
	size_t read;		/* logs and streams that could be read */
	const struct failure *run_failure;	/* what the run's own verdict says; NULL: no more than that tests failed */
	struct server *servers;
	size_t n_servers;
};

/* A line without its end. One longer than LINE_PIECE comes in pieces, each with the end of the one before. */
enum { LINE_PIECE = 64 * 1024, LINE_OVERLAP = 512 };
struct line {
	const char *s;
	size_t len;
	long at;		/* its number, from 1 */
	bool goes_on;		/* a further piece */
};

/* Calls fn with each line of a log until it returns false. A file that can't be read, or is no text, or (whole: it
 * is never empty and ends with a newline) is not as it should be, goes to scan_unread. */
void scan_lines(struct scan *s, const char *name, bool whole, bool (*fn)(void *arg, const struct line *l), void *arg);
/* Appends a regular file of at most 16 MiB. False: it went to scan_unread. at: its directory's descriptor; path: as it is named. */
bool scan_slurp(struct scan *s, int at, const char *name, const char *path, struct buf *out);
/* Opens a directory below at and lists it, sorted; -1: it went to scan_unread where that is not just a file. */
int scan_list(struct scan *s, int at, const char *name, const char *path, struct strs *names);
void scan_unread(struct scan *s, const char *name, const char *why);
bool scan_cancelled(struct scan *s);

void scan_find(struct scan *s, const char *group, const char *file, long at, const char *line, bool later);
/* The first one wins; line is taken. */
void scan_blame(struct scan *s, const struct failure *f, const char *file, long at, char *line);
/* A harmless excerpt of at most 300 bytes that shows what is at pos, and begins at a word. The caller's. */
char *excerpt(const char *s, size_t len, size_t pos);

void scan_tests(struct scan *s);	/* go-test.json, runner.log */
void scan_engine(struct scan *s);	/* *.inspect.json, events.json */
void scan_logs(struct scan *s);
void scan_mapresponses(struct scan *s);
void scan_peers(struct scan *s);
void scan_databases(struct scan *s);

#endif
