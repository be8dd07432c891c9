/* Child processes. Each has a session of its own (so that Ctrl-C at the terminal reaches hi
 * alone, and one kill reaches all that the child started), stdin from /dev/null, the signal mask
 * and dispositions hi was started with, no descriptor but its three, and dies with hi. Only the
 * loop reaps it, and only proc_signal signals it, never after it was reaped. */
#ifndef BASE_PROC_H
#define BASE_PROC_H

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "err.h"
#include "loop.h"

enum { PROC_NULL = -1, PROC_PIPE = -2 };

struct proc;

struct proc_spec {
	char *const *argv;
	char *const *env;	/* NULL: hi's own */
	const char *dir;	/* NULL: hi's own */
	int in;			/* PROC_NULL, or a descriptor that is duplicated */
	int out, err;		/* PROC_NULL, PROC_PIPE (to on_out, on_err), or a descriptor, duplicated */
	void (*on_out)(void *arg, const char *data, size_t len);
	void (*on_err)(void *arg, const char *data, size_t len);
	/* Called after the exit, when its pipes have ended or were drained for 500 ms. The
	 * proc is freed when this returns. status is waitpid's. */
	void (*on_exit)(void *arg, int status);
	void *arg;
	bool outlives;		/* not killed when hi dies; only for the cleaner */
	int extra_fd[3];	/* outlives only: passed on as 3, 4 and 5; 0: none */
};

/* NULL: it was not started, and *e has exec's own reason (ENOENT: "docker: not found in PATH"). */
struct proc *proc_start(struct loop *l, const struct proc_spec *s, struct err *e);
/* Signals the child's process group. Does nothing once the child was reaped, or if p is NULL. */
void proc_signal(struct proc *p, int sig);
/* Stops reading the child's output until called with false: the pipe fills, and the child waits. */
void proc_pause(struct proc *p, bool pause);
/* Kills the child, which is reaped in the background; its callbacks are not called any more. A callback may
 * abandon its own child. */
void proc_abandon(struct proc *p);

struct proc_result {
	struct buf out;		/* at most limit bytes; the rest is dropped */
	struct buf err;		/* the last 64 to 128 KiB */
	int status;		/* waitpid's; -1: it did not start */
	bool cut;		/* out was longer than the limit */
};

struct proc_run {
	char *const *argv;
	char *const *env;	/* NULL: hi's own */
	const char *dir;	/* NULL: hi's own */
	int in;			/* 0: /dev/null; else a descriptor to read from */
	int out, err;		/* 0: captured; else a descriptor to write to */
	int64_t timeout_ms;	/* 0: none */
	size_t limit;		/* bytes of out to keep; 0: 64 MiB */
	const volatile bool *cancel;	/* only for proc_run; NULL: never */
	/* Gets stdout as it comes; NULL: stdout is captured. */
	void (*on_out)(void *arg, const char *data, size_t len);
	void *arg;
};

/* Runs a child to its end. -1: it could not be started, or was killed at its deadline (ERR_TIMED_OUT) or
 * because *cancel became true (ERR_INTERRUPTED). Otherwise the caller evaluates res->status. The caller frees
 * *res in every case. */
int proc_run(struct loop *l, const struct proc_run *r, struct proc_result *res, struct err *e);
void proc_result_free(struct proc_result *r);

/* A pool of n jobs, of which width run at once. begin fills *r with what a job runs, and may open what it
 * writes to; -1: it can't be run. end is called once for each job, with what proc_run would have returned,
 * and without a begin if *cancel became true before. The pool owns *r and *res; argv has to stay valid until
 * the next begin. */
struct proc_jobs {
	size_t n, width;
	const volatile bool *cancel;	/* NULL: never */
	int (*begin)(void *arg, size_t job, struct proc_run *r, struct err *e);
	void (*end)(void *arg, size_t job, int rc, struct proc_result *res, struct err *e);
	void *arg;
};
void proc_run_many(struct loop *l, const struct proc_jobs *jobs);

/* Opens a pipe whose ends are close-on-exec, and above the descriptors that a child gets. -1: errno. */
int proc_pipe(int fd[2]);

/* The path of this program, to start it again; the caller frees it. */
char *proc_self(void);
/* Takes main's argv[0], before anything changes the directory or PATH, for proc_self on systems without
 * /proc. */
void proc_started_as(const char *argv0);

/* Describes a wait status: "exit 3", "killed by SIGKILL". Returns out. */
char *proc_status(int status, char *out, size_t size);
bool proc_ok(int status);

#endif
