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
#include "../base/tree.h"
#include "../docker/helper.h"
#include "../docker/pieces.h"
#include "evidence_internal.h"
#include "redact.h"

enum { HAND_OVER_MS = 60000, REMOVE_MS = 3000 };

/* Drops the bulk that the tests saved themselves. */
static void
settle_drop_bulk(const char *dir)
{
	struct strs names = { 0 };

	if (dir_names(dir, &names, NULL) == 0)
		for (size_t i = 0; i < names.n; i++) {
			const struct evidence_piece *p = evidence_piece_of(names.v[i]), *q = evidence_pieces;
			char *path = file_join(dir, names.v[i]);

			while (q->suffix != NULL &&
			    (q->saved_in == NULL || strcmp(q->saved_in, names.v[i]) != 0))
				q++;
			if (((p != NULL && p->bulk) || q->suffix != NULL) && unlink(path) == -1)
				(void)dir_remove(path, NULL);
			free(path);
		}
	strs_free(&names);
}

static bool
settle_is_dir(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* The name of the only server: the only one with files that just servers have or, if none has any, the only
 * one with logs (a mock OIDC server is named hs-, too). NULL: none, or several. The caller frees it. */
static char *
settle_only_server(const struct strs *names)
{
	struct strs servers = { 0 };
	char *name;

	for (int by_logs = 0; by_logs <= 1 && servers.n == 0; by_logs++)
		for (size_t i = 0; i < names->n; i++) {
			const struct evidence_piece *p = evidence_piece_of(names->v[i]);

			if (p == NULL || strncmp(names->v[i], "hs-", 3) != 0 ||
			    (by_logs ? p->reader != READ_AS_LOG :
			    p->type == NULL || strcmp(p->type, "headscale") != 0))
				continue;
			name = xstrndup(names->v[i], strlen(names->v[i]) - strlen(p->suffix));
			strs_add_new(&servers, name);
			free(name);
		}
	name = servers.n == 1 ? xstrdup(servers.v[0]) : NULL;
	strs_free(&servers);
	return name;
}

/* Renames mapresponses/<name>/ to <name>-mapresponses/. If mapresponses/ is sorted by node ids, all of it is
 * the only server's; if there are several servers, it stays as it is. */
static void
settle_mapresponses(const char *dir)
{
	char *from = file_join(dir, "mapresponses"), *server;
	struct strs names = { 0 };

	if (!settle_is_dir(from) || dir_names(from, &names, NULL) == -1)
		goto out;
	for (size_t i = 0; i < names.n; i++) {
		char *path = file_join(from, names.v[i]);
		char *to = xasprintf("%s/%s-mapresponses", dir, names.v[i]);

		/* If the target holds something, this fails, and the directory stays where it is. */
		if (strncmp(names.v[i], "hs-", 3) == 0 && settle_is_dir(path))
			(void)rename(path, to);
		free(path);
		free(to);
	}
	if (rmdir(from) == 0)
		goto out;
	strs_free(&names);
	if (dir_names(dir, &names, NULL) == 0 && (server = settle_only_server(&names)) != NULL) {
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
settle_name(void *arg, const struct tree_entry *t)
{
	struct strs *missing = arg;
	struct stat st;
	char *fit, *name;

	if (text_file_name(t->name))
		return;
	fit = text_as_file_name(t->name);
	name = xstrdup(fit);
	for (int i = 2; fstatat(t->at, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && i < 1000; i++) {
		free(name);
		name = xasprintf("%d-%s", i, fit);
	}
	if (renameat(t->at, t->name, t->at, name) == -1)
		strs_addf(missing, "%s: its name is not fit for an upload: %s", name, strerror(errno));
	free(fit);
	free(name);
}

static void
settle_is_foreign(void *arg, const struct tree_entry *t)
{
	bool *foreign = arg;

	if (t->st.st_uid != geteuid())
		*foreign = true;
}

static int
settle_await_helper(struct docker *d, const char *id, struct err *e)
{
	struct container_end end;
	int rc = 0;

	if (container_await(d, id, e) == -1)
		return err_on(e, "chown in a container did not end");
	if (container_end(d, id, &end, e) == -1)
		return -1;
	if (!end.exists || end.running || end.exit_code != 0)
		rc = err_set(e, "chown in a container failed (exit %lld)", (long long)end.exit_code);
	container_end_free(&end);
	return rc;
}

/* Runs chown -R on dir in a container of the image, as the engine's root. */
static int
settle_hand_over(struct evidence *v, const char *image, struct err *e)
{
	struct evidence_clock clock;
	struct docker removing;
	struct docker_info info;
	char *owner = NULL, *id = NULL;
	int rc = -1;

	evidence_clock_start(&clock, v, HAND_OVER_MS);
	if (docker_info(&clock.docker, &info, e) == 0) {
		/* A rootless engine's root is our user. If an engine remaps ids, the helper is exempt from
		 * that. */
		owner = info.rootless ? xstrdup("0:0") :
		    xasprintf("%ld:%ld", (long)geteuid(), (long)getegid());
		docker_info_free(&info);
		rc = helper_create(&clock.docker, v->run_id, image, "handover", v->dir, EVIDENCE_CONTROL,
		    (const char *const[]){ "chown", "-hR", owner, EVIDENCE_CONTROL, NULL }, &id, e);
	}
	if (rc == 0) {
		rc = container_start(&clock.docker, id, e);
		if (rc == 0)
			rc = settle_await_helper(&clock.docker, id, e);
		docker_copy(&removing, v->docker);
		removing.cancel = NULL;
		removing.timeout_ms = REMOVE_MS;
		helper_remove(&removing, id);
		docker_close(&removing);
	}
	evidence_clock_stop(&clock);
	free(owner);
	free(id);
	return rc;
}

void
evidence_settle(struct evidence *v, const char *image)
{
	bool foreign = false;
	struct err e;

	if (geteuid() != 0)
		(void)tree_walk(v->dir, settle_is_foreign, &foreign);
	if (foreign && (v->docker == NULL || image == NULL))
		strs_addf(&v->missing, "files in %s belong to root: no image to change it with", v->dir);
	else if (foreign && settle_hand_over(v, image, &e) == -1)
		strs_addf(&v->missing, "files in %s belong to root: %s", v->dir, e.text);
	/* Not earlier: files that belonged to root could not be dropped. */
	if (!v->bulk)
		settle_drop_bulk(v->dir);
	settle_mapresponses(v->dir);
	(void)tree_walk(v->dir, settle_name, &v->missing);
}

void
evidence_redact(struct evidence *v)
{
	struct evidence_clock clock = { 0 };

	if (v->docker != NULL)
		evidence_clock_start(&clock, v, 0);
	redact_tree(v->dir, v->secrets, v->docker != NULL ? v->docker->loop : NULL, &clock.stop, &v->missing);
	if (v->docker != NULL)
		evidence_clock_stop(&clock);
}
