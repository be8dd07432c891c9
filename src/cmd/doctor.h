/* What the files of `hi doctor` share. It looks first (doctor_look.c); a check is a function of what was seen
 * (doctor_checks.c). For doctor*.c, and the unit tests of the checks. */
#ifndef CMD_DOCTOR_H
#define CMD_DOCTOR_H

#include "../cleanup/cleanup.h"
#include "../docker/network.h"
#include "../docker/probe.h"
#include "../gotool/gotool.h"
#include "../run/run.h"
#include "out.h"

struct doctor_options {
	bool json, fix, dry_run, list_checks;
	const char *logs_dir;
};

/* A module of the checkout's go.mod; version "" where it is not in it. */
struct module {
	char version[32];	/* "v3.12.0" */
};

struct doctor {
	const struct doctor_options *o;
	struct loop *loop;
	struct interrupt interrupt;

	bool docker_open, answers;	/* there is a docker; its engine answers, and info is filled */
	struct docker docker;
	struct docker_info info;
	struct docker_versions versions;
	struct err docker_error;	/* why not */

	struct checkout checkout;	/* root NULL: none */
	struct err checkout_error;
	size_t test_files;
	struct module dockertest, client;	/* github.com/ory/dockertest/v3, github.com/docker/docker */
	bool asks_version;	/* the tests ask the engine which API it takes */
	char *image;		/* golang:...; NULL: no checkout */
	bool image_here;
	char *go_version;	/* "go1.26.1"; NULL: no go */
	char *socket, *logs_dir;

	bool runs_known, networks_known;
	struct err runs_error;	/* why not */
	struct runs runs;
	struct strs orphans;	/* networks of tests that nothing uses, by name */

	bool tried;		/* a privileged container: */
	char *lacks;		/* what it was refused; NULL: it did not start, for */
	struct err privileged_error;
};

/* fn leaves r empty where there is nothing to check, as where another check's failure hides it. */
struct doctor_check {
	const char *id, *what;
	void (*fn)(struct doctor *d, struct check_result *r);
};
/* In the order in which they are shown; the last one's id is NULL. */
extern const struct doctor_check doctor_checks[];

void doctor_look(struct doctor *d);
void doctor_look_runs(struct doctor *d);
void doctor_free(struct doctor *d);
/* The version of a module in the text of a go.mod: into m. */
void doctor_module(const char *go_mod, const char *path, struct module *m);

#endif
