/* Flags as Go's package flag parses them, from one table: -flag, --flag,
 * --flag=value, --flag value (not for a boolean), before or after the positional
 * arguments; "--" ends them. --help, completion and the test of the manual's synopsis
 * are made from the same table. Commands may be nested tables. */
#ifndef BASE_FLAGS_H
#define BASE_FLAGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "err.h"
#include "strs.h"

enum flag_type {
	FLAG_BOOL,	/* bool */
	FLAG_STRING,	/* const char *, borrowed from argv or the table */
	FLAG_INT,	/* int64_t; at most 10^9 */
	FLAG_NUMBER,	/* double, decimals; at most 10^9 */
	FLAG_DURATION,	/* int64_t, ms; at most a year */
	FLAG_AGE,	/* int64_t, ms; also "7d", "2w"; at most a century */
	FLAG_BYTES,	/* uint64_t: "5GB" */
	FLAG_CHOICE,	/* const char *, one of choices */
	FLAG_TAG,	/* const char *, an image's tag, or "" */
	FLAG_PATH,	/* const char *, an absolute path, or "" */
};

struct flag {
	const char *name;	/* without dashes */
	enum flag_type type;
	unsigned short offset;	/* of its value in the command's options */
	bool hidden;
	const char *def;	/* the default, in the user's spelling; NULL: none */
	const char *arg;	/* the value's name in the help: "N", "DIR" */
	const char *help;	/* one line */
	const char *choices;	/* FLAG_CHOICE: "report|stop" */
	int64_t least, most;	/* the value's range, in its unit; most 0: the type's limit */
	const char *zero;	/* FLAG_INT: a word for 0, whatever the range: "auto"; or NULL */
	const char *bare;	/* what "--flag" without a value means, if that is allowed: "1"; or NULL */
};

/* The answer to a flag or word that a command does not have, but another command or tool has. */
struct flag_hint {
	const char *typed;	/* without dashes; NULL ends the list */
	const char *needs;	/* the row counts only if the command has this flag; NULL: always */
	const char *say;
};

struct command {
	const char *name;
	const char *args;	/* "[PATTERN]", for the usage line; one word for each positional argument
				 * that is allowed ("RUN...": any number; NULL: none) */
	const char *summary;	/* one line */
	const char *about;	/* paragraphs for --help, or NULL */
	const struct flag *flags;	/* ends with .name == NULL; may be NULL */
	size_t opts_size;
	/* Returns the exit code. args holds the positional arguments. */
	int (*run)(const void *opts, const struct strs *args);
	const struct command *const *sub;	/* nested commands (each file in cmd/ exports its own row),
						 * NULL-terminated; with any, run may be NULL */
	const char *unknown;	/* advice about a word that is none of sub; may be NULL */
	const struct flag_hint *meant;	/* for words that are none of sub: say is what to type; may be NULL */
	const struct flag_hint *hints;	/* for unknown flags; may be NULL */
	bool hidden;
	bool own_args;	/* surplus arguments are passed to run, which says what to do instead */
	bool lenient;	/* an argument that has only blanks is ignored; a known flag behind blanks
			 * (" --postgres=1", from a folded YAML scalar) is applied with a warning
			 * (blanks after it are cut off in argv) */
};

/* Fills opts (opts_size bytes) with the defaults, then from argv; positional
 * arguments go to args. 0; 1: --help was asked for; -1: *e names the flag, the
 * nearest valid name, or the bad value. Warnings are printed by err_say. */
int flags_parse(const struct command *c, int argc, char *const *argv, void *opts,
    struct strs *args, struct err *e);

/* Appends a command's help; path is "hi run". */
void flags_help(const struct command *c, const char *path, struct buf *out);

/* Finds the command (nested ones too), parses its flags, runs it, and returns its exit code.
 * "help [command]" and --help print to stdout and return 0; a usage error is printed and returns 2. */
int flags_main(const struct command *top, int argc, char *const *argv);

/* Checks that all output has arrived: a list that was cut short by a full disk is no success. Returns code.
 * If standard output failed it says so, and returns 3 instead of 0. flags_main calls it. */
int flags_end(int code);
/* A command that does not write to standard output by stdio reports with this that a write failed (errno).
 * The program then ends with 3, unless the command's own exit code is not 0. */
void flags_output_failed(int error);

/* What may complete the last word of a command line. */
struct completion {
	const struct command *command;	/* named by the words before the last */
	char *before;			/* the part of the last word that stays: "--", "--test=" */
	char *begin;			/* the rest of it, as typed so far */
	const char *kind;		/* a value of this kind is possible, too: "[RUN | DIR]"; or NULL */
	struct buf out;			/* a line "word<TAB>help" for each possible word */
};
/* words are those after the program's name; the last may be "". "--flag", "=", "value" may be separate words,
 * as bash splits them. completion_free frees what c holds. */
void flags_complete(const struct command *top, const struct strs *words, struct completion *c);
/* Adds a word to c->out if it begins with c->begin. help may be NULL. */
void completion_put(struct completion *c, const char *word, const char *help);
void completion_free(struct completion *c);
/* The command's flag of that name; NULL: it has none. */
const struct flag *flags_find(const struct command *c, const char *name, size_t len);

#endif
