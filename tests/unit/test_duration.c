#include <check.h>
#include <stdlib.h>

#include "base/duration.h"

static const struct {
	const char *s;
	int64_t ms;
} good[] = {
	{ "0", 0 }, { "-0", 0 }, { "+0", 0 }, { "0s", 0 }, { "5s", 5000 }, { "+5s", 5000 }, { "-5s", -5000 },
	{ "30s", 30000 }, { "90s", 90000 }, { "15m", 900000 }, { "120m", 7200000 }, { "1h30m", 5400000 },
	{ "1.5h", 5400000 }, { ".5s", 500 }, { "5.s", 5000 }, { "1.004s", 1004 }, { "300ms", 300 },
	{ "10ms", 10 }, { "1h0m0.25s", 3600250 }, { "39h9m14.425s", 140954425 }, { "1ns", 1 }, { "1500us",
	    2 },
	{ "2\xc2\xb5s", 1 }, { "2\xce\xbcs", 1 }, { "0.3333333333333333333h", 1200000 }, { "1m1m", 120000 },
	{ "9223372036854775807ns", INT64_C(9223372036855) }, { "2562047h", INT64_C(9223369200000) },
};

static const char *const bad[] = {
	"", "-", "+", "s", ".", ".s", "-.s", "3", "abc", "1x", "1h 30m", " 1s", "1s ", "1.2.3s", "--1s",
	"1d", "2w",
	"3000000h", "9223372036854775808ns", "9223372036854775807h", "1e3s", "0x1s", "1S",
	"99999999999999999999s",
	"2562047h9999m", "00", "nan", "inf",
};

START_TEST(parse_good)
{
	int64_t ms = -77;

	ck_assert_msg(duration_parse(good[_i].s, &ms) == 0, "%s", good[_i].s);
	ck_assert_msg(ms == good[_i].ms, "%s: %lld", good[_i].s, (long long)ms);
	ck_assert_int_eq(age_parse(good[_i].s, &ms), 0);
	ck_assert_int_eq(ms, good[_i].ms);
}
END_TEST

START_TEST(parse_bad)
{
	int64_t ms;

	ck_assert_msg(duration_parse(bad[_i], &ms) == -1, "%s", bad[_i]);
}
END_TEST

START_TEST(ages)
{
	int64_t ms;

	ck_assert_int_eq(age_parse("7d", &ms), 0);
	ck_assert_int_eq(ms, INT64_C(7) * 86400000);
	ck_assert_int_eq(age_parse("2w", &ms), 0);
	ck_assert_int_eq(ms, INT64_C(14) * 86400000);
	ck_assert_int_eq(age_parse("1d12h", &ms), 0);
	ck_assert_int_eq(ms, INT64_C(36) * 3600000);
	ck_assert_int_eq(age_parse("d", &ms), -1);
	ck_assert_int_eq(age_parse("1y", &ms), -1);
}
END_TEST

static const struct {
	int64_t ms;
	const char *go, *human;
} said[] = {
	{ 0, "0s", "0.0s" }, { 1, "1ms", "0.0s" }, { 250, "250ms", "0.2s" }, { 1500, "1.5s", "1.5s" },
	{ 1999, "1.999s", "1.9s" }, { 59999, "59.999s", "59.9s" }, { 60000, "1m0s", "1m 00s" },
	{ 72000, "1m12s", "1m 12s" }, { 5400000, "1h30m0s", "1h 30m" }, { 7380000, "2h3m0s", "2h 03m" },
	{ 7380010, "2h3m0.01s", "2h 03m" }, { 273600000, "76h0m0s", "3d 4h" }, { -1500, "-1.5s", "-1.5s" },
	{ INT64_MIN, "-2562047788015h12m55.808s", "-106751991167d 7h" },
};

START_TEST(say)
{
	char out[64];
	int64_t ms;

	ck_assert_str_eq(duration_go(said[_i].ms, out, sizeof(out)), said[_i].go);
	if (said[_i].ms != INT64_MIN) {
		ck_assert_int_eq(duration_parse(out, &ms), 0);
		ck_assert_int_eq(ms, said[_i].ms);
	}
	ck_assert_str_eq(duration_human(said[_i].ms, out, sizeof(out)), said[_i].human);
}
END_TEST

#define COUNT(a) (int)(sizeof(a) / sizeof((a)[0]))

Suite *
suite_duration(void)
{
	Suite *s = suite_create("duration");
	TCase *t = tcase_create("duration");

	tcase_add_loop_test(t, parse_good, 0, COUNT(good));
	tcase_add_loop_test(t, parse_bad, 0, COUNT(bad));
	tcase_add_test(t, ages);
	tcase_add_loop_test(t, say, 0, COUNT(said));
	suite_add_tcase(s, t);
	return s;
}
