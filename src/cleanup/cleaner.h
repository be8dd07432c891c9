/* The cleaner: a second process that does every removal of a run, the orderly ones too, so that
 * there is one path and it is the tested one. It is started, and has acknowledged, before
 * the first container is made; when its pipe ends, the owner is gone, and it saves what it
 * can in 5 s, removes the run, waits out an engine that is restarting, completes the run's files, and ends.
 *
 * It is this program again (`hi cleaner`, hidden), re-executed with an environment of its own (a CI service kills
 * by tracking variables), a session of its own, its stdio detached, "/" as its directory, and a pipe each way: lines of
 * "key value" to it, of "key value..." back. If it dies, hi starts another and tells it everything again; if it is
 * stopped, the loop continues it; if it does not read, hi kills it. Where none can be had, hi removes by itself. */
#ifndef CLEANUP_CLEANER_H
#define CLEANUP_CLEANER_H

#include "lease.h"
#include "removal.h"

struct cleaner;

struct cleaner_config {
	struct docker *docker;
	const char *run_id, *pattern, *dir, *image;
	int64_t started;		/* ms since 1970 */
	const struct lease *lease;	/* the cleaner inherits its descriptor: the run is alive until both have ended */
	const char *history;		/* where a run that is completed without hi is remembered; NULL: nowhere */
	const char *probe;		/* an empty directory that is removed in the end, if it is there; NULL: none */
	const struct strs *secrets;	/* what is struck out of the evidence; may be NULL */
};

/* Waits for the acknowledgement. */
int cleaner_start(const struct cleaner_config *c, struct cleaner **out, struct err *e);
/* What it should know, as it comes; no cleaner (any more) is NULL. */
void cleaner_network(struct cleaner *c, const char *id);
void cleaner_name(struct cleaner *c, const char *name);
void cleaner_runner(struct cleaner *c, bool begins, int64_t at);	/* ms since 1970, by the engine's clock */
void cleaner_sent(struct cleaner *c);	/* the tests' own files are in the runner: see evidence.h */

struct cleaned {
	size_t containers, networks, volumes, images;
	struct leak *left;
	size_t n_left;
};
/* Has the run removed, and waits for it, or until *leave turns true. settled: the runner ended by itself. *leave may be
 * NULL. -1: it could not be carried out (the engine does not answer, *leave): the cleaner goes on when hi ends. May be
 * called again: the counts are of all calls. The lease stays, for the caller to remove. */
int cleaner_remove(struct cleaner *c, bool settled, void (*progress)(void *arg, const char *words), void *arg,
    const volatile bool *leave, struct cleaned *out, struct err *e);
void cleaned_free(struct cleaned *c);
/* All is done, or kept: it may go without touching anything more. */
void cleaner_end(struct cleaner *c);
/* hi is about to end and the cleaner finishes alone: it takes its pipe's end, which comes with hi's, for hi's death. */
void cleaner_detach(struct cleaner *c);

/* The process itself, on the descriptors of cleaner_internal.h. Returns its exit code. */
int cleaner_main(void);

#endif
