/* Shared by the parts of `hi clean`: the options, what is known, the one way in which a thing is removed, and
 * the account of what was removed and what stays. For clean*.c, and for doctor, which asks the same
 * questions. */
#ifndef CMD_CLEAN_H
#define CMD_CLEAN_H

#include "../cleanup/cleanup.h"
#include "../docker/network.h"
#include "cmd.h"

struct clean_options {
	bool dry_run, json, force, yes;
	int64_t older_than, keep;	/* 0: not given */
	uint64_t max_size;
	const char *logs_dir;
};

enum { KINDS = 8 };

struct clean {
	const struct clean_options *o;
	const struct strs *args;
	struct loop *loop;
	struct docker docker;
	struct runs runs;
	struct interrupt interrupt;
	bool runs_gone;		/* `clean all --dry-run`: what runs use counts as unused */

	/* The account. */
	struct {
		const char *kind;
		size_t n;
	} kinds[KINDS];
	uint64_t bytes;		/* of what has a size: images (which share layers) and logs */
	size_t failed;		/* things that should have been removed and are still there */
	struct buf removed, left;	/* JSON arrays, open */
};

/* A thing that may be removed. */
struct thing {
	const char *kind, *name;
	const char *id;		/* the engine's id of it; NULL: it is not in the engine */
	const char *detail;	/* shown after the name; NULL: nothing */
	char *stays;		/* why it must stay; NULL: remove it. clean_thing frees this */
	bool missed;		/* it is a failure if it stays */
	uint64_t bytes;		/* 0: unknown */
	const struct strs *parts;	/* what it consists of; may be NULL */
	int (*remove)(struct clean *c, const struct thing *t, struct err *e);
};
/* Removes a thing, unless it stays or --dry-run is given, and accounts for it.
 * -1: the engine does not answer, or hi was interrupted. */
int clean_thing(struct clean *c, const struct thing *t, struct err *e);
/* From here on, hi gives the account before it dies of a signal. */
void clean_begin(struct clean *c);
/* Accounts for a thing that was removed, or would be. */
void clean_account_removed(struct clean *c, const struct thing *t);
/* Counts n more things of a kind, which were named with the thing that they belong to. */
void clean_count(struct clean *c, const char *kind, size_t n);
/* Accounts for a thing that stays; failed: it should have been removed. */
void clean_account_left(struct clean *c, const char *kind, const char *name, const char *why, bool failed);

/* Opens the engine, once for all parts of `clean all`. */
int clean_open(struct clean *c, struct err *e);
/* Opens the engine, and lists the runs. */
int clean_list_runs(struct clean *c, struct err *e);

/* True: the run must be assumed to be going on: its owner is alive, or that is unknown and its runner is
 * running. */
bool clean_is_live(const struct run_seen *run);
/* Returns the newest such run; NULL: there is none. */
const struct run_seen *clean_live(const struct runs *runs);
/* Returns a live run that may have created n, an unused network with a test's name, which must stay then.
 * NULL: there is none. */
const struct run_seen *clean_network_claim(const struct runs *runs, const struct network *n);
/* Lists the networks and the runs. The first *idle networks are those of tests with no container on them.
 * except_runs: as if all runs had been removed. */
int clean_idle_networks(struct docker *d, bool except_runs, struct networks *out, size_t *idle,
    struct runs *runs, struct err *e);
/* True: the image is one of the suite's own. */
bool clean_image_is_ours(const char *ref);

/* The commands. -1: *e says what ended it (ERR_USAGE: exit 2). */
int clean_networks(struct clean *c, struct err *e);
int clean_images(struct clean *c, struct err *e);
int clean_cache(struct clean *c, struct err *e);
int clean_logs(struct clean *c, struct err *e);
int clean_containers(struct clean *c, struct err *e);
int clean_run(struct clean *c, struct err *e);
int clean_stale(struct clean *c, struct err *e);
int clean_all(struct clean *c, struct err *e);

#endif
