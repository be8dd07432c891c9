/* The commands: one file a command, each exports its row, which holds name, usage, flags and
 * function together, so that help, completion and the manual can't drift from the code.
 * main.c puts the rows into the table. A function returns hi's exit code. */
#ifndef CMD_CMD_H
#define CMD_CMD_H

#include <stddef.h>

#include "../base/flags.h"

/* Rows of a table of flags. at: where its value is in the command's options. */
#define SWITCH(id, at, words) { id, FLAG_BOOL, at, .def = "false", .help = (words) }
#define WORD(id, at, value, meta, words) \
	{ id, FLAG_STRING, at, .def = (value), .arg = (meta), .help = (words) }
#define CHOICE(id, at, value, meta, among, words) \
	{ id, FLAG_CHOICE, at, .def = (value), .arg = (meta), .choices = (among), .help = (words) }
#define LOGS_DIR(at, words) WORD("logs-dir", at, "control_logs", "DIR", words)

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

/* The commands' answers to flags of other commands and tools. */
extern const struct flag_hint cmd_hints[];

#endif
