#include <stddef.h>
#include <stdlib.h>

#include "../base/mem.h"
#include "triage_internal.h"

static const struct failure
    dns = { "docker-dns", "Docker DNS", "Reset Docker networking" },
    exhausted = { "container-timeout", "Resource exhaustion",
	"docker system prune -f (when no other tests are running), retry" },
    oom = { "oom", "Too many concurrent tests", "Reduce concurrency, wait for completion" },
    slow = { "slow-engine", "Too many concurrent tests", "Reduce concurrency, wait for completion" },
    disk = { "no-space", "Disk full", "Delete old control_logs/" },
    image = { "image", "An image could not be had",
	"Pull or build it by hand (docker pull IMAGE); check the name, the login and the network" },
    registry = { "registry", "The registry could not be reached",
	"Check the network and its DNS, or give the image by HEADSCALE_INTEGRATION_*_IMAGE" },
    modules = { "modules", "Go modules could not be downloaded",
	"Check the network, or fill HEADSCALE_INTEGRATION_GO_CACHE beforehand" },
    packages = { "packages", "Packages could not be downloaded while an image was built",
	"Check the network and its DNS, retry" },
    engine = { "engine", "The engine went away or may not be talked to",
	"Start Docker, check the permission on its socket (hi doctor), retry" },
    pool = { "address-pool", "The engine has no addresses left for a network",
	"Remove unused networks: hi clean networks" },
    port = { "port", "A port of the host is taken", "Stop what listens there, retry" },
    tun = { "tun", "The kernel has no TUN device for the clients",
	"modprobe tun on the machine that the engine runs on" },
    rate_limit = { "image", "The registry's rate limit was reached",
	"Log in (DOCKERHUB_USERNAME, DOCKERHUB_TOKEN) or wait" };

/* In the order of the user's document, then the engine's own. JSON escapes quotes, <, > and &:
 * none stands in a needle that a test's output is searched for. */
const struct signature signatures[] = {
	{ &dns, "failed to resolve *hs-*no DNS fallback candidates remain", IN_TEST | IN_CLIENT },
	{ &exhausted, "container creation timeout", IN_TEST },
	{ &exhausted, "no progress*2 min", IN_TEST },
	{ &oom, "\"OOMKilled\": true", IN_INSPECT },
	{ &oom, "\"OOMKilled\":true", IN_INSPECT },
	{ &oom, "\"Action\":\"oom\"", IN_EVENTS },
	{ &oom, "OOM kill", IN_TEST | IN_OTHER },
	{ &oom, "OOM-kill", IN_TEST | IN_OTHER },
	{ &oom, "Out of memory: Kill", IN_TEST | IN_OTHER },
	{ &oom, "compile: signal: killed", IN_TEST },
	{ &oom, "link: signal: killed", IN_TEST },
	{ &oom, "cannot allocate memory", IN_TEST | IN_SERVER },
	{ &slow, "unix.sock/*context deadline exceeded", IN_TEST },
	{ &slow, "docker.sock/*context deadline exceeded", IN_TEST },
	{ &disk, "no space left on device", IN_ANY_LOG },
	{ &disk, "database or disk is full", IN_TEST | IN_SERVER },
	{ &disk, "disk quota exceeded", IN_ANY_LOG },
	{ &image, "pull access denied", IN_TEST },
	{ &image, "manifest unknown", IN_TEST },
	{ &image, "manifest for *not found", IN_TEST },
	{ &image, "no matching manifest for", IN_TEST },
	{ &rate_limit, "toomanyrequests", IN_TEST },
	{ &registry, "/v2/*dial tcp", IN_TEST },
	{ &registry, "/v2/*TLS handshake timeout", IN_TEST },
	{ &registry, "/v2/*request canceled", IN_TEST },
	{ &registry, "/v2/*context deadline exceeded", IN_TEST },
	{ &registry, "/token?*dial tcp", IN_TEST },
	{ &registry, "failed to resolve source metadata for ", IN_TEST },
	{ &registry, "failed to resolve reference ", IN_TEST },
	{ &modules, "/@v/*dial tcp", IN_TEST },
	{ &modules, "/lookup/*dial tcp", IN_TEST },
	{ &packages, "Temporary failure resolving '", IN_TEST },
	{ &packages, "WARNING: fetching *temporary error", IN_TEST },
	{ &engine, "Cannot connect to the Docker daemon", IN_TEST },
	{ &engine, "dial unix *docker.sock", IN_TEST },
	{ &engine, "Is the docker daemon running", IN_TEST },
	{ &pool, "could not find an available, non-overlapping IPv4 address pool", IN_TEST },
	{ &pool, "all predefined address pools have been fully subscribed", IN_TEST },
	{ &pool, "Pool overlaps with other one on this address space", IN_TEST },
	{ &port, "port is already allocated", IN_TEST },
	{ &port, "failed to bind host port", IN_TEST },
	{ &tun, "CONFIG_TUN enabled in your kernel", IN_TEST | IN_CLIENT },
	{ 0 },
};

struct needles *
signatures_needles(void)
{
	const char *v[sizeof(signatures) / sizeof(signatures[0])];
	size_t n = 0;

	for (; signatures[n].what != NULL; n++)
		v[n] = signatures[n].needle;
	return needles_new(v, n);
}

const struct signature *
signature_find(const struct needles *n, unsigned in, const char *s, size_t len, size_t *pos)
{
	int i;

	for (*pos = 0; (i = needles_next(n, s, len, pos)) != -1; ++*pos)
		if (signatures[i].in & in)
			return &signatures[i];
	return NULL;
}
