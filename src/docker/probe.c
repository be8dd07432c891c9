#include "probe.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/mem.h"
#include "../base/text.h"
#include "call.h"

static void
probe_read_versions(void *arg, const struct json *j)
{
	struct docker_versions *v = arg;
	int client = json_member(j, 0, "Client"), server = json_member(j, 0, "Server");
	char *component;

	docker_versions_free(v);
	v->client = docker_member(j, client, "Version");
	v->api = docker_member(j, server, "ApiVersion");
	v->oldest_api = docker_member(j, server, "MinAPIVersion");
	component = docker_member(j, json_first(j, json_member(j, server, "Components")), "Name");
	v->podman = text_find(component, "podman") != NULL;
	free(component);
}

int
docker_versions(struct docker *d, struct docker_versions *v, struct err *e)
{
	struct buf out = { 0 };
	int ret = docker_call(d, WORDS("version", "--format", "{{json .}}"), &out, e);

	*v = (struct docker_versions){ xstrdup(""), xstrdup(""), xstrdup(""), false };
	(void)docker_each_line(&out, probe_read_versions, v, NULL);
	buf_free(&out);
	/* Without an engine docker fails, but prints the client's version. */
	return ret == -1 && *v->client == '\0' ? -1 : 0;
}

void
docker_versions_free(struct docker_versions *v)
{
	free(v->client);
	free(v->api);
	free(v->oldest_api);
	*v = (struct docker_versions){ 0 };
}

int
docker_try_privileged(struct docker *d, const char *image, char **lacks, struct err *e)
{
	/* Does what the tests' containers do: mount, make devices, open the clients' network device. */
	static const char script[] = "mkdir /hi && mount -t tmpfs none /hi || echo mount; "
	    "mknod /hi-device c 1 3 || echo mknod; { : <>/dev/net/tun; } || echo tun";
	char *name = xasprintf("hi-doctor-%ld", (long)getpid());
	struct buf out = { 0 };
	struct strs words = { 0 };
	int ret = docker_call(d, WORDS("run", "--rm", "--pull", "never", "--network", "none", "--privileged",
	    "--name", name,
	    "--entrypoint", "sh", image, "-c", script), &out, e);

	*lacks = NULL;
	strs_split(&words, buf_str(&out), '\n');
	if (ret == 0)
		*lacks = strs_join(&words, " ");
	strs_free(&words);
	buf_free(&out);
	free(name);
	return ret;
}
