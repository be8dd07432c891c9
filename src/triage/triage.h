/* Triage: the README's debugging order as a short report over a run's directory, also
 * one that another tool made. Reads gigabytes in a stream; never follows a link. */
#ifndef TRIAGE_TRIAGE_H
#define TRIAGE_TRIAGE_H

#include <stdbool.h>

#include "../base/buf.h"
#include "../base/err.h"
#include "../base/loop.h"

struct finding {
	char *group;	/* "server", "clients", "peers", "mapresponses", "database", "metrics" */
	char *file;	/* relative to the directory; may be NULL */
	char *line;	/* harmless, cut at 300 bytes */
	long at;	/* its number in the file; 0: of the whole file */
	long count;	/* of lines like it */
};
struct triage {
	bool infrastructure;	/* else: code */
	char *signature;	/* its id: "docker-dns", "no-space", ...; NULL */
	char *cause, *fix;	/* the README's words */
	char *evidence, *where;	/* the line that shows it, and its file:line */
	struct finding *v;
	size_t n;
};

/* -1: not a directory of a run. */
int triage_dir(const char *dir, struct triage *t, struct err *e);
/* The same, with the database's counts where there is a sqlite3: it is a child, so it takes the loop. */
int triage_dir_with(struct loop *l, const char *dir, struct triage *t, struct err *e);
void triage_free(struct triage *t);
void triage_text(const struct triage *t, struct buf *out);
void triage_json(const struct triage *t, struct buf *out);

/* Which files a signature counts in: a failure in the test's words may be noise elsewhere. */
enum {
	IN_TEST = 1,		/* go-test.json, runner.log: what the test saw */
	IN_SERVER = 2,		/* hs-*.log */
	IN_CLIENT = 4,		/* ts-*.log, while the server it names still lived */
	IN_OTHER = 8,		/* every other *.log */
	IN_INSPECT = 16,	/* *.inspect.json */
	IN_EVENTS = 32,		/* events.json */
	IN_ANY_LOG = IN_TEST | IN_SERVER | IN_CLIENT | IN_OTHER,
};

/* The table of signatures, for the manual and its test: NULL-terminated by what. Several
 * rows may share one. A '*' in a needle stands for anything on the same line. */
struct failure { const char *id, *cause, *fix; };
struct signature { const struct failure *what; const char *needle; unsigned in; };
extern const struct signature signatures[];

#endif
