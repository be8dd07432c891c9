#include "preflight.h"

#include <sys/stat.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/file.h"
#include "../base/mem.h"
#include "../base/text.h"
#include "../docker/image.h"

/* A run writes about 100 MB of logs, the images and caches of the suite take about 5 GB; its containers have
 * limits of 2 GB each, and the compiler runs beside them. */
#define MB ((uint64_t)1000 * 1000)
#define GB (1000 * MB)
#define LOGS_LEAST (100 * MB)
#define LOGS_ENOUGH GB
#define ENGINE_LEAST GB
#define ENGINE_ENOUGH (10 * GB)
#define MEMORY_LEAST (2 * GB)
#define MEMORY_ENOUGH (6 * GB)

extern char **environ;

enum { INODES_LEAST = 1000, INODES_ENOUGH = 50000 };

const char *
check_state_name(enum check_state s)
{
	static const char *const names[] = { "ok", "warn", "fail", "unknown" };

	return names[s];
}

void
check_say(struct check_result *r, enum check_state s, const char *fix, const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	check_result_free(r);
	*r = (struct check_result){ .state = s, .finding = text_harmless_dup(text), .fix = xstrdup(fix != NULL ? fix : "") };
	free(text);
}

void
check_run(const struct check *c, const struct checks_known *k, struct check_result *r)
{
	*r = (struct check_result){ .state = CHECK_UNKNOWN };
	c->fn(k, r);
	if (r->finding == NULL)
		check_say(r, CHECK_UNKNOWN, NULL, "%s", k->docker == NULL ? "no docker to ask" :
		    k->info == NULL ? "no engine to ask" : "not found out");
}

void
check_result_free(struct check_result *r)
{
	free(r->finding);
	free(r->fix);
	*r = (struct check_result){ .state = CHECK_UNKNOWN };
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

static void
engine(const struct checks_known *k, struct check_result *r)
{
	const char *said = k->engine_said != NULL ? k->engine_said : "it does not answer";
	const struct docker_info *i = k->info;
	bool start;

	if (k->docker == NULL)
		return;
	start = strcmp(k->docker->endpoint, "unix:///var/run/docker.sock") == 0 &&
	    strstr(said, "no engine") != NULL;
	if (i == NULL)
		check_say(r, CHECK_FAIL,
		    start ? "sudo systemctl start docker" : "docker context ls; docker info", "%s", said);
	else if (!check_version_at_least(i->server_version, 20, 10))
		check_say(r, CHECK_WARN, "https://docs.docker.com/engine/install/",
		    "version %s at %s; nothing older than 20.10 was ever tried",
		    i->server_version, k->docker->endpoint);
	else
		check_say(r, CHECK_OK, NULL, "version %s at %s: %s, %s, %lld processors", i->server_version,
		    k->docker->endpoint, i->operating_system, i->architecture, (long long)i->cpus);
}

static void
socket_(const struct checks_known *k, struct check_result *r)
{
	const char *path = k->socket;

	if (k->docker == NULL || path == NULL)
		return;
	switch (k->socket_seen) {
	case SOCKET_THERE:
		check_say(r, CHECK_OK, NULL, "%s is mounted into the runner", path);
		break;
	case SOCKET_DENIED:
		check_say(r, CHECK_FAIL, "sudo usermod -aG docker \"$USER\"", "%s: you may not use it", path);
		break;
	case SOCKET_MISSING:
		check_say(r, CHECK_FAIL, "docker context ls",
		    "%s: there is no such file to mount into the runner", path);
		break;
	case SOCKET_NONE:
		check_say(r, CHECK_FAIL, "docker context ls",
		    "%s: it is no socket, and is what the runner would get", path);
		break;
	case SOCKET_ELSEWHERE:
		check_say(r, CHECK_OK, NULL, "%s, on the engine's own machine, is mounted into the runner",
		    path);
		break;
	case SOCKET_UNKNOWN:
		break;
	}
}

static void
storage(const struct checks_known *k, struct check_result *r)
{
	static const char *const slow[] = { "vfs", "devicemapper", "aufs", "overlay", NULL };

	if (k->info == NULL)
		return;
	for (const char *const *s = slow; *s != NULL; s++)
		if (strcmp(*s, k->info->storage) == 0) {
			check_say(r, CHECK_WARN,
			    "https://docs.docker.com/engine/storage/drivers/select-storage-driver/",
			    "%s is slow, or no longer cared for: overlay2 serves a suite of 100 containers "
			    "better",
			    *s);
			return;
		}
	check_say(r, CHECK_OK, NULL, "%s", k->info->storage);
}

static void
memory(const struct checks_known *k, struct check_result *r)
{
	char have[32], want[32];
	uint64_t n;

	if (k->info == NULL || k->info->memory <= 0)
		return;
	n = (uint64_t)k->info->memory;
	text_bytes(n, have, sizeof(have));
	text_bytes(n < MEMORY_LEAST ? MEMORY_LEAST : MEMORY_ENOUGH, want, sizeof(want));
	if (n < MEMORY_ENOUGH)
		check_say(r, n < MEMORY_LEAST ? CHECK_FAIL : CHECK_WARN, "hi run PATTERN --failfast",
		    "the engine has %s; to compile and run the suite takes %s: run tests one at a time", have,
		    want);
	else
		check_say(r, CHECK_OK, NULL, "the engine has %s", have);
}

static void
disk(const struct space *s, uint64_t least, uint64_t enough, const char *fix, struct check_result *r)
{
	enum check_state state = CHECK_OK;
	char have[32], inodes[48] = "", want[32];

	if (!s->known)
		return;
	if (s->bytes < enough || s->inodes < INODES_ENOUGH)
		state = CHECK_WARN;
	if (s->bytes < least || s->inodes < INODES_LEAST)
		state = CHECK_FAIL;
	text_bytes(s->bytes, have, sizeof(have));
	text_bytes(s->bytes < least ? least : enough, want, sizeof(want));
	if (s->inodes != UINT64_MAX)
		snprintf(inodes, sizeof(inodes), " and %llu inodes", (unsigned long long)s->inodes);
	if (state == CHECK_OK)
		check_say(r, state, NULL, "%s%s free at %s", have, inodes, s->path);
	else if (s->bytes < enough)
		check_say(r, state, fix, "%s%s free at %s, less than %s", have, inodes, s->path, want);
	else
		check_say(r, state, fix, "%s%s free at %s: too few inodes", have, inodes, s->path);
}

static void
disk_engine(const struct checks_known *k, struct check_result *r)
{
	if (k->info != NULL && !k->engine_disk.known)
		check_say(r, CHECK_UNKNOWN, NULL, "%s is not on this machine, or may not be looked at",
		    k->info->root_dir);
	else
		disk(&k->engine_disk, ENGINE_LEAST, ENGINE_ENOUGH, "hi clean images", r);
}

static void
disk_logs(const struct checks_known *k, struct check_result *r)
{
	disk(&k->logs_disk, LOGS_LEAST, LOGS_ENOUGH, "hi clean logs --keep=5", r);
}

const struct check check_engine = { "engine", "the engine answers, and its version", engine, true };
const struct check check_socket = { "socket", "the engine's socket can be mounted into a container", socket_,
	true };
const struct check check_storage = { "storage", "the engine's storage driver", storage, false };
const struct check check_memory = { "memory", "the engine's memory against what the suite needs", memory,
	false };
const struct check check_disk_engine = { "disk-engine", "space and inodes where the engine keeps its data",
	disk_engine, false };
const struct check check_disk_logs = { "disk-logs", "space and inodes where the logs go", disk_logs, false };

static void
look_disk(struct space *s, const char *path)
{
	s->path = path;
	s->known = file_free(path, &s->bytes, &s->inodes, NULL) == 0;
}

static enum socket_seen
look_socket(const struct checks_known *k)
{
	struct stat st;

	if (strncmp(k->docker->endpoint, "unix://", 7) != 0 ||
	    strcmp(k->docker->endpoint + 7, k->socket) != 0)
		return SOCKET_ELSEWHERE;
	if (stat(k->socket, &st) == -1)
		return errno == EACCES ? SOCKET_DENIED : SOCKET_MISSING;
	if (!S_ISSOCK(st.st_mode))
		return SOCKET_NONE;
	return access(k->socket, R_OK | W_OK) == 0 ? SOCKET_THERE : SOCKET_DENIED;
}

void
checks_look(struct checks_known *k, const char *logs_dir)
{
	if (k->docker != NULL && k->socket != NULL)
		k->socket_seen = look_socket(k);
	/* A VM's path may be there here as well, and be another one: only a socket of this machine proves it.
	 */
	if (k->info != NULL && k->socket_seen == SOCKET_THERE && file_is_dir(k->info->root_dir))
		look_disk(&k->engine_disk, k->info->root_dir);
	if (logs_dir != NULL)
		look_disk(&k->logs_disk, logs_dir);
}

int
preflight(const struct docker *d, const struct docker_info *i, const char *socket, const char *logs_dir,
    void (*say)(void *arg, const char *line), void *arg, struct err *e)
{
	/* The log directory is about to be written to: its disk speaks for itself. */
	static const struct check *const needed[] = { &check_engine, &check_socket, &check_storage, &check_memory,
		&check_disk_engine, NULL };
	struct checks_known k = { .docker = d, .info = i, .socket = socket };
	int got = 0;

	checks_look(&k, logs_dir);
	for (const struct check *const *c = needed; *c != NULL && got == 0; c++) {
		struct check_result r;
		char *line;

		check_run(*c, &k, &r);
		line = xasprintf("%s: %s%s%s", (*c)->id, r.finding,
		    r.fix != NULL && *r.fix != '\0' ? "; try: " : "", r.fix != NULL ? r.fix : "");
		if (r.state == CHECK_FAIL && (*c)->stops)
			got = err_set(e, "%s", line);
		else if (r.state == CHECK_FAIL)
			say(arg, line);
		free(line);
		check_result_free(&r);
	}
	return got;
}

int
preflight_images(struct docker *d, struct strs *missing, struct err *e)
{
	struct strs names = { 0 }, refs = { 0 }, gone = { 0 };
	int got;

	for (char **v = environ; *v != NULL; v++) {
		char *name = xstrndup(*v, strcspn(*v, "="));

		if (text_after(name, "HEADSCALE_INTEGRATION_") != NULL && text_ends(name, "_IMAGE") &&
		    strlen(*v) > strlen(name) + 1) {
			strs_add(&names, name);
			strs_add(&refs, *v + strlen(name) + 1);
		}
		free(name);
	}
	got = image_missing(d, &refs, &gone, e);
	for (size_t i = 0; i < refs.n && got == 0; i++)
		if (strs_has(&gone, refs.v[i]))
			strs_addf(missing, "%s: the engine has no image %s: build or load it, or: docker pull %s", names.v[i],
			    refs.v[i], refs.v[i]);
	strs_free(&names);
	strs_free(&refs);
	strs_free(&gone);
	return got;
}
