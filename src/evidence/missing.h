/* A list of what could not be collected or redacted, and why. Equal reasons become one line with a count. For
 * evidence/ alone. */
#ifndef EVIDENCE_MISSING_H
#define EVIDENCE_MISSING_H

#include "../base/strs.h"

struct missing {
	const char *nouns;	/* "containers": what the names are names of */
	struct missing_group *v;
	size_t n;
};

/* what holds a '%' where the name, or their number, goes: "logs of % were not collected". The name and the
 * id (which may be NULL) become '*' in why. */
void missing_add(struct missing *m, const char *what, const char *why, const char *name, const char *id);
/* Adds the lines to out, and empties *m. */
void missing_tell(struct missing *m, struct strs *out);

#endif
