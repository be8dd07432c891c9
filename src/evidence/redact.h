/* Redacts secrets in the files that a run leaves behind. This is the only place where hi redacts: the
 * console and the excerpts are made from the stream as it is, and the files are rewritten once nobody
 * writes to them any more.
 *
 * A secret is the value of an environment variable whose name says so. It is found as it is, or escaped for
 * JSON, XML or HTML, and each of its bytes becomes '*' (in a number '9', so that JSON stays JSON).
 * Databases, compressed files and programs stay as they are. For evidence/ only. */
#ifndef EVIDENCE_REDACT_H
#define EVIDENCE_REDACT_H

#include <stdbool.h>
#include <stddef.h>

#include "../base/loop.h"
#include "../base/strs.h"

/* True: the name in "NAME=value" says that the value is a secret: one of its words (between underscores,
 * in any case) is TOKEN, SECRET, PASSWORD, PASS, KEY and the like, and the last one is not FILE, PATH and
 * the like. */
bool redact_is_secret_name(const char *assignment, size_t len);

/* Redacts every text file below dir. A file is replaced by rename, so that a reader keeps the old one, and a
 * hard link elsewhere stays as it is; symbolic links are not followed. Owner, mode and times stay. Serves l
 * (which may be NULL) meanwhile, and gives up when *cancel (which may be NULL) is true. Adds a line to failed
 * for each failure. */
void redact_tree(const char *dir, const struct strs *secrets, struct loop *l, const volatile bool *cancel,
    struct strs *failed);

#endif
