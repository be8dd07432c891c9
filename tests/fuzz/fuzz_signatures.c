/* Searching a line: what needles_next says must be there, and nothing read beyond the line. */
#include <stdlib.h>
#include <string.h>

#include "triage/triage_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct needles *all;
	struct triage t = {0};
	struct shapes shapes = {0};
	char *line = malloc(size + 1), *shown;
	size_t pos = 0;
	int i;

	if (all == NULL)
		all = signatures_needles();
	if (line == NULL)
		abort();
	if (size > 0)
		memcpy(line, data, size);
	/* Freed to its exact size, so that a read behind its end is seen. */
	line = realloc(line, size > 0 ? size : 1);
	if (line == NULL)
		abort();
	for (; (i = needles_next(all, line, size, &pos)) != -1; pos++) {
		size_t head = strcspn(signatures[i].needle, "*");

		if (pos + head > size || memcmp(line + pos, signatures[i].needle, head) != 0)
			abort();
	}
	if (signature_find(all, IN_CLIENT, line, size, &pos) != NULL && pos >= size)
		abort();
	shown = excerpt(line, size, pos < size ? pos : 0);
	if (strlen(shown) > 300)
		abort();
	shapes_add(&shapes, "f", 1, line, size);
	shapes_give(&shapes, &t, "server");
	triage_free(&t);
	free(shown);
	free(line);
	return 0;
}
