/* The files of a run whose hi died are completed from what it left. */
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "report/report.h"
#include "stream/stream.h"

#define PACKAGE "{\"Package\":\"h/o/m/integration\",\"Action\":"

static const char stream[] = PACKAGE "\"start\"}\n"
    PACKAGE "\"run\",\"Test\":\"TestA\"}\n"
    PACKAGE "\"pass\",\"Test\":\"TestA\",\"Elapsed\":2}\n"
    PACKAGE "\"run\",\"Test\":\"TestB\"}\n"
    PACKAGE "\"output\",\"Test\":\"TestB\",\"Output\":\"    b_test.go:3: half of a li";

static char logs[32], dir[80];
static struct facts facts = { .ending = END_INTERRUPTED, .signal = SIGKILL, .why = "hi died",
	.ended = 1700000009000, .removed.containers = 14, .removed.networks = 1 };

static void
begin(void)
{
	snprintf(logs, sizeof(logs), "/tmp/hi-test-report.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(logs));
	snprintf(dir, sizeof(dir), "%s/20260409-104215-mdjtzx", logs);
	ck_assert_int_eq(file_mkdirs(dir, NULL), 0);
}

static void
end(void)
{
	ck_assert_int_eq(dir_remove(logs, NULL), 0);
}

static bool
says(const char *in, const char *name, const char *words)
{
	struct buf b = {0};
	char *path = file_join(in, name);
	bool yes = file_read(path, 1 << 20, &b, NULL) == 0 && strstr(buf_str(&b), words) != NULL;

	buf_free(&b);
	free(path);
	return yes;
}

static void
write_stream(void)
{
	char *path = file_join(dir, "go-test.json");

	ck_assert_int_eq(file_replace(path, stream, strlen(stream), NULL), 0);
	free(path);
}

static void
complete(const char *result)
{
	char *history = file_join(logs, "history.tsv");
	struct report r;
	struct err e = {0};

	ck_assert_msg(report_complete(dir, "", history, &facts, &e) == 0, "%s", e.text);
	ck_assert_msg(report_load(dir, &r, &e) == 0, "%s", e.text);
	ck_assert(r.finished);
	ck_assert_str_eq(verdict_name(r.verdict), result);
	ck_assert_uint_eq(r.f.removed.containers, 14);
	ck_assert_uint_eq(r.f.removed.networks, 1);
	ck_assert(says(dir, "summary.md", "14 containers"));
	ck_assert(says(dir, "junit.xml", "</testsuites>"));
	report_free(&r);
	free(history);
}

/* hi writes while it goes on; then it is killed. */
static void
interim(const struct facts *known)
{
	struct results_config c = { .dir = dir, .run_id = "20260409-104215-mdjtzx", .pattern = "Test[AB]",
		.format = FORMAT_QUIET, .out = -1, .write = report_interim, .facts = known };
	struct results *r;

	ck_assert_int_eq(results_new(&c, &r, NULL), 0);
	results_free(r);
	write_stream();
}

START_TEST(test_killed)
{
	struct facts known = { .image = "golang:1.26.1", .postgres = true, .started = 1700000000000 };
	struct report r;

	begin();
	interim(&known);
	complete("interrupted");
	ck_assert_int_eq(report_load(dir, &r, NULL), 0);
	ck_assert_uint_eq(r.t.top.passed, 1);
	ck_assert_uint_eq(r.t.top.unfinished, 1);
	ck_assert_str_eq(r.pattern, "Test[AB]");
	ck_assert_str_eq(r.f.image, "golang:1.26.1");
	ck_assert_int_eq(r.exit_code, 137);
	ck_assert_int_eq(r.f.signal, SIGKILL);
	report_free(&r);
	ck_assert(says(logs, "history.tsv", "\tpostgres\tTestA\tpassed\t2.000\n"));
	ck_assert(says(logs, "history.tsv", "\tpostgres\tTestB\tunfinished\t"));
	ck_assert(says(dir, "junit.xml", "name=\"TestB\""));
	end();
}
END_TEST

START_TEST(test_without_a_summary)
{
	begin();
	write_stream();
	complete("interrupted");
	ck_assert(says(dir, "summary.json", "\"TestA\""));
	end();
}
END_TEST

START_TEST(test_nothing_at_all)
{
	begin();
	complete("interrupted");
	ck_assert(!says(logs, "history.tsv", "Test"));
	end();
}
END_TEST

START_TEST(test_finished_keeps_its_verdict)
{
	struct report r = { .finished = true, .run_id = "20260409-104215-mdjtzx", .pattern = "TestA",
		.verdict = V_PASSED, .sentence = "1 test passed",
		.f = { .removed.containers = 3, .removed.networks = 1 } };

	begin();
	write_stream();
	ck_assert_int_eq(report_files(&r, dir, NULL), 0);
	complete("passed");
	ck_assert(!says(logs, "history.tsv", "Test"));
	end();
}
END_TEST

Suite *
suite_report(void)
{
	Suite *s = suite_create("report");
	TCase *t = tcase_create("report");

	tcase_add_test(t, test_killed);
	tcase_add_test(t, test_without_a_summary);
	tcase_add_test(t, test_nothing_at_all);
	tcase_add_test(t, test_finished_keeps_its_verdict);
	suite_add_tcase(s, t);
	return s;
}
