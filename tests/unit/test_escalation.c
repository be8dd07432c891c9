#include <check.h>
#include <signal.h>

#include "base/escalation.h"

Suite *suite_escalation(void);

START_TEST(climbs_a_rung_a_request)
{
	struct escalation l = { 0 };

	ck_assert(escalation_signal(&l, SIGTERM, 1000));
	ck_assert_int_eq(l.step, STEP_ORDERLY);
	ck_assert(escalation_signal(&l, SIGINT, 2000));
	ck_assert_int_eq(l.step, STEP_NOW);
	ck_assert(escalation_signal(&l, SIGHUP, 3000));
	ck_assert_int_eq(l.step, STEP_LEAVE);
	ck_assert(!escalation_signal(&l, SIGINT, 9000));
	ck_assert_int_eq(l.signal, SIGTERM);
}
END_TEST

START_TEST(pairs_within_half_a_second_are_one)
{
	static const int all[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };

	for (int a = 0; a < 4; a++)
		for (int b = 0; b < 4; b++) {
			struct escalation l = { 0 };

			ck_assert(escalation_signal(&l, all[a], 50));
			ck_assert(!escalation_signal(&l, all[b], 549));
			ck_assert_int_eq(l.step, STEP_ORDERLY);
			ck_assert(escalation_signal(&l, all[b], 550));
			ck_assert_int_eq(l.step, STEP_NOW);
			ck_assert_int_eq(l.signal, all[a]);
		}
}
END_TEST

START_TEST(other_signals_are_no_request)
{
	struct escalation l = { 0 };

	ck_assert(!escalation_signal(&l, SIGUSR1, 1000));
	ck_assert(!escalation_signal(&l, SIGTSTP, 2000));
	ck_assert_int_eq(l.step, STEP_NONE);
}
END_TEST

Suite *
suite_escalation(void)
{
	Suite *s = suite_create("escalation");
	TCase *t = tcase_create("escalation");

	tcase_add_test(t, climbs_a_rung_a_request);
	tcase_add_test(t, pairs_within_half_a_second_are_one);
	tcase_add_test(t, other_signals_are_no_request);
	suite_add_tcase(s, t);
	return s;
}
