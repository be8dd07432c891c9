/* Searching a line: what needles_next says is there, and nothing is read beyond the line. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "triage/triage_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct needles all;
	char *line = malloc(size + 1), *shown;
	size_t pos = 0;
	int i;

	if (all.n == 0)
		needles_init(&all, IN_ANY_LOG | IN_INSPECT | IN_EVENTS);
	if (line == NULL)
		abort();
	if (size > 0)
		memcpy(line, data, size);
	/* Freed to its exact size, so that a read behind its end is seen. */
	line = realloc(line, size > 0 ? size : 1);
	if (line == NULL)
		abort();
	/* A place is within the line, and the next one is behind it. */
	for (; (i = needles_next(&all, line, size, &pos)) != -1; pos++)
		if (pos + 3 > size || signatures[i].needles == NULL)
			abort();
	shown = triage_excerpt(line, size, pos < size ? pos : 0);
	if (strlen(shown) > 300)
		abort();
	free(shown);
	free(line);
	return 0;
}
