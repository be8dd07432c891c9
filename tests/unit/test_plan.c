#include <sys/resource.h>

#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "run/run.h"

Suite *suite_plan(void);

static struct plan p;

static void
setup(void)
{
	p = (struct plan){ .run_id = run_id_new(), .logs_dir = xstrdup("/tmp/hi-plan-XXXXXX") };
	ck_assert_ptr_nonnull(mkdtemp(p.logs_dir));
	p.dir = file_join(p.logs_dir, p.run_id);
}

static void
teardown(void)
{
	ck_assert_int_eq(dir_remove(p.logs_dir, NULL), 0);
	plan_free(&p);
}

START_TEST(run_ids)
{
	static const char *const no[] = { "", "20260409-104215-mdjtz", "20260409-104215-mdjtzxx",
		"20260409-104215-MDJTZX", "20261309-104215-mdjtzx", "20260400-104215-mdjtzx",
		"2026040a-104215-mdjtzx", "20260409_104215-mdjtzx", "20260409-244215-mdjtzx",
		"../../../../../../etc/x", NULL };
	int64_t started;

	ck_assert(is_run_id("20260409-104215-mdjtzx", &started));
	ck_assert(started > 1775600000000 && started < 1775900000000);
	ck_assert(is_run_id("20260409-104215-012345", NULL));
	ck_assert(is_run_id(p.run_id, NULL));
	for (const char *const *s = no; *s != NULL; s++)
		ck_assert_msg(!is_run_id(*s, NULL), "%s", *s);
}
END_TEST

START_TEST(log_directories)
{
	static const struct {
		const char *root, *given, *want;
	} rows[] = { { "/r", NULL, "/r/control_logs" }, { "/r", "", "/r/control_logs" },
		{ "/r", "control_logs", "/r/control_logs" }, { "/r", "/x/../y", "/y" },
		{ "/r", "mine", "/tmp/mine" }, { NULL, "control_logs", "/tmp/control_logs" },
		{ NULL, NULL, "/tmp/control_logs" } };

	ck_assert_int_eq(chdir("/tmp"), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *got = plan_logs_dir(rows[i].root, rows[i].given);

		ck_assert_str_eq(got, rows[i].want);
		free(got);
	}
}
END_TEST

START_TEST(makes_the_directory)
{
	struct strs names = { 0 };

	ck_assert_int_eq(plan_directory(&p, NULL), 0);
	ck_assert(p.made);
	ck_assert_int_eq(dir_names(p.dir, &names, NULL), 0);
	ck_assert_uint_eq(names.n, 0);
}
END_TEST

START_TEST(one_that_is_there_is_not_ours)
{
	struct err e;

	ck_assert_int_eq(file_mkdirs(p.dir, NULL), 0);
	ck_assert_int_eq(plan_directory(&p, &e), -1);
	ck_assert(!p.made);
	ck_assert_ptr_nonnull(strstr(e.text, "File exists"));
}
END_TEST

START_TEST(a_write_that_fails_is_told)
{
	struct rlimit old, none;
	struct err e;
	int got;

	/* As a quota would have it. */
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &old), 0);
	none = old;
	none.rlim_cur = 0;
	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &none), 0);
	got = plan_directory(&p, &e);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &old), 0);
	ck_assert_int_eq(got, -1);
	ck_assert(p.made);
	ck_assert_ptr_nonnull(strstr(e.text, "--logs-dir"));
}
END_TEST

Suite *
suite_plan(void)
{
	Suite *s = suite_create("plan");
	TCase *t = tcase_create("all");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, run_ids);
	tcase_add_test(t, log_directories);
	tcase_add_test(t, makes_the_directory);
	tcase_add_test(t, one_that_is_there_is_not_ours);
	tcase_add_test(t, a_write_that_fails_is_told);
	suite_add_tcase(s, t);
	return s;
}
