/* A docker of a test's own: each call prints the file stream.N of its directory, N being the
 * call's number, and ends, or, if there is a file hold.N, stays; without stream.N it fails. Its
 * arguments are kept in args.N. */
#ifndef TEST_FAKE_DOCKER_H
#define TEST_FAKE_DOCKER_H

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "docker/docker.h"

struct fake {
	char dir[64];
	struct docker docker;
};

static void
fake_file(struct fake *f, const char *name, const char *text)
{
	char *path = file_join(f->dir, name);

	ck_assert_int_eq(file_replace(path, text, strlen(text), NULL), 0);
	free(path);
}

/* The caller's. */
static char *
fake_read(struct fake *f, const char *name)
{
	char *path = file_join(f->dir, name);
	struct buf b = { 0 };

	ck_assert_int_eq(file_read(path, 1 << 20, &b, NULL), 0);
	free(path);
	return buf_take(&b);
}

static void
fake_start(struct fake *f)
{
	char *path;

	memset(f, 0, sizeof(*f));
	snprintf(f->dir, sizeof(f->dir), "/tmp/hi-unit-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(f->dir));
	fake_file(f, "docker", "#!/bin/sh\n"
	    "cd \"$FAKE\" || exit 1\n"
	    "n=$(($(cat n 2>/dev/null || echo 0) + 1))\n"
	    "echo $n >n\n"
	    "echo \"$*\" >args.$n\n"
	    "echo $$ >pid\n"
	    "cat stream.$n 2>/dev/null || exit 1\n"
	    "[ ! -e hold.$n ] || exec sleep 1000\n");
	path = file_join(f->dir, "docker");
	ck_assert_int_eq(chmod(path, 0755), 0);
	free(path);
	f->docker.loop = loop_new();
	strs_addf(&f->docker.env, "PATH=%s:/usr/bin:/bin", f->dir);
	strs_addf(&f->docker.env, "FAKE=%s", f->dir);
}

static bool
fake_reaped(void *pid)
{
	return kill(*(pid_t *)pid, 0) == -1;
}

/* After its last child was abandoned. */
static void
fake_stop(struct fake *f)
{
	char *path = file_join(f->dir, "pid"), *text;
	pid_t pid;

	if (file_exists(path)) {
		text = fake_read(f, "pid");
		pid = (pid_t)atol(text);
		free(text);
		ck_assert(loop_until(f->docker.loop, fake_reaped, &pid, loop_now() + 10000));
	}
	free(path);
	loop_free(f->docker.loop);
	strs_free(&f->docker.env);
	ck_assert_int_eq(dir_remove(f->dir, NULL), 0);
}

#endif
