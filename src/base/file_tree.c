/* Whole directories: listed, measured, removed, by descriptors from their top down,
 * so that a link put in their place meanwhile leads nowhere. */
#include "file.h"

#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Opens a directory and lists it. -1: errno. */
static int
open_listed(int parent, const char *name, int flags, struct strs *names)
{
	int fd = file_open_at(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | flags, 0), copy;
	struct dirent *entry;
	DIR *d;

	if (fd == -1)
		return -1;
	copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	d = copy != -1 ? fdopendir(copy) : NULL;
	if (d == NULL) {
		if (copy != -1)
			close(copy);
		close(fd);
		return -1;
	}
	while ((errno = 0, entry = readdir(d)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			strs_add(names, entry->d_name);
	copy = errno;
	closedir(d);
	if (copy != 0) {
		close(fd);
		errno = copy;
		return -1;
	}
	return fd;
}

int
dir_names(const char *path, struct strs *out, struct err *e)
{
	int fd = open_listed(AT_FDCWD, path, 0, out);

	if (fd == -1)
		return err_errno(e, path);
	close(fd);
	strs_sort(out);
	return 0;
}

/* What cannot be read counts as nothing, but at the top. */
static int
usage_at(int parent, const char *name, int flags, uint64_t *bytes, uint64_t *files)
{
	struct strs names = {0};
	int fd = open_listed(parent, name, flags, &names);
	struct stat st;

	if (fd == -1) {
		strs_free(&names);
		return -1;
	}
	for (size_t i = 0; i < names.n; i++) {
		if (fstatat(fd, names.v[i], &st, AT_SYMLINK_NOFOLLOW) == -1)
			continue;
		if (S_ISDIR(st.st_mode)) {
			usage_at(fd, names.v[i], O_NOFOLLOW, bytes, files);
			continue;
		}
		++*files;
		if (S_ISREG(st.st_mode))
			*bytes += (uint64_t)st.st_size;
	}
	close(fd);
	strs_free(&names);
	return 0;
}

int
dir_usage(const char *path, uint64_t *bytes, uint64_t *files)
{
	*bytes = *files = 0;
	return usage_at(AT_FDCWD, path, 0, bytes, files);
}

struct removal {
	struct buf path;	/* of what is being removed */
	struct err *e;
	int r;
};

static void
failed(struct removal *rm)
{
	if (rm->r == 0)
		err_errno(rm->e, buf_str(&rm->path));
	rm->r = -1;
}

static void
remove_at(struct removal *rm, int parent, const char *name)
{
	struct strs names = {0};
	struct stat st;
	int fd;

	if (fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) == -1) {
		if (errno != ENOENT)
			failed(rm);
		return;
	}
	if (S_ISDIR(st.st_mode)) {
		fd = open_listed(parent, name, O_NOFOLLOW, &names);
		if (fd == -1)
			failed(rm);
		for (size_t i = 0; fd != -1 && i < names.n; i++) {
			size_t len = rm->path.len;

			buf_printf(&rm->path, "/%s", names.v[i]);
			remove_at(rm, fd, names.v[i]);
			rm->path.len = len;
			rm->path.s[len] = '\0';
		}
		if (fd != -1)
			close(fd);
		strs_free(&names);
	}
	if (unlinkat(parent, name, S_ISDIR(st.st_mode) ? AT_REMOVEDIR : 0) == -1 && errno != ENOENT)
		failed(rm);
}

int
dir_remove(const char *path, struct err *e)
{
	struct removal rm = { .e = e };

	buf_puts(&rm.path, path);
	remove_at(&rm, AT_FDCWD, path);
	buf_free(&rm.path);
	return rm.r;
}
