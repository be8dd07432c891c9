/* hi doctor: the checks, each a function of what was seen. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/mem.h"
#include "../base/text.h"
#include "clean.h"
#include "doctor.h"

#define INSTALL "https://docs.docker.com/engine/install/"
#define CLONE "git clone https://github.com/juanfont/headscale.git && cd headscale"

static void
doctor_docker_cli(struct doctor *d, struct check_result *r)
{
	if (!d->docker_open && d->docker_error.kind == ERR_NO_COMMAND)
		check_say(r, CHECK_FAIL, INSTALL, "no docker command in PATH");
	else if (!d->docker_open)
		return;
	else if (*d->versions.client == '\0')
		check_say(r, CHECK_WARN, "docker version", "docker is there, but does not tell its version");
	else if (!d->versions.podman && !check_version_at_least(d->versions.client, 20, 10))
		check_say(r, CHECK_WARN, INSTALL, "docker %s: nothing older than 20.10 was ever tried",
		    d->versions.client);
	else
		check_say(r, CHECK_OK, NULL, "docker %s", d->versions.client);
}

/* The context, the engine behind it, the permission to use it, an API that both speak, and its socket. */
static void
doctor_engine(struct doctor *d, struct check_result *r)
{
	const struct docker_info *i = &d->info;

	if (!d->docker_open && d->docker_error.kind == ERR_NO_COMMAND)
		return;
	if (!d->answers) {
		check_say(r, CHECK_FAIL, docker_fix(&d->docker, &d->docker_error), "%s",
		    d->docker_error.text);
		return;
	}
	check_socket(&d->docker, d->socket, r);
	if (r->finding != NULL)
		return;
	if (!d->versions.podman && !check_version_at_least(i->server_version, 20, 10))
		check_say(r, CHECK_WARN, INSTALL, "version %s at %s: nothing older than 20.10 was ever tried",
		    i->server_version, d->docker.endpoint);
	else
		check_say(r, CHECK_OK, NULL, 
		    "%s%s at %s%s: %s, %s, %lld processors; %s is mounted into the runner",
		    d->versions.podman ? "Podman " : "version ", i->server_version, d->docker.endpoint,
		    i->rootless ? ", rootless" : "", i->operating_system, i->architecture, (long long)i->cpus,
		    d->socket);
}

/* The minor version of the API that a docker/docker module speaks at most; from v25.0 on it is 44 and more.
 * */
static int
client_api_minor(const char *version)
{
	int major = 0;

	(void)sscanf(version, "v%d", &major);
	return major >= 25 ? 44 : major >= 23 ? major + 19 : major >= 20 ? 41 : 40;
}

/* the API with which dockertest v3 builds images, unless it was told another one */
enum { DOCKERTEST_MINOR = 25 };

/* dockertest v3 as it is, and an engine that asks for more than it speaks. */
static bool
is_dockertest_old(const struct doctor *d)
{
	return *d->dockertest.version != '\0' && !d->asks_version &&
	    check_version_at_least(d->versions.oldest_api, 1, DOCKERTEST_MINOR + 1);
}

static void
doctor_api(struct doctor *d, struct check_result *r)
{
	static const char fix[] = "git pull (newer tests ask the engine); or in /etc/docker/daemon.json set "
	    "\"min-api-version\": \"1.24\"";
	const char *oldest = d->versions.oldest_api;

	if (!d->answers || *oldest == '\0')
		return;
	if (is_dockertest_old(d))
		check_say(r, CHECK_WARN, fix, "the engine takes no API older than %s, and dockertest %s of "
		    "go.mod "
		    "builds images with 1.%d: the tests' builds end in \"broken pipe\"", oldest,
		    d->dockertest.version, DOCKERTEST_MINOR);
	else if (*d->client.version != '\0' &&
	    check_version_at_least(oldest, 1, client_api_minor(d->client.version) + 1))
		check_say(r, CHECK_WARN, fix, "the engine takes no API older than %s, and docker/docker %s "
		    "of "
		    "go.mod speaks 1.%d", oldest, d->client.version, client_api_minor(d->client.version));
	else
		check_say(r, CHECK_OK, NULL, "the engine takes %s to %s", oldest, d->versions.api);
}

static void
doctor_storage(struct doctor *d, struct check_result *r)
{
	if (!d->answers)
		return;
	if (d->info.containerd_store && *d->dockertest.version != '\0' && !d->asks_version)
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

	if (!d->tried)
		return;
	if (d->lacks == NULL)
		check_say(r, CHECK_FAIL, logs, "a privileged container does not start: %s",
		    d->privileged_error.text);
	else if (strstr(d->lacks, "tun") != NULL)
		check_say(r, CHECK_FAIL, "sudo modprobe tun",
		    "a privileged container can't open /dev/net/tun, which the clients need");
	else if (*d->lacks != '\0')
		check_say(r, CHECK_WARN, logs, "a privileged container may not %s: TestK8sOperator needs it",
		    d->lacks);
	else
		check_say(r, CHECK_OK, NULL, "a privileged container starts, and may mount, make devices and "
		    "open /dev/net/tun");
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
	check_logs_disk(d->logs_dir, r);
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
	if (d->checkout.root == NULL)
		check_say(r, CHECK_FAIL, CLONE, "%s", d->checkout_error.text);
	else if (d->test_files == 0)
		check_say(r, CHECK_FAIL, "git checkout -- integration", "no *_test.go in %s/integration",
		    d->checkout.root);
	else
		check_say(r, CHECK_OK, NULL, "%s, Go %s, %zu files of tests", d->checkout.root,
		    d->checkout.go, d->test_files);
}

static void
doctor_go(struct doctor *d, struct check_result *r)
{
	if (d->go_version != NULL)
		check_say(r, CHECK_OK, NULL, "%s", d->go_version);
	else
		check_say(r, CHECK_WARN, "https://go.dev/dl/",
		    "none on this machine: hi run needs none; hi list reads the files by itself");
}

/* Directories instead of volumes. A missing one is created. */
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

static void
doctor_runs(struct doctor *d, struct check_result *r)
{
	size_t dead = 0, left = 0, kept = 0, live = 0;
	const char *first = "";
	char *fix;

	if (!d->answers)
		return;
	if (!d->runs_known) {
		check_say(r, CHECK_WARN, "docker ps -a", "%s", d->runs_error.text);
		return;
	}
	for (size_t i = 0; i < d->runs.n; i++) {
		const struct run_seen *run = &d->runs.v[i];
		bool unknown = run->owner == OWNER_UNKNOWN && !clean_is_live(run);

		dead += run->owner == OWNER_DEAD;
		kept += run->owner == OWNER_KEPT;
		live += clean_is_live(run);
		left += unknown;
		first = unknown ? run->id : first;
	}
	fix = xasprintf("hi clean run %s", first);
	check_say(r, dead + left > 0 ? CHECK_WARN : CHECK_OK, dead > 0 ? "hi clean stale" : left > 0 ? fix :
	    NULL,
	    "%zu dead, %zu left by others, %zu kept, %zu live", dead, left, kept, live);
	free(fix);
}

static void
doctor_networks(struct doctor *d, struct check_result *r)
{
	if (!d->networks_known)
		return;
	if (d->orphans.n == 0)
		check_say(r, CHECK_OK, NULL, "no network of a test without a run");
	else
		check_say(r, CHECK_WARN, "hi clean networks",
		    "%zu network%s of tests that nothing uses: %s%s", d->orphans.n,
		    d->orphans.n == 1 ? "" : "s", d->orphans.v[0], d->orphans.n > 1 ? " and others" : "");
}

const struct doctor_check doctor_checks[] = {
	{ "docker-cli", "the docker command, and its version", doctor_docker_cli },
	{ "engine", "the engine answers, you may use it, and its socket can be mounted",
	    doctor_engine },
	{ "api", "the engine takes the API of the tests' own Docker client", doctor_api },
	{ "storage", "where the engine keeps images", doctor_storage },
	{ "memory", "the engine's memory against what the suite needs, and that it is measured",
	    doctor_memory },
	{ "privileged", "what a privileged container may do (one is started where the Go image is here)",
	    doctor_privileged },
	{ "disk-engine", "space and inodes where the engine keeps its data", doctor_disk_engine },
	{ "disk-logs", "space and inodes where the logs go", doctor_disk_logs },
	{ "image-golang", "the Go image of this checkout's version is here", doctor_image_golang },
	{ "images", "the images of HEADSCALE_INTEGRATION_*_IMAGE are here", doctor_images },
	{ "registry", "credentials for the tests' pulls", doctor_registry },
	{ "checkout", "a headscale checkout, its Go version and its tests", doctor_checkout },
	{ "go", "go on this machine", doctor_go },
	{ "cache", "the directories of HEADSCALE_INTEGRATION_GO_*CACHE can be written to", doctor_cache },
	{ "runs", "runs that nobody owns any more", doctor_runs },
	{ "networks", "networks that no run owns", doctor_networks },
	{ NULL, NULL, NULL },
};
