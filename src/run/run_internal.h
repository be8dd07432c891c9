/* For run/ only: the state of the one run that this process carries out. run.c starts it and waits until it
 * ends, finish.c finishes it. */
#ifndef RUN_RUN_INTERNAL_H
#define RUN_RUN_INTERNAL_H

#include "../base/escalation.h"
#include "../cleanup/cleanup.h"
#include "../evidence/evidence.h"
#include "../stats/stats.h"
#include "run.h"
#include "watch.h"

enum { BUDGET_MS = 5000 };	/* for the evidence of an interrupted run */

struct run {
	const struct run_options *opt;
	struct loop *loop;
	struct docker docker;
	struct docker_info engine;
	struct plan plan;
	struct lease lease;
	struct cleaner *cleaner;
	struct results *results;
	struct engine_watch *watch;
	struct stats *stats;

	struct escalation escalation;
	/* Set by signals, cancel_tests also by deadline and limits. Each ends the waits that read it. */
	volatile bool cancel_tests, skip_evidence, detach;
	volatile bool stop_settling;	/* the change of ownership took too long */
	volatile bool hurry;		/* a signal came: do not wait for triage or for a reader of stdout */
	struct timer *settling;

	char *runner_id;
	bool asked;	/* the engine was asked to create a container: until then nothing can be left */
	struct proc *follow;		/* docker logs of the runner */
	struct fed {
		size_t bytes;		/* fed to the results so far */
		size_t again;		/* bytes that the new `docker logs` still has to repeat */
	} out, err;
	bool midline, logs_whole;	/* stdout ends within a line; its reader ended well, and not so */
	int follow_status;		/* wait status of the last reader, a `docker logs` */
	struct buf follow_said;		/* the end of its stderr */
	int64_t heard, runner_died;	/* last output, the runner's death; loop_now, 0: none */
	bool sent;			/* the engine does not see our directories: see send_checkout */
	bool logs_ended, engine_gone, past_deadline, over_limit, collecting;
	int64_t engine_back;		/* when the engine came back, ms since 1970; 0: never */
	bool runner_killed;		/* the engine reported a signal to the runner that was not ours */
	int64_t runner_ended;		/* when it was seen to have ended by itself; loop_now */
	char *removing;			/* how far the removal is, in words; NULL: unknown */
	struct timer *patience;

	struct facts facts;
	struct strs kept;		/* facts.kept_lines */
	struct evidence evidence;	/* facts.missing points into it */
};

/* Records how the run ended; copies why. */
void run_ended(struct run *r, enum ending ending, const char *why);

/* Starts watching the engine, then creates and starts the runner; pulls its image if the engine has none. */
int runner_start(struct run *r, struct err *e);
/* Feeds the runner's output to the results until the runner has ended, as r->facts then tells, or
 * cancel_tests is set. */
void runner_wait(struct run *r);

/* Collects the evidence, removes the run, writes the summary. Returns the exit code. */
int run_finish(struct run *r);
/* After a signal: gives a change of ownership that is under way less time. */
void run_hurry_settling(struct run *r);

/* The run's directory, as the runner sees it. */
#define PLAN_CONTROL "/tmp/control"
bool plan_logs_inside(const struct plan *p);	/* the logs are in the checkout */
/* Describes the runner as headscale's tests expect it. sent: the engine does not see our directories, so they
 * are not mounted. The caller frees *c with plan_container_free. */
void plan_container(const struct plan *p, const struct run_options *o, const char *lease_mark, bool sent,
    struct container_spec *c);
void plan_container_free(struct container_spec *c);

/* If the engine does not see our directories (it is on another machine, or hi itself is in a container), the
 * checkout is copied into the created runner, without what git ignores, and the evidence brings /tmp/control
 * back from there. Only the engine's answers tell whether it sees them; its URL does not. */
/* The directory that send_sees_checkout creates in the checkout for a moment; NULL: it needs none. The
 * caller frees it. */
char *send_probe(const struct plan *p);
/* 1: the engine sees the checkout, as far as that can be told; 0: it does not; -1: it failed. Mounts
 * send_probe's directory to find out. None is needed if the run's directory is in the checkout: its name is
 * new, so mounting it into the runner will tell as much. */
int send_sees_checkout(struct docker *d, const struct plan *p, struct err *e);

/* Copies the checkout into the runner, which is created but not started. *left_out: how many files were left
 * out because tar can't be told their names. */
int send_checkout(struct docker *d, const struct plan *p, const char *runner, size_t *left_out,
    struct err *e);

#endif
