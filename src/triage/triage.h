/* Triage: what the evidence of a failed run shows, in the order in which one debugs it, and whether the code
 * or the machine is the likely cause. It reads the directory of a run, even one that another tool made:
 * files of any size in bounded memory, never through a symbolic link. run/, cmd/ and report/ call it. */
#ifndef TRIAGE_TRIAGE_H
#define TRIAGE_TRIAGE_H

#include <stdbool.h>

#include "../base/buf.h"
#include "../base/err.h"
#include "../base/loop.h"
#include "../base/strs.h"

enum cause {
	/* everything was read, and no signature of an infrastructure failure was seen */
	CAUSE_CODE,
	CAUSE_INFRASTRUCTURE,	/* a signature was seen, or the run itself could not be carried out */
	CAUSE_UNKNOWN,		/* none was seen, but not everything could be read, or no test failed */
};

struct finding {
	const char *group;	/* "server", "clients", "mapresponses", "peers", "database" */
	char *file;		/* relative to the directory */
	char *line;		/* harmless, at most 300 bytes */
	long at;		/* its line number in the file; 0: it is about the whole file */
	long count;		/* how many similar lines there are, with this one */
	bool later;		/* to be shown after the others of its group */
};

/* Files that could not be read for the same reason. */
struct unread {
	char *why;		/* "Permission denied", "is a directory", "empty" */
	struct strs files;	/* relative to the directory */
};

struct triage {
	enum cause cause;
	const struct failure *failure;	/* for CAUSE_INFRASTRUCTURE; else NULL */
	char *evidence, *where;		/* the line that shows it, and its FILE:LINE; else NULL */
	bool passed;			/* go-test.json says that no test failed */
	bool interrupted;		/* before a test failed */
	struct finding *v;
	size_t n;
	struct unread *unread;
	size_t n_unread;
};

struct triage_options {
	const char *dir;
	/* serves signals during the reading, and runs sqlite3; NULL: no rows are counted */
	struct loop *loop;
	const volatile bool *cancel;	/* ends the reading early; NULL: never */
	/* the run's own (verdict_name), and what hi could not save, a line each; verdict NULL: those of its
	 * summary.json */
	const char *verdict, *sentence;
	const struct strs *missing;
};

/* Fills t. -1: the directory can't be read, is not a run's, or *cancel became true; t needs no triage_free
 * then. */
int triage_run(const struct triage_options *o, struct triage *t, struct err *e);
void triage_free(struct triage *t);
void triage_text(const struct triage *t, struct buf *out);
void triage_json(const struct triage *t, struct buf *out);
const char *triage_cause_name(enum cause c);

/* How bad a line of a server's or a client's log is, by the words that triage looks for there. */
enum severity { SEVERITY_NONE, SEVERITY_ERROR, SEVERITY_FATAL };
struct severities;
struct severities *severities_new(void);
enum severity severity_of(const struct severities *v, const char *file, const char *line, size_t len);
void severities_free(struct severities *v);

/* The files in which a signature counts: the same words may mean a failure in one and nothing in another. */
enum {
	IN_TEST = 1,		/* go-test.json and runner.log */
	IN_SERVER = 2,		/* hs-*.log */
	IN_CLIENT = 4,		/* ts-*.log, until the first server has ended */
	IN_OTHER = 8,		/* every other *.log, and what hi could not save */
	IN_INSPECT = 16,	/* *.inspect.json */
	IN_EVENTS = 32,		/* events.json */
	IN_ANY_LOG = IN_TEST | IN_SERVER | IN_CLIENT | IN_OTHER,
};

/* The table of signatures; the last row's needles are NULL. If two match a line, the upper one counts.
 * Needles are separated by '|'. A '*' matches anything in the line, '^' at the head its beginning, '$' at the
 * end its end. A needle begins with three plain bytes, and up to its first '*' has none that JSON escapes. */
struct failure { const char *id, *what, *fix; };
struct signature {
	const struct failure *failure;	/* NULL: a line with these needles proves nothing */
	unsigned in;
	const char *needles;
};
extern const struct signature signatures[];

#endif
