/* Strikes secrets (tokens, passwords) out of text, in place and length for length, so that offsets stay what
 * they were. For this room, and run/strike.c. */
#ifndef EVIDENCE_SECRETS_H
#define EVIDENCE_SECRETS_H

#include <stdbool.h>
#include <stddef.h>

#include "../base/strs.h"

struct secrets;

/* NULL where there is nothing to strike. Secrets under 6 bytes are left out: they are in every text. */
struct secrets *secrets_new(const struct strs *secrets);
void secrets_free(struct secrets *s);
/* Overwrites each secret in p with asterisks. escaped: p is the inside of a JSON string, and stays one.
 * open: the text goes on in the next call with goes_on, so that a secret cut in two is found as well.
 * True: there was one in p. */
bool secrets_strike(struct secrets *s, char *p, size_t len, bool escaped, bool goes_on, bool open);

#endif
