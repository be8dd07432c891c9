/* Lists, walks, measures and removes whole directories. Each level is opened relative to its parent's
 * descriptor, so that a link put in a directory's place meanwhile is not followed. */
#include "tree.h"

#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"

enum { DEPTH = 200 };	/* levels, each of which holds a descriptor open */

/* Opens a directory and lists it. -1: errno. */
static int
dir_open_listed(int parent, const char *name, int flags, struct strs *names)
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
	int fd = dir_open_listed(AT_FDCWD, path, 0, out);

	if (fd == -1)
		return err_errno(e, path);
	close(fd);
	strs_sort(out);
	return 0;
}

struct tree_walk {
	void (*fn)(void *arg, const struct tree_entry *t);
	void *arg;
	struct buf path;
	int bad;
};

/* 0, or the errno of why the directory could not be read. */
static int
tree_level(struct tree_walk *w, int at, const char *name, int depth)
{
	struct strs names = { 0 };
	int fd = depth < DEPTH ? dir_open_listed(at, name, O_NOFOLLOW, &names) : (errno = ELOOP, -1),
	    error = errno;
	size_t len = w->path.len;

	if (fd == -1) {
		strs_free(&names);
		w->bad++;
		return error;
	}
	for (size_t i = 0; i < names.n; i++) {
		struct tree_entry t = { .at = fd, .name = names.v[i] };

		if (fstatat(fd, t.name, &t.st, AT_SYMLINK_NOFOLLOW) == -1)
			continue;
		if (len > 0)
			buf_putc(&w->path, '/');
		buf_puts(&w->path, t.name);
		if (S_ISDIR(t.st.st_mode))
			t.unread = tree_level(w, fd, t.name, depth + 1);
		t.path = w->path.s;
		w->fn(w->arg, &t);
		w->path.len = len;
		w->path.s[len] = '\0';
	}
	close(fd);
	strs_free(&names);
	return 0;
}

int
tree_walk(const char *root, void (*fn)(void *, const struct tree_entry *), void *arg)
{
	struct tree_walk w = { .fn = fn, .arg = arg };
	int error = tree_level(&w, AT_FDCWD, root, 0);

	buf_free(&w.path);
	errno = error;
	return w.bad;
}

static void
dir_usage_add(void *arg, const struct tree_entry *t)
{
	*(uint64_t *)arg += S_ISREG(t->st.st_mode) ? (uint64_t)t->st.st_size : 0;
}

int
dir_usage(const char *path, uint64_t *bytes)
{
	/* path itself may be a link; "." is what it leads to. */
	char *inside = file_join(path, ".");
	struct stat st;
	int r = stat(inside, &st);

	*bytes = 0;
	if (r == 0 && tree_walk(inside, dir_usage_add, bytes) > 0 && errno != 0)
		r = -1;
	free(inside);
	return r;
}

struct dir_removal {
	const char *root;
	struct err *e;
	int r;
};

static void
dir_removal_entry(void *arg, const struct tree_entry *t)
{
	struct dir_removal *rm = arg;
	char *path;

	if (unlinkat(t->at, t->name, S_ISDIR(t->st.st_mode) ? AT_REMOVEDIR : 0) == 0 || errno == ENOENT ||
	    rm->r == -1)
		return;
	if (t->unread != 0)
		errno = t->unread;
	path = file_join(rm->root, t->path);
	rm->r = err_errno(rm->e, path);
	free(path);
}

int
dir_remove(const char *path, struct err *e)
{
	struct dir_removal rm = { .root = path, .e = e };
	struct stat st;
	int unread = 0;

	if (lstat(path, &st) == -1)
		return errno == ENOENT ? 0 : err_errno(e, path);
	if (S_ISDIR(st.st_mode)) {
		tree_walk(path, dir_removal_entry, &rm);
		unread = errno;
	}
	if (rm.r == 0 && unlinkat(AT_FDCWD, path, S_ISDIR(st.st_mode) ? AT_REMOVEDIR : 0) == -1 &&
	    errno != ENOENT) {
		errno = unread != 0 ? unread : errno;
		rm.r = err_errno(e, path);
	}
	return rm.r;
}
