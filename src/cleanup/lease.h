/* What proves that a run's owner is alive: a locked file for each run in
 * /var/tmp/hi-<uid>/, or, where somebody else took that name, in /var/tmp/hi-<uid>-XXXXXX. hi holds an exclusive lock for
 * as long as it lives, and its cleaner, which inherits the descriptor, for as long as that lives; others probe with a
 * shared one. The directory is not one from the environment: those differ under sudo and cron and vanish at logout.
 * The file's first line is a JSON object (run, host, boot, pattern, dir, started); a line "network ID" follows for
 * each network that was seen, so that the next hi knows them where owner and cleaner died together, and one line
 * "engine ID": a run of another engine is none of this one's. */
#ifndef CLEANUP_LEASE_H
#define CLEANUP_LEASE_H

#include <stdbool.h>
#include <stdint.h>

#include "../base/err.h"
#include "../base/strs.h"

struct lease {
	int fd;		/* -1: none */
	char *path;
	char *mark;	/* "dev:ino", for the runner's label */
};

enum owner { OWNER_LIVE, OWNER_KEPT, OWNER_DEAD, OWNER_UNKNOWN };
const char *owner_name(enum owner o);

/* dir: the run's directory. started: ms since 1970. */
int lease_take(struct lease *l, const char *run_id, const char *pattern, const char *dir, int64_t started, struct err *e);
void lease_network(struct lease *l, const char *id);
void lease_engine(struct lease *l, const char *id);
/* Marks the run as kept: it has no owner, and is nobody's to sweep. */
int lease_keep(const char *path, struct err *e);
void lease_close(struct lease *l);	/* gives it up, leaves the file */
void lease_remove(const char *path);

/* What is written where a runner carries no lease of ours. */
char *lease_host(void);		/* this host and, in a container, that; the caller's */
char *lease_boot(void);		/* the boot's id; "" unknown; the caller's */

/* Of a run by the labels of its runner (uid, host, boot, mark; NULL where there is none).
 * *why (the caller's) says in words why it is unknown, else "". *foreign: of another host, or (where
 * we are not root) another user. */
enum owner lease_judge(const char *run_id, const char *uid, const char *host, const char *boot, const char *mark,
    char **why, bool *foreign);

/* What a lease file says. The strings are the caller's; NULL where it says nothing. */
struct lease_says {
	char *run_id, *pattern, *dir, *path, *engine;
	int64_t started;
	enum owner owner;
	struct strs networks;
};
int lease_read(const char *path, struct lease_says *out);
void lease_says_free(struct lease_says *s);
/* The files of our own user's leases. */
void lease_files(struct strs *paths);

#endif
