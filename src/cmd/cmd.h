/* The commands: one file a command, each exports its row, which holds name, usage, flags and
 * function together, so that help, completion and the manual can't drift from the code.
 * main.c puts the rows into the table. A function returns hi's exit code. */
#ifndef CMD_CMD_H
#define CMD_CMD_H

#include "../base/flags.h"

extern const struct command command_run;
extern const struct command command_list;
extern const struct command command_report;
extern const struct command command_ps;
extern const struct command command_clean;
extern const struct command command_doctor;
extern const struct command command_logs;
extern const struct command command_triage;
extern const struct command command_list_versions;
extern const struct command command_completion;
extern const struct command command_version;
extern const struct command command_cleaner;

/* Says how several names are given as one pattern. Returns 2, the exit code. */
int one_pattern(const char *command, const struct strs *names);

/* What all of them answer to flags that are others'. */
extern const struct flag_hint cmd_hints[];

#endif
