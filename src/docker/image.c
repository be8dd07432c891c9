#include "image.h"

#include <stdlib.h>
#include <string.h>

#include "../base/mem.h"
#include "../base/text.h"
#include "call.h"
#include "container.h"

static const char LIST_FORMAT[] = "{\"id\":{{json .ID}},\"repository\":{{json .Repository}},"
    "\"tag\":{{json .Tag}},\"size\":{{json .Size}}}";

static void
image_read(void *arg, const struct json *j)
{
	struct images *list = arg;
	char *repository = docker_member(j, 0, "repository"), *tag = docker_member(j, 0, "tag");
	char *size = docker_member(j, 0, "size");
	bool named = strcmp(repository, "<none>") != 0;
	struct image *i;
	uint64_t bytes;

	list->v = xreallocarray(list->v, list->n + 1, sizeof(*list->v));
	i = &list->v[list->n++];
	*i = (struct image){
		.id = docker_member(j, 0, "id"), .dangling = !named,
		.size = text_parse_bytes(size, &bytes) == 0 ? (int64_t)bytes : -1,
		/* An image that was pulled by its digest has a name but no tag: only its id identifies it. */
		.ref = named && strcmp(tag, "<none>") != 0 ? xasprintf("%s:%s", repository, tag) :
		    xstrdup(""),
	};
	free(repository);
	free(tag);
	free(size);
}

int
image_list(struct docker *d, bool dangling_only, struct images *out, struct err *e)
{
	/* Without --all some clients (29.0 to 29.1.2) leave out untagged images before they filter. */
	const char *const *words = dangling_only ?
	    WORDS("images", "--all", "--no-trunc", "--format", LIST_FORMAT, "--filter", "dangling=true") :
	    WORDS("images", "--no-trunc", "--format", LIST_FORMAT);
	int ret;

	*out = (struct images){ 0 };
	ret = docker_each(d, words, image_read, out, e);
	if (ret == -1)
		images_free(out);
	return ret;
}

void
images_free(struct images *i)
{
	for (size_t n = 0; n < i->n; n++) {
		free(i->v[n].id);
		free(i->v[n].ref);
	}
	free(i->v);
	*i = (struct images){ 0 };
}

int
image_exists(struct docker *d, const char *ref, struct err *e)
{
	if (docker_call(d, WORDS("image", "inspect", "--format", "{{.Id}}", ref), NULL, e) == 0)
		return 1;
	return e->kind == ERR_NOT_FOUND ? 0 : -1;
}

int
image_missing(struct docker *d, const struct strs *refs, struct strs *missing, struct err *e)
{
	struct strs words = { 0 };
	int ret;

	if (refs->n == 0)
		return 0;
	strs_addv(&words, WORDS("image", "inspect", "--format", "{{.Id}}", "--"));
	strs_addv(&words, strs_words(refs));
	ret = docker_call(d, strs_words(&words), NULL, e);
	strs_free(&words);
	if (ret == 0 || e->kind != ERR_NOT_FOUND)
		return ret;
	/* The answer does not say for sure which of them are missing. */
	for (size_t i = 0; i < refs->n; i++) {
		int there = refs->n > 1 ? image_exists(d, refs->v[i], e) : 0;

		if (there == -1)
			return -1;
		if (there == 0)
			strs_add(missing, refs->v[i]);
	}
	return 0;
}

int
image_remove(struct docker *d, const char *ref, bool keep_layers, struct err *e)
{
	const char *const *words = keep_layers ? WORDS("rmi", "--no-prune", ref) : WORDS("rmi", ref);

	return docker_call(d, words, NULL, e) == -1 && e->kind != ERR_NOT_FOUND ? -1 : 0;
}

static void
image_add_used(void *arg, const struct json *j, int container)
{
	char *id = docker_member(j, container, "Image");

	strs_add_new(arg, id);
	free(id);
}

int
image_used(struct docker *d, bool except_runs, struct strs *ids, struct err *e)
{
	return container_inspect_all(d, except_runs, image_add_used, ids, e);
}

int
image_configs(struct docker *d, const struct strs *ids, char **texts, struct err *e)
{
	struct strs words = { 0 }, lines = { 0 };
	struct buf out = { 0 };
	int ret = 0;

	strs_addv(&words, WORDS("image", "inspect", "--format", "{{.Id}} {{json .Config}}"));
	strs_addv(&words, strs_words(ids));
	if (ids->n > 0)
		ret = docker_call(d, strs_words(&words), &out, e) == -1 && e->kind != ERR_NOT_FOUND ? -1 : 0;
	if (out.len > 0)
		strs_split(&lines, out.s, '\n');
	for (size_t i = 0; i < ids->n; i++) {
		size_t len = strlen(ids->v[i]);

		texts[i] = NULL;
		for (size_t k = 0; k < lines.n && texts[i] == NULL; k++)
			if (strncmp(lines.v[k], ids->v[i], len) == 0 && lines.v[k][len] == ' ')
				texts[i] = xstrdup(lines.v[k] + len + 1);
	}
	strs_free(&words);
	strs_free(&lines);
	buf_free(&out);
	return ret;
}
