/* The evidence of a run: what its containers hold, brought into the run's directory by children that write
 * straight to the files. hi calls this at a run's end, the cleaner where hi has died, in this order:
 *
 *   evidence_collect	within its budget, while the containers are there
 *   (the removal)	which never waits for what follows
 *   evidence_settle	the files belong to the caller, under their documented names
 *   (the report)	its excerpts come from the files as they are
 *   evidence_redact	last of all
 *
 * Each of the three ends at once when *cancel is true (docker's children may take a second or two). */
#ifndef EVIDENCE_EVIDENCE_H
#define EVIDENCE_EVIDENCE_H

#include "../docker/container.h"

struct evidence {
	struct docker *docker;
	const char *run_id, *dir;
	bool in_runner;		/* what the tests saved has to be copied from the runner */
	bool bulk;		/* collect and keep databases, metrics, map responses, profiles, status */
	int64_t budget_ms;	/* of evidence_collect; 0: no limit */
	const volatile bool *cancel;	/* may be NULL */
	const struct strs *secrets;	/* redacted in dir's text files; may be NULL */
	struct strs missing;	/* out: a line for each fault; the caller frees it */
	size_t containers, files;	/* out: how much was collected */
};

/* Collects from every container with the run's label, except the runner: the logs of all first, the rest if
 * time remains. Of two copies of a log the longer one is kept; other pieces that the tests saved stay as they
 * are. A server is paused while its database is copied, and always unpaused. If something fails, goes on with
 * the rest; -1 only if the engine did not answer at all. */
int evidence_collect(struct evidence *v, struct err *e);

/* Gives everything in dir, which the runner wrote as root, to our user: if we may not, a helper container of
 * image (which may be NULL) does it. That carries the run's label, so that one more removal finds it if this
 * call is cut short. Gives mapresponses/<name>/ its documented name, and all files names that an artefact
 * upload accepts. If bulk is false, drops what of it the tests saved. Ends within a minute. */
void evidence_settle(struct evidence *v, const char *image);

/* Redacts the secrets in dir's text files. Failures are lines in missing. */
void evidence_redact(struct evidence *v);

/* Adds to out the secrets in env (like environ). A value is no secret if it is shorter than 8 bytes, the path
 * of a file, spelled like a test's name, part of a string in known (NULL-terminated: what everybody may read
 * of this run, such as its image and its paths) or of the suite's own words. If KEY is all that marks the
 * variable's name, neither is a value of only lower-case words or only digits. */
void evidence_find_secrets(char *const *env, const char *const *known, struct strs *out);

#endif
