#include <stdlib.h>
#include <string.h>

#include "call.h"
#include "network.h"

int
volume_names(struct docker *d, const char *const *filters, struct strs *out, struct err *e)
{
	struct strs args = { 0 };
	struct buf text = { 0 };
	int ret;

	strs_addv(&args, WORDS("volume", "ls", "--quiet"));
	for (size_t i = 0; filters != NULL && filters[i] != NULL; i++) {
		strs_add(&args, "--filter");
		strs_add(&args, filters[i]);
	}
	ret = docker_call(d, strs_words(&args), &text, e);
	if (ret == 0)
		strs_split(out, buf_str(&text), '\n');
	strs_free(&args);
	buf_free(&text);
	return ret;
}

int
volume_remove(struct docker *d, const struct strs *names, struct err *e)
{
	struct strs args = { 0 };
	int ret;

	if (names->n == 0)
		return 0;
	strs_addv(&args, WORDS("volume", "rm", "--force"));
	strs_addv(&args, strs_words(names));
	ret = docker_call(d, strs_words(&args), NULL, e);
	strs_free(&args);
	return ret == -1 && e->kind != ERR_NOT_FOUND ? -1 : 0;
}
