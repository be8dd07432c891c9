#include <stdlib.h>
#include <string.h>

#include "../base/mem.h"
#include "../base/text.h"
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
	ret = docker_unless_gone(d, strs_words(&args), e);
	strs_free(&args);
	return ret;
}

struct sizes {
	const struct strs *names;
	int64_t *out;
};

static void
read_sizes(void *arg, const struct json *j)
{
	struct sizes *s = arg;

	for (int n = json_first(j, 0); n >= 0; n = json_next(j, n)) {
		char *name = docker_member(j, n, "Name"), *size = docker_member(j, n, "Size");
		uint64_t bytes;

		for (size_t i = 0; i < s->names->n; i++)
			if (strcmp(s->names->v[i], name) == 0 && text_parse_bytes(size, &bytes) == 0)
				s->out[i] = (int64_t)bytes;
		free(name);
		free(size);
	}
}

int
volume_sizes_read(const struct buf *text, const struct strs *names, int64_t *out, struct err *e)
{
	struct sizes s = { .names = names, .out = out };

	for (size_t i = 0; i < names->n; i++)
		out[i] = -1;
	return docker_each_line(text, read_sizes, &s, e);
}

int
volume_sizes(struct docker *d, const struct strs *names, int64_t *out, struct err *e)
{
	struct buf text = { 0 };
	int ret = docker_call(d, WORDS("system", "df", "--verbose", "--format", "{{json .Volumes}}"), &text, e);

	if (ret == 0)
		ret = volume_sizes_read(&text, names, out, e);
	buf_free(&text);
	return ret;
}
