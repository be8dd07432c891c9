/* Buffers, lists and errors. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/strs.h"

START_TEST(empty)
{
	struct buf b = {0};
	char *s;

	ck_assert_str_eq(buf_str(&b), "");
	buf_drop(&b, 3);
	buf_reset(&b);
	s = buf_take(&b);
	ck_assert_str_eq(s, "");
	free(s);
	buf_free(&b);
}
END_TEST

START_TEST(grows)
{
	struct buf b = {0};

	for (int i = 0; i < 1000; i++)
		buf_printf(&b, "%03d,", i);
	ck_assert_uint_eq(b.len, 4000);
	ck_assert_uint_eq(strlen(b.s), 4000);
	buf_drop(&b, 3992);
	ck_assert_str_eq(b.s, "998,999,");
	buf_drop(&b, 100);
	ck_assert_str_eq(b.s, "");
	buf_add(&b, "a\0b", 3);
	ck_assert_uint_eq(b.len, 3);
	ck_assert_mem_eq(b.s, "a\0b", 4);
	buf_reset(&b);
	buf_putc(&b, 'x');
	buf_puts(&b, "yz");
	ck_assert_str_eq(b.s, "xyz");
	buf_free(&b);
	ck_assert_ptr_null(b.s);
}
END_TEST

START_TEST(long_printf)
{
	struct buf b = {0};
	char *long_text = malloc(100001);

	memset(long_text, 'a', 100000);
	long_text[100000] = '\0';
	buf_puts(&b, "<");
	buf_printf(&b, "%s>", long_text);
	ck_assert_uint_eq(b.len, 100002);
	ck_assert_int_eq(b.s[100001], '>');
	free(long_text);
	buf_free(&b);
}
END_TEST

START_TEST(lists)
{
	static const char *const more[] = { "b", "a", NULL };
	struct strs l = {0};
	char *joined;

	strs_split(&l, ",,c,,d,", ',');
	strs_addv(&l, more);
	ck_assert(!strs_add_new(&l, "a"));
	ck_assert(strs_add_new(&l, "e"));
	strs_addf(&l, "%d%%", 5);
	strs_sort(&l);
	joined = strs_join(&l, " ");
	ck_assert_str_eq(joined, "5% a b c d e");
	free(joined);
	strs_del(&l, 0);
	strs_del(&l, l.n - 1);
	strs_del(&l, 99);
	joined = strs_join(&l, "");
	ck_assert_str_eq(joined, "abcd");
	free(joined);
	ck_assert_ptr_null(l.v[l.n]);
	for (int i = 0; i < 100; i++)
		strs_addf(&l, "%d", i);
	ck_assert(strs_has(&l, "99"));
	ck_assert_ptr_null(l.v[l.n]);
	strs_free(&l);
	ck_assert_uint_eq(l.n, 0);
}
END_TEST

START_TEST(errors)
{
	struct err e;
	char big[3000];

	ck_assert_int_eq(err_set(&e, "%s", "a\nb\033[31mred\033[0m"), -1);
	ck_assert_str_eq(e.text, "a bred");
	ck_assert_int_eq(err_on(&e, "stop %d", 7), -1);
	ck_assert_str_eq(e.text, "stop 7: a bred");
	err_set(&e, "again: %s", e.text);
	ck_assert_str_eq(e.text, "again: stop 7: a bred");
	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	err_set(&e, "%s", big);
	ck_assert_uint_eq(strlen(e.text), sizeof(e.text) - 1);
	ck_assert_str_eq(e.text + strlen(e.text) - 4, "x...");
	ck_assert_int_eq(err_set(NULL, "nobody asks"), -1);
	ck_assert_int_eq(err_on(NULL, "nobody asks"), -1);
}
END_TEST

Suite *
suite_buf(void)
{
	Suite *s = suite_create("buf");
	TCase *t = tcase_create("buf");

	tcase_add_test(t, empty);
	tcase_add_test(t, grows);
	tcase_add_test(t, long_printf);
	tcase_add_test(t, lists);
	tcase_add_test(t, errors);
	suite_add_tcase(s, t);
	return s;
}
