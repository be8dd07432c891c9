/* A walk over what stands below a directory, deepest first, that never goes through a
 * symbolic link: below it is what a run's tests wrote, as root. evidence/ uses it. */
#ifndef BASE_TREE_H
#define BASE_TREE_H

#include <sys/stat.h>

struct tree_entry {
	int at;			/* the directory it is in, open */
	const char *name;
	const char *path;	/* below the root, for words */
	struct stat st;		/* of itself: a link is S_ISLNK */
	int unread;		/* a directory that could not be read: why (errno) */
};

/* Calls fn with each entry; fn may remove or rename it. 0, or the number of directories that could not be
 * read (fn was called with them, too); errno is root's own reason then, or 0. */
int tree_walk(const char *root, void (*fn)(void *arg, const struct tree_entry *t), void *arg);

#endif
