/* The poll loop: descriptors, timers, signals, and (but for guard.c's) the only waitpid in the program.
 *
 * Straight-line code waits with loop_until, which serves everything meanwhile. A
 * callback may add and remove anything, itself included, but never waits.
 * There is one loop per process, since the self-pipe of the signal handlers is global.
 * Times are milliseconds of CLOCK_MONOTONIC. */
#ifndef BASE_LOOP_H
#define BASE_LOOP_H

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

struct loop;
struct watch;
struct timer;

/* Handles SIGCHLD and ignores SIGPIPE. Every other signal keeps its default action, so that a program
 * which has nothing to clean up dies of Ctrl-C at once, whatever it is doing. Call before the first fork. */
struct loop *loop_new(void);
void loop_free(struct loop *l);
int64_t loop_now(void);

struct watch *loop_fd(struct loop *l, int fd, short events, void (*fn)(void *arg, short revents), void *arg);
void loop_fd_events(struct watch *w, short events);	/* 0: pause it */
void loop_fd_del(struct watch *w);			/* does not close fd; NULL is allowed */

/* Calls fn once, after ms. A timer that has fired frees itself. */
struct timer *loop_timer(struct loop *l, int64_t ms, void (*fn)(void *arg), void *arg);
void loop_timer_del(struct timer *t);	/* only before it fired; NULL is allowed */

/* From now on the loop (never a signal handler) calls fn with each INT, TERM, HUP, QUIT, TSTP, CONT, WINCH,
 * USR1 and (if the system has it) INFO that arrives. A signal that was ignored when the program started stays
 * ignored. The last receiver wins; a NULL fn gives the signals their default actions back. Call it just
 * before making the first thing that has to be cleaned up. */
void loop_on_signal(struct loop *l, void (*fn)(void *arg, int sig), void *arg);

/* Calls fn with waitpid's status once pid was reaped (a stopped child is continued). */
void loop_child(struct loop *l, pid_t pid, void (*fn)(void *arg, int status), void *arg);

/* Waits for a child that has ended already, or is about to, and was not handed to loop_child. */
void loop_reap_now(pid_t pid);
/* Waits 200 ms at most for a child that was killed. True: it was reaped, and its fn will not be called. */
bool loop_reap_soon(struct loop *l, pid_t pid);

/* Signals the process group that pid leads, but does nothing unless pid is a child that was not
 * reaped yet. The only kill in the program, except that guard.c kills itself and its command. */
void loop_kill(struct loop *l, pid_t pid, int sig);

/* "SIGINT". Never NULL. */
const char *signal_name(int sig);

/* Restores, in a forked child, the signal mask and dispositions that hi was started with. */
void loop_child_signals(void);
/* Blocks every signal around a fork, and saves the mask (a sigset_t) for loop_unblock. */
void loop_block(void *old_sigset);
void loop_unblock(const void *old_sigset);

/* True: hi is expected to die of SIGPIPE when it writes to a closed pipe (the signal was not ignored when hi
 * started). */
bool loop_pipe_kills(void);

/* Kills the program with sig, as a shell expects, but without a core dump. Does not return. */
void loop_die_of(int sig) __attribute__((noreturn));

/* Serves until done(arg), or until deadline (loop_now() units; -1: none) has passed.
 * Returns what done(arg) said last. */
bool loop_until(struct loop *l, bool (*done)(void *arg), void *arg, int64_t deadline);

/* Serves for ms, or until *cancel (may be NULL) turns true. */
void loop_sleep(struct loop *l, int64_t ms, const volatile bool *cancel);

#endif
