/* The path of the engine's socket on the engine's own machine, which is mounted into the runner. */
#include <sys/utsname.h>

#include <string.h>

#include "../base/mem.h"
#include "../base/text.h"
#include "run_internal.h"

#define USUAL "/var/run/docker.sock"

static bool
socket_is_any(const char *s, const char *const *of)
{
	while (*of != NULL && strcmp(s, *of) != 0)
		of++;
	return *of != NULL;
}

/* True: the engine runs on our kernel, as far as the two names can tell. */
static bool
socket_same_kernel(const struct docker_info *i, const struct utsname *us)
{
	if (i->kernel != NULL && *i->kernel != '\0')
		return strcmp(i->kernel, us->release) == 0;
	return strcmp(i->name, us->nodename) == 0;
}

/* True: the engine runs in a virtual machine, and its socket here is forwarded to it. Only the exact names
 * that the makers give to such machines count, as a host may be called alimak or rancher-node-3. */
static bool
socket_in_vm(const struct docker_info *i)
{
	static const char *const systems[] = { "Docker Desktop", "OrbStack", NULL };
	static const char *const names[] = { "docker-desktop", "colima", "orbstack", NULL };
	struct utsname us;

	/* Only on Linux can an engine run on the host's own kernel. */
	if (uname(&us) == -1 || strcmp(us.sysname, "Linux") != 0 ||
	    socket_is_any(i->operating_system, systems) ||
	    text_after(i->operating_system, "Rancher Desktop") != NULL)
		return true;
	return !socket_same_kernel(i, &us) && (socket_is_any(i->name, names) ||
	    text_after(i->name, "colima-") != NULL || text_after(i->name, "lima-") != NULL);
}

char *
plan_socket(const char *given, const char *endpoint, const struct docker_info *i)
{
	const char *path = text_after(endpoint, "unix://");

	if (given != NULL && *given != '\0')
		return xstrdup(given);
	/* A socket below /run is that of an engine on this machine, whatever the machine is called. */
	if (path != NULL && (text_after(path, "/run/") != NULL || !socket_in_vm(i)))
		return xstrdup(path);
	return xstrdup(USUAL);
}
