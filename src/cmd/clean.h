/* What the parts of `hi clean` share: what was asked for, what is known, and the account of
 * what was removed and what was left. For clean_*.c, and doctor, which asks the same questions. */
#ifndef CMD_CLEAN_H
#define CMD_CLEAN_H

#include "../base/buf.h"
#include "../docker/network.h"
#include "../cleanup/runs.h"
#include "out.h"

struct clean_options {
	bool dry_run, json, force, yes;
	int64_t older_than, keep;	/* 0: not given */
	uint64_t max_size;
	const char *logs_dir;
};

enum { CLEAN_KINDS = 8 };

struct clean {
	const struct clean_options *o;
	const struct strs *args;
	const char *verb;	/* "networks" */
	struct loop *loop;
	struct docker docker;
	struct runs runs;
	struct interrupt interrupt;
	bool usage;		/* it was asked for wrongly */
	bool runs_gone;		/* `clean all --dry-run`: what runs hold is looked at as if they were gone */
	struct strs networks_gone;	/* ids, with them */

	/* The account. */
	struct {
		const char *kind;
		size_t n;
	} kinds[CLEAN_KINDS];
	int64_t won;		/* bytes */
	bool won_unknown;	/* of a part at least */
	bool won_at_most;
	size_t failed;		/* that should have gone */
	struct buf removed, left;	/* elements of JSON arrays */
};

/* Each thing as it goes, or would: a line, or an element. bytes -1: unknown, counted as such; parts: what it
 * consisted of, may be NULL. */
void clean_took(struct clean *c, const char *kind, const char *name, const char *detail, int64_t bytes,
    const struct strs *parts);
/* More of a kind, named by what it went with. */
void clean_count(struct clean *c, const char *kind, size_t n);
/* It stays, and that is right. */
void clean_left(struct clean *c, const char *kind, const char *name, const char *why);
/* It stays, and should not. */
void clean_failed(struct clean *c, const char *kind, const char *name, const char *why);

/* Finds the engine, once for all parts of `clean all`. */
int clean_open(struct clean *c, struct err *e);
/* c->runs, as they are now. */
int clean_list_runs(struct clean *c, struct err *e);
/* Its removal failed, for e: 0, and it stays; -1 where it is the engine that is gone. */
int clean_refused(struct clean *c, const char *kind, const char *name, const struct err *e);

/* A run that one has to take for going on: its owner is alive, or nobody can tell and its runner runs. */
bool clean_is_live(const struct run_seen *run);
/* The newest of those; NULL: none. */
const struct run_seen *clean_live(const struct runs *runs);

/* Why an unused network of a test's name is not for everyone to remove: a live run may have made it. NULL:
 * nothing says so. */
const struct run_seen *clean_network_claim(const struct runs *runs, const struct network *n);
/* The image is one of the suite's own; client: a tailscale client, which is pulled, not built. */
bool clean_image_is_ours(const char *ref, bool *client);
/* Whether an image without a name was built by the suite's Dockerfiles, from `docker history`. */
bool clean_history_is_ours(const char *history);

/* The commands. 0; or -1 with what ended it. */
int clean_networks(struct clean *c, struct err *e);
int clean_images(struct clean *c, struct err *e);
int clean_cache(struct clean *c, struct err *e);
int clean_containers(struct clean *c, struct err *e);
int clean_run(struct clean *c, struct err *e);
int clean_stale(struct clean *c, struct err *e);
int clean_all(struct clean *c, struct err *e);
int clean_logs(struct clean *c, struct err *e);

#endif
