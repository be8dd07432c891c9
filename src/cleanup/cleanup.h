/* The guarantee: whatever ends a run, nothing of it remains, and nothing else is touched.
 *
 * Four parts: the lease proves that a run has an owner; the cleaner is the process that removes a run, even
 * after its hi has died; the removal is the only code that removes containers, networks, volumes and image
 * tags; the runs are what `hi ps` shows and `hi clean`, `hi doctor --fix` and the start of `hi run` act on.
 * run/ and cmd/ call this module. */
#ifndef CLEANUP_CLEANUP_H
#define CLEANUP_CLEANUP_H

#include <stdbool.h>
#include <stdint.h>

#include "../docker/container.h"
#include "../stream/stream.h"

/* The lease: a locked file per run in /var/tmp/hi-<uid>/ or, where somebody else took that name, in
 * /var/tmp/hi-<uid>-XXXXXX. hi and its cleaner, which inherits the descriptor, hold an exclusive lock until
 * both have ended; others probe with a shared lock. The directory does not come from the environment, where
 * it would differ under sudo and cron, and might vanish at logout. The file's first line is a JSON object
 * (run, host, boot, pattern, dir, started). A line "network ID" follows for each network that was seen, so
 * that the next hi knows them if hi and cleaner died together, and one line "engine ID", so that the run is
 * not taken for one of another engine. */
struct lease {
	int fd;		/* -1: none */
	char *path;
	char *mark;	/* "dev:ino" of the file, for the runner's label */
};

enum owner { OWNER_LIVE, OWNER_KEPT, OWNER_DEAD, OWNER_UNKNOWN };
const char *owner_name(enum owner o);

/* dir: the run's directory. started: ms since 1970. */
int lease_take(struct lease *l, const char *run_id, const char *pattern, const char *dir, int64_t started,
    struct err *e);
/* 0: a lease can be taken, as far as that can be told without creating anything. */
int lease_check(struct err *e);
void lease_network(struct lease *l, const char *id);
void lease_engine(struct lease *l, const char *id);
/* Marks the run as kept: it then needs no owner, and is removed only on request. */
int lease_keep(const char *path, struct err *e);
void lease_close(struct lease *l);	/* gives up the lock, but leaves the file */
void lease_remove(const char *path);	/* NULL is allowed */

/* For the labels of a runner; the caller frees them. */
char *lease_host(void);		/* this host's name; in a container, the container's */
char *lease_boot(void);		/* the id of this boot; "": unknown */

/* What a lease file says; NULL for what it does not say. */
struct lease_content {
	char *run_id, *pattern, *dir, *path, *engine;
	int64_t started;
	enum owner owner;
	struct strs networks;
};
/* Calls fn with what each lease of our own user says. */
void lease_each(void (*fn)(void *arg, const struct lease_content *l), void *arg);

/* The removal of a run. Only an empty listing by the run's own engine proves that nothing is left; an exit
 * status never does. */
struct removal {
	struct docker *docker;
	const char *run_id;
	const char *engine;	/* the id of the run's engine; NULL or "": whichever engine answers */
	/* In and out: when the runner lived, ms since 1970 by the engine's clock. created 0: unknown, so no
	 * network is taken for the run's by its time; ended 0: unknown, or the runner lives. */
	int64_t created, ended;
	/* How long the listing has to stay empty; 0: one is enough, as nothing can be in creation. */
	int64_t quiet_ms;
	/* Gives up, and fills left, when no listed container has gone for this long; 0: a minute. */
	int64_t give_up_ms;
	bool dry;		/* touch nothing: fill the counts only */
	struct strs networks;	/* in and out: ids known to be the run's */
	struct strs names;	/* in and out: names of the run's containers */
	void (*progress)(void *arg, size_t containers_left);
	void *arg;
	struct removed removed;	/* out: the counts are of all calls, left is the last one's */
	struct strs network_names;	/* out: of the networks so counted */
	/* Private. */
	struct strs seen, anonymous, connected, gone;
	bool verified;		/* the engine that answers is the run's own */
};

/* Kills the runner, which spawns the other containers. 0 also if there is no runner. */
int removal_kill_runner(struct removal *r, struct err *e);
/* 0: all is removed, or left names what is not; -1: the engine does not answer. May be called again. */
int removal_run(struct removal *r, struct err *e);
void removal_free(struct removal *r);
void leaks_free(struct removed *r);	/* and empties the list */

/* Every run on this engine and who owns it. A run is known by its containers' label, or by a lease of our
 * user's that outlived them. */
struct run_seen {
	char *id;
	enum owner owner;
	char *why;		/* why the owner is unknown; else "" */
	bool foreign;		/* of another host or another user, or that can't be told */
	bool labelled;		/* the owner was told by its runner's labels */
	char *pattern, *dir;	/* "": unknown */
	char *lease;		/* our user's lease file; NULL: there is none */
	char *runner;		/* its name; NULL: it was not found */
	bool runner_runs;
	int64_t created;	/* of its oldest container, ms since 1970; 0: unknown */
	size_t containers, running;
	struct strs networks;	/* ids */
	struct strs stopped;	/* container ids; without those never started, which may be about to start */
};
struct runs {
	struct run_seen *v;
	size_t n;
};
int runs_list(struct docker *d, struct runs *out, struct err *e);
void runs_free(struct runs *r);
/* Removes a run, and its lease if nothing is left, even if its owner is alive: the caller has decided. The
 * files of a dead one are completed. The caller sets r->dry, and frees r with removal_free. */
int runs_remove(struct docker *d, const struct run_seen *run, struct removal *r, struct err *e);

/* Reports one run: it was removed as r says (r->left names what stayed) or, if e is not NULL, that failed.
 * stopped: if not 0, the owner is unknown, and only so many stopped containers were removed. */
typedef void runs_removed_fn(void *arg, const struct run_seen *run, const struct removal *r, size_t stopped,
    const struct err *e);
/* Removes the runs whose owner is provably dead, but never the run with the id except (may be NULL).
 * with_stopped: also removes the stopped containers of a run whose owner is unknown (not foreign), if none
 * of its containers runs. dry: touches nothing. Calls fn for each; *d->cancel ends it between two runs. This
 * is done in the caller's process, without a cleaner: if the caller dies in the middle, the run's lease is
 * still there, and the next hi goes on. */
void runs_remove_dead(struct docker *d, const struct runs *runs, const char *except, bool with_stopped,
    bool dry,
    runs_removed_fn *fn, void *arg);

/* The cleaner: a second process that does every removal of hi's own run, the orderly one too, so that there
 * is only one path, and tests cover it. It has acknowledged its start before the first container is created.
 * When its pipe ends, hi is gone: it saves what it can in 5 s, removes the run, waits for an engine that is
 * restarting, completes the run's files, and ends.
 *
 * It is this program again (`hi cleaner`, hidden), re-executed with an environment of its own (a CI
 * service kills by tracking variables), in a session of its own, its stdio detached, "/" as its directory,
 * and a pipe each way for lines of "key value". If it dies, hi starts another and tells it everything again;
 * if it is stopped, the loop continues it; if it does not read, hi kills it. If no cleaner can be started,
 * hi removes the run itself. */
struct cleaner;

struct cleaner_config {
	struct docker *docker;
	const char *run_id, *pattern, *dir, *image;
	int64_t started;		/* ms since 1970 */
	const struct lease *lease;	/* the cleaner inherits its descriptor */
	const char *history;		/* history.tsv, which it appends to if hi dies; NULL: none */
	const char *probe;		/* an empty directory that it removes if hi dies; NULL: none */
	const struct strs *secrets;	/* redacted in what is kept; may be NULL */
};

/* Waits for the acknowledgement. */
int cleaner_start(const struct cleaner_config *c, struct cleaner **out, struct err *e);
/* Tell the cleaner facts as they become known. They do nothing where c is NULL. */
void cleaner_network(struct cleaner *c, const char *id);
void cleaner_name(struct cleaner *c, const char *name);
/* The runner was created (begins), or it ended; at: ms since 1970, by the engine's clock. */
void cleaner_runner(struct cleaner *c, bool begins, int64_t at);
void cleaner_sent(struct cleaner *c);	/* the tests' own files are in the runner: see evidence.h */

/* Has the cleaner remove the run, and waits until that is done or *detach (may be NULL) turns true. settled:
 * the runner ended by itself. -1: the run is not removed yet (the engine does not answer, or *detach); the
 * cleaner goes on when hi ends. May be called again: the counts are of all calls. The lease stays: the
 * caller removes it. */
int cleaner_remove(struct cleaner *c, bool settled, void (*progress)(void *arg, const char *words), void *arg,
    const volatile bool *detach, struct removed *out, struct err *e);
/* Everything is removed, or meant to be kept: ends the cleaner, which touches nothing more. */
void cleaner_end(struct cleaner *c);
/* hi is about to end and leaves the rest to the cleaner: its pipe ends with hi, as if hi had died. */
void cleaner_detach(struct cleaner *c);

/* Runs as the cleaner process. Returns its exit code. */
int cleaner_main(void);

#endif
