#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "file.h"
#include "tree.h"

enum { DEPTH = 40 };	/* each level holds a descriptor */

struct walk {
	void (*fn)(void *arg, const struct tree_entry *t);
	void *arg;
	struct buf path;
};

static int
level(struct walk *w, int at, const char *name, int depth)
{
	int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, bad = 0;
	int fd = depth < DEPTH ? file_open_at(at, name, flags, 0) : -1;
	DIR *d = fd == -1 ? NULL : fdopendir(fd);
	size_t len = w->path.len;
	struct dirent *de;

	if (d == NULL) {
		if (fd != -1)
			close(fd);
		return 1;
	}
	while ((de = readdir(d)) != NULL) {
		struct tree_entry t = { .at = fd, .name = de->d_name };

		if (strcmp(de->d_name, ".") == 0 || strcmp(de->d_name, "..") == 0 ||
		    fstatat(fd, de->d_name, &t.st, AT_SYMLINK_NOFOLLOW) == -1)
			continue;
		if (len > 0)
			buf_putc(&w->path, '/');
		buf_puts(&w->path, de->d_name);
		if (S_ISDIR(t.st.st_mode))
			bad += level(w, fd, de->d_name, depth + 1);
		t.path = w->path.s;
		w->fn(w->arg, &t);
		w->path.len = len;
		w->path.s[len] = '\0';
	}
	closedir(d);
	return bad;
}

int
tree_walk(const char *root, void (*fn)(void *, const struct tree_entry *), void *arg)
{
	struct walk w = { .fn = fn, .arg = arg };
	int bad = level(&w, AT_FDCWD, root, 0);

	buf_free(&w.path);
	return bad;
}
