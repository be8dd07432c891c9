/* The commands: one file a command, each exports its row, which holds name, usage, flags and
 * function together, so that help, completion and the manual can't drift from the code.
 * main.c puts the rows into the table. A function returns hi's exit code. Below the rows is what the
 * commands have in common. */
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

/* Says how several names are given as one pattern. Returns 2, the exit code. */
int one_pattern(const char *command, const struct strs *names);

/* The commands' answers to flags of other commands and tools. */
extern const struct flag_hint cmd_hints[];

/* Rows of a table of flags. at: where its value is in the command's options. */
#define SWITCH(id, at, words) { id, FLAG_BOOL, at, .def = "false", .help = (words) }
#define WORD(id, at, value, meta, words) \
	{ id, FLAG_STRING, at, .def = (value), .arg = (meta), .help = (words) }
#define CHOICE(id, at, value, meta, among, words) \
	{ id, FLAG_CHOICE, at, .def = (value), .arg = (meta), .choices = (among), .help = (words) }
#define LOGS_DIR(at, words) WORD("logs-dir", at, "control_logs", "DIR", words)

/* hi __complete WORD...: prints what the last word may become, a line each. The exit code. */
int completion_answer(const struct command *top, int argc, char *const *argv);

/* out.c */

/* The way of all that the commands print to standard output: nothing in it is a command of the GitHub
 * Actions runner. out_line prints a line, made harmless: names are others' words. */
void out_line(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Prints b, which is empty then. Whether it arrived is seen once the command has ended (flags_main). */
void out_print(struct buf *b);
void out_json(struct buf *b);	/* the same of a JSON document, and a newline */

/* INT, TERM, HUP or QUIT came: the first one, and what waits is to stop. */
struct interrupt {
	volatile bool stop;
	int signal;
};
void interrupt_watch(struct interrupt *i, struct loop *l);

/* find_run.c */

/* The directory that --logs-dir means in the checkout we stand in, or outside one; see run.h. The
 * caller's. */
char *logs_directory(const char *given);

/* The run that a user's word means: an id, an unambiguous part of one, a path that ends in either, "last",
 * the one that began last, or "last-failed". dirs: their directories. Returns its index in ids; -1: there is
 * none, or several, *e says which there are (ERR_USAGE: hi exits 2). where: "on this engine". */
int run_pick(const struct strs *ids, const struct strs *dirs, const char *word, const char *where,
    struct err *e);

/* The directory of the run that a user's word means: a directory itself, or as run_pick has it; NULL: the
 * newest. logs_dir: as of --logs-dir. Runs that go on elsewhere are known by their leases, and count where
 * one is named or that directory does not exist. The caller's; NULL: *e (ERR_USAGE). */
char *find_run(const char *logs_dir, const char *word, struct err *e);

#endif
