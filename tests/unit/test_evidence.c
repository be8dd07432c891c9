#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "evidence/evidence_internal.h"

Suite *suite_evidence(void);

static char *dir;

static void
setup(void)
{
	dir = xstrdup("/tmp/hi-evidence-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
}

static void
teardown(void)
{
	ck_assert_int_eq(dir_remove(dir, NULL), 0);
	free(dir);
}

static void
put(const char *name)
{
	char *path = file_join(dir, name), *parent = file_dir(path);

	ck_assert_int_eq(file_mkdirs(parent, NULL), 0);
	ck_assert_int_eq(file_replace(path, name, strlen(name), NULL), 0);
	free(parent);
	free(path);
}

static bool
is_there(const char *name)
{
	char *path = file_join(dir, name);
	bool yes = file_exists(path);

	free(path);
	return yes;
}

static void
settle(bool bulk)
{
	struct evidence v = { .run_id = "20260409-104215-mdjtzx", .dir = dir, .bulk = bulk };

	evidence_settle(&v, NULL);
	ck_assert_uint_eq(v.missing.n, 0);
}

static void
lists(const char *expected)
{
	struct strs names = { 0 };
	char *all;

	ck_assert_int_eq(dir_names(dir, &names, NULL), 0);
	all = strs_join(&names, " ");
	ck_assert_str_eq(names.n > 0 ? all : "", expected);
	free(all);
	strs_free(&names);
}

START_TEST(a_pass_leaves_logs)
{
	put("hs-a.stdout.log");
	put("hs-a.stderr.log");
	put("hs-a.inspect.json");
	put("hs-a.db");
	put("hs-a.db-wal");
	put("hs-a_metrics.txt");
	put("ts-b_status.json");
	put("ts-b_netmap.json");
	put("hs-a-mapresponses/1/001.json");
	put("hs-a-pprof/cpu.pprof");
	put("mapresponses/hs-a/001.json");
	put("pprof/cpu.pprof");
	put("go-test.json");
	put("summary.json");
	settle(false);
	lists("go-test.json hs-a.inspect.json hs-a.stderr.log hs-a.stdout.log summary.json");
}
END_TEST

START_TEST(map_responses_by_name)
{
	put("mapresponses/hs-a/001.json");
	put("mapresponses/hs-b/001.json");
	settle(true);
	lists("hs-a-mapresponses hs-b-mapresponses");
	ck_assert(is_there("hs-b-mapresponses/001.json"));
}
END_TEST

START_TEST(map_responses_of_the_only_server)
{
	put("mapresponses/1/001.json");
	put("hs-a_metrics.txt");
	put("hs-a.stdout.log");
	put("hs-oidc.stdout.log");
	settle(true);
	ck_assert(is_there("hs-a-mapresponses/1/001.json"));
	ck_assert(!is_there("mapresponses"));
}
END_TEST

START_TEST(map_responses_of_several_stay)
{
	put("mapresponses/1/001.json");
	put("hs-a.db");
	put("hs-b.db");
	put("hs-a.stdout.log");
	settle(true);
	ck_assert(is_there("mapresponses/1/001.json"));
}
END_TEST

START_TEST(what_was_collected_is_not_lost)
{
	put("mapresponses/hs-a/old.json");
	put("hs-a-mapresponses/new.json");
	settle(true);
	ck_assert(is_there("hs-a-mapresponses/new.json"));
	ck_assert(is_there("mapresponses/hs-a/old.json"));
}
END_TEST

START_TEST(names_fit_an_upload)
{
	put("a:b/c\nd");
	put("x?y.log");
	put("x*y.log");
	settle(true);
	ck_assert(is_there("a_b/c_d"));
	ck_assert(is_there("x_y.log"));
	ck_assert(is_there("2-x_y.log"));
}
END_TEST

START_TEST(inspect_hides_them)
{
	char text[] = "[{\"Name\":\"/a\",\"Config\":{\"Env\":[\"A_TOKEN=x\\\"yz\",\"B=1\"]}},"
	    "{\"Config\":{\"Env\":null}},"
	    "{\"Config\":{\"Env\":[\"KEY=k\"],\"Cmd\":[\"KEY=k\"]}}]";
	char bad[] = "[{\"Config\"";

	ck_assert_int_eq(evidence_hide_env(text, strlen(text)), 0);
	ck_assert_str_eq(text, "[{\"Name\":\"/a\",\"Config\":{\"Env\":[\"A_TOKEN=*****\",\"B=1\"]}},"
	    "{\"Config\":{\"Env\":null}},{\"Config\":{\"Env\":[\"KEY=*\"],\"Cmd\":[\"KEY=k\"]}}]");
	ck_assert_int_eq(evidence_hide_env(bad, strlen(bad)), -1);
}
END_TEST

Suite *
suite_evidence(void)
{
	Suite *s = suite_create("evidence");
	TCase *t = tcase_create("evidence");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_pass_leaves_logs);
	tcase_add_test(t, map_responses_by_name);
	tcase_add_test(t, map_responses_of_the_only_server);
	tcase_add_test(t, map_responses_of_several_stay);
	tcase_add_test(t, what_was_collected_is_not_lost);
	tcase_add_test(t, names_fit_an_upload);
	tcase_add_test(t, inspect_hides_them);
	suite_add_tcase(s, t);
	return s;
}
