#include "usage.h"

#include <stdlib.h>
#include <string.h>

#include "../base/mem.h"
#include "../base/text.h"
#include "call.h"
#include "container.h"

enum { SIZE_MS = 20000, AT_ONCE = 4 };

/* A number that is worth a wait, but not any wait. */
static int
ask_size(struct docker *d, const char *const *words, struct buf *out)
{
	struct docker patient = *d;

	patient.timeout_ms = SIZE_MS;
	return docker_call(&patient, words, out, NULL);
}

int64_t
containers_size(struct docker *d, const char *label)
{
	char *filter = xasprintf("label=%s", label);
	struct strs lines = { 0 };
	struct buf out = { 0 };
	int64_t sum = -1;

	if (ask_size(d, WORDS("ps", "--all", "--size", "--format", "{{.Size}}", "--filter", filter), &out) ==
	    0) {
		sum = 0;
		strs_split(&lines, buf_str(&out), '\n');
	}
	for (size_t i = 0; i < lines.n; i++) {
		uint64_t bytes;

		/* "1.2kB (virtual 1.99MB)" */
		lines.v[i][strcspn(lines.v[i], " ")] = '\0';
		if (text_parse_bytes(lines.v[i], &bytes) == 0)
			sum += (int64_t)bytes;
	}
	strs_free(&lines);
	buf_free(&out);
	free(filter);
	return sum;
}

static void
read_images_row(void *arg, const struct json *j)
{
	char *type = docker_member(j, 0, "Type"), *size = docker_member(j, 0, "Size");
	int64_t *sum = arg;
	uint64_t bytes;

	if (strcmp(type, "Images") == 0 && text_parse_bytes(size, &bytes) == 0)
		*sum = (int64_t)bytes;
	free(type);
	free(size);
}

int64_t
images_size(struct docker *d)
{
	struct buf out = { 0 };
	int64_t sum = -1;

	if (ask_size(d, WORDS("system", "df", "--format", "{{json .}}"), &out) == 0)
		(void)docker_each_line(&out, read_images_row, &sum, NULL);
	buf_free(&out);
	return sum;
}

/* By name too: one that was never started has no id yet. */
static void
use(void *arg, const char *id, const char *name)
{
	strs_add_new(arg, id);
	strs_add_new(arg, name);
}

static void
use_networks(void *arg, const struct json *j, int container)
{
	container_networks(j, container, use, arg);
}

int
networks_used(struct docker *d, struct strs *used, struct err *e)
{
	struct containers all = { 0 };
	struct strs ids = { 0 };
	int ret = container_list(d, NULL, &all, e);

	for (size_t i = 0; i < all.n; i++)
		strs_add(&ids, all.v[i].id);
	if (ret == 0)
		ret = container_look(d, &ids, use_networks, used, e);
	strs_free(&ids);
	containers_free(&all);
	return ret;
}

struct tagged {
	const struct strs *ids;
	int64_t *when;
};

static void
read_tagged(void *arg, const struct json *j)
{
	const struct tagged *t = arg;
	char *id = docker_member(j, 0, "id");

	for (size_t i = 0; i < t->ids->n; i++)
		if (strcmp(t->ids->v[i], id) == 0)
			t->when[i] = docker_member_time(j, 0, "tagged");
	free(id);
}

int
images_tagged(struct docker *d, const struct strs *ids, int64_t *when, struct err *e)
{
	struct tagged t = { .ids = ids, .when = when };
	struct strs args = { 0 };
	int ret;

	if (ids->n == 0)
		return 0;
	for (size_t i = 0; i < ids->n; i++)
		when[i] = -1;
	strs_addv(&args, WORDS("image", "inspect", "--format",
	    "{\"id\":{{json .ID}},\"tagged\":{{json .Metadata.LastTagTime}}}"));
	strs_addv(&args, strs_words(ids));
	ret = docker_each_there(d, strs_words(&args), read_tagged, &t, e);
	strs_free(&args);
	return ret;
}

void
images_history(struct docker *d, const struct strs *ids, char **texts)
{
	struct proc_run *runs = xcalloc(ids->n + 1, sizeof(*runs));
	struct proc_result *results = xcalloc(ids->n + 1, sizeof(*results));
	struct strs *argvs = xcalloc(ids->n + 1, sizeof(*argvs));

	for (size_t i = 0; i < ids->n; i++) {
		strs_addv(&argvs[i],
		    WORDS("docker", "history", "--no-trunc", "--format", "{{.CreatedBy}}", ids->v[i]));
		runs[i] = (struct proc_run){ .argv = argvs[i].v, .env = d->env.v, .timeout_ms = d->timeout_ms,
			.cancel = d->cancel };
	}
	proc_run_many(d->loop, runs, results, NULL, ids->n, AT_ONCE);
	for (size_t i = 0; i < ids->n; i++) {
		texts[i] = proc_ok(results[i].status) ? buf_take(&results[i].out) : xstrdup("");
		proc_result_free(&results[i]);
		strs_free(&argvs[i]);
	}
	free(runs);
	free(results);
	free(argvs);
}
