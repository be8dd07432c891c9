#include "network.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "../base/mem.h"
#include "call.h"
#include "container.h"

bool
network_is_test(const char *name)
{
	size_t hex;

	if (strncmp(name, "hs-", 3) != 0)
		return false;
	/* At least six digits, since "hs-a-b" may be anybody's. */
	hex = strspn(name + 3, "0123456789abcdef");
	return hex >= 6 && name[3 + hex] == '-' && name[4 + hex] != '\0';
}

static void
network_read(void *arg, const struct json *j)
{
	struct networks *list = arg;
	int containers = json_member(j, 0, "Containers");
	struct network *n;

	list->v = xreallocarray(list->v, list->n + 1, sizeof(*list->v));
	n = &list->v[list->n++];
	*n = (struct network){
		.id = docker_member(j, 0, "Id"), .name = docker_member(j, 0, "Name"),
		.created = docker_member_time(j, 0, "Created"),
	};
	for (int k = json_first(j, containers); k >= 0; k = json_next(j, k)) {
		char *user = docker_member(j, json_value(j, k), "Name");

		strs_add(&n->users, user);
		free(user);
	}
}

/* Inspects those of ids that exist. */
static int
network_inspect(struct docker *d, const struct strs *ids, struct networks *out, struct err *e)
{
	struct strs args = { 0 };
	int ret;

	*out = (struct networks){ 0 };
	if (ids->n == 0)
		return 0;
	strs_addv(&args, WORDS("network", "inspect", "--format", "{{json .}}"));
	strs_addv(&args, strs_words(ids));
	ret = docker_each(d, strs_words(&args), network_read, out, e);
	strs_free(&args);
	if (ret == 0 || e->kind == ERR_NOT_FOUND)
		return 0;
	networks_free(out);
	return -1;
}

bool
network_may_be_test(const char *name)
{
	return network_is_test(name) || (strncmp(name, "hs-", 3) == 0 &&
	    strspn(name + 3, "abcdefghijklmnopqrstuvwxyz0123456789") == 6 && name[9] == '-' &&
	    name[10] != '\0');
}

static void
network_add_test(void *ids, const char *id, const char *name)
{
	if (*id != '\0' && network_may_be_test(name))
		strs_add_new(ids, id);
}

void
network_add_tests_of(const struct json *j, int container, struct strs *ids)
{
	container_networks(j, container, network_add_test, ids);
}

static void
network_want(void *ids, const struct json *j)
{
	char *name = docker_member(j, 0, "name"), *id = docker_member(j, 0, "id");

	if (strncmp(name, "hs-", 3) == 0)
		strs_add(ids, id);
	free(name);
	free(id);
}

int
network_list(struct docker *d, struct networks *out, struct err *e)
{
	struct strs ids = { 0 };
	int ret;

	*out = (struct networks){ 0 };
	ret = docker_each(d, WORDS("network", "ls", "--no-trunc", "--format",
	    "{\"id\":{{json .ID}},\"name\":{{json .Name}}}"), network_want, &ids, e);
	if (ret == 0)
		ret = network_inspect(d, &ids, out, e);
	strs_free(&ids);
	return ret;
}

void
networks_free(struct networks *n)
{
	for (size_t i = 0; i < n->n; i++) {
		free(n->v[i].id);
		free(n->v[i].name);
		strs_free(&n->v[i].users);
	}
	free(n->v);
	*n = (struct networks){ 0 };
}

int
network_remove(struct docker *d, const char *id, struct err *e)
{
	struct buf out = { 0 };
	int ret = docker_call(d, WORDS("network", "rm", id), &out, e);

	/* docker has to name what it removed, since no listing confirms it for networks in the end. */
	if (ret == 0 && strstr(buf_str(&out), id) == NULL)
		ret = err_set(e, "docker network rm: an answer that does not name %s", id);
	buf_free(&out);
	return ret == -1 && e->kind != ERR_NOT_FOUND ? -1 : 0;
}

int
network_disconnect(struct docker *d, const char *network, const char *container, struct err *e)
{
	return docker_call(d, WORDS("network", "disconnect", "--force", network, container), NULL, e) == -1 &&
	    e->kind != ERR_NOT_FOUND ? -1 : 0;
}

/* Adds the name, too, since for a container that was never started the network's id is "". */
static void
networks_add_use(void *arg, const char *id, const char *name)
{
	strs_add_new(arg, id);
	strs_add_new(arg, name);
}

static void
networks_of_container(void *arg, const struct json *j, int container)
{
	container_networks(j, container, networks_add_use, arg);
}

int
networks_used(struct docker *d, bool except_runs, struct strs *used, struct err *e)
{
	return container_inspect_all(d, except_runs, networks_of_container, used, e);
}

int
volume_names(struct docker *d, struct strs *out, struct err *e)
{
	struct buf text = { 0 };
	int ret = docker_call(d, WORDS("volume", "ls", "--quiet"), &text, e);

	if (ret == 0)
		strs_split(out, buf_str(&text), '\n');
	buf_free(&text);
	return ret;
}

int
volume_remove(struct docker *d, const char *name, struct err *e)
{
	return docker_call(d, WORDS("volume", "rm", "--force", name), NULL, e) == -1 &&
	    e->kind != ERR_NOT_FOUND ? -1 : 0;
}
