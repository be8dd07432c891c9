/* The scripts are short: they ask `hi __complete WORD...`, which answers from the tables, so that no list
 * of flags is ever out of date. An answer is a line "word<TAB>help"; a line "/" means that the name
 * of a file may be given. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/mem.h"
#include "../base/text.h"
#include "../cleanup/cleanup.h"
#include "../gotool/gotool.h"
#include "../run/run.h"
#include "cmd.h"

/* Embedded by the Makefile. */
extern const char hi_bash[], hi_zsh[], hi_fish[];

static int
completion_run(const void *opts, const struct strs *args)
{
	static const char *const shells[] = { "bash", "zsh", "fish", NULL };
	static const char *const scripts[] = { hi_bash, hi_zsh, hi_fish };
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
	err_say("%s: there is one for bash, zsh and fish%s%s%s", args->v[0],
	    near != NULL ? ", did you mean " : "", near != NULL ? near : "", near != NULL ? "?" : "");
	return 2;
}

/* Offers a name that is not hi's own, if it needs no quoting in any shell. */
static void
complete_name(struct completion *c, const char *name, const char *help)
{
	char *harmless = text_harmless_dup(help);

	if (name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.")] == '\0')
		completion_put(c, name, harmless);
	free(harmless);
}

static void
complete_tests(struct loop *l, struct completion *c)
{
	struct checkout checkout = { 0 };
	struct tests tests = { 0 };

	if (checkout_find(NULL, &checkout, NULL) == 0 && tests_list(l, &checkout, &tests, NULL) == 0)
		for (size_t i = 0; i < tests.n; i++)
			complete_name(c, tests.v[i].name, tests.v[i].file);
	tests_free(&tests);
	checkout_free(&checkout);
}

/* Offers the ids that begin with the word, the newest first; if none does, the only one that contains it.
 * runs: those with these ids, or NULL. */
static void
complete_ids(struct completion *c, const struct strs *ids, const struct run_seen *runs)
{
	size_t hits = 0, begun = 0, only = 0;

	for (size_t i = 0; i < ids->n; i++) {
		begun += strncmp(ids->v[i], c->begin, strlen(c->begin)) == 0;
		if (strstr(ids->v[i], c->begin) != NULL) {
			hits++;
			only = i;
		}
	}
	if (ids->n > 0) {
		complete_name(c, "last", "the newest run");
		complete_name(c, "last-failed", "the newest run that failed");
	}
	for (size_t i = ids->n; i-- > 0 && begun > 0;)
		complete_name(c, ids->v[i], runs != NULL ? runs[i].pattern : "");
	if (begun == 0 && hits == 1) {
		free(c->begin);
		c->begin = xstrdup("");
		complete_name(c, ids->v[only], runs != NULL ? runs[only].pattern : "");
	}
}

/* A command with --logs-dir takes a run that has a directory, any other one that is on the engine. */
static void
complete_runs(struct loop *l, struct completion *c)
{
	char *logs = logs_directory(NULL);
	struct strs names = { 0 };
	struct docker d = { 0 };
	struct runs runs = { 0 };
	struct err ignored;

	if (flags_find(c->command, "logs-dir", strlen("logs-dir")) != NULL)
		(void)run_names(logs, &names, NULL);
	else if (docker_open(&d, l, &ignored) == 0)
		(void)runs_list(&d, &runs, &ignored);
	for (size_t i = 0; i < runs.n; i++)
		strs_add(&names, runs.v[i].id);
	complete_ids(c, &names, runs.v);
	runs_free(&runs);
	docker_close(&d);
	strs_free(&names);
	free(logs);
}

int
completion_answer(const struct command *top, int argc, char *const *argv)
{
	struct strs words = { 0 };
	struct completion c;
	struct loop *l;

	for (int i = 0; i < argc; i++)
		strs_add(&words, argv[i]);
	flags_complete(top, &words, &c);
	l = c.kind != NULL ? loop_new() : NULL;
	if (c.kind != NULL && strstr(c.kind, "PATTERN") != NULL)
		complete_tests(l, &c);
	if (c.kind != NULL && strstr(c.kind, "RUN") != NULL)
		complete_runs(l, &c);
	if (c.kind != NULL && (strstr(c.kind, "DIR") != NULL || strstr(c.kind, "FILE") != NULL ||
	    strstr(c.kind, "PATH") != NULL))
		buf_puts(&c.out, "/\n");
	loop_free(l);
	strs_free(&words);
	out_print(&c.out);
	completion_free(&c);
	return flags_end(0);
}

const struct command command_completion = {
	.name = "completion", .args = "bash|zsh|fish", .summary = "print a completion script for a shell",
	.about = "For one session: eval \"$(hi completion bash)\", source <(hi completion zsh), "
	    "hi completion fish | source.\n"
	    "make install puts them where the shells look. Commands, flags and their values complete,\n"
	    "names of tests (as hi list has them) and ids of runs.",
	.run = completion_run,
};
