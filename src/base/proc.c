#include "proc.h"

#include "system.h"

#include <sys/wait.h>

#ifdef HAVE_PDEATHSIG
#include <sys/prctl.h>
#endif

#include <bsd/unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "guard.h"
#include "mem.h"

enum { DRAIN_MS = 500, CHUNK = 65536 };

struct proc_stream {
	struct proc *p;
	int fd;		/* -1: closed */
	struct watch *watch;
	void (*fn)(void *arg, const char *data, size_t len);
};

struct proc {
	struct loop *loop;
	pid_t pid;
	struct proc_stream out, err;
	struct timer *drain;
	void (*on_exit)(void *arg, int status);
	void *arg;
	int status;
	bool exited, abandoned;
	int busy;	/* running callbacks: they may abandon the proc, which is freed only after them */
};

extern char **environ;

static int
proc_dup(int from, int to)
{
	int r;

	while ((r = dup2(from, to)) == -1 && errno == EINTR)
		continue;
	return r;
}

/* Runs in the forked child: becomes argv, or writes errno to report and exits. */
static void
proc_exec_child(const struct proc_spec *s, pid_t parent, const int fds[3], int report, int life)
{
	int keep = s->outlives ? 6 : 3, e;

	setsid();
#ifdef HAVE_PDEATHSIG
	if (!s->outlives) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(127);
	}
	(void)life;
#else
	(void)parent;
	if (!s->outlives && life != -1)
		guard_stay(life);
#endif
	/* Moves report above the descriptors that dup2 is about to overwrite. */
	report = fcntl(report, F_DUPFD, 10);
	for (int i = 0; i < 3; i++)
		if (proc_dup(fds[i], i) == -1)
			goto fail;
	if (s->outlives)
		for (int i = 0; i < 3; i++) {
			if (s->extra_fd[i] == 0)
				close(3 + i);
			else if (proc_dup(s->extra_fd[i], 3 + i) == -1)
				goto fail;
		}
	if (proc_dup(report, keep) == -1)
		goto fail;
	report = keep;
	closefrom(keep + 1);
	fcntl(report, F_SETFD, FD_CLOEXEC);
	if (s->dir != NULL && chdir(s->dir) == -1)
		goto fail;
	loop_child_signals();
	if (s->env != NULL)
		environ = (char **)(uintptr_t)s->env;
	execvp(s->argv[0], s->argv);
fail:
	e = errno;
	while (write(report, &e, sizeof(e)) == -1 && errno == EINTR)
		continue;
	_exit(127);
}

static int
proc_move_up(int fd)
{
	int up;

	/* A descriptor this low could be overwritten in the child, which places its own at 0 to 6. */
	if (fd < 0 || fd > 9)
		return fd;
	up = fcntl(fd, F_DUPFD, 10);
	close(fd);
	return up;
}

int
proc_pipe(int fd[2])
{
	if (pipe(fd) == -1)
		return -1;
	for (int i = 0; i < 2; i++) {
		fd[i] = proc_move_up(fd[i]);
		if (fd[i] == -1)
			return -1;
		fcntl(fd[i], F_SETFD, FD_CLOEXEC);
	}
	return 0;
}

static void
proc_close(int fd)
{
	if (fd >= 0)
		close(fd);
}

static void
stream_close(struct proc_stream *s)
{
	if (s->fd == -1)
		return;
	loop_fd_del(s->watch);
	s->watch = NULL;
	close(s->fd);
	s->fd = -1;
}

/* Calls on_exit and frees p once the process has ended, its pipes are closed and no callback is at work. */
static void
proc_finish(struct proc *p)
{
	if (!p->exited || p->out.fd != -1 || p->err.fd != -1 || p->busy > 0)
		return;
	loop_timer_del(p->drain);
	p->busy++;
	if (!p->abandoned && p->on_exit != NULL)
		p->on_exit(p->arg, p->status);
	free(p);
}

/* False: end of file, or an error. */
static bool
stream_read(struct proc_stream *s)
{
	char data[CHUNK];
	ssize_t n = read(s->fd, data, sizeof(data));

	if (n > 0) {
		if (s->fn != NULL)
			s->fn(s->p->arg, data, (size_t)n);
		return true;
	}
	return n == -1 && (errno == EINTR || errno == EAGAIN);
}

static void
stream_on_readable(void *arg, short revents)
{
	struct proc_stream *s = arg;

	struct proc *p = s->p;

	(void)revents;
	p->busy++;
	if (!stream_read(s))
		stream_close(s);
	p->busy--;
	proc_finish(p);
}

/* Reads what is in the pipe already, but does not wait for what a grandchild may still write. */
static void
stream_drain(struct proc_stream *s)
{
	struct pollfd pfd = { .fd = s->fd, .events = POLLIN };

	for (int i = 0; i < 32 && s->fd != -1; i++) {
		int n = poll(&pfd, 1, 0);

		if (n == 0 || (n == -1 && errno != EINTR) || (n == 1 && !stream_read(s)))
			break;
	}
}

static void
proc_on_drained(void *arg)
{
	struct proc *p = arg;

	p->drain = NULL;
	p->busy++;
	stream_drain(&p->out);
	stream_drain(&p->err);
	stream_close(&p->out);
	stream_close(&p->err);
	p->busy--;
	proc_finish(p);
}

static void
proc_on_reaped(void *arg, int status)
{
	struct proc *p = arg;

	p->exited = true;
	p->status = status;
	if (p->out.fd != -1 || p->err.fd != -1)
		p->drain = loop_timer(p->loop, DRAIN_MS, proc_on_drained, p);
	proc_finish(p);
}

static void
stream_open(struct proc *p, struct proc_stream *s, int fd, void (*fn)(void *, const char *, size_t))
{
	s->p = p;
	s->fd = fd;
	s->fn = fn;
	if (fd == -1)
		return;
	fcntl(fd, F_SETFL, O_NONBLOCK);
	s->watch = loop_fd(p->loop, fd, POLLIN, stream_on_readable, s);
}

struct proc *
proc_start(struct loop *l, const struct proc_spec *s, struct err *e)
{
	int report[2] = { -1, -1 }, out[2] = { -1, -1 }, err[2] = { -1, -1 };
	int null, why = 0, fds[3], life = -1;
	struct proc *p;
	sigset_t old;
	ssize_t n;
	pid_t pid, self = getpid();

	null = proc_move_up(file_open("/dev/null", O_RDWR | O_CLOEXEC, 0));
	if (null != -1)
		fcntl(null, F_SETFD, FD_CLOEXEC);
	if (null == -1 || proc_pipe(report) == -1 || (s->out == PROC_PIPE && proc_pipe(out) == -1) ||
	    (s->err == PROC_PIPE && proc_pipe(err) == -1)) {
		why = errno;
		goto fail;
	}
	fds[0] = s->in >= 0 ? s->in : null;
	fds[1] = s->out == PROC_PIPE ? out[1] : s->out >= 0 ? s->out : null;
	fds[2] = s->err == PROC_PIPE ? err[1] : s->err >= 0 ? s->err : null;

#ifndef HAVE_PDEATHSIG
	life = guard_pipe();
#endif
	loop_block(&old);
	pid = fork();
	if (pid == 0)
		proc_exec_child(s, self, fds, report[1], life);
	why = errno;
	loop_unblock(&old);
	if (pid == -1)
		goto fail;
	close(report[1]);
	report[1] = -1;
	while ((n = read(report[0], &why, sizeof(why))) == -1 && errno == EINTR)
		continue;
	if (n == (ssize_t)sizeof(why)) {
		loop_reap_now(pid);
		goto fail;
	}
	p = xcalloc(1, sizeof(*p));
	p->loop = l;
	p->pid = pid;
	p->arg = s->arg;
	p->on_exit = s->on_exit;
	loop_child(l, pid, proc_on_reaped, p);
	stream_open(p, &p->out, out[0], s->on_out);
	stream_open(p, &p->err, err[0], s->on_err);
	proc_close(out[1]);
	proc_close(err[1]);
	close(report[0]);
	close(null);
	return p;
fail:
	for (int i = 0; i < 2; i++) {
		proc_close(report[i]);
		proc_close(out[i]);
		proc_close(err[i]);
	}
	proc_close(null);
	/* ENOTDIR: the last entry of PATH may not be a directory. */
	if ((why == ENOENT || why == ENOTDIR) && s->dir == NULL)
		err_as(e, ERR_NO_COMMAND, "%s: not found in PATH", s->argv[0]);
	else {
		errno = why;
		err_errno(e, "could not be started");
		err_on(e, "%s", s->argv[0]);
	}
	return NULL;
}

void
proc_signal(struct proc *p, int sig)
{
	if (p != NULL && !p->exited)
		loop_kill(p->loop, p->pid, sig);
}

void
proc_pause(struct proc *p, bool pause)
{
	if (p->out.watch != NULL)
		loop_fd_events(p->out.watch, pause ? 0 : POLLIN);
	if (p->err.watch != NULL)
		loop_fd_events(p->err.watch, pause ? 0 : POLLIN);
}

void
proc_abandon(struct proc *p)
{
	if (p == NULL)
		return;
	p->abandoned = true;
	proc_signal(p, SIGKILL);
	stream_close(&p->out);
	stream_close(&p->err);
	p->exited = p->exited || loop_reap_soon(p->loop, p->pid);
	proc_finish(p);
}

bool
proc_ok(int status)
{
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

char *
proc_status(int status, char *out, size_t size)
{
	if (WIFSIGNALED(status))
		snprintf(out, size, "killed by %s", signal_name(WTERMSIG(status)));
	else
		snprintf(out, size, "exit %d", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
	return out;
}
