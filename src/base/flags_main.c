/* Finds the command that the program's arguments name, and runs it. */
#include "flags.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "flags_internal.h"
#include "loop.h"
#include "mem.h"
#include "text.h"

enum { EXIT_USAGE = 2, EXIT_OUTPUT = 3 };

const struct command *
flags_command(const struct command *c, const char *name)
{
	for (const struct command *const *s = c->sub; s != NULL && *s != NULL; s++)
		if (strcmp((*s)->name, name) == 0)
			return *s;
	return NULL;
}

static int
main_print_help(const struct command *c, const char *path, int fd)
{
	struct buf out = {0};
	int r;

	flags_help(c, path, &out);
	r = file_write_all(fd, buf_str(&out), out.len);
	buf_free(&out);
	if (fd != STDOUT_FILENO)
		return EXIT_USAGE;
	if (r == -1)
		err_say("standard output: %s", strerror(errno));
	return r == -1 ? EXIT_OUTPUT : 0;
}

static int
main_unknown_command(const struct command *c, const char *path, const char *word)
{
	struct strs names = { 0 };
	const struct flag_hint *h = c->meant;
	const char *near;

	strs_add(&names, "help");
	for (const struct command *const *s = c->sub; s != NULL && *s != NULL; s++)
		if (!(*s)->hidden)
			strs_add(&names, (*s)->name);
	while (h != NULL && h->typed != NULL && strcmp(h->typed, word) != 0)
		h++;
	near = h != NULL && h->typed != NULL ? h->say : text_nearest(word, strs_words(&names));
	if (near != NULL)
		err_say("unknown command \"%s\", did you mean %s?", word, near);
	else
		err_say("unknown command \"%s\"%s%s, see %s --help", word, c->unknown != NULL ? ": " : "",
		    c->unknown != NULL ? c->unknown : "", path);
	strs_free(&names);
	return EXIT_USAGE;
}

/* errno of a failed write to standard output; 0: none is known. */
static int output_error;

void
flags_output_failed(int error)
{
	output_error = error;
}

/* If the reader has left (`| head`) we die of SIGPIPE, as any program does. */
int
flags_end(int code)
{
	struct pollfd p = { .fd = STDOUT_FILENO, .events = POLLOUT };

	if (fflush(stdout) == EOF)
		output_error = errno;
	if (output_error == 0 && !ferror(stdout))
		return code;
	if ((output_error == EPIPE || (poll(&p, 1, 0) == 1 && (p.revents & POLLERR))) && loop_pipe_kills())
		loop_die_of(SIGPIPE);
	err_say("standard output: %s", output_error != 0 ? strerror(output_error) :
	    "could not be written");
	return code == 0 ? EXIT_OUTPUT : code;
}

static int
main_run(const struct command *c, const char *path, int argc, char *const *argv)
{
	void *opts = xcalloc(1, c->opts_size);
	struct strs args = {0};
	struct err e;
	int r = flags_parse(c, argc, argv, opts, &args, &e);

	if (r == 1) {
		r = main_print_help(c, path, STDOUT_FILENO);
	} else if (r == -1) {
		err_say("%s (see %s --help)", e.text, path);
		r = EXIT_USAGE;
	} else {
		r = flags_end(c->run(opts, &args));
	}
	strs_free(&args);
	free(opts);
	return r;
}

static bool
main_is_flag(const char *arg, const char *name)
{
	size_t dashes = strspn(arg, "-");

	return dashes >= 1 && dashes <= 2 && strcmp(arg + dashes, name) == 0;
}

/* Handles a command that has only nested commands, when argv begins with none of them. */
static int
main_no_command(const struct command *c, const char *path, int argc, char *const *argv)
{
	const struct command *version = flags_command(c, "version");

	if (argc == 0)
		return main_print_help(c, path, STDERR_FILENO);
	if (strcmp(argv[0], "help") == 0 || main_is_flag(argv[0], "help") || main_is_flag(argv[0], "h"))
		return main_print_help(c, path, STDOUT_FILENO);
	if (version != NULL && main_is_flag(argv[0], "version"))
		return main_run(version, path, argc - 1, argv + 1);
	if (argv[0][0] != '-')
		return main_unknown_command(c, path, argv[0]);
	err_say("unexpected %s: flags follow the command, see %s --help", argv[0], path);
	return EXIT_USAGE;
}

/* If hi was started with one of these closed, the next file that is opened would take its number. Each is
 * opened in the wrong mode, so that using it is still an error. */
static void
main_hold_standard_fds(void)
{
	static const int modes[] = { O_WRONLY, O_RDONLY, O_RDONLY };

	for (int fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) == -1 && open("/dev/null", modes[fd]) != fd)
			return;
}

int
flags_main(const struct command *top, int argc, char *const *argv)
{
	struct buf path = {0};
	const struct command *c = top, *next;
	bool help = argc > 1 && strcmp(argv[1], "help") == 0 && flags_command(top, "help") == NULL;
	int i = help ? 2 : 1, r;

	main_hold_standard_fds();
	buf_puts(&path, top->name);
	for (; i < argc && (next = flags_command(c, argv[i])) != NULL; i++) {
		c = next;
		buf_printf(&path, " %s", c->name);
	}
	err_set_name(buf_str(&path));
	/* exec allows an empty argv. */
	if (i > argc)
		i = argc;
	if (help && i < argc && argv[i][0] != '-')
		r = main_unknown_command(c, buf_str(&path), argv[i]);
	else if (help)
		r = main_print_help(c, buf_str(&path), STDOUT_FILENO);
	else if (c->run == NULL)
		r = main_no_command(c, buf_str(&path), argc - i, argv + i);
	else
		r = main_run(c, buf_str(&path), argc - i, argv + i);
	err_set_name(top->name);
	buf_free(&path);
	return r;
}
