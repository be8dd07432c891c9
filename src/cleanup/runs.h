/* Every run on this engine and who owns it: what `hi ps` shows, `hi clean` and the start of `hi
 * run` act on. A run is known by its containers' label, or by a lease of ours that outlived them. */
#ifndef CLEANUP_RUNS_H
#define CLEANUP_RUNS_H

#include "lease.h"
#include "removal.h"

struct run_seen {
	char *id;
	enum owner owner;
	char *why;		/* for OWNER_UNKNOWN; "" */
	bool foreign;		/* another host's, another user's, or it can't be told */
	bool judged;		/* by its runner's labels */
	char *pattern, *dir;	/* "" unknown */
	char *lease;		/* the file, where there is one of ours; else NULL */
	char *runner;		/* its name; NULL: it is gone */
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

/* What became of a run: removed (r; what is left is named in it), or e: it failed. stopped: only that many stopped containers
 * of a run whose owner is unknown were removed. */
typedef void runs_removed_fn(void *arg, const struct run_seen *run, const struct removal *r, size_t stopped,
    const struct err *e);
/* Removes the runs whose owner is provably dead. with_stopped: of runs with an unknown (not foreign) owner the stopped
 * containers, too, if none of that run is running. dry: touches nothing. Not the run that is called except (may be NULL). fn is
 * called with each; *d->cancel ends it between two. This is done in the caller's process and by no cleaner: whoever dies in the middle leaves
 * the run's lease, and the next one goes on. */
void runs_remove_dead(struct docker *d, const struct runs *runs, const char *except, bool with_stopped, bool dry,
    runs_removed_fn *fn, void *arg);

#endif
