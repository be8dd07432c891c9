/* What real clients and engines said (tests/transcripts, made by scripts/record-transcripts) is
 * understood: each error that was recorded has the kind that its name stands for, whoever said it. */
#include <check.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/json.h"
#include "base/text.h"
#include "docker/call.h"
#include "docker/words.h"

struct entry {
	char name[64], command[256];
	int status;
	struct buf out, err;
};

static const struct {
	const char *name;
	enum err_kind kind;
} kinds[] = {
	{ "no such container", ERR_NOT_FOUND }, { "no such container, forced", ERR_NOT_FOUND },
	{ "no such object", ERR_NOT_FOUND }, { "no such image", ERR_NOT_FOUND },
	{ "no such network", ERR_NOT_FOUND }, { "no such volume", ERR_NOT_FOUND },
	{ "not connected", ERR_NOT_FOUND }, { "removal in progress", ERR_NOT_FOUND },
	{ "conflict", ERR_CONFLICT }, { "active endpoints", ERR_CONFLICT },
	{ "not running", ERR_STATE }, { "paused", ERR_STATE }, { "not paused", ERR_STATE },
	{ "no such file", ERR_NO_PATH }, { "no such path", ERR_NO_PATH },
	{ "cannot start", ERR_OTHER }, { "cannot pause", ERR_OTHER },
	{ "unknown flag", ERR_UNSUPPORTED }, { "unknown command", ERR_UNSUPPORTED },
	{ "no such context", ERR_CONFIG }, { "host that makes no sense", ERR_OTHER },
	{ "no engine", ERR_UNREACHABLE }, { "permission denied", ERR_DENIED },
	{ "client too old", ERR_UNSUPPORTED }, { "client too new", ERR_UNSUPPORTED },
};

static struct docker docker = { .endpoint = (char *)"unix:///var/run/docker.sock" };

static int
info_of(const struct entry *t, struct docker_info *i, struct err *e)
{
	return docker_info_read(&docker, t->status, &t->out, buf_str(&t->err), i, e);
}

static void
entry_check(const char *file, const struct entry *t)
{
	struct docker_info info = { 0 };
	struct err e = { 0 };
	size_t i = 0;

	while (i < sizeof(kinds) / sizeof(*kinds) && strcmp(kinds[i].name, t->name) != 0)
		i++;
	ck_assert_msg(i < sizeof(kinds) / sizeof(*kinds), "%s: nobody says what \"%s\" is", file, t->name);
	/* An older client says an engine's errors in the answer alone, and exits 0. */
	if (strstr(t->command, "info --format '{{json .}}'") != NULL) {
		ck_assert_int_eq(info_of(t, &info, &e), -1);
		docker_info_free(&info);
	} else if (t->err.len == 0 && t->status == 0)
		return;
	else
		words_fail(&docker, WORDS("rm", "x"), t->status, buf_str(&t->err), &e);
	/* docker 20.10's cp says the same of a path that is not there and of a container. */
	if (e.kind == ERR_NOT_FOUND && strstr(buf_str(&t->err), "No such container:path: up:/") != NULL)
		return;
	ck_assert_msg(e.kind == kinds[i].kind, "%s: \"%s\" is of kind %d, not %d: %s", file, t->name,
	    (int)e.kind,
	    (int)kinds[i].kind, buf_str(&t->err));
}

/* Calls fn for each entry of each file of that name; returns how many there were. */
static int
each(const char *name, void (*fn)(const char *file, const struct entry *t))
{
	char pattern[64];
	int n = 0;
	glob_t g;

	snprintf(pattern, sizeof(pattern), "tests/transcripts/*/%s.txt", name);
	ck_assert_int_eq(glob(pattern, 0, NULL, &g), 0);
	for (size_t i = 0; i < g.gl_pathc; i++) {
		struct entry t = { 0 };
		struct strs lines = { 0 };
		struct buf b = { 0 };

		ck_assert_int_eq(file_read(g.gl_pathv[i], 1 << 20, &b, NULL), 0);
		strs_split(&lines, buf_str(&b), '\n');
		strs_add(&lines, "#");
		for (size_t k = 0; k < lines.n; k++) {
			const char *line = lines.v[k];

			if (*line == '#') {
				if (*t.name != '\0') {
					fn(g.gl_pathv[i], &t);
					n++;
				}
				buf_free(&t.out);
				buf_free(&t.err);
				t = (struct entry){ 0 };
				snprintf(t.name, sizeof(t.name), "%s", line[1] == ' ' ? line + 2 : "");
			} else if (*line == '$')
				snprintf(t.command, sizeof(t.command), "%s", line + 2);
			else if (*line == '=')
				t.status = atoi(line + 2);
			else if (*line == '1' || *line == '2')
				buf_printf(*line == '1' ? &t.out : &t.err, "%s\n", line + 2);
		}
		strs_free(&lines);
		buf_free(&b);
	}
	globfree(&g);
	return n;
}

START_TEST(errors)
{
	ck_assert_int_ge(each("errors", entry_check), 100);
}
END_TEST

static void
info_check(const char *file, const struct entry *t)
{
	struct docker_info i = { 0 };
	struct err e;

	ck_assert_msg(info_of(t, &i, &e) == 0, "%s: %s", file, e.text);
	ck_assert(*i.id != '\0' && *i.server_version != '\0' && *i.storage != '\0' && i.cpus > 0 &&
	    i.memory > 0);
	ck_assert_int_eq(i.rootless, strstr(file, "rootless") != NULL);
	/* Those without cgroups, as rootless ones can be, measure nothing. */
	ck_assert_int_eq(i.memory_accounting, strstr(file, "rootless") == NULL);
	docker_info_free(&i);
}

START_TEST(info)
{
	ck_assert_int_ge(each("info", info_check), 3);
}
END_TEST

static void
pull_check(const char *file, const struct entry *t)
{
	enum pull_fault fault = words_pull_fault("x:1", buf_str(&t->err));
	bool name = strstr(buf_str(&t->err), "lowercase") != NULL;

	ck_assert_msg(fault == (name ? PULL_NAME : PULL_NETWORK), "%s: %d: %s", file, (int)fault,
	    buf_str(&t->err));
}

START_TEST(pulls)
{
	ck_assert_int_ge(each("pull", pull_check), 10);
}
END_TEST

Suite *
suite_transcripts(void)
{
	Suite *s = suite_create("transcripts");
	TCase *c = tcase_create("transcripts");

	tcase_add_test(c, errors);
	tcase_add_test(c, info);
	tcase_add_test(c, pulls);
	suite_add_tcase(s, c);
	return s;
}
