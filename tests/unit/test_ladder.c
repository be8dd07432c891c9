#include <check.h>
#include <signal.h>

#include "base/ladder.h"

Suite *suite_ladder(void);

START_TEST(climbs_a_rung_a_request)
{
	struct ladder l = { 0 };

	ck_assert(ladder_step(&l, SIGTERM, 1000));
	ck_assert_int_eq(l.rung, RUNG_ORDERLY);
	ck_assert(ladder_step(&l, SIGINT, 2000));
	ck_assert_int_eq(l.rung, RUNG_NOW);
	ck_assert(ladder_step(&l, SIGHUP, 3000));
	ck_assert_int_eq(l.rung, RUNG_LEAVE);
	ck_assert(!ladder_step(&l, SIGINT, 9000));
	ck_assert_int_eq(l.signal, SIGTERM);
}
END_TEST

START_TEST(pairs_within_half_a_second_are_one)
{
	static const int all[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };

	for (int a = 0; a < 4; a++)
		for (int b = 0; b < 4; b++) {
			struct ladder l = { 0 };

			ck_assert(ladder_step(&l, all[a], 50));
			ck_assert(!ladder_step(&l, all[b], 549));
			ck_assert_int_eq(l.rung, RUNG_ORDERLY);
			ck_assert(ladder_step(&l, all[b], 550));
			ck_assert_int_eq(l.rung, RUNG_NOW);
			ck_assert_int_eq(l.signal, all[a]);
		}
}
END_TEST

START_TEST(other_signals_are_no_request)
{
	struct ladder l = { 0 };

	ck_assert(!ladder_step(&l, SIGUSR1, 1000));
	ck_assert(!ladder_step(&l, SIGTSTP, 2000));
	ck_assert_int_eq(l.rung, RUNG_NONE);
}
END_TEST

Suite *
suite_ladder(void)
{
	Suite *s = suite_create("ladder");
	TCase *t = tcase_create("ladder");

	tcase_add_test(t, climbs_a_rung_a_request);
	tcase_add_test(t, pairs_within_half_a_second_are_one);
	tcase_add_test(t, other_signals_are_no_request);
	suite_add_tcase(s, t);
	return s;
}
