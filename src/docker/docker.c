#include "docker.h"

#include <stdlib.h>
#include <string.h>

#include "../base/file.h"
#include "../base/mem.h"
#include "../base/text.h"
#include "call.h"

enum { VERB_MS = 60000 };

extern char **environ;

static bool
is_variable(const char *entry, const char *name)
{
	size_t len = strlen(name);

	return strncmp(entry, name, len) == 0 && entry[len] == '=';
}

/* "NAME=path", or "PATH=list": each absolute, for children that don't stand where we do, as those of the cleaner. */
static void
add_absolute(struct strs *env, const char *entry)
{
	const char *sep = is_variable(entry, "PATH") ? ":" : "", *at = strchr(entry, '=') + 1;
	struct buf b = { 0 };

	buf_add(&b, entry, (size_t)(at - entry));
	for (;;) {
		size_t len = strcspn(at, sep);
		char *given = xstrndup(at, len), *path = file_absolute(given);

		/* An empty one is unset, but in a list it is where we stand. */
		buf_puts(&b, *given == '/' || (len == 0 && *sep == '\0') ? given : path);
		free(given);
		free(path);
		if (at[len] == '\0')
			break;
		buf_putc(&b, ':');
		at += len + 1;
	}
	strs_add(env, buf_str(&b));
	buf_free(&b);
}

/* Without the variables that would choose another engine than the pinned one, or
 * add advice to what docker says. */
static void
copy_environment(struct strs *env, bool keep_context, bool keep_host)
{
	for (char **p = environ; p != NULL && *p != NULL; p++) {
		if (is_variable(*p, "DOCKER_CLI_HINTS") || (is_variable(*p, "DOCKER_CONTEXT") && !keep_context) ||
		    (is_variable(*p, "DOCKER_HOST") && !keep_host))
			continue;
		if (is_variable(*p, "PATH") || is_variable(*p, "DOCKER_CERT_PATH") || is_variable(*p, "DOCKER_CONFIG"))
			add_absolute(env, *p);
		else
			strs_add(env, *p);
	}
	strs_add(env, "DOCKER_CLI_HINTS=false");
}

static void
resolve(void *arg, const struct json *j)
{
	struct docker *d = arg;

	free(d->context);
	free(d->endpoint);
	d->context = docker_member(j, 0, "name");
	d->endpoint = docker_member(j, 0, "host");
}

static void
forget(struct strs *env, const char *name)
{
	for (size_t i = env->n; i > 0; i--)
		if (is_variable(env->v[i - 1], name))
			strs_del(env, i - 1);
}

/* A context may be made to mean another engine in the middle of a run; an endpoint that needs nothing else of it is
 * pinned itself. Where it has keys it is pinned by its name. */
static void
pin(struct docker *d)
{
	static const char *const tls[] = { "DOCKER_TLS", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH", NULL };

	forget(&d->env, "DOCKER_CONTEXT");
	if (strcmp(d->context, "default") != 0 &&
	    (strncmp(d->endpoint, "unix://", 7) == 0 || strncmp(d->endpoint, "ssh://", 6) == 0)) {
		for (const char *const *t = tls; *t != NULL; t++)
			forget(&d->env, *t);
		strs_addf(&d->env, "DOCKER_HOST=%s", d->endpoint);
	} else
		strs_addf(&d->env, "DOCKER_CONTEXT=%s", d->context);
}

int
docker_open(struct docker *d, struct loop *l, struct err *e)
{
	const char *host = env_value("DOCKER_HOST"), *context = env_value("DOCKER_CONTEXT");
	int ret;

	*d = (struct docker){ .loop = l, .timeout_ms = VERB_MS, .engine_id = xstrdup(""), .cancel = d->cancel };
	copy_environment(&d->env, false, host != NULL);
	if (host == NULL && context != NULL)
		strs_addf(&d->env, "DOCKER_CONTEXT=%s", context);
	ret = docker_each(d, WORDS("context", "inspect", "--format",
	    "{\"name\":{{json .Name}},\"host\":{{json .Endpoints.docker.Host}}}"), resolve, d, e);
	if (ret == 0 && (d->context == NULL || *d->context == '\0' || *d->endpoint == '\0'))
		ret = err_set(e, "docker context inspect: says no name or no endpoint");
	if (ret == 0 && host == NULL)
		pin(d);
	if (ret == -1)
		docker_close(d);
	return ret;
}

void
docker_adopt(struct docker *d, struct loop *l)
{
	*d = (struct docker){ .loop = l, .timeout_ms = VERB_MS, .context = xstrdup(""), .endpoint = xstrdup(""),
		.engine_id = xstrdup("") };
	copy_environment(&d->env, true, true);
}

void
docker_close(struct docker *d)
{
	strs_free(&d->env);
	free(d->context);
	free(d->endpoint);
	free(d->engine_id);
	d->context = d->endpoint = d->engine_id = NULL;
}

static bool
has_security(const struct json *j, int list, const char *name)
{
	bool found = false;
	char *s;

	for (int n = json_first(j, list); n >= 0 && !found; n = json_next(j, n)) {
		s = json_dup(j, n);
		found = s != NULL && docker_says(s, name);
		free(s);
	}
	return found;
}

static int64_t
member_int(const struct json *j, const char *key)
{
	int64_t n;

	return json_int(j, json_member(j, 0, key), &n) == 0 ? n : 0;
}

/* True only where the engine says false: an older one, or podman, may not have the member at all. */
static bool
member_false(const struct json *j, const char *key)
{
	int node = json_member(j, 0, key);

	return json_type(j, node) == JSON_BOOL && !json_true(j, node);
}

static void
read_info(void *arg, const struct json *j)
{
	struct docker_info *i = arg;
	int security = json_member(j, 0, "SecurityOptions"), status = json_member(j, 0, "DriverStatus");

	docker_info_free(i);
	i->id = docker_member(j, 0, "ID");
	i->name = docker_member(j, 0, "Name");
	i->server_version = docker_member(j, 0, "ServerVersion");
	i->storage = docker_member(j, 0, "Driver");
	i->root_dir = docker_member(j, 0, "DockerRootDir");
	i->operating_system = docker_member(j, 0, "OperatingSystem");
	i->architecture = docker_member(j, 0, "Architecture");
	i->cgroup_version = docker_member(j, 0, "CgroupVersion");
	i->cgroup_driver = docker_member(j, 0, "CgroupDriver");
	i->kernel = docker_member(j, 0, "KernelVersion");
	i->cpus = member_int(j, "NCPU");
	i->memory = member_int(j, "MemTotal");
	i->containers_running = member_int(j, "ContainersRunning");
	i->rootless = has_security(j, security, "name=rootless");
	i->selinux = has_security(j, security, "name=selinux");
	i->userns = has_security(j, security, "name=userns");
	/* [["driver-type", "io.containerd.snapshotter.v1"]] */
	for (int row = json_first(j, status); row >= 0; row = json_next(j, row))
		i->containerd_store |= has_security(j, row, "io.containerd.snapshotter");
	/* A rootless engine without cgroup delegation says "none", and its docker stats repeats the machine's own numbers. */
	i->can_pause = strcmp(i->cgroup_driver, "none") != 0;
	i->memory_accounting = i->can_pause && !member_false(j, "MemoryLimit");
}

int
docker_info_read(const struct buf *text, struct docker_info *i, struct err *e)
{
	if (docker_each_line(text, read_info, i, e) == -1)
		return -1;
	/* Some versions of the client end with 0 where no engine answered. */
	return i->id == NULL || *i->server_version == '\0';
}

int
docker_info(struct docker *d, struct docker_info *i, struct err *e)
{
	const char *const *words = WORDS("info", "--format", "{{json .}}");
	struct buf out = { 0 };
	int ret = docker_call(d, words, &out, e);

	*i = (struct docker_info){ 0 };
	if (ret == 0)
		ret = docker_info_read(&out, i, e);
	if (ret == 1)
		ret = docker_failed(d, words, 1, "Cannot connect to the Docker daemon", e);
	if (ret == 0) {
		free(d->engine_id);
		d->engine_id = xstrdup(i->id);
		d->userns = i->userns;
	} else {
		docker_info_free(i);
	}
	buf_free(&out);
	return ret;
}

void
docker_info_free(struct docker_info *i)
{
	free(i->id);
	free(i->name);
	free(i->server_version);
	free(i->storage);
	free(i->root_dir);
	free(i->operating_system);
	free(i->architecture);
	free(i->cgroup_version);
	free(i->cgroup_driver);
	free(i->kernel);
	*i = (struct docker_info){ 0 };
}
