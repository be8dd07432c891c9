/* hi doctor: what it probes, and its checks. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/file.h"
#include "../base/mem.h"
#include "../base/text.h"
#include "../docker/image.h"
#include "clean.h"
#include "doctor.h"

#define INSTALL "https://docs.docker.com/engine/install/"

enum { ANSWER_MS = 5000, TRY_MS = 20000, SOURCE_MAX = 1 << 20 };

void
doctor_module(const char *go_mod, const char *path, struct module *m)
{
	const char *at = go_mod;
	size_t n = strlen(path);

	m->version[0] = '\0';
	while ((at = strstr(at, path)) != NULL) {
		at += n;
		/* This skips a longer path, and the line of a replacement. */
		if (*at == ' ' && at[1] == 'v') {
			snprintf(m->version, sizeof(m->version), "%.*s", (int)strcspn(at + 1, " \t\r\n"),
			    at + 1);
			return;
		}
	}
}

/* True for newer tests, which pin the client that dockertest makes to the engine's version. */
static bool
doctor_tests_negotiate_api(const char *dir)
{
	struct strs names = { 0 };
	bool found = false;

	(void)dir_names(dir, &names, NULL);
	for (size_t i = 0; i < names.n && !found; i++) {
		char *path = file_join(dir, names.v[i]);
		struct buf text = { 0 };

		if (text_ends(path, ".go") && file_read(path, SOURCE_MAX, &text, NULL) == 0)
			found = strstr(buf_str(&text), "NewVersionedClient") != NULL;
		buf_free(&text);
		free(path);
	}
	strs_free(&names);
	return found;
}

static void
doctor_probe_checkout(struct doctor *d)
{
	char *dir, *go_mod;
	struct buf text = { 0 };

	if (checkout_find(NULL, &d->checkout, &d->checkout_error) == -1)
		return;
	d->image = xasprintf("golang:%s", d->checkout.go);
	dir = file_join(d->checkout.root, "integration");
	d->negotiates_api = doctor_tests_negotiate_api(dir);
	go_mod = file_join(d->checkout.root, "go.mod");
	if (file_read(go_mod, SOURCE_MAX, &text, NULL) == 0) {
		doctor_module(buf_str(&text), "github.com/ory/dockertest/v3", &d->dockertest);
		doctor_module(buf_str(&text), "github.com/docker/docker", &d->client);
	}
	buf_free(&text);
	free(go_mod);
	free(dir);
}

void
doctor_probe(struct doctor *d)
{
	struct err ignored;

	doctor_probe_checkout(d);
	if (docker_open(&d->docker, d->loop, &d->docker_error) == -1)
		return;
	d->docker.timeout_ms = ANSWER_MS;
	(void)docker_versions(&d->docker, &d->versions, &ignored);
	d->answers = docker_info(&d->docker, &d->info, &d->docker_error) == 0;
	if (!d->answers)
		return;
	d->socket = plan_socket(NULL, d->docker.endpoint, &d->info);
	d->image_here = d->image != NULL && image_exists(&d->docker, d->image, &ignored) == 1;
}

void
doctor_free(struct doctor *d)
{
	checkout_free(&d->checkout);
	docker_info_free(&d->info);
	docker_versions_free(&d->versions);
	docker_close(&d->docker);
	free(d->image);
	free(d->socket);
	buf_free(&d->fixes);
}

/* Checks the command, the context, the engine behind it, the permission to use it, and its socket. */
static void
doctor_engine(struct doctor *d, struct check_result *r)
{
	static const char old[] = "nothing older than 20.10 was ever tried";
	const struct docker_info *i = &d->info;
	const char *client = d->versions.client;

	if (!d->answers) {
		check_say(r, CHECK_FAIL, docker_fix(&d->docker, &d->docker_error), "%s",
		    d->docker_error.text);
		return;
	}
	check_socket(&d->docker, d->socket, r);
	if (r->finding != NULL)
		return;
	if (*client == '\0')
		check_say(r, CHECK_WARN, "docker version", "the docker command does not tell its version");
	else if (!d->versions.podman && !check_version_at_least(client, 20, 10))
		check_say(r, CHECK_WARN, INSTALL, "the docker command is of version %s: %s", client, old);
	else if (!d->versions.podman && !check_version_at_least(i->server_version, 20, 10))
		check_say(r, CHECK_WARN, INSTALL, "version %s at %s: %s", i->server_version,
		    d->docker.endpoint, old);
	else
		check_say(r, CHECK_OK, NULL,
		    "%s%s at %s%s: %s, %s, %lld processors; %s is mounted into the runner; docker %s",
		    d->versions.podman ? "Podman " : "version ", i->server_version, d->docker.endpoint,
		    i->rootless ? ", rootless" : "", i->operating_system, i->architecture, (long long)i->cpus,
		    d->socket, client);
}

/* The minor version of the newest API that a docker/docker module speaks; from v25.0 on a lower bound. */
static int
client_api_minor(const char *version)
{
	int major = 0;

	(void)sscanf(version, "v%d", &major);
	return major >= 25 ? 44 : major >= 23 ? major + 19 : major >= 20 ? 41 : 40;
}

/* The minor version of the API with which dockertest v3 builds images, unless it is told another one. */
enum { DOCKERTEST_MINOR = 25 };

static void
doctor_api(struct doctor *d, struct check_result *r)
{
	static const char fix[] = "git pull (newer tests ask the engine); or in /etc/docker/daemon.json set "
	    "\"min-api-version\": \"1.24\"";
	const char *oldest = d->versions.oldest_api;

	if (!d->answers || *oldest == '\0')
		return;
	if (*d->dockertest.version != '\0' && !d->negotiates_api &&
	    check_version_at_least(oldest, 1, DOCKERTEST_MINOR + 1))
		check_say(r, CHECK_WARN, fix, "the engine takes no API older than %s, and dockertest %s of "
		    "go.mod builds images with 1.%d: the tests' builds end in \"broken pipe\"", oldest,
		    d->dockertest.version, DOCKERTEST_MINOR);
	else if (*d->client.version != '\0' &&
	    check_version_at_least(oldest, 1, client_api_minor(d->client.version) + 1))
		check_say(r, CHECK_WARN, fix, "the engine takes no API older than %s, and docker/docker %s "
		    "of go.mod speaks 1.%d", oldest, d->client.version,
		    client_api_minor(d->client.version));
	else
		check_say(r, CHECK_OK, NULL, "the engine takes %s to %s", oldest, d->versions.api);
}

static void
doctor_storage(struct doctor *d, struct check_result *r)
{
	if (!d->answers)
		return;
	if (d->info.containerd_store && *d->dockertest.version != '\0' && !d->negotiates_api)
		check_say(r, CHECK_WARN, "in /etc/docker/daemon.json set \"features\": "
		    "{\"containerd-snapshotter\": false}",
		    "images are in containerd's store (%s), which dockertest "
		    "%s of go.mod was made before; images of the older store are pulled or built again",
		    d->info.storage, d->dockertest.version);
	else
		check_say(r, CHECK_OK, NULL, "%s%s", d->info.storage,
		    d->info.containerd_store ? ", in containerd's store" : "");
}

static void
doctor_memory(struct doctor *d, struct check_result *r)
{
	if (d->answers)
		check_memory(&d->info, r);
}

static void
doctor_privileged(struct doctor *d, struct check_result *r)
{
	static const char logs[] = "journalctl -u docker | tail";
	char *lacks = NULL;
	struct err e;
	int got;

	/* This is cheap only if the image is here. */
	if (!d->image_here)
		return;
	d->docker.timeout_ms = TRY_MS;
	got = docker_try_privileged(&d->docker, d->image, &lacks, &e);
	d->docker.timeout_ms = ANSWER_MS;
	if (got == -1)
		check_say(r, CHECK_FAIL, logs, "a privileged container does not start: %s", e.text);
	else if (strstr(lacks, "tun") != NULL)
		check_say(r, CHECK_FAIL, "sudo modprobe tun",
		    "a privileged container can't open /dev/net/tun, which the clients need");
	else if (*lacks != '\0')
		check_say(r, CHECK_WARN, logs, "a privileged container may not %s: TestK8sOperator needs it",
		    lacks);
	else
		check_say(r, CHECK_OK, NULL, "a privileged container starts, and may mount, make devices and "
		    "open /dev/net/tun");
	free(lacks);
}

static void
doctor_disk_engine(struct doctor *d, struct check_result *r)
{
	if (d->answers)
		check_engine_disk(&d->docker, &d->info, d->socket, r);
}

static void
doctor_disk_logs(struct doctor *d, struct check_result *r)
{
	char *dir = logs_directory(d->o->logs_dir);

	check_logs_disk(dir, r);
	free(dir);
}

static void
doctor_image_golang(struct doctor *d, struct check_result *r)
{
	char *fix;

	if (!d->answers || d->image == NULL)
		return;
	fix = xasprintf("docker pull %s", d->image);
	if (d->image_here)
		check_say(r, CHECK_OK, NULL, "%s is here", d->image);
	else
		check_say(r, CHECK_FAIL, fix, "%s is not here: hi doctor --fix pulls it, and so does hi run",
		    d->image);
	free(fix);
}

static void
doctor_images(struct doctor *d, struct check_result *r)
{
	struct strs names = { 0 }, refs = { 0 };
	char *missing, *fix;
	struct err e;

	if (!d->answers)
		return;
	if (preflight_images(&d->docker, &names, &refs, &e) == -1) {
		check_say(r, CHECK_WARN, "docker images", "%s", e.text);
	} else if (refs.n > 0) {
		missing = strs_join(&refs, ", ");
		fix = xasprintf("docker pull %s", refs.v[0]);
		check_say(r, CHECK_FAIL, fix, "the engine has no %s, which %s names%s", missing, names.v[0],
		    names.n > 1 ? " and others name" : "");
		free(missing);
		free(fix);
	} else {
		check_say(r, CHECK_OK, NULL, "none that HEADSCALE_INTEGRATION_*_IMAGE names is missing");
	}
	strs_free(&names);
	strs_free(&refs);
}

static void
doctor_registry(struct doctor *d, struct check_result *r)
{
	int n = (env_value("DOCKERHUB_USERNAME") != NULL) + (env_value("DOCKERHUB_TOKEN") != NULL);

	(void)d;
	if (n == 1)
		check_say(r, CHECK_WARN, "export DOCKERHUB_USERNAME=NAME DOCKERHUB_TOKEN=TOKEN",
		    "one of DOCKERHUB_USERNAME and DOCKERHUB_TOKEN is set, the other is not: the tests' "
		    "pulls are anonymous, and limited to 100 in 6 hours");
	else
		check_say(r, CHECK_OK, NULL, n == 2 ? "DOCKERHUB_USERNAME and DOCKERHUB_TOKEN are set" :
		    "the tests' pulls are anonymous: Docker Hub allows 100 in 6 hours");
}

static void
doctor_checkout(struct doctor *d, struct check_result *r)
{
	const char *root = d->checkout.root;
	struct strs names = { 0 };
	size_t tests = 0;
	char *dir;

	if (root == NULL) {
		check_say(r, CHECK_FAIL, "git clone https://github.com/juanfont/headscale.git && "
		    "cd headscale", "%s", d->checkout_error.text);
		return;
	}
	dir = file_join(root, "integration");
	(void)dir_names(dir, &names, NULL);
	for (size_t i = 0; i < names.n; i++)
		tests += text_ends(names.v[i], "_test.go");
	if (tests == 0)
		check_say(r, CHECK_FAIL, "git checkout -- integration", "no *_test.go in %s", dir);
	else
		check_say(r, CHECK_OK, NULL, "%s, Go %s, %zu file%s of tests", root, d->checkout.go,
		    tests, tests == 1 ? "" : "s");
	strs_free(&names);
	free(dir);
}

static void
doctor_go(struct doctor *d, struct check_result *r)
{
	/* go runs outside any module, and may use no other toolchain, which it would download. hi never
	 * passes it the caller's flags. */
	struct proc_run run = { .argv = (char *[]){ "env", "GOTOOLCHAIN=local", "GOFLAGS=", "GOENV=off", "go",
	    "version", NULL },
	    .dir = "/", .timeout_ms = ANSWER_MS, .cancel = &d->interrupt.stop };
	struct proc_result res = { .status = -1 };
	const char *version = NULL;

	/* "go version go1.26.1 linux/amd64" */
	if (proc_run(d->loop, &run, &res, NULL) == 0 && proc_ok(res.status))
		version = text_after(buf_str(&res.out), "go version ");
	if (version != NULL)
		check_say(r, CHECK_OK, NULL, "%.*s", (int)strcspn(version, " \n"), version);
	else
		check_say(r, CHECK_WARN, "https://go.dev/dl/",
		    "none on this machine: hi run needs none; hi list reads the files by itself");
	proc_result_free(&res);
}

/* Checks the directories that replace the caches' volumes. hi run creates a missing one. */
static void
doctor_cache(struct doctor *d, struct check_result *r)
{
	static const char *const names[] = { "HEADSCALE_INTEGRATION_GO_CACHE",
	    "HEADSCALE_INTEGRATION_GO_BUILD_CACHE" };

	(void)d;
	for (int i = 0; i < 2; i++) {
		const char *dir = env_value(names[i]);
		char *fix = xasprintf("unset %s", names[i]);

		if (dir != NULL && access(dir, W_OK | X_OK) == -1 && errno != ENOENT)
			check_say(r, CHECK_FAIL, fix, "%s=%s: not a directory that you may write to",
			    names[i], dir);
		else if (dir != NULL && (r->finding == NULL || r->state == CHECK_OK))
			check_say(r, CHECK_OK, NULL, "%s=%s", names[i], dir);
		free(fix);
	}
}

/* Counts the runs, and the networks without a run. The fix is for the first of: dead, left, lost. */
static void
doctor_runs(struct doctor *d, struct check_result *r)
{
	size_t dead = 0, left = 0, kept = 0, live = 0, idle = 0, lost = 0;
	const char *first = "", *network = "";
	struct networks nets = { 0 };
	struct runs runs = { 0 };
	struct err e;
	char *fix;

	if (!d->answers)
		return;
	if (clean_idle_networks(&d->docker, false, &nets, &idle, &runs, &e) == -1)
		check_say(r, CHECK_WARN, "docker ps -a", "%s", e.text);
	for (size_t i = 0; i < runs.n; i++) {
		const struct run_seen *run = &runs.v[i];
		bool unknown = run->owner == OWNER_UNKNOWN && !clean_is_live(run);

		dead += run->owner == OWNER_DEAD;
		kept += run->owner == OWNER_KEPT;
		live += clean_is_live(run);
		left += unknown;
		first = unknown ? run->id : first;
	}
	for (size_t i = idle; i-- > 0;)
		if (clean_network_claim(&runs, &nets.v[i]) == NULL) {
			lost++;
			network = nets.v[i].name;
		}
	fix = dead > 0 ? xstrdup("hi clean stale") : left > 0 ? xasprintf("hi clean run %s", first) :
	    xstrdup(lost > 0 ? "hi clean networks" : "");
	if (r->finding == NULL)
		check_say(r, *fix != '\0' ? CHECK_WARN : CHECK_OK, fix,
		    "%zu dead, %zu left by others, %zu kept, %zu live; %zu network%s without a run%s%s%s",
		    dead, left, kept, live, lost, lost == 1 ? "" : "s", lost > 0 ? ": " : "", network,
		    lost > 1 ? " and others" : "");
	free(fix);
	networks_free(&nets);
	runs_free(&runs);
}

const struct doctor_check doctor_checks[] = {
	{ "engine", "docker is there, the engine answers, you may use it, and its socket can be mounted",
	    doctor_engine },
	{ "api", "the engine takes the API of the tests' own Docker client", doctor_api },
	{ "storage", "where the engine keeps images", doctor_storage },
	{ "memory", "the engine's memory against what the suite needs, and that it is measured",
	    doctor_memory },
	{ "privileged", "what a privileged container may do (one is started where the Go image is here)",
	    doctor_privileged },
	{ "disk-engine", "space and inodes where the engine keeps its data", doctor_disk_engine },
	{ "disk-logs", "the logs and a lease can be written; space and inodes where the logs go",
	    doctor_disk_logs },
	{ "image-golang", "the Go image of this checkout's version is here", doctor_image_golang },
	{ "images", "the images of HEADSCALE_INTEGRATION_*_IMAGE are here", doctor_images },
	{ "registry", "credentials for the tests' pulls", doctor_registry },
	{ "checkout", "a headscale checkout, its Go version and its tests", doctor_checkout },
	{ "go", "go on this machine", doctor_go },
	{ "cache", "the directories of HEADSCALE_INTEGRATION_GO_*CACHE can be written to", doctor_cache },
	{ "runs", "runs that nobody owns any more, and networks that no run owns", doctor_runs },
	{ NULL, NULL, NULL },
};
