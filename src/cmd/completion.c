/* The scripts are short: they ask `hi __complete WORD...`, which answers from the tables, so that no list
 * of flags is ever out of date. An answer is a line "word<TAB>help"; "/" alone says that the name of a file
 * may stand there. */
#include "completion.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/file.h"
#include "../base/mem.h"
#include "../base/text.h"
#include "../gotool/gotool.h"
#include "../run/run.h"
#include "../cleanup/cleanup.h"
#include "cmd.h"
#include "find_run.h"
#include "out.h"

static const char bash[] =
    "# bash completion for hi, as `hi completion bash` prints it.\n"
    "_hi() {\n"
    "\tlocal line cut=\n"
    "\n"
    "\t# bash breaks a line at \"=\", too, and replaces only what follows.\n"
    "\tif [[ ${COMP_WORDS[COMP_CWORD]} == = || ${COMP_WORDS[COMP_CWORD - 1]} == = ]]; then\n"
    "\t\tcut='*='\n"
    "\tfi\n"
    "\tCOMPREPLY=()\n"
    "\twhile IFS= read -r line; do\n"
    "\t\tif [[ $line == / ]]; then\n"
    "\t\t\tcompopt -o default 2>/dev/null\n"
    "\t\telse\n"
    "\t\t\tline=${line%%$'\\t'*}\n"
    "\t\t\tCOMPREPLY+=(\"${line#$cut}\")\n"
    "\t\tfi\n"
    "\tdone < <(\"$1\" __complete \"${COMP_WORDS[@]:1:COMP_CWORD}\" 2>/dev/null)\n"
    "}\n"
    "complete -o nosort -F _hi hi 2>/dev/null || complete -F _hi hi\n";

static const char zsh[] =
    "#compdef hi\n"
    "# zsh completion for hi, as `hi completion zsh` prints it.\n"
    "_hi() {\n"
    "\tlocal line files=\n"
    "\tlocal -a found\n"
    "\n"
    "\tfor line in \"${(@f)$(\"$words[1]\" __complete \"${(@Q)words[2,CURRENT]}\" 2>/dev/null)}\"; do\n"
    "\t\tif [[ $line == / ]]; then\n"
    "\t\t\tfiles=yes\n"
    "\t\telif [[ -n $line ]]; then\n"
    "\t\t\tline=${line//:/\\\\:}\n"
    "\t\t\tfound+=(\"${line/$'\\t'/:}\")\n"
    "\t\tfi\n"
    "\tdone\n"
    "\t_describe -V hi found\n"
    "\t[[ -z $files ]] || _files\n"
    "}\n"
    "if [[ $funcstack[1] == _hi ]]; then\n"
    "\t_hi \"$@\"\n"
    "else\n"
    "\tcompdef _hi hi\n"
    "fi\n";

static const char fish[] =
    "# fish completion for hi, as `hi completion fish` prints it.\n"
    "function __hi_complete\n"
    "\tset -l words (commandline -opc)\n"
    "\tset -l last (commandline -ct)\n"
    "\tfor line in ($words[1] __complete $words[2..] \"$last\" 2>/dev/null)\n"
    "\t\tif test \"$line\" = /\n"
    "\t\t\t__fish_complete_path \"$last\"\n"
    "\t\telse\n"
    "\t\t\techo $line\n"
    "\t\tend\n"
    "\tend\n"
    "end\n"
    "complete -c hi -f -k -a '(__hi_complete)'\n";

static int
run(const void *opts, const struct strs *args)
{
	static const char *const shells[] = { "bash", "zsh", "fish", NULL };
	static const char *const scripts[] = { bash, zsh, fish };
	const char *near;

	(void)opts;
	if (args->n == 0) {
		err_say("for which shell: bash, zsh or fish?");
		return 2;
	}
	for (size_t i = 0; shells[i] != NULL; i++)
		if (strcmp(args->v[0], shells[i]) == 0) {
			fputs(scripts[i], stdout);
			return 0;
		}
	near = text_nearest(args->v[0], shells);
	err_say("%s: there is one for bash, zsh and fish%s%s", args->v[0],
	    near != NULL ? ", did you mean " : "", near != NULL ? near : "");
	return 2;
}

/* The word that is being completed: before stays ("--test="), what comes next begins with begin. */
struct word {
	const char *begin;
	char *before;
	struct buf *out;
};

/* Names from elsewhere: only those that need no quoting in any shell. */
static void
put(const struct word *w, const char *name, const char *help)
{
	size_t len = strlen(name);

	if (len == 0 || strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.") !=
	    len || strncmp(name, w->begin, strlen(w->begin)) != 0)
		return;
	buf_printf(w->out, "%s%s\t", w->before, name);
	text_harmless(w->out, help, strlen(help));
	buf_putc(w->out, '\n');
}

static void
put_tests(struct loop *l, const struct word *w)
{
	struct checkout c = { 0 };
	struct tests tests = { 0 };

	if (checkout_find(NULL, &c, NULL) == 0 && tests_list(l, &c, &tests, NULL) == 0)
		for (size_t i = 0; i < tests.n; i++)
			put(w, tests.v[i].name, tests.v[i].file);
	tests_free(&tests);
	checkout_free(&c);
}

/* Those that have a directory, the newest first. */
static void
put_run_directories(const struct word *w)
{
	char *logs = logs_directory(NULL);
	struct strs names = { 0 };

	(void)run_names(logs, &names, NULL);
	for (size_t i = names.n; i-- > 0; )
		put(w, names.v[i], "");
	strs_free(&names);
	free(logs);
}

static void
put_engine_runs(struct loop *l, const struct word *w)
{
	struct docker d = { 0 };
	struct runs runs = { 0 };
	struct err ignored;

	if (docker_open(&d, l, &ignored) == 0 && runs_list(&d, &runs, &ignored) == 0)
		for (size_t i = runs.n; i-- > 0; )
			put(w, runs.v[i].id, runs.v[i].pattern);
	runs_free(&runs);
	docker_close(&d);
}

static bool
has_flag(const struct command *c, const char *name)
{
	for (const struct flag *f = c->flags; f != NULL && f->name != NULL; f++)
		if (strcmp(f->name, name) == 0)
			return true;
	return false;
}

int
completion_answer(const struct command *top, int argc, char *const *argv)
{
	struct strs words = { 0 };
	struct buf out = { 0 };
	struct word w = { .begin = argc > 0 ? argv[argc - 1] : "", .out = &out };
	const struct command *at;
	const char *kind, *equals;

	for (int i = 0; i < argc; i++)
		strs_add(&words, argv[i]);
	kind = flags_complete(top, &words, &at, &out);
	equals = w.begin[0] == '-' || w.begin[0] == '=' ? strchr(w.begin, '=') : NULL;
	w.before = equals != NULL ? xstrndup(w.begin, (size_t)(equals - w.begin) + 1) : xstrdup("");
	w.begin += strlen(w.before);
	if (kind != NULL) {
		struct loop *l = loop_new();

		if (strstr(kind, "PATTERN") != NULL)
			put_tests(l, &w);
		/* Either a run's directory is meant, or its containers. */
		if (strstr(kind, "RUN") != NULL && has_flag(at, "logs-dir"))
			put_run_directories(&w);
		else if (strstr(kind, "RUN") != NULL)
			put_engine_runs(l, &w);
		if (strstr(kind, "DIR") != NULL || strstr(kind, "FILE") != NULL ||
		    strstr(kind, "PATH") != NULL)
			buf_puts(&out, "/\n");
		loop_free(l);
	}
	free(w.before);
	strs_free(&words);
	out_print(&out);
	return 0;
}

const struct command command_completion = {
	.name = "completion", .args = "bash|zsh|fish", .summary = "print a completion script for a shell",
	.about = "For one session: eval \"$(hi completion bash)\", source <(hi completion zsh), hi completion fish | source.\n"
	    "make install puts them where the shells look. Commands, flags and their values complete, names of tests\n"
	    "(as hi list has them) and ids of runs.",
	.run = run,
};
