/* Walks everything below a directory, deepest first. It never follows a symbolic link, since
 * a run's tests, as root, wrote what is there. triage/, report/ and evidence/ use it. */
#ifndef BASE_TREE_H
#define BASE_TREE_H

#include <sys/stat.h>

struct tree_entry {
	int at;			/* open descriptor of the directory it is in */
	const char *name;
	const char *path;	/* relative to the root, for messages */
	struct stat st;		/* from lstat: a link is S_ISLNK */
	int unread;		/* errno of a directory that could not be read; else 0 */
};

/* Calls fn with each entry; fn may remove or rename it. Returns the number of directories that could not be
 * read (fn is called with those below root, too), and sets errno to why root itself could not, or to 0. */
int tree_walk(const char *root, void (*fn)(void *arg, const struct tree_entry *t), void *arg);

#endif
