/* One run, from the plan to the prompt, and what others need to know about runs: how they are named, where
 * their directories are, whether they live or failed, and the checks of a machine that a run and `hi doctor`
 * share. set/ and cmd/ call this module. */
#ifndef RUN_RUN_H
#define RUN_RUN_H

#include "../docker/docker.h"
#include "../gotool/gotool.h"
#include "../stream/stream.h"

/* The user's options; strings are borrowed. Times are in ms, limits in MB. */
struct run_options {
	const char *pattern, *test;	/* test: --test */
	int64_t timeout, slow;
	bool postgres, failfast, clean_before, clean_after, keep_on_failure, verbose, stats, history;
	const char *go_version, *logs_dir, *format, *docker_socket, *on_leak, *limit_action;
	const char *set;		/* the id of the set that the run belongs to; "": none */
	double hs_limit, ts_limit;
};

/* Returns hi's exit code; if a signal ended the run, hi dies of that signal once everything is removed. */
int run_suite(const struct run_options *o);

/* The plan of a run: everything that is decided before the engine is touched. */
struct plan {
	char *run_id, *pattern;
	struct checkout checkout;
	char *go_version, *image, *runner;	/* runner: the container's name */
	char *logs_dir, *dir;		/* absolute: control_logs, and the run's own directory in it */
	bool made, made_logs;		/* plan_directory created dir, logs_dir; others are not ours to
					 * remove */
	char *socket;			/* its path as the engine sees it */
	char *history;			/* NULL: none is kept */
	struct tests tests;		/* those that match, according to the checkout's files */
	bool tests_known;		/* plan_tests could tell */
	enum format format;
	struct strs secrets;		/* values that are redacted in what is kept */
	int64_t started;		/* ms since 1970 */
};

/* Finds the checkout, the version, the directories; creates nothing. -1: *usage tells whether the user or
 * the machine is at fault. */
int plan_make(struct plan *p, const struct run_options *o, bool *usage, struct err *e);
/* Finds the tests that match. -1: certainly none does; *e has the nearest names, and hi exits 4. */
int plan_tests(struct plan *p, struct err *e);
/* "TestA, TestB, TestC, TestD and 6 more". The caller frees it. */
char *tests_named(const struct tests *t);
/* Creates the run's directory, and checks that it can be written to. */
int plan_directory(struct plan *p, struct err *e);
/* Removes what plan_directory created; the log directory only if nothing else is in it. */
void plan_directory_undo(struct plan *p);
void plan_free(struct plan *p);

/* YYYYMMDD-HHMMSS-xxxxxx. The caller frees it. */
char *run_id_new(void);
/* True: the name is a run's id. *started: ms since 1970; started may be NULL. */
bool is_run_id(const char *name, int64_t *started);
/* Resolves --logs-dir. The default, control_logs, is relative to root (NULL: not in a checkout); any other
 * is relative to the working directory. The caller frees it. */
char *plan_logs_dir(const char *root, const char *given);

/* Adds the names of the run directories in logs, the oldest first. -1: logs can't be read. */
int run_names(const char *logs, struct strs *out, struct err *e);
/* Adds the runs that have a directory in logs, and (elsewhere) this user's other runs that have a lease. */
void run_directories(const char *logs, bool elsewhere, struct strs *names, struct strs *dirs);
/* True: the hi of the run in dir is alive, as far as this user's leases tell. */
bool run_is_alive(const char *dir);
/* True: the run ended with an exit code other than 0, or is unfinished and its hi is no longer alive. */
bool run_has_failed(const char *dir);

/* The path of the engine's socket as the engine itself sees it. given: --docker-socket, or NULL. The caller
 * frees it. */
char *plan_socket(const char *given, const char *endpoint, const struct docker_info *i);

/* Checks of a machine: each gives a state, a finding with its number, and one fix that can be pasted. */
enum check_state { CHECK_OK, CHECK_WARN, CHECK_FAIL };
const char *check_state_name(enum check_state s);

struct check_result {
	enum check_state state;
	char *finding, *fix;	/* finding NULL: there is nothing to report; fix "": none */
};

/* Fills r, and frees what was in it. fix may be NULL. */
void check_say(struct check_result *r, enum check_state s, const char *fix, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
void check_result_free(struct check_result *r);

/* True for 20.10 and, for example, "20.10.24+dfsg1". */
bool check_version_at_least(const char *version, int major, int minor);

/* These two depend on their arguments alone. */
void check_memory(const struct docker_info *i, struct check_result *r);
struct space {
	const char *path;
	uint64_t bytes, inodes;	/* free; inodes UINT64_MAX: unlimited */
};
void check_space(const struct space *s, uint64_t least_bytes, uint64_t enough_bytes, const char *fix,
    struct check_result *r);

/* These look at the machine, and leave r alone if they can't see it from here. i is of an engine that
 * answers, socket comes from plan_socket. */
void check_engine_disk(const struct docker *d, const struct docker_info *i, const char *socket,
    struct check_result *r);
/* Checks also whether a lease can be taken, without which no run starts. */
void check_logs_disk(const char *logs_dir, struct check_result *r);
/* Fills r only if the socket can't be mounted into the runner. */
void check_socket(const struct docker *d, const char *socket, struct check_result *r);

/* Adds a warning for each fault that a run may survive. -1: the run could not succeed, *e says why. Starts
 * no process. */
int preflight(const struct docker *d, const struct docker_info *i, const char *socket, struct strs *warnings,
    struct err *e);

/* Adds to names the environment variables HEADSCALE_INTEGRATION_*_IMAGE, which name images for the tests,
 * whose image the engine does not have, and to refs those images. -1: the engine does not answer. */
int preflight_images(struct docker *d, struct strs *names, struct strs *refs, struct err *e);

#endif
