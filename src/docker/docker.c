#include "docker.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "../base/file.h"
#include "../base/mem.h"
#include "../base/text.h"
#include "call.h"

enum { VERB_MS = 60000 };

extern char **environ;

static bool
docker_env_is(const char *entry, const char *name)
{
	size_t len = strlen(name);

	return strncmp(entry, name, len) == 0 && entry[len] == '=';
}

/* Adds "NAME=path" or "PATH=list" with absolute paths, for children with another working directory than
 * ours, such as the cleaner's. */
static void
docker_env_add_absolute(struct strs *env, const char *entry)
{
	const char *sep = docker_env_is(entry, "PATH") ? ":" : "", *at = strchr(entry, '=') + 1;
	struct buf b = { 0 };

	buf_add(&b, entry, (size_t)(at - entry));
	for (;;) {
		size_t len = strcspn(at, sep);
		char *given = xstrndup(at, len), *path = file_absolute(given);

		/* An empty value means unset, but in a list it means the working directory. */
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

/* Copies our environment without the variables that would choose another engine than the
 * pinned one, or add advice to docker's messages. */
static void
docker_env_copy(struct strs *env, bool keep_context, bool keep_host)
{
	for (char **p = environ; p != NULL && *p != NULL; p++) {
		if (docker_env_is(*p, "DOCKER_CLI_HINTS") || (docker_env_is(*p, "DOCKER_CONTEXT") &&
		    !keep_context) || (docker_env_is(*p, "DOCKER_HOST") && !keep_host))
			continue;
		if (docker_env_is(*p, "PATH") || docker_env_is(*p, "DOCKER_CERT_PATH") ||
		    docker_env_is(*p, "DOCKER_CONFIG"))
			docker_env_add_absolute(env, *p);
		else
			strs_add(env, *p);
	}
	strs_add(env, "DOCKER_CLI_HINTS=false");
}

static void
docker_read_context(void *arg, const struct json *j)
{
	struct docker *d = arg;

	free(d->context);
	free(d->endpoint);
	d->context = docker_member(j, 0, "name");
	d->endpoint = docker_member(j, 0, "host");
}

static void
docker_env_unset(struct strs *env, const char *name)
{
	for (size_t i = env->n; i > 0; i--)
		if (docker_env_is(env->v[i - 1], name))
			strs_del(env, i - 1);
}

/* A context may be changed to mean another engine in the middle of a run, so its endpoint is pinned instead
 * if that needs nothing else of it. A context that may have keys is pinned by its name. */
static void
docker_pin(struct docker *d)
{
	static const char *const tls[] = { "DOCKER_TLS", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH", NULL };

	docker_env_unset(&d->env, "DOCKER_CONTEXT");
	if (strcmp(d->context, "default") != 0 &&
	    (strncmp(d->endpoint, "unix://", 7) == 0 || strncmp(d->endpoint, "ssh://", 6) == 0)) {
		for (const char *const *t = tls; *t != NULL; t++)
			docker_env_unset(&d->env, *t);
		strs_addf(&d->env, "DOCKER_HOST=%s", d->endpoint);
	} else
		strs_addf(&d->env, "DOCKER_CONTEXT=%s", d->context);
}

/* Podman's own command prints nothing for a context, or complains in words that depend on its version. */
static bool
docker_is_podman(struct docker *d, const char *said)
{
	struct buf version = { 0 };
	struct err ignored;
	bool yes = words_mean(said, MEANS_PODMAN) || (docker_call(d, WORDS("--version"), &version,
	    &ignored) == 0 && words_mean(buf_str(&version), MEANS_PODMAN));

	buf_free(&version);
	return yes;
}

int
docker_open(struct docker *d, struct loop *l, struct err *e)
{
	const char *host = env_value("DOCKER_HOST"), *context = env_value("DOCKER_CONTEXT");
	const struct docker_command ask = { .words = WORDS("context", "inspect", "--format",
	    "{\"name\":{{json .Name}},\"host\":{{json .Endpoints.docker.Host}}}") };
	struct buf out = { 0 }, said = { 0 };
	int ret, status;

	*d = (struct docker){ .loop = l, .timeout_ms = VERB_MS, .engine_id = xstrdup(""),
		.cancel = d->cancel };
	docker_env_copy(&d->env, false, host != NULL);
	if (host == NULL && context != NULL)
		strs_addf(&d->env, "DOCKER_CONTEXT=%s", context);
	ret = status = docker_try(d, &ask, &out, &said, e);
	if (ret == 0 && docker_each_line(&out, docker_read_context, d, NULL) == -1)
		ret = 1;
	if (ret == 0 && (d->context == NULL || *d->context == '\0' || *d->endpoint == '\0'))
		ret = 1;
	if (ret > 0) {
		if (host != NULL && docker_is_podman(d, buf_str(&said))) {
			/* The endpoint is known without a context. docker_info will tell whether this
			 * docker can talk to it. */
			free(d->context);
			free(d->endpoint);
			d->context = xstrdup("default");
			d->endpoint = xstrdup(host);
			ret = 0;
		} else if (docker_is_podman(d, buf_str(&said)))
			ret = words_podman(e);
		else if (said.len > 0 || status > 0)
			ret = words_fail(d, ask.words, status, buf_str(&said), e);
		else
			ret = err_set(e,
			    "docker context inspect: names no context or no endpoint: see docker context ls");
	}
	if (ret == 0 && host == NULL)
		docker_pin(d);
	if (ret == -1)
		docker_close(d);
	buf_free(&out);
	buf_free(&said);
	return ret;
}

void
docker_adopt(struct docker *d, struct loop *l)
{
	*d = (struct docker){ .loop = l, .timeout_ms = VERB_MS, .context = xstrdup(""),
		.endpoint = xstrdup(""), .engine_id = xstrdup("") };
	docker_env_copy(&d->env, true, true);
}

void
docker_copy(struct docker *copy, const struct docker *d)
{
	*copy = *d;
	copy->env = (struct strs){ 0 };
	strs_addv(&copy->env, strs_words(&d->env));
	copy->context = d->context != NULL ? xstrdup(d->context) : NULL;
	copy->endpoint = d->endpoint != NULL ? xstrdup(d->endpoint) : NULL;
	copy->engine_id = d->engine_id != NULL ? xstrdup(d->engine_id) : NULL;
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
info_has_security(const struct json *j, int list, const char *name)
{
	bool found = false;
	char *s;

	for (int n = json_first(j, list); n >= 0 && !found; n = json_next(j, n)) {
		s = json_dup(j, n);
		found = s != NULL && strncmp(s, name, strlen(name)) == 0;
		free(s);
	}
	return found;
}

/* True only if the engine says false: an older one, or Podman, may not have the member at all. */
static bool
info_says_false(const struct json *j, const char *key)
{
	int node = json_member(j, 0, key);

	return json_type(j, node) == JSON_BOOL && !json_true(j, node);
}

static const struct { const char *key; size_t offset; } info_strings[] = {
	{ "ID", offsetof(struct docker_info, id) }, { "Name", offsetof(struct docker_info, name) },
	{ "ServerVersion", offsetof(struct docker_info, server_version) },
	{ "Driver", offsetof(struct docker_info, storage) },
	{ "DockerRootDir", offsetof(struct docker_info, root_dir) },
	{ "OperatingSystem", offsetof(struct docker_info, operating_system) },
	{ "Architecture", offsetof(struct docker_info, architecture) },
	{ "CgroupDriver", offsetof(struct docker_info, cgroup_driver) },
	{ "KernelVersion", offsetof(struct docker_info, kernel) },
};

static char **
info_string(struct docker_info *i, size_t n)
{
	return (char **)(void *)((char *)i + info_strings[n].offset);
}

static void
info_read(void *arg, const struct json *j)
{
	struct docker_info *i = arg;
	int security = json_member(j, 0, "SecurityOptions"), status = json_member(j, 0, "DriverStatus");

	docker_info_free(i);
	for (size_t n = 0; n < sizeof(info_strings) / sizeof(*info_strings); n++)
		*info_string(i, n) = docker_member(j, 0, info_strings[n].key);
	(void)json_int(j, json_member(j, 0, "NCPU"), &i->cpus);
	(void)json_int(j, json_member(j, 0, "MemTotal"), &i->memory);
	i->rootless = info_has_security(j, security, "name=rootless");
	i->userns = info_has_security(j, security, "name=userns");
	i->podman = json_eq(j, json_member(j, 0, "ProductLicense"), "Apache-2.0");
	/* Podman makes up a new id for each answer. */
	if (i->podman) {
		free(i->id);
		i->id = xasprintf("podman:%s:%s", i->name, i->root_dir);
	}
	/* [["driver-type", "io.containerd.snapshotter.v1"]] */
	for (int row = json_first(j, status); row >= 0; row = json_next(j, row))
		i->containerd_store |= info_has_security(j, row, "io.containerd.snapshotter");
	/* A rootless engine without cgroup delegation says "none", and docker stats then repeats the
	 * machine's own numbers. */
	i->can_pause = strcmp(i->cgroup_driver, "none") != 0;
	i->memory_accounting = i->can_pause && !info_says_false(j, "MemoryLimit");
}

struct refusal {
	struct buf said;
	bool podman_cli;
};

/* Reads why the client got no answer: clients before 24 say it only here, and exit with 0. */
static void
info_read_refusal(void *arg, const struct json *j)
{
	struct refusal *r = arg;
	int errors = json_member(j, 0, "ServerErrors");

	for (int n = json_first(j, errors); n >= 0; n = json_next(j, n)) {
		(void)json_string(j, n, &r->said);
		buf_putc(&r->said, '\n');
	}
	/* The JSON of `podman info` has another shape. */
	r->podman_cli = json_type(j, json_member(j, 0, "ServerVersion")) != JSON_STRING &&
	    json_member(j, 0, "host") != -1;
}

int
docker_info_read(const struct docker *d, int status, const struct buf *out, const char *said,
    struct docker_info *i, struct err *e)
{
	struct refusal r = { 0 };
	char *reason = words_reason(said);

	*i = (struct docker_info){ 0 };
	if (docker_each_line(out, info_read, i, e) == -1 && status == 0) {
		free(reason);
		return -1;
	}
	if (i->id != NULL && *i->server_version != '\0') {
		free(reason);
		return 0;
	}
	docker_info_free(i);
	(void)docker_each_line(out, info_read_refusal, &r, NULL);
	if (r.podman_cli)
		words_podman(e);
	else
		words_fail(d, WORDS("info"), status, *reason != '\0' ? said : r.said.len > 0
		    ? buf_str(&r.said) : status > 1 ? ""
		    : "docker info names none: is the docker daemon running?", e);
	buf_free(&r.said);
	free(reason);
	return -1;
}

int
docker_info(struct docker *d, struct docker_info *i, struct err *e)
{
	struct buf out = { 0 }, said = { 0 };
	int ret = docker_try(d, &(struct docker_command){ .words = WORDS("info", "--format", "{{json .}}") },
	    &out, &said, e);

	*i = (struct docker_info){ 0 };
	if (ret >= 0)
		ret = docker_info_read(d, ret, &out, buf_str(&said), i, e);
	if (ret == 0) {
		free(d->engine_id);
		d->engine_id = xstrdup(i->id);
		d->userns = i->userns;
		d->podman = i->podman;
	}
	buf_free(&out);
	buf_free(&said);
	return ret;
}

void
docker_info_free(struct docker_info *i)
{
	for (size_t n = 0; n < sizeof(info_strings) / sizeof(*info_strings); n++)
		free(*info_string(i, n));
	*i = (struct docker_info){ 0 };
}
