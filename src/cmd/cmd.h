/* The commands. Each has a file, which exports its row of main.c's table. The row holds name, usage, flags
 * and function together, so that help, completion and the manual can't drift from the code. A function
 * returns hi's exit code. Below the rows is what the commands share. */
#ifndef CMD_CMD_H
#define CMD_CMD_H

#include "../base/flags.h"
#include "../base/loop.h"

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

/* Tells the user how to give several names as one pattern. Returns 2, the exit code. */
int one_pattern(const char *command, const struct strs *names);

/* Hints for flags that belong to other commands or tools. */
extern const struct flag_hint cmd_hints[];

/* Rows of a table of flags. at: the offset of the value in the command's options. */
#define SWITCH(id, at, words) { id, FLAG_BOOL, at, .def = "false", .help = (words) }
#define WORD(id, at, value, meta, words) \
	{ id, FLAG_STRING, at, .def = (value), .arg = (meta), .help = (words) }
#define CHOICE(id, at, value, meta, among, words) \
	{ id, FLAG_CHOICE, at, .def = (value), .arg = (meta), .choices = (among), .help = (words) }
#define LOGS_DIR(at, words) WORD("logs-dir", at, "control_logs", "DIR", words)

/* hi __complete WORD...: prints the completions of the last word, a line each. Returns the exit code. */
int completion_answer(const struct command *top, int argc, char *const *argv);

/* out.c */

/* The commands print to standard output only by these functions, so that the GitHub Actions runner finds no
 * command in it. out_line prints a line and makes it harmless, as names come from others. */
void out_line(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Prints b and frees it. A failed write is noticed once the command has ended (flags_main). */
void out_print(struct buf *b);
void out_json(struct buf *b);	/* the same for a JSON document, with a newline */

/* stop: INT, TERM, HUP or QUIT came, so waiting must end. signal: the first that came. */
struct interrupt {
	volatile bool stop;
	int signal;
};
void interrupt_watch(struct interrupt *i, struct loop *l);

/* find_run.c */

/* Returns the directory that --logs-dir means, in a checkout or outside one (plan_logs_dir of run.h); the
 * caller frees it. */
char *logs_directory(const char *given);

/* "last", or "last-failed". */
bool run_is_newest(const char *word);
/* Finds the run that a user's word means: an id, an unambiguous part of one, a path that ends in either,
 * "last" (the one that began last), or "last-failed". dirs: the runs' directories. Returns its index in ids;
 * -1: none or several match, and *e names some that there are (ERR_USAGE: exit 2). where: for the message,
 * such as "on this engine". */
int run_pick(const struct strs *ids, const struct strs *dirs, const char *word, const char *where,
    struct err *e);

/* Returns the directory of the run that a user's word means; the caller frees it. word: a directory, or as
 * for run_pick; NULL: the newest run. logs_dir: the value of --logs-dir. Runs elsewhere are known by their
 * leases, and count only if one is named or that directory does not exist. NULL: *e (ERR_USAGE). */
char *find_run(const char *logs_dir, const char *word, struct err *e);

#endif
