/* Files and directories. Paths are bytes. No function here follows a symbolic link
 * below the directory it was given. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "err.h"
#include "strs.h"

/* open and openat, repeated if a signal interrupts them. */
int file_open(const char *path, int flags, mode_t mode);
int file_open_at(int dir, const char *path, int flags, mode_t mode);
int file_mkdirs(const char *path, struct err *e);	/* mkdir -p, 0755 */
/* 0: path is a directory that may be written to, or one could be made there. Makes nothing. */
int file_can_mkdirs(const char *path, struct err *e);
/* Appends the whole of a regular file of at most max bytes. path may be a link. -1: out is unchanged. */
int file_read(const char *path, size_t max, struct buf *out, struct err *e);
/* Writes a temporary file beside path and renames it, so that path is never half written. */
int file_replace(const char *path, const void *data, size_t len, struct err *e);
int file_write_all(int fd, const void *data, size_t len);	/* -1: errno */
bool file_exists(const char *path);	/* true also of a dangling link */
bool file_is_dir(const char *path);	/* or a link to one */
int64_t file_size(const char *path);	/* -1: not a regular file (a link is not) */
char *file_join(const char *dir, const char *name);	/* the caller frees it */
const char *file_base(const char *path);	/* the part after the last slash */
char *file_dir(const char *path);	/* the rest before it ("/x": "/", "x": "."); the caller frees it */
/* Makes an absolute path below the current directory relative to it; returns any other unchanged. */
const char *file_relative(const char *path);
char *file_absolute(const char *path);	/* does not resolve links; the caller frees it */
/* Adds the names in a directory, without "." and "..", and sorts out. */
int dir_names(const char *path, struct strs *out, struct err *e);
/* Counts the bytes of the files below path; -1: it is not a readable directory. */
int dir_usage(const char *path, uint64_t *bytes);
/* rm -rf; of a link it removes the link itself. -1: something is left, and *e names the first. */
int dir_remove(const char *path, struct err *e);
/* Free space and inodes where path is, or its nearest parent that exists. *inodes is UINT64_MAX
 * if there is no limit. Any of the three may be NULL. -1: errno. */
int file_free_space(const char *path, uint64_t *bytes, uint64_t *inodes, uint64_t *total_bytes);

#endif
