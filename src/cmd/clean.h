/* What the parts of `hi clean` share: what was asked for, what is known, and the account of what was
 * removed and what was left. For clean*.c, and for doctor, which asks the same questions. */
#ifndef CMD_CLEAN_H
#define CMD_CLEAN_H

#include "../cleanup/cleanup.h"
#include "../docker/network.h"
#include "cmd.h"
#include "out.h"

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

/* Each thing as it goes, or would: a line, or an element. bytes 0: unknown; parts: what it consisted of,
 * may be NULL. */
void clean_took(struct clean *c, const char *kind, const char *name, const char *detail, uint64_t bytes,
    const struct strs *parts);
/* Counts more things of a kind, which were named with what they belonged to. */
void clean_count(struct clean *c, const char *kind, size_t n);
/* It stays, and that is right. */
void clean_left(struct clean *c, const char *kind, const char *name, const char *why);
/* It stays, and should not. */
void clean_failed(struct clean *c, const char *kind, const char *name, const char *why);
/* Its removal failed, for e. 0: it stays; -1: it was the engine that did not answer, or hi was
 * interrupted. */
int clean_refused(struct clean *c, const char *kind, const char *name, const struct err *e);

/* Finds the engine, once for all parts of `clean all`, and lists the runs. */
int clean_look(struct clean *c, struct err *e);

/* A run that one has to take for going on: its owner is alive, or nobody can tell and its runner runs. */
bool clean_is_live(const struct run_seen *run);
/* The newest of those; NULL: none. */
const struct run_seen *clean_live(const struct runs *runs);
/* Why an unused network of a test's name is not for everyone to remove: a live run may have made it. NULL:
 * nothing says so. */
const struct run_seen *clean_network_claim(const struct runs *runs, const struct network *n);
/* The image is one of the suite's own. */
bool clean_image_is_ours(const char *ref);

/* The commands. 0; or -1 with what ended it (ERR_USAGE: exit 2). */
int clean_networks(struct clean *c, struct err *e);
int clean_images(struct clean *c, struct err *e);
int clean_cache(struct clean *c, struct err *e);
int clean_containers(struct clean *c, struct err *e);
int clean_run(struct clean *c, struct err *e);
int clean_stale(struct clean *c, struct err *e);
int clean_all(struct clean *c, struct err *e);
int clean_logs(struct clean *c, struct err *e);

#endif
