#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/mem.h"
#include "../base/text.h"
#include "call.h"
#include "container.h"

enum { BATCH = 100, WIDTH = 4 };

static void
create_add_all(struct strs *args, const char *flag, const struct strs *values)
{
	for (size_t i = 0; i < values->n; i++)
		strs_addv(args, WORDS(flag, values->v[i]));
}

static void
create_add_mount(struct strs *args, const char *type, const char *source, const char *destination)
{
	struct buf mount = { 0 };

	docker_mount_field(&mount, "type", type);
	if (source != NULL)
		docker_mount_field(&mount, "source", source);
	docker_mount_field(&mount, "destination", destination);
	strs_addv(args, WORDS("--mount", buf_str(&mount)));
	buf_free(&mount);
}

/* Mounts an empty directory at place. Podman's tmpfs would begin as a copy, in memory, of what it hides. */
static void
create_add_tmpfs(const struct docker *d, struct strs *args, const char *place)
{
	if (d->podman) {
		strs_add(args, "--tmpfs");
		strs_addf(args, "%s:notmpcopyup", place);
	} else
		create_add_mount(args, "tmpfs", NULL, place);
}

static void
create_args(const struct docker *d, const struct container_spec *s, bool blocking, struct strs *args)
{
	/* Log options that are left out would get the engine's defaults, and a log that is rotated or
	 * drops lines is no evidence. No value for "no limit" is accepted by every engine. */
	strs_addv(args, WORDS("create", "--pull", "never", "--name", s->name,
	    "--log-driver", "json-file", "--log-opt", "max-size=1024t", "--log-opt", "max-file=1",
	    "--log-opt", "compress=false", "--security-opt", "label=disable"));
	if (blocking)
		strs_addv(args, WORDS("--log-opt", "mode=blocking"));
	if (d->userns)
		strs_addv(args, WORDS("--userns", "host"));
	if (s->workdir != NULL)
		strs_addv(args, WORDS("--workdir", s->workdir));
	create_add_all(args, "--label", &s->labels);
	create_add_all(args, "--env", &s->env);
	for (size_t i = 0; i < s->bind_src.n; i++)
		create_add_mount(args, *s->bind_src.v[i] == '/' ? "bind" : "volume", s->bind_src.v[i],
		    s->bind_dst.v[i]);
	for (size_t i = 0; i < s->tmpfs.n; i++)
		create_add_tmpfs(d, args, s->tmpfs.v[i]);
	for (size_t i = 0; i < s->volumes.n; i++)
		create_add_mount(args, "volume", NULL, s->volumes.v[i]);
	strs_add(args, s->image);
	strs_addv(args, strs_words(&s->command));
}

int
container_create(struct docker *d, const struct container_spec *s, char **id, struct err *e)
{
	struct buf out = { 0 };
	int ret = -1;
	bool again = true;

	*id = NULL;
	for (bool blocking = true; again; blocking = false) {
		struct docker_command c = { 0 };
		struct strs args = { 0 };
		struct buf said = { 0 };

		create_args(d, s, blocking, &args);
		c.words = strs_words(&args);
		ret = docker_try(d, &c, &out, &said, e);
		/* An engine whose default options set a log buffer's size refuses mode=blocking. */
		again = blocking && ret > 0 && words_mean(buf_str(&said), MEANS_NO_BLOCKING_LOG);
		if (ret > 0) {
			ret = words_fail(d, c.words, ret, buf_str(&said), e);
			if (e->kind == ERR_NO_PATH && s->socket != NULL &&
			    strstr(buf_str(&said), s->socket) != NULL)
				e->kind = ERR_NO_SOCKET;
		}
		strs_free(&args);
		buf_free(&said);
	}
	if (ret == 0) {
		*id = text_trim(buf_str(&out));
		if (**id == '\0') {
			free(*id);
			*id = NULL;
			ret = err_set(e, "docker create: says no id");
		}
	}
	buf_free(&out);
	return ret;
}

int
container_start(struct docker *d, const char *id, struct err *e)
{
	return docker_call(d, WORDS("start", id), NULL, e);
}

int
container_kill(struct docker *d, const char *id, struct err *e)
{
	return docker_call(d, WORDS("kill", id), NULL, e) == -1 && e->kind != ERR_NOT_FOUND &&
	    e->kind != ERR_STATE ? -1 : 0;
}

int
container_pause(struct docker *d, const char *id, struct err *e)
{
	return docker_call(d, WORDS("pause", id), NULL, e) == -1 && e->kind != ERR_STATE ? -1 : 0;
}

int
container_unpause(struct docker *d, const char *id, struct err *e)
{
	return docker_call(d, WORDS("unpause", id), NULL, e) == -1 && e->kind != ERR_NOT_FOUND &&
	    e->kind != ERR_STATE ? -1 : 0;
}

int
container_has_file(struct docker *d, const char *id, const char *path, struct err *e)
{
	char *place = xasprintf("%s:%s", id, path);
	int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
	struct docker_command c = { .words = WORDS("cp", place, "-"), .out = nowhere };
	struct buf said = { 0 };
	int status = docker_try(d, &c, NULL, &said, e);

	close(nowhere);
	buf_free(&said);
	free(place);
	return status == -1 ? -1 : status == 0;
}

int
container_unpack(struct docker *d, const char *id, int tar, const char *to, struct err *e)
{
	char *place = xasprintf("%s:%s", id, to);
	int ret = docker_run(d, &(struct docker_command){ .words = WORDS("cp", "-", place), .in = tar },
	    NULL, e);

	free(place);
	return ret;
}

struct removing {
	struct docker *docker;
	const struct strs *ids;
	struct strs args;
	struct err *e;
	int ret;
	bool kill;		/* only kill them, and ignore failures */
};

static int
remove_begin(void *arg, size_t job, struct docker_command *c, struct err *e)
{
	struct removing *r = arg;

	(void)e;
	strs_free(&r->args);
	strs_addv(&r->args, r->kill ? WORDS("kill") : WORDS("rm", "--force", "--volumes"));
	for (size_t i = job * BATCH; i < r->ids->n && i < (job + 1) * BATCH; i++)
		strs_add(&r->args, r->ids->v[i]);
	c->words = strs_words(&r->args);
	return 0;
}

static void
remove_end(void *arg, size_t job, int status, const struct proc_result *res, struct err *e)
{
	struct removing *r = arg;

	(void)job;
	if (r->kill)
		return;
	if (status > 0)
		words_fail(r->docker, WORDS("rm"), status, buf_str(&res->err), e);
	if (r->ret == -1 || status == 0 || (status > 0 && e->kind == ERR_NOT_FOUND))
		return;
	r->ret = -1;
	*r->e = *e;
}

int
container_remove(struct docker *d, const struct strs *ids, struct err *e)
{
	/* Even with --force Podman first stops a container, and waits ten seconds for that. */
	struct removing r = { .docker = d, .ids = ids, .e = e, .kill = d->podman };
	const struct docker_jobs jobs = { .n = (ids->n + BATCH - 1) / BATCH, .width = WIDTH,
	    .begin = remove_begin, .end = remove_end, .arg = &r };

	if (r.kill)
		docker_run_many(d, &jobs);
	r.kill = false;
	docker_run_many(d, &jobs);
	strs_free(&r.args);
	return r.ret;
}
