#include "cleanup/cleanup.h"
#include "fake_docker.h"

Suite *suite_removal(void);

static struct fake fake;

/* An engine in which somebody makes a container for each that is removed, ten times; with MAKES=0 its only
 * one stays. To inspect one takes it longer than removal is told to wait for progress. */
static const char script[] =
    "#!/bin/sh\n"
    "cd \"$FAKE\" || exit 1\n"
    "n=$(cat n 2>/dev/null || echo 0)\n"
    "case $1 in\n"
    "ps) [ $n -ge 10 ] || printf '{\"id\":\"%064d\",\"name\":\"ts-%d\",\"image\":\"x\",\"state\":\"running\","
    "\"status\":\"Up\",\"created\":\"\",\"run\":\"r\",\"type\":\"tailscale\"}\\n' $n $n ;;\n"
    "container) sleep 0.15\n"
    "[ ! -e net ] || printf '[{\"NetworkSettings\":{\"Networks\":{\"hs-abcdef-net\":{\"NetworkID\":\"%s\"}}}}]' "
    "$(cat net) ;;\n"
    "network) [ -e busy ] || exit 0\n"
    "  case $2 in\n"
    "  ls) echo '{\"id\":\"n2\",\"name\":\"hs-abcdef-net\"}' ;;\n"
    "  inspect) echo '{\"Id\":\"n2\",\"Name\":\"hs-abcdef-net\",\"Created\":\"2026-11-28T07:00:00Z\"}' ;;\n"
    "  *) echo 'Error response from daemon: network n2 has active endpoints' >&2; exit 1 ;;\n"
    "  esac ;;\n"
    "rm) sleep 0.05; [ \"$(cat makes)\" = 0 ] || echo $((n + 1)) >n ;;\n"
    "esac\n";

static void
setup(void)
{
	char *path;

	fake_start(&fake);
	fake_file(&fake, "docker", script);
	path = file_join(fake.dir, "docker");
	ck_assert_int_eq(chmod(path, 0755), 0);
	free(path);
	fake.docker.endpoint = fake.docker.engine_id = (char *)(uintptr_t)"";
}

static void
teardown(void)
{
	fake_stop(&fake);
}

START_TEST(as_many_are_made_as_are_removed)
{
	struct removal r = { .docker = &fake.docker, .run_id = "r", .give_up_ms = 100 };
	struct err e = { .text = "" };

	fake_file(&fake, "makes", "1");
	ck_assert_msg(removal_run(&r, &e) == 0, "%s", e.text);
	ck_assert_uint_eq(r.removed.n_left, 0);
	ck_assert_uint_eq(r.removed.containers, 10);
	removal_free(&r);
}
END_TEST

START_TEST(one_that_stays_is_named)
{
	struct removal r = { .docker = &fake.docker, .run_id = "r", .give_up_ms = 100 };
	struct err e = { .text = "" };

	fake_file(&fake, "makes", "0");
	ck_assert_msg(removal_run(&r, &e) == 0, "%s", e.text);
	ck_assert_uint_eq(r.removed.n_left, 1);
	ck_assert_str_eq(r.removed.left[0].kind, "container");
	ck_assert_str_eq(r.removed.left[0].name, "ts-0");
	ck_assert_uint_eq(r.removed.containers, 0);
	removal_free(&r);
}
END_TEST

/* No network is listed any more when the run's containers have gone: a run beside it has taken theirs. */
START_TEST(a_network_that_another_run_took_counts)
{
	struct removal r = { .docker = &fake.docker, .run_id = "r", .give_up_ms = 200 };
	struct err e = { .text = "" };

	fake_file(&fake, "makes", "1");
	fake_file(&fake, "net", "n1");
	ck_assert_msg(removal_run(&r, &e) == 0, "%s", e.text);
	ck_assert_uint_eq(r.removed.networks, 1);
	ck_assert_msg(removal_run(&r, &e) == 0, "%s", e.text);
	ck_assert_uint_eq(r.removed.networks, 1);
	removal_free(&r);
}
END_TEST

/* Created while the runner lived, and connected to by nobody that we know of: but something was connected, so
 * it is another run's, and none of our business; unless we know better. */
START_TEST(a_network_that_another_run_removes_is_no_leak)
{
	struct removal r = { .docker = &fake.docker, .run_id = "r", .give_up_ms = 200, .created = 1 };
	struct err e = { .text = "" };

	fake_file(&fake, "makes", "1");
	fake_file(&fake, "n", "10");
	fake_file(&fake, "busy", "");
	ck_assert_msg(removal_run(&r, &e) == 0, "%s", e.text);
	ck_assert_uint_eq(r.removed.n_left, 0);
	ck_assert_uint_eq(r.removed.networks, 0);
	strs_add(&r.networks, "n2");
	ck_assert_msg(removal_run(&r, &e) == 0, "%s", e.text);
	ck_assert_uint_eq(r.removed.n_left, 1);
	ck_assert_str_eq(r.removed.left[0].name, "hs-abcdef-net");
	removal_free(&r);
}
END_TEST

Suite *
suite_removal(void)
{
	Suite *s = suite_create("removal");
	TCase *t = tcase_create("all");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, as_many_are_made_as_are_removed);
	tcase_add_test(t, one_that_stays_is_named);
	tcase_add_test(t, a_network_that_another_run_took_counts);
	tcase_add_test(t, a_network_that_another_run_removes_is_no_leak);
	suite_add_tcase(s, t);
	return s;
}
