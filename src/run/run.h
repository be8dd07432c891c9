/* One run, from the plan to the prompt, and what others need to know of runs: how they are called, where
 * their directories are and how they stand, and the checks of a machine that a run and `hi doctor` have in
 * common. set/ and cmd/ call this module. */
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
	const char *set;		/* the id of the set that the run is of; "" */
	double hs_limit, ts_limit;
};

/* Returns hi's exit code; where a signal ended it, dies of that signal once everything is removed. */
int run_suite(const struct run_options *o);

/* The plan of a run: everything that is decided before the engine is touched. */
struct plan {
	char *run_id, *pattern;
	struct checkout checkout;
	char *go_version, *image, *runner;	/* runner: the container's name */
	char *logs_dir, *dir;		/* absolute: control_logs, and the run's own in it */
	bool made, made_logs;		/* dir, logs_dir, by plan_directory: what was there is not ours to
					 * remove */
	char *socket;			/* as the engine sees it */
	char *history;			/* NULL: none is kept */
	struct tests tests;		/* those that match, by the checkout's files */
	bool tests_known;		/* plan_tests could tell */
	enum format format;
	struct strs secrets;		/* values that are redacted in what is kept */
	int64_t started;		/* ms since 1970 */
};

/* Finds the checkout, the version, the directories; makes nothing. -1: usage is *usage, else the machine's
 * fault. */
int plan_make(struct plan *p, const struct run_options *o, bool *usage, struct err *e);
/* Finds the tests that match. -1: none does, for certain: *e has the nearest names, and hi exits 4. */
int plan_tests(struct plan *p, struct err *e);
/* "TestA, TestB, TestC, TestD and 6 more". The caller's. */
char *tests_named(const struct tests *t);
/* Makes the run's directory, and finds out that it can be written to. */
int plan_directory(struct plan *p, struct err *e);
/* Removes what it made; the log directory only where nothing else is in it. */
void plan_directory_undo(struct plan *p);
void plan_free(struct plan *p);

/* YYYYMMDD-HHMMSS-xxxxxx, the caller's. */
char *run_id_new(void);
/* True: the name is a run's id. *started: ms since 1970; may be NULL. */
bool is_run_id(const char *name, int64_t *started);
/* Resolves --logs-dir: control_logs, the default, at root (NULL: in no checkout), another from where we
 * stand. The caller's. */
char *plan_logs_dir(const char *root, const char *given);

/* The names of the run directories in logs, the oldest first. -1: it can't be read. */
int run_names(const char *logs, struct strs *out, struct err *e);
/* The runs that have a directory in logs, and elsewhere those of this user that have a lease. */
void run_directories(const char *logs, bool elsewhere, struct strs *names, struct strs *dirs);
/* True while the hi of the run whose directory it is lives (as far as this user's leases tell). */
bool run_is_alive(const char *dir);
/* The run ended with something else than 0, or has no end and its hi no longer lives. */
bool run_has_failed(const char *dir);

/* The engine's socket as the engine itself sees it, once it is known which engine. given: --docker-socket,
 * or NULL. The caller's. */
char *plan_socket(const char *given, const char *endpoint, const struct docker_info *i);

/* Checks of a machine: each says a state, a finding with its number, and one fix that can be pasted. */
enum check_state { CHECK_OK, CHECK_WARN, CHECK_FAIL };
const char *check_state_name(enum check_state s);

struct check_result {
	enum check_state state;
	char *finding, *fix;	/* finding NULL: there was nothing to check; fix "" none */
};

/* Fills r, freeing what was in it. fix may be NULL. */
void check_say(struct check_result *r, enum check_state s, const char *fix, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
void check_result_free(struct check_result *r);

/* "20.10.24+dfsg1" is at least 20.10. */
bool check_version_at_least(const char *version, int major, int minor);

/* These look at their arguments alone; i is of an engine that answers, socket as plan_socket found it. */
void check_memory(const struct docker_info *i, struct check_result *r);
struct space {
	const char *path;
	uint64_t bytes, inodes;	/* free; no limit of inodes is UINT64_MAX */
};
void check_space(const struct space *s, uint64_t least_bytes, uint64_t enough_bytes, const char *fix,
    struct check_result *r);

/* These look at the machine. What is not to be seen from here leaves r as it is. */
void check_engine_disk(const struct docker *d, const struct docker_info *i, const char *socket,
    struct check_result *r);
/* The leases' place counts as well: without one no run starts. */
void check_logs_disk(const char *logs_dir, struct check_result *r);
/* Says something only where the socket can't be mounted into the runner. */
void check_socket(const struct docker *d, const char *socket, struct check_result *r);

/* Adds a line for each fault that a run may survive; none where all is well. -1: the run would be in vain, *e
 * says why. Starts no process. */
int preflight(const struct docker *d, const struct docker_info *i, const char *socket, struct strs *warnings,
    struct err *e);

/* Finds the missing ones of the images that the caller's environment names for the tests: the variables
 * (HEADSCALE_INTEGRATION_*_IMAGE) whose image the engine does not have, and those images. -1: the engine
 * does not answer. */
int preflight_images(struct docker *d, struct strs *names, struct strs *refs, struct err *e);

#endif
