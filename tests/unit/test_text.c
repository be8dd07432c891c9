#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define COUNT(a) (int)(sizeof(a) / sizeof((a)[0]))

static const struct {
	const char *in, *harmless, *colour, *plain;
} cleaned[] = {
	{ "", "", "", "" },
	{ "plain", "plain", "plain", "plain" },
	{ "a\tb\nc", "a\tb c", "a\tb\nc", "a\tb\nc" },
	{ "a\r\nb", "a b", "a\nb", "a\nb" },
	{ "50%\rdone", "50%?done", "50%done", "50%done" },
	{ "\033[31mred\033[0m", "red", "\033[31mred\033[0m", "red" },
	{ "\033[1;38:5:3mx\033[m", "x", "\033[1;38:5:3mx\033[m", "x" },
	{ "\033[2J\033[Hx", "x", "x", "x" },
	{ "\033[?25lx\033[>4mx", "xx", "xx", "xx" },
	{ "\033]0;title\ax", "x", "x", "x" },
	{ "\033]8;;http://h\033\\link\033]8;;\033\\", "link", "link", "link" },
	{ "\033]0;never ends\nx", " x", "\nx", "\nx" },
	{ "\033Pq#0\033\\x", "x", "x", "x" },
	{ "\033(Bx\033cx\033", "xx", "xx", "xx" },
	{ "x\033[31", "x", "x", "x" },
	{ "x\033[", "x", "x", "x" },
	{ "x\033]0;t", "x", "x", "x" },
	{ "a\bb\001c\177", "a?b?c?", "abc", "abc" },
	{ "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80",
	    "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80",
	    "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80",
	"gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80" },
	{ "a\xff" "b\xc3", "a?b?", "a?b?", "a?b?" },
	{ "\xc0\x80\xed\xa0\x80\xf4\x90\x80\x80", "?????????", "?????????", "?????????" },
	{ "a\xc2\x9b" "31mb", "a?31mb", "a31mb", "a31mb" },
};

START_TEST(clean)
{
	struct buf b = {0};
	const char *in = cleaned[_i].in;
	char *dup;

	text_harmless(&b, in, strlen(in));
	ck_assert_str_eq(buf_str(&b), cleaned[_i].harmless);
	dup = text_harmless_dup(in);
	ck_assert_str_eq(dup, cleaned[_i].harmless);
	free(dup);
	buf_reset(&b);
	text_colours(&b, in, strlen(in), true);
	ck_assert_str_eq(buf_str(&b), cleaned[_i].colour);
	buf_reset(&b);
	text_colours(&b, in, strlen(in), false);
	ck_assert_str_eq(buf_str(&b), cleaned[_i].plain);
	buf_free(&b);
}
END_TEST

/* What goes in, byte by byte and at once, comes out so. */
START_TEST(workflow_commands)
{
	static const struct { const char *in, *out; } cases[] = {
		{ "::error::x\n", ":\\:error::x\n" },
		{ " \t::add-mask::x", " \t:\\:add-mask::x" },
		{ "a\r::error::x", "a\r:\\:error::x" },
		{ "\xe2\x80\x8b:\xe2\x80\x8b:error::", "\xe2\x80\x8b:\xe2\x80\x8b\\:error::" },
		{ "a ##[error]b ###[c]", "a ##\\[error]b ###\\[c]" },
		{ "a ::b:: #[c] # #[d]\n: :x", "a ::b:: #[c] # #[d]\n: :x" },
		{ TEXT_COMMAND "::error::##[x]\n::y", "::error::##[x]\n:\\:y" },
		{ "a" TEXT_COMMAND "::error::", "a" TEXT_COMMAND "::error::" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct text_line at = {0};
		struct buf whole = {0}, bytes = {0};

		text_github(&whole, NULL, cases[i].in, strlen(cases[i].in));
		ck_assert_str_eq(buf_str(&whole), cases[i].out);
		for (const char *p = cases[i].in; *p != '\0'; p++)
			text_github(&bytes, &at, p, 1);
		ck_assert_str_eq(buf_str(&bytes), cases[i].out);
		buf_free(&whole);
		buf_free(&bytes);
	}
}
END_TEST

START_TEST(nearest)
{
	static const char *const names[] = { "timeout", "postgres", "run", "ps", "failfast", "clean-before",
	    "clean-after", NULL };
	static const struct {
		const char *typed, *near;
	} cases[] = {
		{ "postgers", "postgres" }, { "posgres", "postgres" }, { "rnu", "run" }, { "rn", "run" },
		{ "time", "timeout" }, { "fail", "failfast" }, { "clean-bfore", "clean-before" },
		{ "sp", "ps" }, { "zzz", NULL }, { "", NULL }, { "x", NULL }, { "frobnicate", NULL },
		{ "0123456789012345678901234567890123456789012345678901234567890", NULL },
	};

	for (int i = 0; i < COUNT(cases); i++) {
		const char *near = text_nearest(cases[i].typed, names);

		ck_assert_pstr_eq(near, cases[i].near);
	}
}
END_TEST

START_TEST(lines)
{
	static const struct {
		const char *in, *last;
	} cases[] = {
		{ "", "" }, { "\n \n", "" }, { "one", "one" }, { "one\ntwo\n", "two" },
		{ "one\ntwo\r\n\n  \n", "two" },
		{ "10%\r20%\rdone\n", "done" },
	};
	char *trimmed;

	for (int i = 0; i < COUNT(cases); i++) {
		size_t len;
		const char *p = text_last_line(cases[i].in, &len);

		ck_assert_uint_eq(len, strlen(cases[i].last));
		ck_assert(memcmp(p, cases[i].last, len) == 0);
	}
	trimmed = text_trim(" \t a b\n");
	ck_assert_str_eq(trimmed, "a b");
	free(trimmed);
	trimmed = text_trim("   ");
	ck_assert_str_eq(trimmed, "");
	free(trimmed);
}
END_TEST

START_TEST(file_names)
{
	static const struct {
		const char *in, *as;
	} cases[] = {
		{ "hs-a.stderr.log", NULL }, { "a b", NULL }, { "..a", NULL }, { "gr\xc3\xbc\xc3\x9f", NULL },
		{ "", "_" }, { ".", "_" }, { "..", "_." }, { "a/b", "a_b" }, { "\":<>|*?\\", "________" },
		{ "a\nb\177", "a_b_" },
	};
	char long_name[400], *as;

	for (int i = 0; i < COUNT(cases); i++) {
		ck_assert_int_eq(text_file_name(cases[i].in), cases[i].as == NULL);
		as = text_as_file_name(cases[i].in);
		ck_assert_str_eq(as, cases[i].as != NULL ? cases[i].as : cases[i].in);
		ck_assert(text_file_name(as));
		free(as);
	}
	memset(long_name, 'x', sizeof(long_name) - 1);
	long_name[sizeof(long_name) - 1] = '\0';
	memcpy(long_name + 254, "\xc3\xbc", 2);
	ck_assert(!text_file_name(long_name));
	as = text_as_file_name(long_name);
	ck_assert_uint_eq(strlen(as), 254);
	free(as);
}
END_TEST

START_TEST(bytes)
{
	static const struct {
		uint64_t n;
		const char *said;
	} says[] = {
		{ 0, "0 B" }, { 999, "999 B" }, { 1000, "1.0 kB" }, { 1234, "1.2 kB" }, { 99999, "99.9 kB" },
		{ 100000, "100 kB" }, { 999999, "999 kB" }, { 1200000000, "1.2 GB" }, { UINT64_MAX,
		    "18.4 EB" },
	};
	static const struct {
		const char *s;
		uint64_t n;
	} good[] = {
		{ "0", 0 }, { "100", 100 }, { "100B", 100 }, { "5GB", 5000000000 }, { "300MB", 300000000 },
		{ "1.5G", 1500000000 }, { "1.5 GB", 1500000000 }, { "2k", 2000 }, { "2kB", 2000 }, { "2KB",
		    2000 },
		{ "1KiB", 1024 }, { "1.5MiB", 1572864 }, { "1gib", 1073741824 }, { ".5k", 500 }, { "18E",
		    18000000000000000000u },
	};
	static const char *const bad[] = { "", "GB", ".", "5X", "5GBB", "-1", "+1", "5 G B", "1e3", "20E",
	    "99999999999999999999",
	    "5  GB", "1i", "1Bi", " 5", "0x10" };
	char out[32];
	uint64_t n;

	for (int i = 0; i < COUNT(says); i++)
		ck_assert_str_eq(text_bytes(says[i].n, out, sizeof(out)), says[i].said);
	for (int i = 0; i < COUNT(good); i++) {
		ck_assert_msg(text_parse_bytes(good[i].s, &n) == 0, "%s", good[i].s);
		ck_assert_msg(n == good[i].n, "%s: %llu", good[i].s, (unsigned long long)n);
	}
	for (int i = 0; i < COUNT(bad); i++)
		ck_assert_msg(text_parse_bytes(bad[i], &n) == -1, "%s", bad[i]);
}
END_TEST

START_TEST(times)
{
	static const struct {
		const char *s;
		int64_t ms;
	} cases[] = {
		{ "1970-01-01T00:00:00Z", 0 }, { "2026-04-09T10:42:15.123Z", INT64_C(1775731335123) },
		{ "2026-04-09T10:42:15", INT64_C(1775731335000) }, { "2026-04-09 10:42:15z",
		    INT64_C(1775731335000) },
		{ "2026-04-09T12:42:15.1+02:00", INT64_C(1775731335100) },
		{ "2026-04-09T05:12:15.123456789-05:30", INT64_C(1775731335123) },
		{ "2024-02-29T23:59:60Z", INT64_C(1709251200000) }, { "2000-03-01T00:00:00Z",
		    INT64_C(951868800000) },
		{ "0001-01-01T00:00:00Z", -1 }, { "1969-12-31T23:59:59Z", -1 }, { "", -1 }, { "2026", -1 },
		{ "2026-13-01T00:00:00Z", -1 }, { "2026-02-29T00:00:00Z", -1 }, { "2026-04-09T24:00:00Z",
		    -1 },
		{ "2026-04-09T10:42:15.Z", -1 }, { "2026-04-09T10:42:15Zx", -1 },
		{ "2026-04-09T10:42:15+0200", -1 },
		{ "2026-04-09T10:42", -1 }, { "2026/04/09T10:42:15Z", -1 }, { " 2026-04-09T10:42:15Z", -1 },
	};
	char out[32];

	for (int i = 0; i < COUNT(cases); i++)
		ck_assert_msg(text_parse_time(cases[i].s) == cases[i].ms, "%s: %lld", cases[i].s,
		    (long long)text_parse_time(cases[i].s));
	ck_assert_str_eq(text_time(INT64_C(1775731335123), out, sizeof(out)), "2026-04-09T10:42:15.123Z");
	ck_assert_str_eq(text_time(0, out, sizeof(out)), "1970-01-01T00:00:00.000Z");
	ck_assert_str_eq(text_time(-1, out, sizeof(out)), "1969-12-31T23:59:59.999Z");
	ck_assert_int_eq(text_parse_time(text_time(text_now(), out, sizeof(out))) > 0, 1);
}
END_TEST

Suite *
suite_text(void)
{
	Suite *s = suite_create("text");
	TCase *t = tcase_create("text");

	tcase_add_loop_test(t, clean, 0, COUNT(cleaned));
	tcase_add_test(t, workflow_commands);
	tcase_add_test(t, nearest);
	tcase_add_test(t, lines);
	tcase_add_test(t, file_names);
	tcase_add_test(t, bytes);
	tcase_add_test(t, times);
	suite_add_tcase(s, t);
	return s;
}
