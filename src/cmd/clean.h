/* The parts of `hi clean` share this: what was asked for, what is known, the one way in which a thing goes,
 * and the account of what went and what stayed. For clean*.c, and for doctor, which asks the same
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
	bool runs_gone;		/* `clean all --dry-run`: what runs hold counts as unused */

	/* The account. */
	struct {
		const char *kind;
		size_t n;
	} kinds[KINDS];
	uint64_t bytes;		/* of what has a size: images (which share layers) and logs */
	size_t failed;		/* things that should have gone and are still there */
	struct buf removed, left;	/* JSON arrays, open */
};

/* A thing that may go. */
struct thing {
	const char *kind, *name;
	const char *id;		/* the engine's; NULL: no engine has it */
	const char *detail;	/* what is said behind the name; NULL: nothing */
	char *stays;		/* why it is not to be touched; NULL: it goes. clean_thing frees it */
	bool missed;		/* that it stays is a failure */
	uint64_t bytes;		/* 0: unknown */
	const struct strs *parts;	/* what it consists of; may be NULL */
	int (*remove)(struct clean *c, const struct thing *t, struct err *e);
};
/* Removes a thing, unless it stays or --dry-run is given, and accounts for it.
 * -1: the engine does not answer, or hi was interrupted. */
int clean_thing(struct clean *c, const struct thing *t, struct err *e);
/* From here on an interruption lets the account be given first. */
void clean_begin(struct clean *c);
/* A thing went, or would. */
void clean_took(struct clean *c, const struct thing *t);
/* Counts more things of a kind, which were named with what they belonged to. */
void clean_count(struct clean *c, const char *kind, size_t n);
/* A thing stays; failed: it should not. */
void clean_stays(struct clean *c, const char *kind, const char *name, const char *why, bool failed);

/* Finds the engine, once for all parts of `clean all`. */
int clean_open(struct clean *c, struct err *e);
/* Does so, and lists the runs. */
int clean_look(struct clean *c, struct err *e);

/* True of a run that must be taken for going on: its owner is alive, or nobody can tell and its runner
 * runs. */
bool clean_is_live(const struct run_seen *run);
/* The newest of those; NULL: none. */
const struct run_seen *clean_live(const struct runs *runs);
/* Why an unused network of a test's name is not for everyone to remove: a live run may have made it. NULL:
 * nothing says so. */
const struct run_seen *clean_network_claim(const struct runs *runs, const struct network *n);
/* Lists all networks, the first *idle of which are of tests and no container is on them, and the runs.
 * but_runs: as if the runs were gone. */
int clean_idle_networks(struct docker *d, bool but_runs, struct networks *out, size_t *idle,
    struct runs *runs, struct err *e);
/* The image is one of the suite's own. */
bool clean_image_is_ours(const char *ref);

/* The commands. 0; or -1 with what ended it (ERR_USAGE: exit 2). */
int clean_networks(struct clean *c, struct err *e);
int clean_images(struct clean *c, struct err *e);
int clean_cache(struct clean *c, struct err *e);
int clean_logs(struct clean *c, struct err *e);
int clean_containers(struct clean *c, struct err *e);
int clean_run(struct clean *c, struct err *e);
int clean_stale(struct clean *c, struct err *e);
int clean_all(struct clean *c, struct err *e);

#endif
