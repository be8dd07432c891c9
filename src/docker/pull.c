/* The pull of an image, and the credentials for one from Docker Hub. */
#include <sys/file.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/file.h"
#include "../base/lines.h"
#include "../base/mem.h"
#include "../base/text.h"
#include "call.h"
#include "image.h"

enum { TRIES = 4, FIRST_WAIT_MS = 1000 };

/* Credentials for one pull from Docker Hub (DOCKERHUB_USERNAME and DOCKERHUB_TOKEN), in a private
 * DOCKER_CONFIG of mode 0700 that is removed afterwards: they are on no command line, and in no configuration
 * of the user's. */
struct login {
	char *config;		/* the directory; NULL: not logged in */
	int lock;		/* held while the directory is in use */
	struct strs env;	/* for docker commands that use only that configuration */
};

static bool
login_is_on_hub(const char *ref)
{
	size_t n = strcspn(ref, "/");

	return ref[n] == '\0' || strncmp(ref, "docker.io/", 10) == 0 || (memchr(ref, '.', n) == NULL &&
	    memchr(ref, ':', n) == NULL && strncmp(ref, "localhost/", 10) != 0);
}

/* Removes what a killed hi left behind: directories that nobody has locked. */
static void
login_sweep(const char *tmp, const char *prefix)
{
	struct strs names = { 0 };

	if (dir_names(tmp, &names, NULL) == -1)
		names.n = 0;
	for (size_t i = 0; i < names.n; i++) {
		char *path = file_join(tmp, names.v[i]);
		int fd = strncmp(names.v[i], prefix, strlen(prefix)) == 0 ?
		    file_open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0) : -1;

		if (fd != -1 && flock(fd, LOCK_EX | LOCK_NB) == 0)
			(void)dir_remove(path, NULL);
		if (fd != -1)
			close(fd);
		free(path);
	}
	strs_free(&names);
}

/* The pinned context is in the user's configuration, so a link leads there. */
static void
login_env(const struct docker *d, struct login *l)
{
	const char *config = env_value("DOCKER_CONFIG"), *home = env_value("HOME");
	char *link = file_join(l->config, "contexts"), *contexts;

	for (size_t i = 0; i < d->env.n; i++)
		if (text_after(d->env.v[i], "DOCKER_CONFIG=") == NULL)
			strs_add(&l->env, d->env.v[i]);
		else
			config = text_after(d->env.v[i], "DOCKER_CONFIG=");
	strs_addf(&l->env, "DOCKER_CONFIG=%s", l->config);
	if (config != NULL || home != NULL) {
		contexts = config != NULL ? file_join(config, "contexts") : xasprintf("%s/.docker/contexts",
		    home);
		if (symlink(contexts, link) == -1)
			err_say("%s: %s", link, strerror(errno));
		free(contexts);
	}
	free(link);
}

/* With any entry in this file docker stores credentials there; otherwise it would use the desktop's key
 * ring. */
static int
login_config(const struct login *l, struct err *e)
{
	static const char text[] = "{\"auths\":{\"hi.invalid\":{}}}\n";
	char *path = file_join(l->config, "config.json");
	int got = file_replace(path, text, sizeof(text) - 1, e);

	free(path);
	return got;
}

/* The read end of a pipe that holds the secret; -1: *e says why. */
static int
login_secret(const char *secret, struct err *e)
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

static void
login_close(struct login *l)
{
	if (l->config != NULL)
		(void)dir_remove(l->config, NULL);
	if (l->lock != -1)
		close(l->lock);
	free(l->config);
	strs_free(&l->env);
	*l = (struct login){ .lock = -1 };
}

/* Logs in if the variables are set and ref is on Docker Hub. 0 also if there was nothing to do; -1: *e says
 * why it failed, and nothing is left behind. Call login_close in every case. */
static int
login_open(struct docker *d, const char *ref, struct login *l, struct err *e)
{
	const char *user = env_value("DOCKERHUB_USERNAME"), *token = env_value("DOCKERHUB_TOKEN"),
	    *tmp = env_value("TMPDIR");
	char *prefix = xasprintf("hi-pull-%ld-", (long)geteuid());
	int in = -1, got = 0;

	*l = (struct login){ .lock = -1 };
	if (user != NULL && token != NULL && login_is_on_hub(ref)) {
		tmp = tmp != NULL && *tmp == '/' ? tmp : "/tmp";
		login_sweep(tmp, prefix);
		l->config = xasprintf("%s/%sXXXXXX", tmp, prefix);
		if (mkdtemp(l->config) == NULL) {
			got = err_errno(e, l->config);
			free(l->config);
			l->config = NULL;
		} else if ((l->lock = file_open(l->config, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0)) == -1 ||
		    flock(l->lock, LOCK_EX | LOCK_NB) == -1)
			got = err_errno(e, l->config);
		else if ((got = login_config(l, e)) == 0 && (got = in = login_secret(token, e)) != -1) {
			login_env(d, l);
			got = docker_run(d, &(struct docker_command){ .env = l->env.v, .in = in,
			    .words = WORDS("login", "--username", user, "--password-stdin") }, NULL, e);
			close(in);
		}
	}
	if (got == -1)
		login_close(l);
	free(prefix);
	return got;
}

struct pull {
	void (*say)(void *arg, const char *line);
	void *arg;
	struct lines lines;
};

static void
pull_say(const struct pull *p, const char *line)
{
	char *harmless = text_harmless_dup(line);

	if (*harmless != '\0')
		p->say(p->arg, harmless);
	free(harmless);
}

static void
pull_on_line(void *arg, char *line, size_t len)
{
	(void)len;
	pull_say(arg, line);
}

static void
pull_on_out(void *arg, const char *data, size_t len)
{
	struct pull *p = arg;

	lines_feed(&p->lines, data, len, pull_on_line, p);
}

int
image_pull(struct docker *d, const char *ref, const char *hint, void (*say)(void *, const char *), void *arg,
    struct err *e)
{
	struct pull p = { .say = say, .arg = arg };
	struct docker_command pull = { .words = WORDS("pull", ref), .timeout_ms = -1, .on_out = pull_on_out,
		.arg = &p };
	struct buf said = { 0 };
	struct login login;
	struct err why;
	int got;

	if (login_open(d, ref, &login, &why) == -1) {
		err_on(&why, "pulling without DOCKERHUB_USERNAME and DOCKERHUB_TOKEN");
		pull_say(&p, why.text);
	}
	if (login.config != NULL)
		pull.env = login.env.v;
	for (int try = 1, wait = FIRST_WAIT_MS; (got = docker_try(d, &pull, NULL, &said, e)) > 0; try++,
	    wait *= 2) {
		char *reason, *line;

		if (!words_pull_fail(d, ref, hint, buf_str(&said), e) || try == TRIES) {
			got = -1;
			break;
		}
		reason = words_reason(buf_str(&said));
		line = xasprintf("%s; again in %d s", reason, wait / 1000);
		pull_say(&p, line);
		free(line);
		free(reason);
		lines_reset(&p.lines);
		buf_reset(&said);
		loop_sleep(d->loop, wait, d->cancel);
	}
	login_close(&login);
	lines_free(&p.lines);
	buf_free(&said);
	return got;
}
