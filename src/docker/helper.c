#include "helper.h"

#include <stdlib.h>

#include "../base/mem.h"

int
helper_create(struct docker *d, const char *run_id, const char *image, const char *what, const char *src,
    const char *dst, const char *const *words, char **id, struct err *e)
{
	/* The tests must not take this name for the runner's. */
	char *name = xasprintf("hi-%s-%s", what, run_id);
	struct container_spec s = { .name = name, .image = image, .workdir = "/" };
	int got;

	strs_addf(&s.labels, LABEL_RUN "=%s", run_id);
	strs_add(&s.labels, LABEL_TYPE "=" TYPE_HELPER);
	strs_add(&s.bind_src, src);
	strs_add(&s.bind_dst, dst);
	strs_addv(&s.command, words);
	got = container_create(d, &s, id, e);
	strs_free(&s.labels);
	strs_free(&s.bind_src);
	strs_free(&s.bind_dst);
	strs_free(&s.command);
	free(name);
	return got;
}

void
helper_remove(struct docker *d, const char *id)
{
	struct strs ids = { 0 };
	struct err ignored;

	strs_add(&ids, id);
	(void)container_remove(d, &ids, &ignored);
	strs_free(&ids);
}
