/* hi doctor: checks of docker, its engine, and what is on it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/mem.h"
#include "../base/text.h"
#include "clean.h"
#include "doctor.h"

#define INSTALL "https://docs.docker.com/engine/install/"

enum { POOLS_FEW = 6 };

static const struct doctor *
of(const struct checks_known *k)
{
	return k->more;
}

static void
docker_cli(const struct checks_known *k, struct check_result *r)
{
	const struct doctor *d = of(k);

	if (d->cli_missing)
		check_say(r, CHECK_FAIL, INSTALL, "no docker command in PATH");
	else if (k->docker == NULL || *d->survey.client == '\0')
		check_say(r, CHECK_UNKNOWN, NULL, "docker is there, and does not say its version");
	else if (!check_version_at_least(d->survey.client, 20, 10))
		check_say(r, CHECK_WARN, INSTALL, "docker %s; nothing older than 20.10 was ever tried",
		    d->survey.client);
	else
		check_say(r, CHECK_OK, NULL, "docker %s", d->survey.client);
}

static void
context(const struct checks_known *k, struct check_result *r)
{
	const struct doctor *d = of(k);

	if (d->cli_missing)
		return;
	if (k->docker == NULL)
		check_say(r, CHECK_FAIL, "unset DOCKER_CONTEXT; docker context use default", "%s",
		    d->docker_said.text);
	else if (strncmp(k->docker->endpoint, "unix://", 7) != 0 &&
	    strncmp(k->docker->endpoint, "npipe://", 8) != 0)
		check_say(r, CHECK_WARN, "docker context use default",
		    "%s, at %s: an engine elsewhere has to see the checkout at the same path",
		    k->docker->context, k->docker->endpoint);
	else
		check_say(r, CHECK_OK, NULL, "%s, at %s", k->docker->context, k->docker->endpoint);
}

static void
permission(const struct checks_known *k, struct check_result *r)
{
	const struct doctor *d = of(k);

	if (k->docker == NULL)
		return;
	if (k->info != NULL)
		check_say(r, CHECK_OK, NULL, "you may use the engine%s",
		    k->info->rootless ? ", which is rootless" : "");
	else if (d->endpoint_seen == SOCKET_DENIED || strstr(d->survey.said.text, "permission") != NULL)
		check_say(r, CHECK_FAIL, "sudo usermod -aG docker \"$USER\" && newgrp docker",
		    "you may not use %s", k->docker->endpoint);
	else
		check_say(r, CHECK_UNKNOWN, NULL, "no engine answers at %s", k->docker->endpoint);
}

static void
api(const struct checks_known *k, struct check_result *r)
{
	const struct survey *s = &of(k)->survey;
	const char *asked = of(k)->api_version;

	if (k->docker == NULL)
		return;
	if (s->api_said.text[0] != '\0')
		check_say(r, CHECK_FAIL, asked != NULL ? "unset DOCKER_API_VERSION" : INSTALL, "%s",
		    s->api_said.text);
	else if (*s->server_api != '\0' && !check_version_at_least(s->server_api, 1, 25))
		check_say(r, CHECK_FAIL, INSTALL,
		    "the engine speaks %s only; the tests' own client needs 1.25", s->server_api);
	else if (*s->server_api != '\0')
		check_say(r, CHECK_OK, NULL, "%s (the client's is %s, the engine's %s)", s->negotiated,
		    s->client_api, s->server_api);
}

static bool
parse_net(const char *s, uint32_t *base, int *len)
{
	unsigned a, b, c, e;

	if (sscanf(s, "%u.%u.%u.%u/%d", &a, &b, &c, &e, len) != 5 || a > 255 || b > 255 || c > 255 ||
	    e > 255 || *len < 0 || *len > 32)
		return false;
	*base = (uint32_t)a << 24 | (uint32_t)b << 16 | (uint32_t)c << 8 | (uint32_t)e;
	return true;
}

static bool
overlap(uint32_t a, int a_len, uint32_t b, int b_len)
{
	int len = a_len < b_len ? a_len : b_len;

	return len == 0 || (a ^ b) >> (32 - len) == 0;
}

/* How many networks of a size lie in one that is len bits deep; one that is smaller spoils one. */
static uint64_t
pieces(int size, int len)
{
	return len >= size ? 1 : (uint64_t)1 << (size - len);
}

size_t
doctor_free_pools(const struct survey_pool *pools, size_t n, const struct networks *used, size_t *total)
{
	/* What the engine does where nobody told it otherwise. */
	static const struct survey_pool own[] = { { "172.17.0.0/16", 16 }, { "172.18.0.0/16", 16 },
		{ "172.19.0.0/16", 16 }, { "172.20.0.0/14", 16 }, { "172.24.0.0/14", 16 },
		{ "172.28.0.0/14", 16 }, { "192.168.0.0/16", 20 } };
	uint64_t all = 0, taken = 0;

	if (n == 0) {
		pools = own;
		n = sizeof(own) / sizeof(*own);
	}
	for (size_t i = 0; i < n; i++) {
		uint32_t base, net;
		int len, net_len;

		if (!parse_net(pools[i].base, &base, &len) || pools[i].size < len || pools[i].size > 32)
			continue;
		all += (uint64_t)1 << (pools[i].size - len);
		for (size_t k = 0; k < used->n; k++)
			for (size_t m = 0; m < used->v[k].subnets.n; m++)
				if (parse_net(used->v[k].subnets.v[m], &net, &net_len) &&
				    overlap(base, len, net, net_len))
					taken += pieces(pools[i].size, net_len > len ? net_len : len);
	}
	*total = (size_t)all;
	return taken < all ? (size_t)(all - taken) : 0;
}

static void
pools(const struct checks_known *k, struct check_result *r)
{
	const struct doctor *d = of(k);
	enum check_state state = CHECK_OK;
	size_t total, left;

	if (!d->networks_known)
		return;
	left = doctor_free_pools(d->survey.pools, d->survey.n_pools, &d->networks, &total);
	if (left < POOLS_FEW)
		state = left == 0 ? CHECK_FAIL : CHECK_WARN;
	check_say(r, state, left < POOLS_FEW ? "hi clean networks" : NULL,
	    "room for %zu more network%s, of %zu", left, left == 1 ? "" : "s", total);
}

/* there: 1, 0, -1 unknown. */
static void
judge_image(const struct checks_known *k, struct check_result *r, const char *image, int there, enum check_state missing,
    const char *about)
{
	char *fix;

	if (image == NULL || there == -1 || k->info == NULL)
		return;
	fix = xasprintf("docker pull %s", image);
	if (there == 1)
		check_say(r, CHECK_OK, NULL, "%s is here", image);
	else
		check_say(r, missing, fix, "%s is not here; %s", image, about);
	free(fix);
}

static void
golang(const struct checks_known *k, struct check_result *r)
{
	judge_image(k, r, of(k)->image, of(k)->survey.image_there[0], CHECK_FAIL,
	    "hi doctor --fix pulls it, and so does hi run");
}

static void
k3s(const struct checks_known *k, struct check_result *r)
{
	const struct doctor *d = of(k);

	if (d->checkout.root != NULL && d->k3s == NULL)
		check_say(r, CHECK_OK, NULL, "no test of this checkout needs one");
	judge_image(k, r, d->k3s, d->survey.image_there[1], CHECK_WARN, "TestK8sOperator alone needs it");
}

static void
registry(const struct checks_known *k, struct check_result *r)
{
	static const char login[] = "export DOCKERHUB_USERNAME=NAME DOCKERHUB_TOKEN=TOKEN";
	const struct doctor *d = of(k);

	switch (d->credentials) {
	case CRED_ENV:
		check_say(r, CHECK_OK, NULL, "DOCKERHUB_USERNAME and DOCKERHUB_TOKEN are set");
		break;
	case CRED_HALF:
		check_say(r, CHECK_WARN, login,
		    "one of DOCKERHUB_USERNAME and DOCKERHUB_TOKEN is set, the other is not: "
		    "pulls are anonymous, and limited to 100 in 6 hours");
		break;
	case CRED_CONFIG:
		check_say(r, CHECK_OK, NULL,
		    "docker is logged in to Docker Hub (tests that pull take DOCKERHUB_USERNAME and "
		    "DOCKERHUB_TOKEN)");
		break;
	case CRED_HELPER:
		check_say(r, CHECK_WARN, login,
		    "the credentials are in %s, where tests can't read them: their pulls are "
		    "limited to 100 in 6 hours",
		    d->helper);
		break;
	case CRED_NONE:
		if (d->survey.mirrors > 0)
			check_say(r, CHECK_OK, NULL, "anonymous, by way of %zu mirror%s", d->survey.mirrors,
			    d->survey.mirrors == 1 ? "" : "s");
		else
			check_say(r, CHECK_WARN, login,
			    "no credentials for Docker Hub: pulls are limited to 100 in 6 hours");
	}
}

static void
online(const struct checks_known *k, struct check_result *r)
{
	const struct survey *s = &of(k)->survey;

	if (!s->online_asked)
		return;
	if (s->online_ok)
		check_say(r, CHECK_OK, NULL, "the registry knows %s",
		    of(k)->image != NULL ? of(k)->image : "golang:latest");
	else
		check_say(r, CHECK_WARN, "docker manifest inspect golang:latest", "%s", s->online_said.text);
}

static void
runs(const struct checks_known *k, struct check_result *r)
{
	const struct doctor *d = of(k);
	size_t dead = 0, left = 0, kept = 0, live = 0;
	const char *first = "";
	char *fix;

	if (!d->runs_known) {
		if (k->info != NULL)
			check_say(r, CHECK_UNKNOWN, NULL, "%s", d->engine_failed.text);
		return;
	}
	for (size_t i = 0; i < d->runs.n; i++) {
		const struct run_seen *run = &d->runs.v[i];

		dead += run->owner == OWNER_DEAD;
		kept += run->owner == OWNER_KEPT;
		if (clean_is_live(run))
			live++;
		else if (run->owner == OWNER_UNKNOWN) {
			left++;
			first = run->id;
		}
	}
	fix = xasprintf("hi clean run %s", first);
	check_say(r, dead + left > 0 ? CHECK_WARN : CHECK_OK,
	    dead > 0 ? "hi clean stale" : left > 0 ? fix : NULL,
	    "%zu dead, %zu left by others, %zu kept, %zu live", dead, left, kept, live);
	free(fix);
}

static void
orphans(const struct checks_known *k, struct check_result *r)
{
	const struct doctor *d = of(k);

	if (!d->networks_known)
		return;
	if (d->orphans.n == 0)
		check_say(r, CHECK_OK, NULL, "no network of a test without a run");
	else
		check_say(r, CHECK_WARN, "hi clean networks",
		    "%zu network%s of tests that nothing uses: %s%s", d->orphans.n,
		    d->orphans.n == 1 ? "" : "s", d->orphans.v[0], d->orphans.n > 1 ? " and others" : "");
}

const struct check check_docker_cli = { "docker-cli", "the docker command, and its version", docker_cli,
	false };
const struct check check_context = { "context", "the docker context, and where its engine is", context,
	false };
const struct check check_permission = { "permission", "you may use the engine", permission, false };
const struct check check_api = { "api", "client and engine agree on a version of the API", api, false };
const struct check check_pools = { "address-pools", "free addresses for the tests' networks", pools, false };
const struct check check_golang = { "image-golang", "the Go image of this checkout's version is here", golang,
	false };
const struct check check_k3s = { "image-k3s", "the Kubernetes image of this checkout is here", k3s, false };
const struct check check_registry = { "registry", "credentials, or pulls are rate-limited", registry, false };
const struct check check_online = { "registry-online", "the registry answers (with --online only)", online,
	false };
const struct check check_runs = { "runs", "runs that nobody owns any more", runs, false };
const struct check check_orphans = { "orphans", "networks that no run owns", orphans, false };
