/* Functions that the files behind flags.h share. Nobody else may use them. */
#ifndef BASE_FLAGS_INTERNAL_H
#define BASE_FLAGS_INTERNAL_H

#include "flags.h"

/* The flag's name (*len bytes) in "-name" or "--name=value"; NULL: arg is positional. */
const char *flags_name(const char *arg, size_t *len);
const struct command *flags_command(const struct command *c, const char *name);

#endif
