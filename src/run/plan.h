/* What a run is going to be: everything that is decided before the engine is touched. */
#ifndef RUN_PLAN_H
#define RUN_PLAN_H

#include "../docker/container.h"
#include "../gotool/gotool.h"
#include "../stream/results.h"

/* The run's directory, in the runner. */
#define PLAN_CONTROL "/tmp/control"

/* What the user asked for; strings are borrowed. Times in ms, limits in MB. */
struct run_options {
	const char *pattern, *test;	/* test: --test */
	int64_t timeout, slow;
	bool postgres, failfast, clean_before, clean_after, keep_on_failure, verbose, stats, history;
	const char *go_version, *logs_dir, *format, *docker_socket, *on_leak, *limit_action;
	double hs_limit, ts_limit;
};

struct plan {
	char *run_id, *pattern;
	struct checkout checkout;
	char *go_version, *image, *runner;	/* runner: the container's name */
	char *logs_dir, *dir;		/* absolute: control_logs, and the run's own in it */
	bool made;			/* dir, by plan_directory; one that was there is not ours to remove */
	char *socket;			/* as the engine sees it */
	char *history;			/* NULL: none is kept */
	enum format format;
	struct strs secrets;		/* values that are redacted in what is kept */
	int64_t started;		/* ms since 1970 */
};

/* Finds the checkout, the version, the directories; makes nothing. -1: usage is *usage, else the machine's fault. */
int plan_make(struct plan *p, const struct run_options *o, bool *usage, struct err *e);
/* The engine's socket as the engine itself sees it, once it is known which engine. given: --docker-socket, or NULL. The
 * caller's. */
char *plan_socket(const char *given, const char *endpoint, const struct docker_info *i);
bool plan_logs_inside(const struct plan *p);	/* the logs are in the checkout */
/* Makes the run's directory, and finds out that it can be written to. */
int plan_directory(struct plan *p, struct err *e);
/* The runner, as DESIGN's contract has it. sent: for an engine that does not see our directories; they are mounted otherwise.
 * The caller frees with plan_container_free. */
void plan_container(const struct plan *p, const struct run_options *o, const char *lease_mark, bool sent,
    struct container_spec *c);
void plan_container_free(struct container_spec *c);
void plan_free(struct plan *p);

/* YYYYMMDD-HHMMSS-xxxxxx, the caller's. */
char *run_id_new(void);
/* Whether a name is one. *started: ms since 1970; may be NULL. */
bool is_run_id(const char *name, int64_t *started);
/* What --logs-dir means: control_logs, the default, at root (NULL: in no checkout), another from where we stand. The
 * caller's. */
char *plan_logs_dir(const char *root, const char *given);

#endif
