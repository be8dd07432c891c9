/* One poll loop: descriptors, timers, signals, and the only waitpid in the program.
 *
 * Straight-line code waits with loop_until, which serves everything meanwhile. A
 * callback may add and remove anything, itself included, but never waits.
 * There is one loop a process; the self-pipe of the signal handlers is the one global.
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
 * which has nothing to clean up dies of Ctrl-C at once, whatever it is doing. Before the first fork. */
struct loop *loop_new(void);
void loop_free(struct loop *l);
int64_t loop_now(void);

struct watch *loop_fd(struct loop *l, int fd, short events, void (*fn)(void *arg, short revents), void *arg);
void loop_fd_events(struct watch *w, short events);	/* 0: pause it */
void loop_fd_del(struct watch *w);			/* does not close fd; NULL is allowed */

/* Once, after ms. Fires at most one time; free after it fired is not needed. */
struct timer *loop_timer(struct loop *l, int64_t ms, void (*fn)(void *arg), void *arg);
void loop_timer_del(struct timer *t);	/* only before it fired; NULL is allowed */

/* From now on fn is called with each INT, TERM, HUP, QUIT, TSTP, CONT, WINCH, USR1 and (where there is
 * one) INFO that arrived, in the loop, never in a handler. A signal that was ignored when the program started
 * stays ignored. The last receiver wins; NULL gives the signals their default actions back. Call it before
 * the first thing is made that has to be cleaned up, and no earlier. */
void loop_on_signal(struct loop *l, void (*fn)(void *arg, int sig), void *arg);

/* fn is called once pid was reaped (a stopped child is continued). */
void loop_child(struct loop *l, pid_t pid, void (*fn)(void *arg, int status), void *arg);

/* Waits for a child that has ended already, or is about to, and was not handed to loop_child. */
void loop_reap_now(pid_t pid);
/* For one that was killed: true when it was reaped within a fifth of a second; its fn is not called then. */
bool loop_reap_soon(struct loop *l, pid_t pid);

/* Signals the process group that pid leads: a child that was not reaped yet, or nothing
 * happens. The only kill in the program, but for guard.c's of itself and its command. */
void loop_kill(struct loop *l, pid_t pid, int sig);

/* "SIGINT". Never NULL. */
const char *signal_name(int sig);

/* Restores, in a forked child, what hi was started with: mask and dispositions. */
void loop_child_signals(void);
/* Blocks every signal around a fork; old is what loop_unblock takes. */
void loop_block(void *old_sigset);
void loop_unblock(const void *old_sigset);

/* True: a program that writes to a closed pipe is expected to die of SIGPIPE (nobody had it ignored when
 * hi started). */
bool loop_pipe_kills(void);

/* Ends the program by sig, as a shell expects, without a core. Does not return. */
void loop_die_of(int sig) __attribute__((noreturn));

/* Serves until done(arg), or until deadline (loop_now() units; -1: none) has passed.
 * Returns whether done(arg) held. */
bool loop_until(struct loop *l, bool (*done)(void *arg), void *arg, int64_t deadline);

/* Serves for ms, or until *cancel (may be NULL) turns true. */
void loop_sleep(struct loop *l, int64_t ms, const volatile bool *cancel);

#endif
