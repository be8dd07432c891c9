/* Places in the checkout that hi stands in. */
#include <stdlib.h>
#include <string.h>

#include "../base/file.h"
#include "../base/mem.h"
#include "../base/tree.h"
#include "../gotool/gotool.h"
#include "report_internal.h"

struct place_search {
	const char *name;
	char *found;
	unsigned n;
};

static void
search_entry(void *arg, const struct tree_entry *t)
{
	struct place_search *s = arg;

	if (!S_ISREG(t->st.st_mode) || strcmp(t->name, s->name) != 0)
		return;
	free(s->found);
	s->found = xstrdup(t->path);
	s->n++;
}

char *
place_find(const char *dir, const char *name)
{
	struct place_search s = { .name = name };
	char *root, *top, *path = NULL, *here;

	if (checkout_root(NULL, &root, NULL) == -1)
		return NULL;
	top = file_join(root, dir);
	here = file_join(top, name);
	if (file_exists(here)) {
		path = file_join(dir, name);
	} else if (file_is_dir(top)) {
		(void)tree_walk(top, search_entry, &s);
		path = s.n == 1 ? file_join(dir, s.found) : NULL;
	}
	free(s.found);
	free(here);
	free(top);
	free(root);
	return path;
}

bool
place_exists(const char *file)
{
	char *root, *path;
	bool yes;

	if (*file == '/' || checkout_root(NULL, &root, NULL) == -1)
		return false;
	path = file_join(root, file);
	yes = file_exists(path);
	free(path);
	free(root);
	return yes;
}
