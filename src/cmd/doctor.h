/* Shared by the files of `hi doctor`, doctor*.c, and the unit tests of the checks. doctor_probe probes what
 * several checks need; a check (doctor_checks.c) goes by that, and probes the rest itself. */
#ifndef CMD_DOCTOR_H
#define CMD_DOCTOR_H

#include "../cleanup/cleanup.h"
#include "../docker/probe.h"
#include "../gotool/gotool.h"
#include "../run/run.h"
#include "cmd.h"

struct doctor_options {
	bool json, fix, dry_run, list_checks;
	const char *logs_dir;
};

/* A module of the checkout's go.mod; version "": it is not in there. */
struct module {
	char version[32];	/* "v3.12.0" */
};

struct doctor {
	const struct doctor_options *o;
	struct loop *loop;
	struct interrupt interrupt;

	bool answers;		/* there is a docker, and its engine answers: info is filled */
	struct docker docker;
	struct docker_info info;
	struct docker_versions versions;
	struct err docker_error;	/* why it does not answer */
	char *socket;		/* the engine's, at the path that the engine sees */

	struct checkout checkout;	/* root NULL: none */
	struct err checkout_error;
	struct module dockertest, client;	/* github.com/ory/dockertest/v3, github.com/docker/docker */
	bool negotiates_api;	/* the tests ask the engine which API it accepts */
	char *image;		/* golang:...; NULL: no checkout */
	bool image_here;

	struct buf fixes;	/* what --fix did, as elements of a JSON array */
};

/* fn leaves r empty if there is nothing to check, for example because another check has failed. */
struct doctor_check {
	const char *id, *what;
	void (*fn)(struct doctor *d, struct check_result *r);
};
/* In the order in which they are shown; the last one's id is NULL. */
extern const struct doctor_check doctor_checks[];

void doctor_probe(struct doctor *d);
void doctor_free(struct doctor *d);
/* Puts into m the version of the module path in the text of a go.mod. */
void doctor_module(const char *go_mod, const char *path, struct module *m);

#endif
