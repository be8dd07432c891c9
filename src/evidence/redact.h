/* Strikes secrets out of the files that a run leaves: each byte of one becomes '*', in its
 * place, so that sizes and offsets stay, whoever still writes to the file goes on, and an
 * end in the middle leaves a whole file. (A frame of a -wal file has a checksum and is lost
 * with the secret in it.) run/ calls it. */
#ifndef EVIDENCE_REDACT_H
#define EVIDENCE_REDACT_H

#include <stdbool.h>
#include <stddef.h>

#include "../base/loop.h"
#include "../base/strs.h"

/* Whether a variable ("NAME=value") holds a secret, by its name, in any case: DB_PASS, npm_token, TS_AUTHKEY; not
 * KEYBOARD, nor where one lies (TOKEN_FILE). */
bool strike_is_secret(const char *assignment, size_t len);

/* In every regular file below dir, never through a link; files without a secret are not touched, the others
 * keep their time. A line in failed for each that could not be. Serves l (may be NULL) meanwhile. */
void strike_tree(const char *dir, const struct strs *secrets, struct loop *l, struct strs *failed);

#endif
