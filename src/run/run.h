/* One run, from the plan to the prompt. cmd/run.c calls it. */
#ifndef RUN_RUN_H
#define RUN_RUN_H

#include "plan.h"

/* Returns hi's exit code; where a signal ended it, dies of that signal once everything is removed. */
int run_suite(const struct run_options *o);

#endif
