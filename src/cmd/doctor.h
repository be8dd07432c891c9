/* What the parts of `hi doctor` share. It looks first, all questions side by side, and judges then: a check
 * is a pure function of what was seen. For doctor*.c, and the unit tests of the checks. */
#ifndef CMD_DOCTOR_H
#define CMD_DOCTOR_H

#include "../docker/network.h"
#include "../docker/survey.h"
#include "../gotool/gotool.h"
#include "../run/preflight.h"
#include "../cleanup/runs.h"
#include "out.h"

struct doctor_options {
	bool json, fix, dry_run, list_checks, online;
	const char *logs_dir;
};

enum credentials { CRED_NONE, CRED_ENV, CRED_HALF, CRED_CONFIG, CRED_HELPER };
enum git_seen { GIT_NONE, GIT_DIR, GIT_WORKTREE, GIT_BROKEN };

struct doctor {
	const struct doctor_options *o;
	struct loop *loop;
	struct docker docker;
	struct interrupt interrupt;

	/* What was seen. known.docker is NULL where there is no docker, or no such context. */
	struct checks_known known;
	struct err docker_said;
	bool cli_missing;
	const char *api_version;	/* DOCKER_API_VERSION; NULL */
	struct survey survey;
	enum socket_seen endpoint_seen;

	struct checkout checkout;	/* root NULL: none */
	struct err checkout_said;
	enum git_seen git;
	size_t test_files;
	char *image, *k3s;	/* NULL: not known; this checkout needs none */
	char *go_version;	/* "go1.26.1"; NULL: no go */

	char *socket, *logs_dir;
	size_t n_logs;
	bool logs_sized;
	uint64_t logs_bytes;

	bool networks_known, runs_known;
	struct err engine_failed;	/* why one of these is not */
	struct networks networks;
	struct runs runs;
	struct strs orphans;	/* networks, by name */

	const char *go_cache, *build_cache;	/* directories instead of volumes; NULL */
	bool cache_writable;
	enum credentials credentials;
	char *helper;		/* CRED_HELPER: its name */
	int bridge_netfilter;	/* 1 on, 0 off, -1 not there */
	char *missing_capabilities;	/* "" none; NULL: not known */
};

/* In the order in which they are shown; NULL at the end. */
extern const struct check *const doctor_checks[];
extern const struct check check_docker_cli, check_context, check_permission, check_api, check_pools,
    check_golang, check_k3s, check_registry, check_online, check_runs, check_orphans;
extern const struct check check_checkout, check_files, check_git, check_go, check_cache, check_logs,
    check_bridge, check_bounding;

void doctor_look(struct doctor *d);
void doctor_free(struct doctor *d);
/* The parts of it that tests call: of a directory that stands for /proc. */
int doctor_bridge(const char *proc);
char *doctor_capabilities(const char *proc, const char *pid_file);
/* How many networks can still be made, at least. */
size_t doctor_free_pools(const struct survey_pool *pools, size_t n, const struct networks *used,
    size_t *total);

/* What --fix does for a check; *action: in words. 1: nothing to do. */
int doctor_fix(struct doctor *d, const struct check *c, const struct check_result *r, char **action,
    struct err *e);

#endif
