/* Triage: the README's debugging order as a short report over a run's directory, also
 * one that another tool made. Reads gigabytes in a stream; never follows a link. */
#ifndef RESULTS_TRIAGE_H
#define RESULTS_TRIAGE_H

#include <stdbool.h>

#include "../base/buf.h"
#include "../base/err.h"

struct finding {
	char *group;	/* "server", "clients", "peers", "mapresponses", "database", "metrics" */
	char *file;	/* relative to the directory; may be NULL */
	char *line;	/* harmless, cut at 300 bytes */
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
void triage_free(struct triage *t);
void triage_text(const struct triage *t, struct buf *out);
void triage_json(const struct triage *t, struct buf *out);

/* The table of signatures, for the manual and its test: NULL-terminated by id. */
struct signature { const char *id, *needle, *cause, *fix; };
extern const struct signature signatures[];

#endif
