#include "guard.h"

#include <sys/select.h>
#include <sys/wait.h>

#include <bsd/unistd.h>
#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "loop.h"
#include "proc.h"

int
guard_pipe(void)
{
	static int life[2] = { -1, -1 };

	if (life[0] == -1 && proc_pipe(life) == -1)
		return -1;
	return life[0];
}

static void
guard_on_child(int sig)
{
	(void)sig;
}

void
guard_stay(int life)
{
	struct sigaction sa = { .sa_handler = guard_on_child };
	sigset_t all_but_child;
	fd_set set;
	int status = 0;
	pid_t command = fork();

	if (command <= 0)
		return;
	/* Signals to the group are meant for the command, so they stay blocked here. */
	sigaction(SIGCHLD, &sa, NULL);
	sigfillset(&all_but_child);
	sigdelset(&all_but_child, SIGCHLD);
	while (dup2(life, 0) == -1 && errno == EINTR)
		continue;
	closefrom(1);
	while (waitpid(command, &status, WNOHANG) != command) {
		FD_ZERO(&set);
		FD_SET(0, &set);
		if (pselect(1, &set, NULL, NULL, NULL, &all_but_child) == 1)
			kill(0, SIGKILL);
	}
	if (WIFSIGNALED(status))
		loop_die_of(WTERMSIG(status));
	_exit(WEXITSTATUS(status));
}
