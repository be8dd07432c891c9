#include <stdlib.h>
#include <string.h>

#include "../base/mem.h"
#include "../base/text.h"
#include "call.h"
#include "container.h"

enum { BATCH = 100, WIDTH = 4 };

static void
add_all(struct strs *args, const char *flag, const struct strs *values)
{
	for (size_t i = 0; i < values->n; i++)
		strs_addv(args, WORDS(flag, values->v[i]));
}

static void
add_mount(struct strs *args, const char *type, const char *source, const char *destination)
{
	struct buf mount = { 0 };

	docker_mount_field(&mount, "type", type);
	if (source != NULL)
		docker_mount_field(&mount, "source", source);
	docker_mount_field(&mount, "destination", destination);
	strs_addv(args, WORDS("--mount", buf_str(&mount)));
	buf_free(&mount);
}

static void
create_args(const struct container_spec *s, bool host_ids, bool blocking, struct strs *args)
{
	/* The engine's defaults would apply to what is not said here: a log that is rotated, or that
	 * drops lines, is no evidence. There is no word for "no limit" that every engine takes. */
	strs_addv(args, WORDS("create", "--pull", "never", "--name", s->name,
	    "--log-driver", "json-file", "--log-opt", "max-size=1024t", "--log-opt", "max-file=1",
	    "--log-opt", "compress=false", "--security-opt", "label=disable"));
	if (blocking)
		strs_addv(args, WORDS("--log-opt", "mode=blocking"));
	if (host_ids)
		strs_addv(args, WORDS("--userns", "host"));
	if (s->workdir != NULL)
		strs_addv(args, WORDS("--workdir", s->workdir));
	add_all(args, "--label", &s->labels);
	add_all(args, "--env", &s->env);
	for (size_t i = 0; i < s->bind_src.n; i++)
		add_mount(args, *s->bind_src.v[i] == '/' ? "bind" : "volume", s->bind_src.v[i],
		    s->bind_dst.v[i]);
	for (size_t i = 0; i < s->tmpfs.n; i++)
		add_mount(args, "tmpfs", NULL, s->tmpfs.v[i]);
	for (size_t i = 0; i < s->volumes.n; i++)
		add_mount(args, "volume", NULL, s->volumes.v[i]);
	strs_add(args, s->image);
	strs_addv(args, strs_words(&s->command));
}

int
container_create(struct docker *d, const struct container_spec *s, char **id, struct err *e)
{
	struct buf out = { 0 };
	int ret = -1;

	*id = NULL;
	for (int blocking = 1; blocking >= 0 && ret == -1; blocking--) {
		struct strs args = { 0 };
		struct err why = { .text = "" };

		buf_reset(&out);
		create_args(s, d->userns, blocking, &args);
		ret = docker_call(d, strs_words(&args), &out, &why);
		strs_free(&args);
		if (ret == -1 && e != NULL)
			*e = why;
		/* An engine whose default is a buffer beside the log refuses mode=blocking. */
		if (ret == -1 && !words_mean(why.text, MEANS_NO_BLOCKING_LOG))
			break;
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

bool
container_unseen(const struct err *e, const char *path)
{
	return e->kind == ERR_NO_PATH && (path == NULL || strstr(e->text, path) != NULL);
}

int
container_start(struct docker *d, const char *id, struct err *e)
{
	return docker_call(d, WORDS("start", id), NULL, e);
}

int
container_kill(struct docker *d, const char *id, struct err *e)
{
	return docker_unless(d, WORDS("kill", id), MEANS_NOT_FOUND | MEANS_NOT_RUNNING, e);
}

int
container_pause(struct docker *d, const char *id, struct err *e)
{
	return docker_unless(d, WORDS("pause", id), MEANS_PAUSED, e);
}

int
container_unpause(struct docker *d, const char *id, struct err *e)
{
	return docker_unless(d, WORDS("unpause", id), MEANS_NOT_FOUND | MEANS_NOT_PAUSED, e);
}

int
container_unpack(struct docker *d, const char *id, int tar, const char *to, struct err *e)
{
	char *place = xasprintf("%s:%s", id, to);
	int ret = docker_feed(d, WORDS("cp", "-", place), tar, e);

	free(place);
	return ret;
}

static void
remove_args(const struct strs *ids, size_t from, struct strs *args)
{
	strs_addv(args, WORDS("docker", "rm", "--force", "--volumes"));
	for (size_t i = from; i < ids->n && i < from + BATCH; i++)
		strs_add(args, ids->v[i]);
}

int
container_remove(struct docker *d, const struct strs *ids, struct err *e)
{
	size_t n = (ids->n + BATCH - 1) / BATCH;
	struct strs *args;
	struct proc_result *res;
	struct proc_run *run;
	struct err *why;
	int ret = 0;

	if (n == 0)
		return 0;
	args = xcalloc(n, sizeof(*args));
	run = xcalloc(n, sizeof(*run));
	res = xcalloc(n, sizeof(*res));
	why = xcalloc(n, sizeof(*why));
	for (size_t i = 0; i < n; i++) {
		remove_args(ids, i * BATCH, &args[i]);
		run[i] = (struct proc_run){ .argv = args[i].v, .env = d->env.v, .timeout_ms = d->timeout_ms,
			.cancel = d->cancel };
	}
	proc_run_many(d->loop, run, res, why, n, WIDTH);
	for (size_t i = 0; i < n; i++) {
		const char *said = buf_str(&res[i].err);
		bool ended = res[i].status != -1 && !res[i].timed_out && !res[i].cancelled;
		char *trouble = ended && !proc_ok(res[i].status) ? words_other_trouble(said,
		    MEANS_NOT_FOUND) : NULL;

		if (ret == 0 && !ended)
			ret = err_set(e, "%s", why[i].text);
		else if (ret == 0 && trouble != NULL)
			ret = words_fail(d, WORDS("rm"), 1, trouble, e);
		else if (ret == 0 && !proc_ok(res[i].status) && *said == '\0')
			ret = err_set(e, "%s", why[i].text);
		free(trouble);
		proc_result_free(&res[i]);
		strs_free(&args[i]);
	}
	free(args);
	free(run);
	free(res);
	free(why);
	return ret;
}
