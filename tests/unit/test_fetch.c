/* Evidence out of containers, with a docker that is a script. */
#include "fake_docker.h"

#include <unistd.h>

#include "docker/container.h"

static const char SCRIPT[] = "#!/bin/sh\n"
    "echo \"$*\" >>\"$FAKE/calls\"\n"
    "gone() { echo \"Error response from daemon: No such container: $1\" >&2; exit 1; }\n"
    "case \"$1 $2\" in\n"
    "'logs ok') echo out; echo err >&2 ;;\n"
    "'logs slow') echo partial; echo $$ >\"$FAKE/pid\"; exec sleep 1000 ;;\n"
    "'cp ok:/file') echo content >\"$3file\"; echo 'Successfully copied' >&2 ;;\n"
    "'cp ok:/dir') mkdir \"$3dir\"; echo content >\"$3dir/f\"; ln -s / \"$3dir/l\" ;;\n"
    "'cp ok:/nope') echo \"Error response from daemon: Could not find the file /nope in container ok\" >&2\n"
    "    exit 1 ;;\n"
    "'exec ok') [ \"$3\" = good ] || { echo 'OCI runtime exec failed: no such thing'; exit 127; }\n"
    "    echo \"$4\" ;;\n"
    "*) gone \"${2%%:*}\" ;;\n"
    "esac\n";

static struct fake fake;
static struct strs places;

static void
start(void)
{
	char *path;

	fake_start(&fake);
	fake_file(&fake, "docker", SCRIPT);
	path = file_join(fake.dir, "docker");
	ck_assert_int_eq(chmod(path, 0755), 0);
	free(path);
}

static void
stop(void)
{
	fake_stop(&fake);
	strs_free(&places);
}

/* Where a piece goes. */
static const char *
at(const char *name)
{
	strs_addf(&places, "%s/%s", fake.dir, name);
	return places.v[places.n - 1];
}

static void
holds(const char *name, const char *expected)
{
	char *text = fake_read(&fake, name);

	ck_assert_str_eq(text, expected);
	free(text);
}

static void
is_gone(const char *name)
{
	ck_assert(!file_exists(at(name)));
}

START_TEST(both_streams_with_one_child)
{
	struct fetch f[] = {
		{ .what = FETCH_STDOUT, .id = "ok", .to = at("1.out") },
		{ .what = FETCH_STDERR, .id = "other", .to = at("2.err") },
		{ .what = FETCH_STDERR, .id = "ok", .to = at("1.err") },
	};

	container_fetch(&fake.docker, f, 3, 4);
	ck_assert_int_eq(f[0].result, 0);
	ck_assert_int_eq(f[2].result, 0);
	ck_assert_int_eq(f[1].result, -1);
	ck_assert(f[1].missing);
	ck_assert_str_eq(f[1].err.text, "docker logs: No such container: other");
	holds("1.out", "out\n");
	holds("1.err", "err\n");
	is_gone("2.err");
	is_gone("2.err.part");
	is_gone("1.err.part");
}
END_TEST

START_TEST(a_lone_stream)
{
	struct fetch f[] = {
		{ .what = FETCH_STDERR, .id = "ok", .to = at("err") },
		{ .what = FETCH_STDOUT, .id = "x", .to = at("out") },
	};

	container_fetch(&fake.docker, f, 2, 1);
	ck_assert_int_eq(f[0].result, 0);
	holds("err", "err\n");
	ck_assert_int_eq(f[1].result, -1);
	ck_assert(f[1].missing);
	ck_assert_ptr_nonnull(strstr(f[1].err.text, "No such container: x"));
}
END_TEST

START_TEST(less_does_not_replace_more)
{
	struct fetch f[] = {
		{ .what = FETCH_STDOUT, .id = "ok", .to = at("out") },
		{ .what = FETCH_STDERR, .id = "ok", .to = at("err") },
		{ .what = FETCH_COPY, .id = "ok", .path = "/file", .to = at("db") },
		{ .what = FETCH_COPY, .id = "ok", .path = "/dir", .to = at("saved") },
	};

	fake_file(&fake, "out", "a longer log\n");
	fake_file(&fake, "err", "e\n");
	fake_file(&fake, "db", "an older and longer one\n");
	ck_assert_int_eq(mkdir(at("saved"), 0700), 0);
	fake_file(&fake, "saved/mine", "m\n");
	container_fetch(&fake.docker, f, 4, 2);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(f[i].result, 0);
	ck_assert_int_eq(f[3].result, -1);
	holds("out", "a longer log\n");
	holds("err", "err\n");
	holds("db", "content\n");
	holds("saved/mine", "m\n");
	is_gone("saved/f");
	is_gone("saved.part");
}
END_TEST

START_TEST(copies_and_commands)
{
	static const char *const good[] = { "good", "a b", NULL }, *const bad[] = { "bad", NULL };
	struct fetch f[] = {
		{ .what = FETCH_COPY, .id = "ok", .path = "/dir", .to = at("dir") },
		{ .what = FETCH_COPY, .id = "ok", .path = "/nope", .to = at("nope") },
		{ .what = FETCH_EXEC, .id = "ok", .command = good, .to = at("good") },
		{ .what = FETCH_EXEC, .id = "ok", .command = bad, .to = at("bad") },
		{ .what = FETCH_EXEC, .id = "ok", .command = good, .to = at("no/such/place") },
	};

	container_fetch(&fake.docker, f, 5, 2);
	ck_assert_int_eq(f[0].result, 0);
	holds("dir/f", "content\n");
	is_gone("dir/l");
	ck_assert_int_eq(f[1].result, -1);
	ck_assert(f[1].missing);
	ck_assert_int_eq(f[2].result, 0);
	holds("good", "a b\n");
	ck_assert_int_eq(f[3].result, -1);
	ck_assert(!f[3].missing);
	ck_assert_str_eq(f[3].err.text, "docker exec: OCI runtime exec failed: no such thing");
	is_gone("bad");
	ck_assert_int_eq(f[4].result, -1);
}
END_TEST

START_TEST(a_log_that_was_cut_short)
{
	struct fetch f = { .what = FETCH_STDOUT, .id = "slow", .to = at("out"), .timeout_ms = 1000 };

	container_fetch(&fake.docker, &f, 1, 1);
	ck_assert_int_eq(f.result, -1);
	ck_assert_str_eq(f.err.text, "docker logs: not done within 1 s");
	holds("out", "partial\n");
	fake_file(&fake, "out", "p");
	container_fetch(&fake.docker, &f, 1, 1);
	ck_assert_int_eq(f.result, -1);
	holds("out", "p");
	is_gone("out.part");
}
END_TEST

START_TEST(interrupted)
{
	static const volatile bool cancel = true;
	struct fetch f[] = {
		{ .what = FETCH_STDOUT, .id = "slow", .to = at("1") },
		{ .what = FETCH_COPY, .id = "ok", .path = "/file", .to = at("2") },
	};

	fake.docker.cancel = &cancel;
	container_fetch(&fake.docker, f, 2, 1);
	ck_assert_int_eq(f[0].result, -1);
	ck_assert_int_eq(f[1].result, -1);
	ck_assert_str_eq(f[1].err.text, "docker cp: interrupted");
	is_gone("calls");
}
END_TEST

Suite *
suite_fetch(void)
{
	Suite *s = suite_create("fetch");
	TCase *t = tcase_create("fetch");

	tcase_add_checked_fixture(t, start, stop);
	tcase_add_test(t, both_streams_with_one_child);
	tcase_add_test(t, a_lone_stream);
	tcase_add_test(t, less_does_not_replace_more);
	tcase_add_test(t, copies_and_commands);
	tcase_add_test(t, a_log_that_was_cut_short);
	tcase_add_test(t, interrupted);
	suite_add_tcase(s, t);
	return s;
}
