/* Children. Each has a session of its own (so Ctrl-C at the terminal reaches hi
 * alone, and one kill reaches what it started), stdin from /dev/null, the signal mask
 * and dispositions hi was started with, no descriptor but its three, and dies with hi.
 * It is reaped by the loop alone, and only proc_signal signals it, never after that. */
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
	char *const *env;	/* NULL: our own */
	const char *dir;	/* NULL: ours */
	int in;			/* PROC_NULL, or a descriptor that is duplicated */
	int out, err;		/* PROC_NULL, PROC_PIPE (to on_out, on_err), or a descriptor, duplicated */
	void (*on_out)(void *arg, const char *data, size_t len);
	void (*on_err)(void *arg, const char *data, size_t len);
	/* After the exit, and after the pipes' end or a drain of at most 500 ms. The
	 * proc is freed when it returns. status is waitpid's. */
	void (*on_exit)(void *arg, int status);
	void *arg;
	bool outlives;		/* is not killed when hi dies: the cleaner alone */
	int extra_fd[3];	/* outlives only: handed on as 3, 4 and 5; 0: none */
};

/* NULL: not started, *e has exec's own reason (ENOENT: "docker: not found in PATH"). */
struct proc *proc_start(struct loop *l, const struct proc_spec *s, struct err *e);
/* To the child's whole session's group; nothing once it was reaped. */
void proc_signal(struct proc *p, int sig);
/* Stops reading its output until called with false: the pipe fills, the child waits. */
void proc_pause(struct proc *p, bool pause);
/* No callback comes any more; the child is killed and reaped in the background. A callback may do it to
 * its own. */
void proc_abandon(struct proc *p);

struct proc_result {
	struct buf out;		/* at most limit bytes; what is beyond is dropped */
	struct buf err;		/* its last 64 KiB */
	int status;		/* waitpid's; -1: did not start */
	bool cut;		/* out was longer than the limit */
};

struct proc_run {
	char *const *argv;
	char *const *env;	/* NULL: our own */
	const char *dir;	/* NULL: ours */
	int in;			/* 0: /dev/null; else a descriptor to read from */
	int out, err;		/* 0: captured; else a descriptor to write to */
	int64_t timeout_ms;	/* 0: none */
	size_t limit;		/* of out; 0: 64 MiB */
	const volatile bool *cancel;	/* proc_run alone; NULL: never */
	/* Gets out as it comes; NULL: it is captured. */
	void (*on_out)(void *arg, const char *data, size_t len);
	void *arg;
};

/* Runs one to its end. -1: it could not be started, or was killed at its deadline (ERR_TIMED_OUT) or since
 * *cancel became true (ERR_INTERRUPTED); a status is the caller's to judge. The caller frees *res in every
 * case. */
int proc_run(struct loop *l, const struct proc_run *r, struct proc_result *res, struct err *e);
void proc_result_free(struct proc_result *r);

/* A pool of n jobs, of which width run at once. begin says what a job runs, and may open what it writes
 * to; -1: it can't be run. end is called once for each job, with what proc_run would have returned: after
 * begin, or without it where *cancel became true before. *r and *res are the pool's; argv may change once
 * the next begin is called. */
struct proc_jobs {
	size_t n, width;
	const volatile bool *cancel;	/* NULL: never */
	int (*begin)(void *arg, size_t job, struct proc_run *r, struct err *e);
	void (*end)(void *arg, size_t job, int rc, struct proc_result *res, struct err *e);
	void *arg;
};
void proc_run_many(struct loop *l, const struct proc_jobs *jobs);

/* A pipe whose ends are close-on-exec, and above those that a child gets. -1: errno. */
int proc_pipe(int fd[2]);

/* This program, to be started again; the caller's. */
char *proc_self(void);
/* main's argv[0], before anything changes the directory or PATH: what proc_self says where the system does
 * not. */
void proc_started_as(const char *argv0);

/* How a status reads: "exit 3", "killed by SIGKILL". Returns out. */
char *proc_status(int status, char *out, size_t size);
bool proc_ok(int status);

#endif
