/* Inside run/ only: the state of the one run that this process carries out. run.c begins it and waits for its
 * end, finish.c ends it. */
#ifndef RUN_RUN_INTERNAL_H
#define RUN_RUN_INTERNAL_H

#include "../base/escalation.h"
#include "../cleanup/cleanup.h"
#include "../evidence/evidence.h"
#include "../stats/stats.h"
#include "run.h"
#include "watch.h"

enum { BUDGET_MS = 5000 };	/* for the evidence of a run that is interrupted */

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
	/* Set by signals, cancel_tests by the deadline, too, and read by whatever waits. */
	volatile bool cancel_tests, skip_evidence, detach;
	volatile bool stop_settling;	/* the change of ownership took too long */
	volatile bool hurry;		/* a signal came: the report waits for no triage and no reader */
	struct timer *settling;

	char *runner_id;
	struct proc *follow;		/* docker logs of the runner */
	struct fed {
		size_t bytes;		/* so many were fed to the results, */
		size_t again;		/* and so many does a second `docker logs` repeat */
	} out, err;
	bool midline, logs_whole;	/* of what was fed; of its reader, which ended well */
	int follow_status;		/* of the last reader, with the end of what it wrote to stderr */
	struct buf follow_said;
	int64_t heard, runner_died;	/* loop_now; 0 */
	bool sent;			/* the engine does not see our directories: see send.h */
	bool logs_ended, engine_gone, past_deadline, over_limit, collecting;
	int64_t engine_back;		/* ms since 1970 */
	bool runner_killed;		/* the engine told so, and it was not us */
	int64_t runner_ended;		/* by itself; loop_now */
	char *removing;			/* how far the removal is, in words */
	struct timer *patience;

	struct facts facts;
	struct strs kept;		/* facts.kept_lines */
	struct evidence evidence;	/* its missing is the report's, too */
};

/* Notes how the run ended. why is copied. */
void run_ended(struct run *r, enum ending ending, const char *why);

/* Creates and starts the runner, watched; pulls its image where the engine does not have it. */
int runner_start(struct run *r, struct err *e);
/* Feeds its output to the results until it has ended, or the run is to end. Says how in r->facts. */
void runner_wait(struct run *r);

/* Collects the evidence, removes the run, writes the summary. Returns the exit code. */
int run_finish(struct run *r);
/* A signal came: a change of ownership that is under way gets less time. */
void run_hurry_settling(struct run *r);

/* The run's directory, in the runner. */
#define PLAN_CONTROL "/tmp/control"
bool plan_logs_inside(const struct plan *p);	/* the logs are in the checkout */
/* The runner, as headscale's tests expect it. sent: for an engine that does not see our directories; they
 * are mounted otherwise. The caller frees with plan_container_free. */
void plan_container(const struct plan *p, const struct run_options *o, const char *lease_mark, bool sent,
    struct container_spec *c);
void plan_container_free(struct container_spec *c);

/* An engine that does not see our directories (on another machine, or hi is itself in a container): the
 * checkout goes into the created runner, without what git ignores, and the evidence brings /tmp/control
 * back from there. Only the engine's answers tell; a URL does not. */
/* The directory that send_sees_checkout makes in the checkout for a moment; NULL: it makes none. The
 * caller's. */
char *send_probe(const struct plan *p);
/* Finds out whether the engine sees the checkout: asked where the run's directory, whose name is new, is
 * outside of it and its being mounted proves nothing. An empty directory stands in the checkout meanwhile. 1,
 * 0; -1: the engine. */
int send_sees_checkout(struct docker *d, const struct plan *p, struct err *e);

/* Into the runner, which was created and not started. *left_out: files that no list of tar's can name. */
int send_checkout(struct docker *d, const struct plan *p, const char *runner, size_t *left_out,
    struct err *e);

#endif
