#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../base/file.h"
#include "../base/text.h"
#include "evidence_internal.h"
#include "../run/plan.h"

enum { COPY_MS = 300000 };

static bool
is_log(const char *path)
{
	return text_ends(path, ".stdout.log") || text_ends(path, ".stderr.log");
}

int
evidence_bring(struct docker *d, const char *runner, const char *dir, struct err *e)
{
	char *place = file_join(dir, ".control");
	struct fetch f = { .what = FETCH_COPY, .id = runner, .path = PLAN_CONTROL, .to = place, .timeout_ms = COPY_MS };
	struct strs names = { 0 };

	container_fetch(d, &f, 1, 1);
	if (f.result == -1)
		*e = f.err;
	else if (dir_names(place, &names, e) == -1)
		f.result = -1;
	for (size_t i = 0; i < names.n; i++) {
		char *from = file_join(place, names.v[i]), *to = file_join(dir, names.v[i]);

		/* What hi wrote under that name stays; of a container's logs the longer one. */
		if (!file_exists(to) || (is_log(to) && file_size(from) > file_size(to)))
			(void)rename(from, to);
		free(from);
		free(to);
	}
	strs_free(&names);
	(void)dir_remove(place, NULL);
	free(place);
	return f.result;
}
