/* The answer to the completion scripts. For main.c. */
#ifndef CMD_COMPLETION_H
#define CMD_COMPLETION_H

#include "../base/flags.h"

/* hi __complete WORD...: prints what the last word may become, a line each. The exit code. */
int completion_answer(const struct command *top, int argc, char *const *argv);

#endif
