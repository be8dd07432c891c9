/* The place of a failure: a file's path in the checkout that hi is run in. */
#include <stdlib.h>
#include <string.h>

#include "../base/file.h"
#include "../base/mem.h"
#include "../base/text.h"
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

/* Finds a file of the package in dir, or of a package below it if only one has a file of that name. */
static char *
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

char *
place_of_compiler(const char *file)
{
	/* The compiler's paths are relative to where go test runs, integration/ in the checkout. */
	if (strncmp(file, "../", 3) == 0)
		return xstrdup(file + 3);
	return xasprintf("integration/%s", file + (strncmp(file, "./", 2) == 0 ? 2 : 0));
}

/* Returns file relative to the checkout that hi is run in (the runner sees it at the same path), else
 * relative to the current directory, else unchanged. */
static char *
place_below(const char *file)
{
	char *root = NULL, *here = file_absolute("."), *found = NULL;
	const char *dirs[] = { checkout_root(NULL, &root, NULL) == 0 ? root : here, here };

	for (size_t i = 0; i < 2 && found == NULL; i++) {
		size_t n = strlen(dirs[i]);

		if (strncmp(file, dirs[i], n) == 0 && file[n] == '/')
			found = xstrdup(file + n + 1);
	}
	free(root);
	free(here);
	return found != NULL ? found : xstrdup(file);
}

/* Returns what follows host/owner/module[/v2]/ in a package's path; NULL: nothing does. */
static const char *
place_of_package(const char *package)
{
	const char *p = package, *rest;

	for (int i = 0; i < 3 && p != NULL; i++)
		p = (p = strchr(p, '/')) != NULL ? p + 1 : NULL;
	if (p == NULL || *p != 'v')
		return p;
	rest = p + 1 + strspn(p + 1, "0123456789");
	return rest > p + 1 && *rest == '/' ? rest + 1 : p;
}

/* A bare name gets its package's directory. A *_test.go file is always there; of a helper in another package
 * testing prints the bare name, too, so that file is searched for. */
char *
place_of_test(const char *file, const char *package)
{
	const char *dir = place_of_package(package);

	if (*file == '/')
		return place_below(file);
	if (strchr(file, '/') != NULL)
		return xstrdup(file);
	if (text_ends(file, "_test.go"))
		return dir != NULL ? file_join(dir, file) : xstrdup(file);
	return place_find(dir != NULL ? dir : "integration", file);
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
