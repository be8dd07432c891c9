#include "copy.h"

#include <sys/stat.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/file.h"
#include "../base/mem.h"
#include "../base/strs.h"

/* Makes path ours to read and remove. False: it is neither a file nor a directory, and was removed. */
static bool
copy_make_ours(const char *path)
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
		below = file_join(path, names.v[i]);
		(void)copy_make_ours(below);
		free(below);
	}
	strs_free(&names);
	return true;
}

int
copy_place(const char *part, const char *name, const char *to, struct err *e)
{
	struct strs names = { 0 };
	char *from = NULL;
	int ret = 0;

	if (dir_names(part, &names, e) == -1)
		ret = -1;
	else if (names.n == 0)
		ret = err_set(e, "docker cp: brought nothing of %s", name);
	if (ret == 0) {
		from = names.n == 1 && strcmp(names.v[0], name) == 0 ? file_join(part, name) : xstrdup(part);
		if (!copy_make_ours(from))
			ret = err_set(e, "docker cp: %s is a link or a special file: refused", name);
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
