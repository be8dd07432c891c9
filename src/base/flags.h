/* Flags as Go's package flag parses them, from one table: -flag, --flag,
 * --flag=value, --flag value (not for a boolean), before or after the positional
 * arguments; "--" ends them. The table is also what --help, completion and the test
 * of the manual's synopsis are made from. Commands may be nested tables. */
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
	FLAG_TAG,	/* const char *, what may stand behind an image's colon, or "" */
	FLAG_PATH,	/* const char *, an absolute path, or "" */
};

struct flag {
	const char *name;	/* without dashes */
	enum flag_type type;
	unsigned short offset;	/* in the command's options */
	bool hidden;
	const char *def;	/* the default, in the user's spelling; NULL: none */
	const char *arg;	/* its name in the help: "N", "DIR" */
	const char *help;	/* one line */
	const char *choices;	/* FLAG_CHOICE: "report|stop" */
	int64_t least, most;	/* the range of what it holds, in its unit; most 0: its type's */
	const char *zero;	/* FLAG_INT: a word for 0, which is in no range then: "auto"; or NULL */
	const char *bare;	/* value of "--flag" alone, for one that may stand without: "1"; or NULL */
};

/* What to answer to a flag that a command does not have, because it is another tool's or another
 * command's. */
struct flag_hint {
	const char *typed;	/* without dashes; NULL ends the list */
	const char *needs;	/* the row counts where the command has this flag; NULL: everywhere */
	const char *say;
};

struct command {
	const char *name;
	const char *args;	/* "[PATTERN]", for the usage line; as many words as there may be
				 * positional arguments ("RUN...": any number; NULL: none) */
	const char *summary;	/* one line */
	const char *about;	/* paragraphs for --help, or NULL */
	const struct flag *flags;	/* ends with .name == NULL; may be NULL */
	size_t opts_size;
	/* Returns the exit code. args holds the positional arguments. */
	int (*run)(const void *opts, const struct strs *args);
	const struct command *const *sub;	/* rows (each file in cmd/ exports its own), NULL at the end;
						 * run may be NULL then */
	const char *unknown;	/* what helps with a word that is none of sub; NULL: nothing more to say */
	const struct flag_hint *meant;	/* by a word that is none of sub: say is what to type; may be NULL */
	const struct flag_hint *hints;	/* may be NULL */
	bool hidden;
	bool own_args;	/* more arguments than args has reach run, which says what is meant instead */
	bool lenient;	/* positional arguments: a blank one is ignored, one that is blanks and a
			 * known flag (" --postgres=1", from a folded YAML scalar) is applied with a
			 * warning (blanks behind it are cut off in argv) */
};

/* Fills opts (opts_size bytes) with the defaults, then with argv; positional
 * arguments go to args. 0; 1: --help was asked for; -1: *e says which flag, the
 * nearest valid name, or which value. Warnings are said by err_say. */
int flags_parse(const struct command *c, int argc, char *const *argv, void *opts,
    struct strs *args, struct err *e);

/* Help of a command; path is "hi run". */
void flags_help(const struct command *c, const char *path, struct buf *out);

/* Finds the command (nested ones too), parses and runs it. Says what is wrong and
 * returns 2 on usage errors. "help [command]" and --help print to stdout: 0. */
int flags_main(const struct command *top, int argc, char *const *argv);

/* Whatever was printed has to have arrived: a list that was cut short by a full disk is no success.
 * Returns code, or 3 where that is 0 and standard output failed, and says so. flags_main calls it. */
int flags_end(int code);
/* A command that writes to standard output by itself tells that it failed (errno): the program ends with
 * 3, unless the command's own exit code says worse. */
void flags_output_failed(int error);

/* The words that may stand at the end of a command line. */
struct completion {
	const struct command *command;	/* that the words before it name */
	char *before;			/* stays: "--", "--test=" */
	char *begin;			/* what follows, so far */
	const char *kind;		/* of the value that may stand there, too: "[RUN | DIR]"; NULL */
	struct buf out;			/* a line "word<TAB>help" for each word that begins so */
};
/* words are those after the program's name; the last may be "". "--flag", "=", "value" as words of their
 * own, as bash has them, are one. */
void flags_complete(const struct command *top, const struct strs *words, struct completion *c);
/* Adds a word to c->out if it begins with c->begin. help may be NULL. */
void completion_put(struct completion *c, const char *word, const char *help);
void completion_free(struct completion *c);
/* The command's flag of that name; NULL: it has none such. */
const struct flag *flags_find(const struct command *c, const char *name, size_t len);

#endif
