#include "copy.h"

#include <sys/stat.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/file.h"
#include "../base/strs.h"
#include "../base/text.h"

/* A name with a colon or the like would fail the upload of the whole run. */
static char *
harmless_path(const char *dir, const char *name)
{
	char *old = file_join(dir, name), *safe, *new;

	if (text_file_name(name))
		return old;
	safe = text_as_file_name(name);
	new = file_join(dir, safe);
	free(safe);
	if (file_exists(new) || rename(old, new) == -1) {
		free(new);
		return old;
	}
	free(old);
	return new;
}

/* False: neither a file nor a directory; it was removed. */
static bool
make_ours(const char *path)
{
	struct strs names = { 0 };
	struct stat st;
	char *below;

	if (lstat(path, &st) == -1)
		return false;
	if (S_ISREG(st.st_mode)) {
		chmod(path, (st.st_mode & 0755) | 0600);
		return true;
	}
	if (!S_ISDIR(st.st_mode)) {
		unlink(path);
		return false;
	}
	chmod(path, (st.st_mode & 0755) | 0700);
	dir_names(path, &names, NULL);
	for (size_t i = 0; i < names.n; i++) {
		below = harmless_path(path, names.v[i]);
		make_ours(below);
		free(below);
	}
	strs_free(&names);
	return true;
}

int
copy_place(const char *part, const char *to, struct err *e)
{
	struct strs names = { 0 };
	char *from = NULL;
	int ret = 0;

	if (dir_names(part, &names, e) == -1)
		ret = -1;
	else if (names.n != 1)
		ret = err_set(e, "docker cp: brought %zu things, not one", names.n);
	if (ret == 0) {
		from = file_join(part, names.v[0]);
		if (!make_ours(from))
			ret = err_set(e, "docker cp: %s is a link or a special file: refused", names.v[0]);
		else if (rename(from, to) == -1)
			ret = errno == ENOTEMPTY || errno == EEXIST ?
			    err_set(e, "%s: is there already, and is kept as it is", to) :
			    err_errno(e, to);
	}
	free(from);
	strs_free(&names);
	dir_remove(part, NULL);
	return ret;
}
