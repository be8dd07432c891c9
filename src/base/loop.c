#include "loop.h"

#include <sys/resource.h>
#include <sys/wait.h>

#include <bsd/sys/queue.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "err.h"
#include "mem.h"

struct watch {
	TAILQ_ENTRY(watch) entry;
	int fd;
	short events, revents;
	void (*fn)(void *arg, short revents);
	void *arg;
	bool dead;
};

struct timer {
	TAILQ_ENTRY(timer) entry;
	int64_t at;
	void (*fn)(void *arg);
	void *arg;
	bool dead;
};

struct loop_child {
	TAILQ_ENTRY(loop_child) entry;
	pid_t pid;
	void (*fn)(void *arg, int status);
	void *arg;
};

struct loop {
	TAILQ_HEAD(, watch) watches;
	TAILQ_HEAD(, timer) timers;
	TAILQ_HEAD(, loop_child) children;
	void (*on_signal)(void *arg, int sig);
	void *signal_arg;
	struct pollfd *fds;
	size_t fds_cap;
	int depth;
};

/* A signal handler writes to [1], the loop reads from [0]. */
static int self_pipe[2] = { -1, -1 };

static const int handled[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGCONT, SIGCHLD, SIGWINCH, SIGUSR1,
#ifdef SIGINFO
	SIGINFO,
#endif
};
enum { N_HANDLED = sizeof(handled) / sizeof(handled[0]), SOON_MS = 200 };

/* The mask and SIGPIPE's action as they were when the program started; set once by loop_new. */
static sigset_t first_mask;
static struct sigaction first_pipe;

static void
loop_on_any_signal(int sig)
{
	int saved = errno;
	unsigned char c = (unsigned char)sig;

	/* If the pipe is full, what is in it wakes the loop as well. */
	while (write(self_pipe[1], &c, 1) == -1 && errno == EINTR)
		continue;
	errno = saved;
}

/* SIGCHLD is always caught, the other signals only while they have a receiver. */
static void
loop_catch(int sig)
{
	struct sigaction sa = { .sa_handler = loop_on_any_signal };

	sigfillset(&sa.sa_mask);
	sigaction(sig, &sa, NULL);
}

static bool
loop_is_ignored(int sig)
{
	struct sigaction sa;

	return sigaction(sig, NULL, &sa) == 0 && sa.sa_handler == SIG_IGN;
}

bool
loop_pipe_kills(void)
{
	struct sigaction now;

	if (self_pipe[0] != -1)
		return first_pipe.sa_handler != SIG_IGN;
	return sigaction(SIGPIPE, NULL, &now) == 0 && now.sa_handler != SIG_IGN;
}

struct loop *
loop_new(void)
{
	struct loop *l = xcalloc(1, sizeof(*l));
	struct sigaction ign = { .sa_handler = SIG_IGN };
	sigset_t none;

	TAILQ_INIT(&l->watches);
	TAILQ_INIT(&l->timers);
	TAILQ_INIT(&l->children);
	if (self_pipe[0] == -1) {
		if (pipe(self_pipe) == -1) {
			err_say("pipe: %s", strerror(errno));
			_exit(3);
		}
		for (int i = 0; i < 2; i++) {
			fcntl(self_pipe[i], F_SETFD, FD_CLOEXEC);
			fcntl(self_pipe[i], F_SETFL, O_NONBLOCK);
		}
		sigprocmask(SIG_SETMASK, NULL, &first_mask);
		sigaction(SIGPIPE, &ign, &first_pipe);
		/* Whoever started us may have left SIGCHLD ignored, and then there is nothing to reap. */
		loop_catch(SIGCHLD);
		/* An inherited mask could block the very signals that the loop waits for. */
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
	}
	return l;
}

void
loop_free(struct loop *l)
{
	struct watch *w, *wn;
	struct timer *t, *tn;
	struct loop_child *c, *cn;

	if (l == NULL)
		return;
	TAILQ_FOREACH_SAFE(w, &l->watches, entry, wn)
		free(w);
	TAILQ_FOREACH_SAFE(t, &l->timers, entry, tn)
		free(t);
	TAILQ_FOREACH_SAFE(c, &l->children, entry, cn)
		free(c);
	free(l->fds);
	free(l);
}

void
loop_child_signals(void)
{
	for (size_t i = 0; i < N_HANDLED; i++)
		if (!loop_is_ignored(handled[i]))
			signal(handled[i], SIG_DFL);
	sigaction(SIGPIPE, &first_pipe, NULL);
	sigprocmask(SIG_SETMASK, &first_mask, NULL);
}

void
loop_block(void *old)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, old);
}

void
loop_unblock(const void *old)
{
	sigprocmask(SIG_SETMASK, old, NULL);
}

void
loop_die_of(int sig)
{
	struct rlimit no_core = { 0, 0 };
	sigset_t one;

	setrlimit(RLIMIT_CORE, &no_core);
	signal(sig, SIG_DFL);
	sigemptyset(&one);
	sigaddset(&one, sig);
	sigprocmask(SIG_UNBLOCK, &one, NULL);
	raise(sig);
	_exit(128 + sig);
}

const char *
signal_name(int sig)
{
	static const struct { int sig; const char *name; } names[] = {
		{ SIGINT, "SIGINT" }, { SIGTERM, "SIGTERM" }, { SIGHUP, "SIGHUP" }, { SIGQUIT, "SIGQUIT" },
		{ SIGKILL, "SIGKILL" }, { SIGPIPE, "SIGPIPE" }, { SIGSEGV, "SIGSEGV" },
		{ SIGABRT, "SIGABRT" }, { SIGBUS, "SIGBUS" }, { SIGUSR1, "SIGUSR1" },
		{ SIGTSTP, "SIGTSTP" }, { SIGCONT, "SIGCONT" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].sig == sig)
			return names[i].name;
	return "a signal";
}

int64_t
loop_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

struct watch *
loop_fd(struct loop *l, int fd, short events, void (*fn)(void *, short), void *arg)
{
	struct watch *w = xcalloc(1, sizeof(*w));

	w->fd = fd;
	w->events = events;
	w->fn = fn;
	w->arg = arg;
	TAILQ_INSERT_TAIL(&l->watches, w, entry);
	return w;
}

void
loop_fd_events(struct watch *w, short events)
{
	w->events = events;
}

void
loop_fd_del(struct watch *w)
{
	if (w != NULL)
		w->dead = true;
}

struct timer *
loop_timer(struct loop *l, int64_t ms, void (*fn)(void *), void *arg)
{
	struct timer *t = xcalloc(1, sizeof(*t));

	t->at = loop_now() + (ms < 0 ? 0 : ms);
	t->fn = fn;
	t->arg = arg;
	TAILQ_INSERT_TAIL(&l->timers, t, entry);
	return t;
}

void
loop_timer_del(struct timer *t)
{
	if (t != NULL)
		t->dead = true;
}

void
loop_on_signal(struct loop *l, void (*fn)(void *, int), void *arg)
{
	l->on_signal = fn;
	l->signal_arg = arg;
	for (size_t i = 0; i < N_HANDLED; i++) {
		if (handled[i] == SIGCHLD || loop_is_ignored(handled[i]))
			continue;
		if (fn != NULL)
			loop_catch(handled[i]);
		else
			signal(handled[i], SIG_DFL);
	}
}

void
loop_child(struct loop *l, pid_t pid, void (*fn)(void *, int), void *arg)
{
	struct loop_child *c = xcalloc(1, sizeof(*c));

	c->pid = pid;
	c->fn = fn;
	c->arg = arg;
	TAILQ_INSERT_TAIL(&l->children, c, entry);
}

void
loop_reap_now(pid_t pid)
{
	while (waitpid(pid, NULL, 0) == -1 && errno == EINTR)
		continue;
}

static struct loop_child *
loop_find_child(struct loop *l, pid_t pid)
{
	struct loop_child *c;

	TAILQ_FOREACH(c, &l->children, entry)
		if (c->pid == pid)
			return c;
	return NULL;
}

bool
loop_reap_soon(struct loop *l, pid_t pid)
{
	struct loop_child *c = loop_find_child(l, pid);
	int64_t until = loop_now() + SOON_MS;
	pid_t got;

	if (c == NULL)
		return false;
	while ((got = waitpid(pid, NULL, WNOHANG)) != pid && !(got == -1 && errno == ECHILD)) {
		if (loop_now() > until)
			return false;
		(void)poll(NULL, 0, 1);
	}
	TAILQ_REMOVE(&l->children, c, entry);
	free(c);
	return true;
}

void
loop_kill(struct loop *l, pid_t pid, int sig)
{
	if (pid <= 1 || loop_find_child(l, pid) == NULL)
		return;
	/* Between fork and setsid the group does not exist yet. */
	if (kill(-pid, sig) == -1)
		kill(pid, sig);
}

static void
loop_reap(struct loop *l)
{
	pid_t pid;
	int status;

	while ((pid = waitpid(-1, &status, WNOHANG | WUNTRACED)) > 0) {
		struct loop_child *c = loop_find_child(l, pid);

		if (WIFSTOPPED(status)) {
			loop_kill(l, pid, SIGCONT);
			continue;
		}
		if (c == NULL)
			continue;
		TAILQ_REMOVE(&l->children, c, entry);
		c->fn(c->arg, status);
		free(c);
	}
}

static void
loop_tell_signal(struct loop *l, int sig)
{
	if (l->on_signal != NULL)
		l->on_signal(l->signal_arg, sig);
}

static void
loop_stop_ourselves(struct loop *l)
{
	sigset_t one;

	loop_tell_signal(l, SIGTSTP);
	signal(SIGTSTP, SIG_DFL);
	sigemptyset(&one);
	sigaddset(&one, SIGTSTP);
	sigprocmask(SIG_UNBLOCK, &one, NULL);
	raise(SIGTSTP);
	loop_catch(SIGTSTP);
}

static void
loop_take_signals(struct loop *l)
{
	unsigned char c[64];
	ssize_t n;

	while ((n = read(self_pipe[0], c, sizeof(c))) > 0 || (n == -1 && errno == EINTR))
		for (ssize_t i = 0; i < n; i++) {
			if (c[i] == SIGTSTP)
				loop_stop_ourselves(l);
			else if (c[i] != SIGCHLD)
				loop_tell_signal(l, c[i]);
		}
	/* Reaps each time, since a SIGCHLD may have found the pipe full. */
	loop_reap(l);
}

static void
loop_fire_timers(struct loop *l)
{
	int64_t now = loop_now();
	struct timer *t;

	TAILQ_FOREACH(t, &l->timers, entry)
		if (!t->dead && t->at <= now) {
			t->dead = true;
			t->fn(t->arg);
		}
}

static void
loop_free_dead(struct loop *l)
{
	struct watch *w, *wn;
	struct timer *t, *tn;

	if (l->depth > 1)
		return;
	TAILQ_FOREACH_SAFE(w, &l->watches, entry, wn)
		if (w->dead) {
			TAILQ_REMOVE(&l->watches, w, entry);
			free(w);
		}
	TAILQ_FOREACH_SAFE(t, &l->timers, entry, tn)
		if (t->dead) {
			TAILQ_REMOVE(&l->timers, t, entry);
			free(t);
		}
}

static int
loop_time_to_wait(struct loop *l, int64_t deadline)
{
	int64_t now = loop_now(), at = deadline;
	struct timer *t;

	TAILQ_FOREACH(t, &l->timers, entry)
		/* The analyser does not follow TAILQ_REMOVE. */
		if (!t->dead && (at < 0 || t->at < at))	/* NOLINT(clang-analyzer-unix.Malloc) */
			at = t->at;
	if (at < 0)
		return -1;
	if (at <= now)
		return 0;
	return at - now > 3600000 ? 3600000 : (int)(at - now);
}

static void
loop_serve_once(struct loop *l, int64_t deadline)
{
	size_t n = 1, i = 1;
	struct watch *w;

	loop_free_dead(l);
	TAILQ_FOREACH(w, &l->watches, entry)
		n++;
	if (n > l->fds_cap) {
		l->fds_cap = n + 16;
		l->fds = xreallocarray(l->fds, l->fds_cap, sizeof(*l->fds));
	}
	l->fds[0] = (struct pollfd){ .fd = self_pipe[0], .events = POLLIN };
	TAILQ_FOREACH(w, &l->watches, entry) {
		/* The hang-up of a paused descriptor must not wake us. */
		l->fds[i++] = (struct pollfd){ .fd = w->dead || w->events == 0 ? -1 : w->fd,
		    .events = w->events };
		w->revents = 0;
	}
	if (poll(l->fds, (nfds_t)n, loop_time_to_wait(l, deadline)) > 0) {
		i = 1;
		TAILQ_FOREACH(w, &l->watches, entry) {
			if (i == n)
				break;
			w->revents = l->fds[i++].revents;
		}
		if (l->fds[0].revents != 0)
			loop_take_signals(l);
		TAILQ_FOREACH(w, &l->watches, entry)
			if (!w->dead && w->revents != 0) {
				short revents = w->revents;

				w->revents = 0;
				w->fn(w->arg, revents);
			}
	}
	loop_fire_timers(l);
}

bool
loop_until(struct loop *l, bool (*done)(void *), void *arg, int64_t deadline)
{
	bool yes;

	l->depth++;
	while (!(yes = done(arg)) && (deadline < 0 || loop_now() < deadline))
		loop_serve_once(l, deadline);
	loop_free_dead(l);
	l->depth--;
	return yes;
}

static bool
loop_sleep_over(void *arg)
{
	const volatile bool *cancel = arg;

	return cancel != NULL && *cancel;
}

void
loop_sleep(struct loop *l, int64_t ms, const volatile bool *cancel)
{
	loop_until(l, loop_sleep_over, (void *)(uintptr_t)cancel, loop_now() + ms);
}
