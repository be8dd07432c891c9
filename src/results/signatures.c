#include <stddef.h>
#include <stdlib.h>

#include "../base/mem.h"
#include "triage_parts.h"

#define DNS "Docker DNS", "Reset Docker networking"
#define EXHAUSTED "Resource exhaustion", \
	"docker system prune -f (when no other tests are running), retry"
#define CROWD "Too many concurrent tests", "Reduce concurrency, wait for completion"
#define DISK "Disk full", "Delete old control_logs/"
#define IMAGE "An image could not be had", \
	"Pull or build it by hand (docker pull IMAGE); check the name, the login and the network"
#define REGISTRY "The registry could not be reached", \
	"Check the network and its DNS, or give the image by HEADSCALE_INTEGRATION_*_IMAGE"
#define MODULES "Go modules could not be downloaded", \
	"Check the network, or fill HEADSCALE_INTEGRATION_GO_CACHE beforehand"
#define PACKAGES "Packages could not be downloaded while an image was built", \
	"Check the network and its DNS, retry"
#define ENGINE "The engine went away or may not be talked to", \
	"Start Docker, check the permission on its socket (hi doctor), retry"
#define POOL "The engine has no addresses left for a network", \
	"Remove unused networks: hi clean networks"
#define PORT "A port of the host is taken", "Stop what listens there, retry"
#define TUN "The kernel has no TUN device for the clients", \
	"modprobe tun on the machine that the engine runs on"

/* In the order of the user's document, then the engine's own. JSON escapes quotes, <, > and &:
 * none stands in a needle that a test's output is searched for. */
const struct signature signatures[] = {
	{ "docker-dns", "failed to resolve *hs-*no DNS fallback candidates remain", DNS,
	    IN_TEST | IN_CLIENT },
	{ "container-timeout", "container creation timeout", EXHAUSTED, IN_TEST },
	{ "container-timeout", "no progress*2 min", EXHAUSTED, IN_TEST },
	{ "oom", "\"OOMKilled\": true", CROWD, IN_INSPECT },
	{ "oom", "\"OOMKilled\":true", CROWD, IN_INSPECT },
	{ "oom", "\"Action\":\"oom\"", CROWD, IN_EVENTS },
	{ "oom", "OOM kill", CROWD, IN_TEST | IN_OTHER },
	{ "oom", "OOM-kill", CROWD, IN_TEST | IN_OTHER },
	{ "oom", "Out of memory: Kill", CROWD, IN_TEST | IN_OTHER },
	{ "oom", "compile: signal: killed", CROWD, IN_TEST },
	{ "oom", "link: signal: killed", CROWD, IN_TEST },
	{ "oom", "cannot allocate memory", CROWD, IN_TEST | IN_SERVER },
	{ "slow-engine", "unix.sock/*context deadline exceeded", CROWD, IN_TEST },
	{ "slow-engine", "docker.sock/*context deadline exceeded", CROWD, IN_TEST },
	{ "no-space", "no space left on device", DISK, IN_ANY_LOG },
	{ "no-space", "database or disk is full", DISK, IN_TEST | IN_SERVER },
	{ "no-space", "disk quota exceeded", DISK, IN_ANY_LOG },
	{ "image", "pull access denied", IMAGE, IN_TEST },
	{ "image", "manifest unknown", IMAGE, IN_TEST },
	{ "image", "manifest for *not found", IMAGE, IN_TEST },
	{ "image", "no matching manifest for", IMAGE, IN_TEST },
	{ "image", "toomanyrequests", "The registry's rate limit was reached",
	    "Log in (DOCKERHUB_USERNAME, DOCKERHUB_TOKEN) or wait", IN_TEST },
	{ "registry", "/v2/*dial tcp", REGISTRY, IN_TEST },
	{ "registry", "/v2/*TLS handshake timeout", REGISTRY, IN_TEST },
	{ "registry", "/v2/*request canceled", REGISTRY, IN_TEST },
	{ "registry", "/v2/*context deadline exceeded", REGISTRY, IN_TEST },
	{ "registry", "lookup registry-1.docker.io*no such host", REGISTRY, IN_TEST },
	{ "registry", "lookup auth.docker.io*no such host", REGISTRY, IN_TEST },
	{ "registry", "lookup ghcr.io*no such host", REGISTRY, IN_TEST },
	{ "registry", "failed to resolve source metadata for ", REGISTRY, IN_TEST },
	{ "registry", "failed to resolve reference ", REGISTRY, IN_TEST },
	{ "modules", "lookup proxy.golang.org", MODULES, IN_TEST },
	{ "modules", "lookup sum.golang.org", MODULES, IN_TEST },
	{ "modules", "proxy.golang.org/*dial tcp", MODULES, IN_TEST },
	{ "packages", "Temporary failure resolving '", PACKAGES, IN_TEST },
	{ "packages", "dl-cdn.alpinelinux.org*temporary error", PACKAGES, IN_TEST },
	{ "engine", "Cannot connect to the Docker daemon", ENGINE, IN_TEST },
	{ "engine", "dial unix *docker.sock", ENGINE, IN_TEST },
	{ "engine", "Is the docker daemon running", ENGINE, IN_TEST },
	{ "address-pool", "could not find an available, non-overlapping IPv4 address pool", POOL, IN_TEST },
	{ "address-pool", "all predefined address pools have been fully subscribed", POOL, IN_TEST },
	{ "address-pool", "Pool overlaps with other one on this address space", POOL, IN_TEST },
	{ "port", "port is already allocated", PORT, IN_TEST },
	{ "port", "failed to bind host port", PORT, IN_TEST },
	{ "tun", "CONFIG_TUN enabled in your kernel", TUN, IN_TEST | IN_CLIENT },
	{ 0 },
};

struct needles *
signatures_needles(void)
{
	const char *v[sizeof(signatures) / sizeof(signatures[0])];
	size_t n = 0;

	for (; signatures[n].id != NULL; n++)
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
