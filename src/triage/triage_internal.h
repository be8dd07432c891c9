/* What triage's files share: a directory's files in a stream, many needles in one pass, lines
 * of one shape counted together. For triage alone. */
#ifndef TRIAGE_TRIAGE_INTERNAL_H
#define TRIAGE_TRIAGE_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../base/buf.h"
#include "../base/strs.h"
#include "triage.h"

enum {
	LINE_PIECE = 64 * 1024,	/* a longer line comes in pieces */
	LINE_OVERLAP = 512,	/* of the piece before, at the head of a further one: no needle is cut */
};

/* Calls fn with each line, without its end, until it returns false. -1: not a regular file. */
int lines_each(int dir, const char *name,
    bool (*fn)(void *arg, const char *s, size_t len, long line, bool goes_on), void *arg);
/* The whole of a regular file of at most max bytes; -1. */
int file_slurp(int dir, const char *name, size_t max, struct buf *out);
/* A directory below another, not through a link, its names sorted. Returns its descriptor, or -1. */
int dir_list(int dir, const char *name, struct strs *names);

/* Strings searched at once; '*' in one stands for anything. Before the first '*' stand two bytes or more. */
struct needles;
struct needles *needles_new(const char *const *v, size_t n);
void needles_free(struct needles *n);
/* Which one is next in s from *pos on, and there *pos is moved; -1: none. */
int needles_next(const struct needles *n, const char *s, size_t len, size_t *pos);

/* The signatures of a kind of file. */
struct needles *signatures_needles(void);
/* The first one that counts in a file of kind in; *pos: where. NULL: none. */
const struct signature *signature_find(const struct needles *n, unsigned in, const char *s, size_t len,
    size_t *pos);

/* Lines alike but for numbers, names and times. */
struct shape {
	uint64_t hash;
	char *line, *file;
	long at, count;
};
struct shapes {
	struct shape *v;
	size_t n;
	long beyond;		/* lines of shapes that found no room */
};
void shapes_add(struct shapes *p, const char *file, long at, const char *s, size_t len);
/* Into findings, the most frequent first; empties it. */
void shapes_give(struct shapes *p, struct triage *t, const char *group);

void finding_add(struct triage *t, const char *group, const char *file, long at, long count,
    const char *line);
/* A harmless excerpt of s, of at most 300 bytes, in which what is at pos is seen. */
char *excerpt(const char *s, size_t len, size_t pos);
bool starts_with(const char *s, const char *with);
bool ends_with(const char *s, const char *with);

/* The parts of the report; dir lists as names. */
struct scan {
	int dir;
	const char *path;
	const struct strs *names;
	struct triage *t;
	struct needles *signatures;
	struct server { char *name, last[20]; } *servers;	/* when each last said something */
	size_t n_servers;
};
void scan_plain(struct scan *s, const char *file, unsigned in);	/* for signatures alone */
void scan_test(struct scan *s);		/* go-test.json, runner.log */
void scan_engine(struct scan *s);	/* inspects and events */
void scan_logs(struct scan *s);		/* servers, clients, others */
void scan_peers(struct scan *s);
void scan_mapresponses(struct scan *s);
void scan_databases(struct scan *s, struct loop *l);
void scan_metrics(struct scan *s);
/* The first signature that was seen wins. */
void scan_found(struct scan *s, const struct signature *sig, const char *file, long at, char *line);

#endif
