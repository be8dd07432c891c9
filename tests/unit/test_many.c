/* What is pure in set/: parts of a list, rates, reports made one; and the history they are fed from. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"
#include "set/set_internal.h"

static void
list(struct tests *t, size_t n)
{
	*t = (struct tests){ .v = xcalloc(n, sizeof(*t->v)), .n = n };
	for (size_t i = 0; i < n; i++) {
		t->v[i].name = xasprintf("Test%zu", i);
		t->v[i].file = xstrdup("a_test.go");
	}
}

START_TEST(shards_are_parsed)
{
	static const char *const bad[] = { "0/1", "2/1", "1/0", "1", "1/", "/1", "a/b", "1/2/3", "-1/2",
		"1/99999999", "", "+1/2", " 1/2", "1/ 2", "1/2 ", "0x1/2", "4294967297/2", "1/4294967297",
		"99999999999999999999/2", NULL };
	struct shard s;
	struct err e;

	ck_assert_int_eq(shard_parse("2/4", &s, &e), 0);
	ck_assert_uint_eq(s.i, 2);
	ck_assert_uint_eq(s.n, 4);
	ck_assert_int_eq(shard_parse(NULL, &s, &e), 0);
	ck_assert_uint_eq(s.n, 0);
	for (const char *const *b = bad; *b != NULL; b++)
		ck_assert_msg(shard_parse(*b, &s, &e) == -1, "%s", *b);
}
END_TEST

/* Every test is in one part, whatever is known of how many of them. */
START_TEST(shards_are_a_partition)
{
	struct remembered *known = xcalloc(40, sizeof(*known));
	struct history h = { .v = known };

	for (unsigned n = 1; n <= 9; n += 2) {
		char first[CUT_SIZE] = "", cut[CUT_SIZE];
		unsigned seen[40] = { 0 };

		for (unsigned i = 1; i <= n; i++) {
			struct shard s = { i, n };
			struct tests t;

			list(&t, 40);
			shard_keep(&t, &s, &h, false, cut);
			for (size_t k = 0; k < t.n; k++)
				seen[atoi(t.v[k].name + 4)]++;
			ck_assert_uint_le(t.n, 40 / n + 1);
			if (*first != '\0')
				ck_assert_str_eq(cut, first);
			memcpy(first, cut, sizeof(first));
			tests_free(&t);
		}
		for (size_t k = 0; k < 40; k++)
			ck_assert_uint_eq(seen[k], 1);
	}
	free(known);
}
END_TEST

START_TEST(shards_are_balanced_by_durations)
{
	struct remembered known[] = { { (char *)(uintptr_t)"Test0", false, true, 100 },
		{ (char *)(uintptr_t)"Test1", false, true, 40 },
		{ (char *)(uintptr_t)"Test2", false, true, 30 },
		{ (char *)(uintptr_t)"Test3", false, true, 20 } };
	struct history h = { .v = known, .n = 4 }, none = { 0 };
	struct shard s = { 1, 2 };
	char cut[CUT_SIZE], other[CUT_SIZE];
	struct tests t;

	list(&t, 4);
	shard_keep(&t, &s, &h, false, cut);
	ck_assert_uint_eq(t.n, 1);
	ck_assert_str_eq(t.v[0].name, "Test0");
	tests_free(&t);
	/* Those were without PostgreSQL; and a list that was cut otherwise is told from this. */
	list(&t, 4);
	shard_keep(&t, &s, &h, true, cut);
	ck_assert_uint_eq(t.n, 2);
	tests_free(&t);
	list(&t, 4);
	shard_keep(&t, &s, &h, false, cut);
	tests_free(&t);
	list(&t, 4);
	shard_keep(&t, &s, &none, false, other);
	tests_free(&t);
	ck_assert_str_ne(cut, other);
}
END_TEST

START_TEST(rates)
{
	double low, high;

	/* Wilson's own, as every table has them. */
	rate_interval(3, 10, &low, &high);
	ck_assert_double_eq_tol(low, 0.1078, 0.0001);
	ck_assert_double_eq_tol(high, 0.6032, 0.0001);
	rate_interval(0, 10, &low, &high);
	ck_assert_double_eq(low, 0);
	ck_assert_double_eq_tol(high, 0.2775, 0.0001);
	rate_interval(5, 5, &low, &high);
	ck_assert_double_eq_tol(low, 0.5655, 0.0001);
	ck_assert_double_eq(high, 1);
}
END_TEST

static struct part
part(const char *test, const char *result, enum verdict v, int code)
{
	struct part p = { .test = xstrdup(test), .rep = { .finished = true, .run_id = test, .pattern = test,
	    .verdict = v,
		.exit_code = code, .sentence = "so it went" } };

	p.rep.tests = xcalloc(2, sizeof(*p.rep.tests));
	if (result != NULL) {
		p.rep.tests[0] = (struct report_test){ .package = "a/b", .name = p.test, .result = result,
		    .seconds = 1 };
		p.rep.tests[1] = (struct report_test){ .package = "a/b", .name = "", .result = result,
		    .seconds = 1 };
		p.rep.n = 2;
	}
	return p;
}

static const struct report whole = { .run_id = "set", .pattern = "Test", .finished = true };

START_TEST(the_worst_decides)
{
	static const struct { enum verdict v; int code; } order[] = { { V_ALL_SKIPPED, 4 }, { V_PASSED, 0 },
		{ V_NOTHING_RAN, 4 }, { V_LEAK, 6 }, { V_LIMIT, 5 }, { V_INFRA, 3 }, { V_DEADLINE, 124 },
		{ V_FAILED, 1 }, { V_INTERRUPTED, 130 } };
	size_t n = sizeof(order) / sizeof(order[0]);

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < n; k++) {
			struct part a = part("TestA", "passed", order[i].v, order[i].code);
			struct part b = part("TestB", "passed", order[k].v, order[k].code);
			struct part *v[] = { &a, &b };
			struct report r = whole;

			merge(&r, v, 2, false);
			ck_assert_int_eq(r.verdict, order[i > k ? i : k].v);
			ck_assert_int_eq(r.exit_code, order[i > k ? i : k].code);
			report_free(&r);
			part_free(&a);
			part_free(&b);
		}
}
END_TEST

START_TEST(flaky_is_told_from_passed)
{
	struct part a = part("TestA", "failed", V_FAILED, 1), b = part("TestA", "passed", V_PASSED, 0);
	struct part *v[] = { &a, &b };
	struct buf out = {0};
	struct report r = whole;

	a.superseded = true;
	a.rep.tests[0].excerpt = "expected 1, got 0";
	b.before = &a;
	b.rep.run_id = "again";
	merge(&r, v, 2, false);
	ck_assert_int_eq(r.verdict, V_PASSED);
	ck_assert_uint_eq(r.t.top.passed, 1);
	ck_assert_uint_eq(r.t.top.failed, 0);
	ck_assert_str_eq(r.sentence, "1 test passed, 1 of them flaky, in 2 runs");
	ck_assert_str_eq(r.notes.v[0], "flaky: TestA failed 1 time, then passed");
	report_junit(&r, &out);
	ck_assert_ptr_nonnull(strstr(out.s, "<flakyFailure"));
	ck_assert_ptr_nonnull(strstr(out.s, "failures=\"0\""));
	report_free(&r);
	r = whole;
	merge(&r, v, 2, true);
	ck_assert_int_eq(r.exit_code, 1);
	report_free(&r);
	buf_free(&out);
	part_free(&a);
	part_free(&b);
}
END_TEST

START_TEST(a_run_without_tests_is_not_lost)
{
	struct part a = part("TestA", NULL, V_INFRA, 3), b = part("TestB", "passed", V_PASSED, 0);
	struct part *v[] = { &a, &b };
	struct buf out = {0};
	struct report r = whole;

	merge(&r, v, 2, false);
	ck_assert_int_eq(r.exit_code, 3);
	ck_assert_uint_eq(r.t.top.unfinished, 1);
	report_junit(&r, &out);
	ck_assert_ptr_nonnull(strstr(out.s, "name=\"TestA\""));
	report_free(&r);
	r = whole;
	merge(&r, v, 0, false);
	ck_assert_int_eq(r.exit_code, 4);
	report_free(&r);
	buf_free(&out);
	part_free(&a);
	part_free(&b);
}
END_TEST

START_TEST(the_history_survives_damage)
{
	char path[] = "/tmp/hi-history-XXXXXX";
	static const char text[] =
	    "2026-01-02T03:04:05Z\t20260102-030405-abcdef\tsqlite\tTestA\tpassed\t12.500\n"
	    "2026-01-02T03:04:05Z\t20260102-030405-abcdef\tsqlite\tTestA\tfail\0\0\0\n"
	    "garbage\n\n"
	    "2026-01-02T03:04:05Z\t20260102-030405-abcdef\tpostgres\tTestA\tfailed\t1.000\n"
	    "2026-01-02T03:04:06Z\t20260102-030405-abcdeg\tsqlite\tTestB\tpassed\t2.000\n"
	    "2026-01-02T03:04:06Z\t20260102-030405-abcdeg\tsqlite\tTestB\tpassed\tx\n"
	    "2026-01-02T03:04:07Z\t20260102-030405-abcdeh\tsqlite\tTestB\tfailed\t9.000\n"
	    "2026-01-02T03:04:07Z\t2026";
	struct report_test tests[] = { { .package = "p", .name = "TestC", .result = "passed", .seconds = 3 },
		{ .package = "p", .name = "TestC/sub", .result = "passed", .seconds = 3 },
		{ .package = "p", .name = "", .result = "passed", .seconds = 3 } };
	struct report r = { .run_id = "20260102-030405-abcdei", .tests = tests, .n = 3 };
	struct history h;
	struct err e;
	int fd = mkstemp(path);

	ck_assert_int_eq(write(fd, text, sizeof(text) - 1), sizeof(text) - 1);
	ck_assert_int_eq(write(fd, "\n", 1), 1);
	close(fd);
	ck_assert_int_eq(history_append(path, &r, &e), 0);
	ck_assert_int_eq(history_load(path, NULL, &h, &e), 0);
	ck_assert_uint_eq(h.damaged, 4);
	ck_assert_uint_eq(h.n, 4);
	ck_assert_double_eq_tol(history_find(&h, "TestA", false)->seconds, 12.5, 0.001);
	ck_assert(!history_find(&h, "TestA", true)->good);
	ck_assert(!history_find(&h, "TestB", false)->good);
	ck_assert_double_eq_tol(history_find(&h, "TestB", false)->seconds, 2, 0.001);
	ck_assert_double_eq_tol(history_find(&h, "TestC", false)->seconds, 3, 0.001);
	ck_assert_ptr_null(history_find(&h, "TestD", false));
	history_free(&h);
	unlink(path);
	ck_assert_int_eq(history_load(path, NULL, &h, &e), 0);
	ck_assert_uint_eq(h.n, 0);
	history_free(&h);
}
END_TEST

Suite *
suite_many(void)
{
	Suite *s = suite_create("many");
	TCase *t = tcase_create("many");

	tcase_add_test(t, shards_are_parsed);
	tcase_add_test(t, shards_are_a_partition);
	tcase_add_test(t, shards_are_balanced_by_durations);
	tcase_add_test(t, rates);
	tcase_add_test(t, the_worst_decides);
	tcase_add_test(t, flaky_is_told_from_passed);
	tcase_add_test(t, a_run_without_tests_is_not_lost);
	tcase_add_test(t, the_history_survives_damage);
	suite_add_tcase(s, t);
	return s;
}
