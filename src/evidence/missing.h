/* A list of what could not be collected or redacted, and why. Equal reasons become one line with a count.
 * For evidence/ only. */
#ifndef EVIDENCE_MISSING_H
#define EVIDENCE_MISSING_H

#include "../base/strs.h"

struct missing {
	const char *nouns;	/* what bears the names, such as "containers" */
	struct missing_group *v;
	size_t n;
};

/* what holds a '%' for the name or, of several, their number: "logs of % were not collected". In why, the
 * name and the id (which may be NULL) become '*'. */
void missing_add(struct missing *m, const char *what, const char *why, const char *name, const char *id);
/* Adds a line for each reason to out, and empties *m. */
void missing_tell(struct missing *m, struct strs *out);

#endif
