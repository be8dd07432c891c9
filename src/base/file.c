#include "file.h"

#include <sys/stat.h>
#include <sys/statvfs.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bsd/stdlib.h>

#include "mem.h"

int
file_open_at(int dir, const char *path, int flags, mode_t mode)
{
	int fd;

	while ((fd = openat(dir, path, flags, mode)) == -1 && errno == EINTR)
		continue;
	return fd;
}

int
file_open(const char *path, int flags, mode_t mode)
{
	return file_open_at(AT_FDCWD, path, flags, mode);
}

int
file_mkdirs(const char *path, struct err *e)
{
	char *parent;
	int r;

	if (mkdir(path, 0755) == 0)
		return 0;
	if (errno == ENOENT && *path != '\0') {
		parent = file_dir(path);
		r = strcmp(parent, path) == 0 ? err_set(e, "%s: %s", path, strerror(ENOENT)) :
		    file_mkdirs(parent, e);
		free(parent);
		if (r == -1)
			return -1;
		if (mkdir(path, 0755) == 0)
			return 0;
	}
	/* mkdir may say EROFS or EACCES of a directory that exists. */
	r = errno;
	if (file_is_dir(path))
		return 0;
	return err_set(e, "%s: %s", path, strerror(r == EEXIST ? ENOTDIR : r));
}

int
file_read(const char *path, size_t max, struct buf *out, struct err *e)
{
	int fd = file_open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0);
	size_t start = out->len;
	char chunk[16384];
	struct stat st;
	ssize_t n = 0;
	int r = 0;

	if (fd == -1)
		return err_errno(e, path);
	if (fstat(fd, &st) == 0 && !S_ISREG(st.st_mode))
		r = err_set(e, "%s: is not a regular file", path);
	while (r == 0 && (n = read(fd, chunk, sizeof(chunk))) != 0) {
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			r = err_errno(e, path);
		else if ((size_t)n > max - (out->len - start))
			r = err_set(e, "%s: is larger than %zu bytes", path, max);
		else
			buf_add(out, chunk, (size_t)n);
	}
	close(fd);
	if (r == -1 && out->s != NULL) {
		out->len = start;
		out->s[start] = '\0';
	}
	return r;
}

int
file_write_all(int fd, const void *data, size_t len)
{
	const char *p = data;

	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

int
file_replace(const char *path, const void *data, size_t len, struct err *e)
{
	char *tmp = xasprintf("%s.%08x.tmp", path, (unsigned)arc4random());
	int fd = file_open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
	int r = fd == -1 ? -1 : file_write_all(fd, data, len);

	if (fd != -1 && close(fd) == -1 && errno != EINTR)
		r = -1;
	if (r == 0)
		r = rename(tmp, path);
	if (r == -1) {
		err_errno(e, path);
		if (fd != -1)
			unlink(tmp);
	}
	free(tmp);
	return r;
}

bool
file_exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

bool
file_is_dir(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

int64_t
file_size(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISREG(st.st_mode) ? (int64_t)st.st_size : -1;
}

char *
file_join(const char *dir, const char *name)
{
	size_t len = strlen(dir);

	return xasprintf("%s%s%s", dir, len == 0 || dir[len - 1] == '/' ? "" : "/", name);
}

const char *
file_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

char *
file_dir(const char *path)
{
	size_t len = (size_t)(file_base(path) - path);

	if (len == 0)
		return xstrdup(".");
	while (len > 1 && path[len - 1] == '/')
		len--;
	return xstrndup(path, len);
}

const char *
file_relative(const char *path)
{
	char cwd[PATH_MAX];
	size_t len = getcwd(cwd, sizeof(cwd)) != NULL ? strlen(cwd) : 0;

	return len > 1 && strncmp(path, cwd, len) == 0 && path[len] == '/' ? path + len + 1 : path;
}

char *
file_absolute(const char *path)
{
	struct strs parts = {0}, clean = {0};
	char cwd[PATH_MAX], *joined, *out;

	if (*path != '/' && getcwd(cwd, sizeof(cwd)) != NULL)
		strs_split(&parts, cwd, '/');
	strs_split(&parts, path, '/');
	for (size_t i = 0; i < parts.n; i++) {
		if (strcmp(parts.v[i], "..") == 0 && clean.n > 0)
			strs_del(&clean, clean.n - 1);
		else if (strcmp(parts.v[i], ".") != 0 && strcmp(parts.v[i], "..") != 0)
			strs_add(&clean, parts.v[i]);
	}
	joined = strs_join(&clean, "/");
	out = xasprintf("/%s", joined);
	free(joined);
	strs_free(&parts);
	strs_free(&clean);
	return out;
}

int
file_can_mkdirs(const char *path, struct err *e)
{
	char *dir = file_absolute(path), *parent;
	struct stat st;
	int r = 0;

	while (lstat(dir, &st) == -1 && (errno == ENOENT || errno == ENOTDIR) && dir[1] != '\0') {
		parent = file_dir(dir);
		free(dir);
		dir = parent;
	}
	if (stat(dir, &st) == -1)
		r = err_errno(e, dir);
	else if (!S_ISDIR(st.st_mode))
		r = err_set(e, "%s: %s", dir, strerror(ENOTDIR));
	else if (access(dir, W_OK | X_OK) == -1)
		r = err_errno(e, dir);
	free(dir);
	return r;
}

int
file_free_space(const char *path, uint64_t *bytes, uint64_t *inodes, uint64_t *total_bytes)
{
	char *dir = file_absolute(path);
	struct statvfs v;
	int r;

	while ((r = statvfs(dir, &v)) == -1 && (errno == ENOENT || errno == ENOTDIR) && dir[1] != '\0') {
		char *parent = file_dir(dir);

		free(dir);
		dir = parent;
	}
	free(dir);
	if (r == -1)
		return -1;
	if (bytes != NULL)
		*bytes = (uint64_t)v.f_bavail * v.f_frsize;
	if (inodes != NULL)
		*inodes = v.f_files == 0 ? UINT64_MAX : v.f_favail;
	if (total_bytes != NULL)
		*total_bytes = (uint64_t)v.f_blocks * v.f_frsize;
	return 0;
}
