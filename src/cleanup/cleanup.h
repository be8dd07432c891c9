/* The guarantee: whatever ends a run, nothing of it remains, and nothing else is touched.
 *
 * Four parts: the lease proves that a run has an owner; the cleaner is the process that removes a run,
 * also after its hi has died; the removal is the one path by which containers, networks, volumes and image
 * tags go; the runs are what `hi ps` shows and `hi clean`, `hi doctor --fix` and the start of `hi run` act
 * on. run/ and cmd/ call this module. */
#ifndef CLEANUP_CLEANUP_H
#define CLEANUP_CLEANUP_H

#include <stdbool.h>
#include <stdint.h>

#include "../docker/container.h"
#include "../stream/stream.h"

/* The lease: a locked file per run in /var/tmp/hi-<uid>/, or, where somebody else took that name, in
 * /var/tmp/hi-<uid>-XXXXXX. hi holds an exclusive lock for as long as it lives, and its cleaner, which
 * inherits the descriptor, for as long as that lives; others probe with a shared one. The directory does
 * not come from the environment: that differs under sudo and cron, and vanishes at logout. Its first line
 * is a JSON object (run, host, boot, pattern, dir, started). A line "network ID" follows for each network
 * that was seen, so that the next hi knows them if hi and cleaner died together, and one line "engine ID":
 * a run of another engine is none of this one's. */
struct lease {
	int fd;		/* -1: none */
	char *path;
	char *mark;	/* "dev:ino", for the runner's label */
};

enum owner { OWNER_LIVE, OWNER_KEPT, OWNER_DEAD, OWNER_UNKNOWN };
const char *owner_name(enum owner o);

/* dir: the run's directory. started: ms since 1970. */
int lease_take(struct lease *l, const char *run_id, const char *pattern, const char *dir, int64_t started,
    struct err *e);
/* 0: one can be taken, as far as that can be told without making anything. */
int lease_check(struct err *e);
void lease_network(struct lease *l, const char *id);
void lease_engine(struct lease *l, const char *id);
/* Marks the run as kept: it has no owner, and nobody may remove it unasked. */
int lease_keep(const char *path, struct err *e);
void lease_close(struct lease *l);	/* gives it up, and leaves the file */
void lease_remove(const char *path);	/* NULL is allowed */

/* For the labels of a runner; the caller's. */
char *lease_host(void);		/* this host's name and, in a container, the container's */
char *lease_boot(void);		/* the boot's id; "" unknown */

/* What a lease file says; NULL where it says nothing. */
struct lease_content {
	char *run_id, *pattern, *dir, *path, *engine;
	int64_t started;
	enum owner owner;
	struct strs networks;
};
/* Calls fn with what each lease of our own user says. */
void lease_each(void (*fn)(void *arg, const struct lease_content *l), void *arg);

/* The removal of a run. An empty listing of the run's own engine proves that nothing is left, an exit
 * status never does. */
struct removal {
	struct docker *docker;
	const char *run_id;
	const char *engine;	/* the id of the engine that the run is on; NULL, "": the one that answers */
	/* In and out: the runner's life, ms since 1970 by the engine's clock; 0: unknown, or it lives.
	 * Where it is unknown no network is the run's by its time. */
	int64_t created, ended;
	/* For so long the listing has to stay empty; 0: nothing is in flight, one more listing is enough. */
	int64_t quiet_ms;
	/* Names what stays when no listed container has gone for so long; 0: a minute. */
	int64_t give_up_ms;
	bool dry;		/* touch nothing: fill the counts only */
	struct strs networks;	/* in and out: ids known to be the run's */
	struct strs names;	/* in and out: names of its containers */
	void (*progress)(void *arg, size_t containers_left);
	void *arg;
	struct removed removed;	/* out: the counts are of all calls, left is of the last one */
	struct strs network_names;	/* out: of those removed, or that would be */
	/* Its own. */
	struct strs seen, anonymous, connected, gone;
	bool verified;		/* it is the run's own engine */
};

/* Kills the runner, which spawns the others. 0 also where there is none. */
int removal_kill_runner(struct removal *r, struct err *e);
/* 0: done, or what stays is in left; -1: the engine does not answer. May be called again. */
int removal_run(struct removal *r, struct err *e);
void removal_free(struct removal *r);
void leaks_free(struct removed *r);	/* and empties the list */

/* Every run on this engine and who owns it. A run is known by its containers' label, or by a lease of ours
 * that outlived them. */
struct run_seen {
	char *id;
	enum owner owner;
	char *why;		/* for OWNER_UNKNOWN; "" */
	bool foreign;		/* another host's, another user's, or it can't be told */
	bool labelled;		/* its runner's labels told the owner */
	char *pattern, *dir;	/* "" unknown */
	char *lease;		/* the file, where there is one of ours; else NULL */
	char *runner;		/* its name; NULL: it was not found */
	bool runner_runs;
	int64_t created;	/* of its oldest container, ms since 1970; 0 unknown */
	size_t containers, running;
	struct strs networks;	/* ids */
	struct strs stopped;	/* container ids; one that was created only may be about to be started */
};
struct runs {
	struct run_seen *v;
	size_t n;
};
int runs_list(struct docker *d, struct runs *out, struct err *e);
void runs_free(struct runs *r);
/* Removes one (its lease too, when nothing is left). Its live owner is not asked: the caller has decided.
 * r is for removal_free; r->dry as wanted. */
int runs_remove(struct docker *d, const struct run_seen *run, struct removal *r, struct err *e);

/* What became of a run: removed (r; what is left is named in it), or e: it failed. stopped: only that many
 * stopped containers of a run whose owner is unknown were removed. */
typedef void runs_removed_fn(void *arg, const struct run_seen *run, const struct removal *r, size_t stopped,
    const struct err *e);
/* Removes the runs whose owner is provably dead. with_stopped: of runs with an unknown (not foreign) owner
 * the stopped containers, too, if none of that run is running. dry: touches nothing. Not the run that is
 * called except (may be NULL). fn is called with each; *d->cancel ends it between two. This is done in the
 * caller's process and by no cleaner: if the caller dies in the middle, the run's lease is still there,
 * and the next one goes on. */
void runs_remove_dead(struct docker *d, const struct runs *runs, const char *except, bool with_stopped,
    bool dry,
    runs_removed_fn *fn, void *arg);

/* The cleaner: a second process that does every removal of a run of ours, the orderly ones too, so that there
 * is one path and it is the tested one. It is started, and has acknowledged, before the first container is
 * made. When its pipe ends, hi is gone: it saves what it can in 5 s, removes the run, waits for an engine
 * that is restarting, completes the run's files, and ends.
 *
 * It is this program again (`hi cleaner`, hidden), re-executed with an environment of its own (a CI
 * service kills by tracking variables), in a session of its own, its stdio detached, "/" as its directory,
 * and a pipe each way: lines of "key value". If it dies, hi starts another and tells it everything again;
 * if it is stopped, the loop continues it; if it does not read, hi kills it. Where none can be had, hi
 * removes the run by itself. */
struct cleaner;

struct cleaner_config {
	struct docker *docker;
	const char *run_id, *pattern, *dir, *image;
	int64_t started;		/* ms since 1970 */
	const struct lease *lease;	/* the cleaner inherits its descriptor */
	const char *history;		/* history.tsv, for a run that ends without hi; NULL: none */
	const char *probe;		/* an empty directory that is removed in the end; NULL: none */
	const struct strs *secrets;	/* redacted in what is kept; may be NULL */
};

/* Waits for the acknowledgement. */
int cleaner_start(const struct cleaner_config *c, struct cleaner **out, struct err *e);
/* Facts for it, as they come. Without a cleaner (c is NULL) nothing happens. */
void cleaner_network(struct cleaner *c, const char *id);
void cleaner_name(struct cleaner *c, const char *name);
/* The runner was created, or it ended; at: ms since 1970, by the engine's clock. */
void cleaner_runner(struct cleaner *c, bool begins, int64_t at);
void cleaner_sent(struct cleaner *c);	/* the tests' own files are in the runner: see evidence.h */

/* Has the run removed, and waits for it, or until *detach (may be NULL) turns true. settled: the runner
 * ended by itself. -1: it could not be carried out (the engine does not answer, *detach): the cleaner goes
 * on when hi ends. May be called again: the counts are of all calls. The lease stays, for the caller to
 * remove. */
int cleaner_remove(struct cleaner *c, bool settled, void (*progress)(void *arg, const char *words), void *arg,
    const volatile bool *detach, struct removed *out, struct err *e);
/* All is done, or kept: the cleaner ends without touching anything more. */
void cleaner_end(struct cleaner *c);
/* hi is about to end and the cleaner finishes alone: it takes its pipe's end, which comes with hi's, for
 * hi's death. */
void cleaner_detach(struct cleaner *c);

/* The process itself. Returns its exit code. */
int cleaner_main(void);

#endif
