#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/file.h"
#include "../base/mem.h"
#include "../base/text.h"
#include "evidence_internal.h"
#include "redact.h"
#include "../base/tree.h"

void
evidence_drop_bulk(const char *dir)
{
	static const char *const suffixes[] = { ".db", ".db-wal", ".db-shm", "_metrics.txt", "_status.json",
		"_netmap.json", "-mapresponses", "-pprof" };
	struct strs names = { 0 };

	if (dir_names(dir, &names, NULL) == 0)
		for (size_t i = 0; i < names.n; i++) {
			const char *name = names.v[i];
			bool drop = strcmp(name, "mapresponses") == 0 || strcmp(name, "pprof") == 0;
			char *path = file_join(dir, name);

			for (size_t k = 0; k < sizeof(suffixes) / sizeof(suffixes[0]); k++)
				drop = drop || text_ends(name, suffixes[k]);
			if (drop && unlink(path) == -1)
				(void)dir_remove(path, NULL);
			free(path);
		}
	strs_free(&names);
}

static bool
is_dir(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* The only server that left something of its own, by what only servers leave, or else by its
 * logs (a mock OIDC server is named hs-, too); NULL: none, or several. The caller's. */
static char *
only_server(const struct strs *names)
{
	static const char *const marks[][2] = { { "_metrics.txt", ".db" }, { ".stdout.log", ".stderr.log" } };

	for (size_t m = 0; m < 2; m++) {
		struct strs servers = { 0 };
		char *name = NULL;

		for (size_t i = 0; i < names->n; i++)
			for (size_t k = 0; k < 2; k++)
				if (strncmp(names->v[i], "hs-", 3) == 0 && text_ends(names->v[i], marks[m][k])) {
					char *server = xstrndup(names->v[i],
					    strlen(names->v[i]) - strlen(marks[m][k]));

					strs_add_new(&servers, server);
					free(server);
				}
		if (servers.n == 1)
			name = xstrdup(servers.v[0]);
		m += servers.n > 0;
		strs_free(&servers);
		if (name != NULL)
			return name;
	}
	return NULL;
}

/* mapresponses/<name>/ becomes <name>-mapresponses/. Where it is sorted by node ids, it is as a
 * whole the only server's. What can't be told apart stays as it is. */
static void
name_mapresponses(const char *dir)
{
	char *from = file_join(dir, "mapresponses"), *server;
	struct strs names = { 0 };

	if (!is_dir(from) || dir_names(from, &names, NULL) == -1)
		goto out;
	for (size_t i = 0; i < names.n; i++) {
		char *path = file_join(from, names.v[i]);
		char *to = xasprintf("%s/%s-mapresponses", dir, names.v[i]);

		/* Onto a directory that holds something it fails, and stays where it is. */
		if (strncmp(names.v[i], "hs-", 3) == 0 && is_dir(path))
			(void)rename(path, to);
		free(path);
		free(to);
	}
	if (rmdir(from) == 0)
		goto out;
	strs_free(&names);
	if (dir_names(dir, &names, NULL) == 0 && (server = only_server(&names)) != NULL) {
		char *to = xasprintf("%s/%s-mapresponses", dir, server);

		(void)rename(from, to);
		free(to);
		free(server);
	}
out:
	strs_free(&names);
	free(from);
}

static void
fit_name(void *arg, const struct tree_entry *t)
{
	struct strs *missing = arg;
	struct stat st;
	char *name, *other;

	if (text_file_name(t->name))
		return;
	name = text_as_file_name(t->name);
	for (int i = 2; fstatat(t->at, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && i < 1000; i++) {
		char *base = text_as_file_name(t->name);

		other = xasprintf("%d-%s", i, base);
		free(base);
		free(name);
		name = other;
	}
	if (renameat(t->at, t->name, t->at, name) == -1)
		strs_addf(missing, "%s: its name is not fit for an upload: %s", name, strerror(errno));
	free(name);
}

static void
is_foreign(void *arg, const struct tree_entry *t)
{
	bool *foreign = arg;

	if (t->st.st_uid != geteuid())
		*foreign = true;
}

void
evidence_settle(struct evidence *v, const char *image)
{
	bool foreign = false;
	struct err e;

	if (geteuid() != 0)
		(void)tree_walk(v->dir, is_foreign, &foreign);
	if (foreign && (v->cancel == NULL || !*v->cancel) && evidence_hand_over(v, image, &e) == -1)
		strs_addf(&v->missing, "files in %s belong to root: %s", v->dir, e.text);
	/* Again: what was root's could not be dropped before. */
	if (!v->bulk)
		evidence_drop_bulk(v->dir);
	name_mapresponses(v->dir);
	(void)tree_walk(v->dir, fit_name, &v->missing);
}

void
evidence_redact(struct evidence *v)
{
	redact_tree(v->dir, v->secrets, v->docker != NULL ? v->docker->loop : NULL, v->cancel, &v->missing);
}
