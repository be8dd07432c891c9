#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/file.h"
#include "../base/mem.h"
#include "call.h"
#include "image.h"

/* The environment of a docker that is to read and write config_dir alone. The contexts live
 * in the user's own: the pinned one must be found from there, too. */
static void
private_env(const struct docker *d, const char *config_dir, struct strs *env)
{
	const char *config = "", *home = getenv("HOME");
	char *contexts, *link;

	for (size_t i = 0; i < d->env.n; i++)
		if (strncmp(d->env.v[i], "DOCKER_CONFIG=", 14) == 0)
			config = d->env.v[i] + 14;
		else
			strs_add(env, d->env.v[i]);
	strs_addf(env, "DOCKER_CONFIG=%s", config_dir);
	if (strcmp(d->context, "default") == 0 || (*config == '\0' && home == NULL))
		return;
	contexts = *config != '\0' ? file_join(config, "contexts") : xasprintf("%s/.docker/contexts", home);
	link = file_join(config_dir, "contexts");
	if (symlink(contexts, link) == -1 && errno != EEXIST)
		err_say("%s: %s", link, strerror(errno));
	free(contexts);
	free(link);
}

struct proc *
image_pull(struct docker *d, const char *ref, const char *config_dir, const struct proc_spec *how,
    struct err *e)
{
	struct strs env = { 0 };
	struct proc_spec spec = *how;
	struct proc *p;

	if (config_dir != NULL) {
		private_env(d, config_dir, &env);
		spec.env = env.v;
	}
	p = docker_start(d, WORDS("pull", ref), &spec, e);
	strs_free(&env);
	return p;
}

enum pull_fault
image_pull_fault(const char *words)
{
	static const char *const space[] = { "no space left on device", "disk quota exceeded", NULL };
	static const char *const rate[] = { "toomanyrequests", "too many requests", "rate limit", NULL };
	static const char *const transient[] = {
		"timeout", "timed out", "deadline exceeded", "connection reset", "connection refused", "eof",
		"no such host", "temporary failure", "server misbehaving", "i/o error", "broken pipe",
		"network is unreachable", "no route to host", "request canceled", "unexpected http status",
		"unexpected status", "internal server error", "bad gateway", "service unavailable",
		"gateway time-out", "download failed", "tls handshake",
		"use of closed network connection", NULL
	};
	static const char *const auth[] = {
		"unauthorized", "authentication required", "incorrect username or password", "access denied",
		"access to the resource is denied", "no basic auth credentials", "403 forbidden",
		"error from registry: denied", NULL
	};
	static const char *const missing[] = {
		"manifest unknown", "not found", "no matching manifest", "repository name not known",
		"name unknown", "invalid reference format", NULL
	};

	if (docker_says_any(words, space))
		return PULL_NO_SPACE;
	if (docker_says_any(words, rate))
		return PULL_RATE_LIMIT;
	if (docker_says_any(words, auth))
		return PULL_AUTH;
	if (docker_says_any(words, missing))
		return PULL_NOT_FOUND;
	if (docker_says_any(words, transient))
		return PULL_TRANSIENT;
	return PULL_OTHER;
}

/* With any entry docker keeps what it learns in this file; without one it looks for
 * the desktop's key ring and writes there. */
static int
config_start(const char *config_dir, struct err *e)
{
	static const char text[] = "{\"auths\":{\"hi.invalid\":{}}}\n";
	char *path = file_join(config_dir, "config.json");
	int fd = file_open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600), ret = 0;

	if (fd == -1 ? errno != EEXIST : file_write_all(fd, text, sizeof(text) - 1) == -1)
		ret = err_errno(e, path);
	if (fd != -1)
		close(fd);
	free(path);
	return ret;
}

/* A pipe that holds the secret: it is on no command line and in no file. */
static int
secret_pipe(const char *secret, struct err *e)
{
	int fd[2];

	if (proc_pipe(fd) == -1)
		return err_errno(e, "docker login");
	fcntl(fd[1], F_SETFL, O_NONBLOCK);
	if (file_write_all(fd[1], secret, strlen(secret)) == -1) {
		err_errno(e, "docker login");
		close(fd[0]);
		fd[0] = -1;
	}
	close(fd[1]);
	return fd[0];
}

int
image_login(struct docker *d, const char *config_dir, const char *user, const char *secret, struct err *e)
{
	struct docker private = *d;
	int in, ret;

	if (config_start(config_dir, e) == -1 || (in = secret_pipe(secret, e)) == -1)
		return -1;
	private.env = (struct strs){ 0 };
	private_env(d, config_dir, &private.env);
	ret = docker_feed(&private, WORDS("login", "--username", user, "--password-stdin"), in, e);
	close(in);
	strs_free(&private.env);
	return ret;
}
