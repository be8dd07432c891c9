#include "run.h"

#include <sys/stat.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/file.h"
#include "../base/mem.h"
#include "../base/text.h"
#include "../cleanup/cleanup.h"
#include "../docker/image.h"

/* The limits below are chosen because a run writes about 100 MB of logs, the suite's images and caches take
 * about 5 GB, and its containers have limits of 2 GB each while the compiler runs beside them. */
#define MB ((uint64_t)1000 * 1000)
#define GB (1000 * MB)

enum { INODES_LEAST = 1000, INODES_ENOUGH = 50000 };

extern char **environ;

const char *
check_state_name(enum check_state s)
{
	static const char *const names[] = { "ok", "warn", "fail" };

	return names[s];
}

void
check_say(struct check_result *r, enum check_state s, const char *fix, const char *fmt, ...)
{
	char *text;

	XFORMAT(text, fmt);
	check_result_free(r);
	*r = (struct check_result){ .state = s, .finding = text_harmless_dup(text),
	    .fix = xstrdup(fix != NULL ? fix : "") };
	free(text);
}

void
check_result_free(struct check_result *r)
{
	free(r->finding);
	free(r->fix);
	*r = (struct check_result){ 0 };
}

bool
check_version_at_least(const char *version, int major, int minor)
{
	int have_major = 0, have_minor = 0;

	version += strcspn(version, "0123456789");
	if (sscanf(version, "%d.%d", &have_major, &have_minor) < 1)
		return false;
	return have_major > major || (have_major == major && have_minor >= minor);
}

void
check_memory(const struct docker_info *i, struct check_result *r)
{
	uint64_t n = i->memory > 0 ? (uint64_t)i->memory : 0, least = 2 * GB, enough = 6 * GB;
	char have[32], want[32];

	if (n == 0)
		return;
	text_bytes(n, have, sizeof(have));
	text_bytes(n < least ? least : enough, want, sizeof(want));
	if (n < enough)
		check_say(r, n < least ? CHECK_FAIL : CHECK_WARN, "hi run PATTERN --failfast",
		    "the engine has %s; to compile and run the suite takes %s: run tests one at a time",
		    have, want);
	else if (!i->memory_accounting)
		check_say(r, CHECK_WARN,
		    "https://docs.docker.com/engine/security/rootless/tips/#limiting-resources",
		    "the engine has %s, but does not measure a container's (cgroup driver %s): "
		    "--stats shows no memory, memory limits can't be checked", have, i->cgroup_driver);
	else
		check_say(r, CHECK_OK, NULL, "the engine has %s", have);
}

void
check_space(const struct space *s, uint64_t least_bytes, uint64_t enough_bytes, const char *fix,
    struct check_result *r)
{
	enum check_state state = CHECK_OK;
	char have[32], inodes[48] = "", want[32];

	if (s->bytes < enough_bytes || s->inodes < INODES_ENOUGH)
		state = CHECK_WARN;
	if (s->bytes < least_bytes || s->inodes < INODES_LEAST)
		state = CHECK_FAIL;
	text_bytes(s->bytes, have, sizeof(have));
	text_bytes(s->bytes < least_bytes ? least_bytes : enough_bytes, want, sizeof(want));
	if (s->inodes != UINT64_MAX)
		snprintf(inodes, sizeof(inodes), " and %llu inodes", (unsigned long long)s->inodes);
	if (state == CHECK_OK)
		check_say(r, state, NULL, "%s%s free at %s", have, inodes, s->path);
	else if (s->bytes < enough_bytes)
		check_say(r, state, fix, "%s%s free at %s, less than %s", have, inodes, s->path, want);
	else
		check_say(r, state, fix, "%s%s free at %s: too few inodes", have, inodes, s->path);
}

static void
check_path(const char *path, uint64_t least_bytes, uint64_t enough_bytes, const char *fix,
    struct check_result *r)
{
	struct space s = { .path = path };

	if (file_free_space(path, &s.bytes, &s.inodes, NULL) == 0)
		check_space(&s, least_bytes, enough_bytes, fix, r);
}

/* Returns why the socket can't be used, and sets *fix; NULL: it can, or it is on another machine. */
static const char *
socket_fault(const struct docker *d, const char *socket, const char **fix)
{
	const char *here = text_after(d->endpoint, "unix://");
	struct stat st;
	bool there;

	if (here == NULL || strcmp(here, socket) != 0)
		return NULL;
	there = stat(socket, &st) == 0;
	if (there && S_ISSOCK(st.st_mode) && access(socket, R_OK | W_OK) == 0)
		return NULL;
	*fix = "docker context ls";
	if (!there && errno != EACCES)
		return "there is no such file to mount into the runner";
	if (there && !S_ISSOCK(st.st_mode))
		return "it is no socket, and is what would be mounted into the runner";
	*fix = "sudo usermod -aG docker \"$USER\" && newgrp docker";
	return "you may not use it";
}

void
check_socket(const struct docker *d, const char *socket, struct check_result *r)
{
	const char *fix, *fault = socket_fault(d, socket, &fix);

	if (fault != NULL)
		check_say(r, CHECK_FAIL, fix, "%s: %s", socket, fault);
}

void
check_engine_disk(const struct docker *d, const struct docker_info *i, const char *socket,
    struct check_result *r)
{
	const char *here = text_after(d->endpoint, "unix://"), *fix;

	/* A path in the engine's VM may exist here, too, as another directory. Only a socket of this machine
	 * proves that they are the same. */
	if (here != NULL && strcmp(here, socket) == 0 && socket_fault(d, socket, &fix) == NULL &&
	    file_is_dir(i->root_dir))
		check_path(i->root_dir, GB, 10 * GB, "hi clean images", r);
}

void
check_logs_disk(const char *logs_dir, struct check_result *r)
{
	struct err e;

	if (file_can_mkdirs(logs_dir, &e) == -1)
		check_say(r, CHECK_FAIL, "hi run PATTERN --logs-dir=DIR", "no run can write its logs: %s",
		    e.text);
	else if (lease_check(&e) == -1)
		check_say(r, CHECK_FAIL, "sudo mount -o remount,rw /var/tmp; sudo chmod 1777 /var/tmp", "%s",
		    e.text);
	else
		check_path(logs_dir, 100 * MB, GB, "hi clean logs --keep=5", r);
}

int
preflight_images(struct docker *d, struct strs *names, struct strs *refs, struct err *e)
{
	struct strs all = { 0 }, all_refs = { 0 }, missing = { 0 };
	int got;

	for (char **v = environ; *v != NULL; v++) {
		char *name = xstrndup(*v, strcspn(*v, "="));

		if (text_after(name, "HEADSCALE_INTEGRATION_") != NULL && text_ends(name, "_IMAGE") &&
		    strlen(*v) > strlen(name) + 1) {
			strs_add(&all, name);
			strs_add(&all_refs, *v + strlen(name) + 1);
		}
		free(name);
	}
	got = image_missing(d, &all_refs, &missing, e);
	for (size_t i = 0; i < all.n && got == 0; i++)
		if (strs_has(&missing, all_refs.v[i])) {
			strs_add(names, all.v[i]);
			strs_add(refs, all_refs.v[i]);
		}
	strs_free(&all);
	strs_free(&all_refs);
	strs_free(&missing);
	return got;
}

static void
preflight_warn(const char *what, struct check_result *r, struct strs *warnings)
{
	if (r->finding != NULL && r->state == CHECK_FAIL)
		strs_addf(warnings, "%s: %s; try: %s", what, r->finding, r->fix);
	check_result_free(r);
}

int
preflight(const struct docker *d, const struct docker_info *i, const char *socket, struct strs *warnings,
    struct err *e)
{
	struct check_result r = { 0 };
	int got = 0;

	check_socket(d, socket, &r);
	if (r.finding != NULL)
		got = err_set(e, "engine: %s; try: %s", r.finding, r.fix);
	check_result_free(&r);
	if (got == -1)
		return -1;
	check_memory(i, &r);
	preflight_warn("memory", &r, warnings);
	/* The disk of the log directory is not checked, as plan_directory is about to write to it. */
	check_engine_disk(d, i, socket, &r);
	preflight_warn("disk-engine", &r, warnings);
	return 0;
}
