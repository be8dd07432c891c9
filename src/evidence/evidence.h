/* The evidence of a run: what its containers hold, brought into the run's directory by children that write
 * straight to the files. hi calls this at a run's end, the cleaner where hi has died, in this order:
 *
 *   evidence_collect	within its budget, while the containers are there
 *   (the removal)	which never waits for what follows
 *   evidence_settle	the files belong to the caller, under their documented names
 *   (the report)	its excerpts come from the files as they are
 *   evidence_redact	last of all
 *
 * Each of the three ends at once when *cancel is true (give docker's children a second or two). */
#ifndef EVIDENCE_EVIDENCE_H
#define EVIDENCE_EVIDENCE_H

#include "../docker/container.h"

struct evidence {
	struct docker *docker;
	const char *run_id, *dir;
	bool in_runner;		/* what the tests saved is in the runner, and is to be brought from there */
	bool bulk;		/* databases, metrics, map responses, profiles, status too */
	int64_t budget_ms;	/* of evidence_collect; 0: none */
	const volatile bool *cancel;	/* may be NULL */
	const struct strs *secrets;	/* redacted in dir's text files; may be NULL */
	struct strs missing;	/* out: a line for each fault; the caller frees it */
	size_t containers, files;	/* out: how much was collected */
};

/* Collects from every container that carries the run's label (the runner aside): the logs of all first, the
 * rest if time remains. Never replaces what is newer by less. A server is paused while its database is
 * copied, and always unpaused. Goes on with the rest where one fails; -1 only when the engine did not
 * answer at all. */
int evidence_collect(struct evidence *v, struct err *e);

/* Gives everything in dir to the caller, though the runner wrote it as root: a helper container of image
 * (which may be NULL) does it where we may not. It carries the run's label: a call that was cut short may
 * leave it to one more removal. Gives mapresponses/<name>/ its documented name, and all files names that an
 * artefact upload takes. Without bulk, drops what of it the tests saved. Ends within a minute. */
void evidence_settle(struct evidence *v, const char *image);

/* Redacts the secrets in dir's text files. Failures are lines in missing. */
void evidence_redact(struct evidence *v);

/* Adds to out the secrets of env (as environ). A value is no secret where it is shorter than
 * 8 bytes, the path of a file, spelled like the name of a test, part of a string in known
 * (NULL-terminated: what everybody may read of this run, such as its image and its paths) or of the suite's
 * own words; and, for a name whose only mark is KEY, where it is made of lower-case words or digits alone. */
void evidence_find_secrets(char *const *env, const char *const *known, struct strs *out);

#endif
