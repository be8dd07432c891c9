/* Functions that the files behind flags.h share; for nobody else. */
#ifndef BASE_FLAGS_INTERNAL_H
#define BASE_FLAGS_INTERNAL_H

#include "flags.h"

/* The flag's name in "-name", "--name=value"; NULL: arg is a positional one. */
const char *flags_name(const char *arg, size_t *len);
const struct command *flags_command(const struct command *c, const char *name);

#endif
