#include "container.h"

#include <sys/wait.h>

#include <stdlib.h>
#include <string.h>

#include "../base/mem.h"
#include "../base/text.h"
#include "call.h"

/* Each label has a column of its own, since a value may hold the separator of the Labels column. */
static const char LIST_FORMAT[] = "{\"id\":{{json .ID}},\"name\":{{json .Names}},"
    "\"state\":{{json .State}},\"created\":{{json .CreatedAt}},"
    "\"run\":{{json (.Label \"" LABEL_RUN "\")}},\"type\":{{json (.Label \"" LABEL_TYPE "\")}}}";

static void
container_read(void *arg, const struct json *j)
{
	struct containers *list = arg;
	struct container *c;
	char *created = docker_member(j, 0, "created");

	list->v = xreallocarray(list->v, list->n + 1, sizeof(*list->v));
	c = &list->v[list->n++];
	*c = (struct container){
		.id = docker_member(j, 0, "id"), .name = docker_member(j, 0, "name"),
		.state = docker_member(j, 0, "state"), .run_id = docker_member(j, 0, "run"),
		.type = docker_member(j, 0, "type"), .created = docker_time(created),
	};
	/* Further names, which links gave it, follow a comma. */
	c->name[strcspn(c->name, ",")] = '\0';
	free(created);
}

int
container_list(struct docker *d, const char *const *filters, struct containers *out, struct err *e)
{
	struct strs args = { 0 };
	int ret;

	*out = (struct containers){ 0 };
	strs_addv(&args, WORDS("ps", "--all", "--no-trunc", "--format", LIST_FORMAT));
	for (size_t i = 0; filters != NULL && filters[i] != NULL; i++) {
		strs_add(&args, "--filter");
		strs_add(&args, filters[i]);
	}
	ret = docker_each(d, strs_words(&args), container_read, out, e);
	if (ret == -1)
		containers_free(out);
	strs_free(&args);
	return ret;
}

int
container_list_run(struct docker *d, const char *run_id, struct containers *out, struct err *e)
{
	char *filter = xasprintf("label=" LABEL_RUN "=%s", run_id);
	int ret = container_list(d, WORDS(filter), out, e);

	free(filter);
	return ret;
}

void
containers_free(struct containers *c)
{
	for (size_t i = 0; i < c->n; i++) {
		free(c->v[i].id);
		free(c->v[i].name);
		free(c->v[i].state);
		free(c->v[i].run_id);
		free(c->v[i].type);
	}
	free(c->v);
	*c = (struct containers){ 0 };
}

int
container_inspect(struct docker *d, const struct strs *ids, struct buf *json, struct err *e)
{
	struct strs args = { 0 };
	int ret = 0;

	if (ids->n == 0) {
		buf_puts(json, "[]");
		return 0;
	}
	strs_addv(&args, WORDS("container", "inspect"));
	strs_addv(&args, strs_words(ids));
	ret = docker_call(d, strs_words(&args), json, e);
	strs_free(&args);
	return ret == -1 && e->kind != ERR_NOT_FOUND ? -1 : 0;
}

int
container_inspect_each(struct docker *d, const struct strs *ids, void (*fn)(void *arg, const struct json *j,
    int container), void *arg, struct err *e)
{
	struct buf text = { 0 };
	struct json j = { 0 };
	int ret = container_inspect(d, ids, &text, e);

	if (ret == 0 && text.len > 0 && json_parse(&j, text.s, text.len) == -1)
		ret = err_set(e, "docker container inspect: an answer that is not JSON");
	for (int c = json_first(&j, 0); c >= 0; c = json_next(&j, c))
		fn(arg, &j, c);
	json_free(&j);
	buf_free(&text);
	return ret;
}

int
container_inspect_all(struct docker *d, bool except_runs, void (*fn)(void *arg, const struct json *j,
    int container), void *arg, struct err *e)
{
	struct containers all = { 0 };
	struct strs ids = { 0 };
	int ret = container_list(d, NULL, &all, e);

	for (size_t i = 0; i < all.n; i++)
		if (!except_runs || *all.v[i].run_id == '\0')
			strs_add(&ids, all.v[i].id);
	if (ret == 0)
		ret = container_inspect_each(d, &ids, fn, arg, e);
	strs_free(&ids);
	containers_free(&all);
	return ret;
}

void
container_networks(const struct json *j, int container, void (*fn)(void *arg, const char *id,
    const char *name), void *arg)
{
	int nets = json_path(j, container, "NetworkSettings.Networks");

	for (int k = json_first(j, nets); k >= 0; k = json_next(j, k)) {
		char *name = json_dup(j, k), *id = docker_member(j, json_value(j, k), "NetworkID");

		fn(arg, id, name);
		free(name);
		free(id);
	}
}

static void
container_read_end(void *arg, const struct json *j)
{
	struct container_end *c = arg;

	free(c->error);
	*c = (struct container_end){
		.exists = true,
		.running = json_true(j, json_member(j, 0, "Running")),
		.oom = json_true(j, json_member(j, 0, "OOMKilled")),
		.started = docker_member_time(j, 0, "StartedAt"),
		.finished = docker_member_time(j, 0, "FinishedAt"),
		.error = docker_member(j, 0, "Error"),
	};
	if (json_int(j, json_member(j, 0, "ExitCode"), &c->exit_code) == -1)
		c->exit_code = -1;
}

int
container_end(struct docker *d, const char *id, struct container_end *out, struct err *e)
{
	int ret;

	*out = (struct container_end){ .started = -1, .finished = -1 };
	ret = docker_each(d, WORDS("container", "inspect", "--format", "{{json .State}}", id),
	    container_read_end, out, e);
	if (ret == -1 && e->kind != ERR_NOT_FOUND) {
		container_end_free(out);
		return -1;
	}
	if (out->error == NULL)
		out->error = xstrdup("");
	return 0;
}

void
container_end_free(struct container_end *c)
{
	free(c->error);
	c->error = NULL;
}

int
container_await(struct docker *d, const char *id, struct err *e)
{
	/* A container's log ends when the container does. */
	return docker_call(d, WORDS("logs", "--follow", id), NULL, e);
}

struct proc *
container_follow(struct docker *d, const char *id, const struct proc_spec *how, struct err *e)
{
	return docker_start(d, WORDS("logs", "--follow", id), how, e);
}

int
container_follow_fail(const struct docker *d, int status, const char *said, struct err *e)
{
	char *last;

	if (status <= 0)
		return err_set(e, "docker logs: %s", status == 0 ? "it ends before the container does" :
		    "no answer");
	last = words_last(said);
	words_fail(d, WORDS("logs"), WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status),
	    last, e);
	free(last);
	return -1;
}

struct proc *
container_stats(struct docker *d, const struct proc_spec *how, struct err *e)
{
	return docker_start(d, WORDS("stats", "--no-trunc", "--format", "{{json .}}"), how, e);
}

struct proc *
docker_events(struct docker *d, int64_t since, const struct proc_spec *how, struct err *e)
{
	struct strs args = { 0 };
	struct proc *p;

	strs_addv(&args, WORDS("events", "--format", "{{json .}}", "--filter", "type=container",
	    "--filter", "type=network"));
	if (since > 0) {
		strs_add(&args, "--since");
		strs_addf(&args, "%lld.%03lld", (long long)(since / 1000), (long long)(since % 1000));
	}
	p = docker_start(d, strs_words(&args), how, e);
	strs_free(&args);
	return p;
}
