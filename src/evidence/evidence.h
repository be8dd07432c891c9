/* The evidence of a run: what its containers hold, brought into the run's directory by
 * children that write straight to the files. hi calls it at a run's end, the cleaner when
 * the owner died. */
#ifndef EVIDENCE_EVIDENCE_H
#define EVIDENCE_EVIDENCE_H

#include "../docker/container.h"

struct evidence {
	struct docker *docker;
	const char *run_id, *dir;
	bool in_runner;		/* what the tests saved is in the runner, and is to be brought from there */
	bool bulk;		/* databases, metrics, map responses, profiles, status too */
	int64_t budget_ms;	/* 0: none. Logs of all first; the rest only if time remains */
	const volatile bool *cancel;	/* ends it early */
	const struct strs *secrets;	/* redacted in dir's text files; may be NULL */
	struct strs missing;	/* out: a line for what could not be had; the caller's to free */
	size_t containers, files;	/* out: how much was had */
};

/* Collects from every container that carries the run's label (the runner aside). Never overwrites what
 * is newer with less. The rest goes on where one fails; -1 only when the engine did not answer at all. */
int evidence_collect(struct evidence *v, struct err *e);

/* After a pass: drops the bulk that the tests wrote themselves (db, metrics, map responses, profiles,
 * status). evidence_settle does it again where bulk is false: what is root's cannot be dropped before. */
void evidence_drop_bulk(const char *dir);

/* Everything in dir to the caller, though the runner wrote it as root (a helper container of the runner's
 * image does it where we may not); gives mapresponses/<name>/ its documented name <name>-mapresponses/;
 * makes names fit an artefact upload. What fails is added to missing. */
void evidence_settle(struct evidence *v, const char *image);

/* Redacts the secrets in dir's text files. Call it last of all, once the summary was written: its excerpts come from
 * these files. Ended early by *cancel. What fails is added to missing. */
void evidence_redact(struct evidence *v);

#endif
