#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/file.h"
#include "../base/mem.h"
#include "../base/text.h"
#include "gotool_internal.h"

enum { GO_MOD_MAX = 4 << 20 };

int
checkout_root(const char *dir, char **root, struct err *e)
{
	char real[PATH_MAX], *start;

	*root = NULL;
	start = realpath(dir != NULL ? dir : ".", real);
	if (start == NULL)
		return err_as(e, ERR_NOT_FOUND, "%s: not a directory that can be read",
		    dir != NULL ? dir : ".");
	for (char *at = xstrdup(start);;) {
		char *mod = file_join(at, "go.mod"), *integration = file_join(at, "integration"), *up;
		bool found = file_exists(mod) && file_is_dir(integration);

		free(mod);
		free(integration);
		if (found) {
			*root = at;
			return 0;
		}
		up = strcmp(at, "/") != 0 ? file_dir(at) : NULL;
		free(at);
		if (up == NULL)
			break;
		at = up;
	}
	return err_as(e, ERR_NOT_FOUND,
	    "not in a headscale checkout: no go.mod beside a directory integration in %s or " "above it",
	    start);
}

/* True for a version as in a go line: 1.26, 1.26.1, 1.27rc1. */
static bool
gomod_is_version(const char *s)
{
	size_t n = strspn(s, "0123456789");

	return n > 0 && s[n] == '.' && s[n + 1] >= '0' && s[n + 1] <= '9' &&
	    s[strspn(s, "0123456789abcdefghijklmnopqrstuvwxyz.-")] == '\0';
}

char *
gomod_go_line(const char *text)
{
	char *version = NULL;
	bool block = false;

	while (*text != '\0' && version == NULL) {
		size_t len = strcspn(text, "\n");
		char *line = xstrndup(text, len), *comment = strstr(line, "//"), *s;

		if (comment != NULL)
			*comment = '\0';
		s = text_trim(line);
		if (block)
			block = *s != ')';
		else if (*s != '\0' && s[strlen(s) - 1] == '(')
			block = true;
		else if (strncmp(s, "go", 2) == 0 && (s[2] == ' ' || s[2] == '\t'))
			version = text_trim(s + 3);
		free(s);
		free(line);
		text += len + (text[len] == '\n');
	}
	if (version != NULL && !gomod_is_version(version)) {
		free(version);
		version = NULL;
	}
	return version;
}

static int
checkout_find_version(struct checkout *c, struct err *e)
{
	char *path = file_join(c->root, "go.mod");
	struct buf text = { 0 };
	int ret = file_read(path, GO_MOD_MAX, &text, e);

	if (ret == 0) {
		c->go = gomod_go_line(buf_str(&text));
		if (c->go == NULL)
			ret = err_set(e, "%s has no go line: add one (go mod edit -go=VERSION)", path);
	}
	free(path);
	buf_free(&text);
	return ret;
}

/* The path in the one-line file dir/name, "KEYPATH"; a relative one is resolved against dir. NULL: none. The
 * caller frees it. */
static char *
git_path_in_file(const char *dir, const char *name, const char *key)
{
	char *path = file_join(dir, name), *value = NULL, *trimmed;
	struct buf text = { 0 };

	if (file_size(path) >= 0 && file_read(path, PATH_MAX + 64, &text, NULL) == 0 &&
	    strncmp(buf_str(&text), key, strlen(key)) == 0) {
		trimmed = text_trim(text.s + strlen(key));
		value = *trimmed == '/' ? xstrdup(trimmed) : file_join(dir, trimmed);
		free(trimmed);
	}
	free(path);
	buf_free(&text);
	return value;
}

/* The common .git directory of a worktree, if outside root; else NULL. The caller frees it. A worktree's .git
 * is a file that names a directory inside the common one. */
static char *
git_common_dir(const char *root)
{
	char real[PATH_MAX], *own = git_path_in_file(root, ".git", "gitdir:"), *common, *found;
	size_t len = strlen(root);

	if (own == NULL)
		return NULL;
	common = git_path_in_file(own, "commondir", "");
	found = realpath(common != NULL ? common : own, real);
	free(common);
	free(own);
	if (found == NULL || (strncmp(found, root, len) == 0 && (found[len] == '/' || found[len] == '\0')))
		return NULL;
	return xstrdup(found);
}

int
checkout_find(const char *dir, struct checkout *c, struct err *e)
{
	*c = (struct checkout){ 0 };
	if (checkout_root(dir, &c->root, e) == -1 || c->root == NULL || checkout_find_version(c, e) == -1) {
		checkout_free(c);
		return -1;
	}
	c->git_dir = git_common_dir(c->root);
	return 0;
}

void
checkout_free(struct checkout *c)
{
	free(c->root);
	free(c->go);
	free(c->git_dir);
	*c = (struct checkout){ 0 };
}
