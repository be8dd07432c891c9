/* Files and directories. Paths are bytes. No function here follows a symbolic link
 * that stands below the directory it was given. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "err.h"
#include "strs.h"

/* open and openat, again where a signal came in between. */
int file_open(const char *path, int flags, mode_t mode);
int file_open_at(int dir, const char *path, int flags, mode_t mode);
int file_mkdirs(const char *path, struct err *e);	/* mkdir -p, 0755 */
/* 0: a directory stands or can be made there, and may be written to. Makes nothing. */
int file_can_mkdirs(const char *path, struct err *e);
/* Appends the whole of a regular file of at most max bytes. path itself may be a link. */
int file_read(const char *path, size_t max, struct buf *out, struct err *e);
/* Writes path by way of a temporary one beside it and rename. */
int file_replace(const char *path, const void *data, size_t len, struct err *e);
int file_write_all(int fd, const void *data, size_t len);	/* -1: errno */
bool file_exists(const char *path);	/* a link is there, wherever it leads */
bool file_is_dir(const char *path);	/* or a link to one */
int64_t file_size(const char *path);	/* -1: not a regular file; a link is none */
char *file_join(const char *dir, const char *name);	/* the caller's */
const char *file_base(const char *path);	/* what follows the last slash */
char *file_dir(const char *path);	/* what is before it; ".", "/"; the caller's */
/* An absolute path below the current directory, as from there; any other as it is. */
const char *file_from_here(const char *path);
char *file_absolute(const char *path);	/* against the current directory; links as they are; the caller's */
/* Names in a directory, sorted, without "." and "..". */
int dir_names(const char *path, struct strs *out, struct err *e);
/* The bytes of the files below path; -1: it is not a directory that can be read. */
int dir_usage(const char *path, uint64_t *bytes);
/* rm -rf, of a link the link; -1: something is left, *e names the first. */
int dir_remove(const char *path, struct err *e);
/* Free space and inodes where path lives (the nearest parent that exists). No limit of
 * inodes is UINT64_MAX. Any of the three may be NULL. -1: errno. */
int file_free(const char *path, uint64_t *bytes, uint64_t *inodes, uint64_t *total_bytes);

#endif
