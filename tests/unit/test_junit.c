/* junit.xml is well-formed whatever a test is called and prints; the console gets no control sequence. */
#include <check.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "report/report.h"
#include "stream/stream.h"

/* A small checker: nesting, quoted attributes, entities, and only characters that XML 1.0 has. */
static void
well_formed(const char *s)
{
	const char *p = s + strcspn(s, "\n"), *name, *open[16];
	size_t lens[16], depth = 0, n;

	ck_assert_int_eq(strncmp(s, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>", 38), 0);
	while (*p != '\0') {
		n = text_utf8(p, strlen(p));
		ck_assert_msg(n > 0 && (n > 1 || (unsigned char)*p >= 0x20 || *p == '\n' || *p == '\t'),
		    "byte %02x", (unsigned char)*p);
		ck_assert_int_ne(strncmp(p, "\xef\xbf\xbe", 3), 0);
		if (*p == '&') {
			p += 1 + strspn(p + 1, "#abcdefghijklmnopqrstuvwxyz0123456789");
			ck_assert_int_eq(*p, ';');
		} else if (strncmp(p, "</", 2) == 0) {
			ck_assert_uint_gt(depth--, 0);
			ck_assert_int_eq(strncmp(p + 2, open[depth], lens[depth]), 0);
			p += 2 + lens[depth];
			ck_assert_int_eq(*p, '>');
		} else if (*p == '<') {
			ck_assert_uint_lt(depth, 16);
			name = open[depth] = p + 1;
			n = lens[depth++] = strcspn(name, " />");
			for (p = name + n; *p == ' '; p++) {
				p += 1 + strspn(p + 1, "abcdefghijklmnopqrstuvwxyz");
				ck_assert_int_eq(strncmp(p, "=\"", 2), 0);
				n = strcspn(p + 2, "\"<");
				ck_assert_int_eq(p[2 + n], '"');
				p += 2 + n;
			}
			depth -= *p == '/';
			p += *p == '/';
			ck_assert_int_eq(*p, '>');
		} else {
			p += n - 1;
		}
		p++;
	}
	ck_assert_uint_eq(depth, 0);
}

static void
check_bytes(const char *bytes)
{
	struct report_test tests[] = {
		{ .package = bytes, .name = bytes, .result = "failed", .seconds = 1, .excerpt = bytes, .message = bytes,
		    .file = bytes, .line = 3 },
		{ .package = bytes, .name = "TestB", .result = "skipped", .seconds = -1 },
		{ .package = bytes, .name = "", .result = "failed", .seconds = 2 },
	};
	struct memory_peak peak = { .name = bytes, .kind = bytes, .over = true, .max_mb = 3, .limit_mb = 2 };
	struct report r = { .run_id = bytes, .pattern = bytes, .verdict = V_PANIC, .sentence = bytes,
	    .tests = tests, .n = 3, .triage_text = bytes, .f = { .memory = &peak, .n_memory = 1,
	    .started = 1700000000000 } };
	struct buf b = {0};

	report_junit(&r, &b);
	well_formed(b.s);
	buf_reset(&b);
	report_text(&r, false, &b);
	ck_assert_ptr_null(strchr(b.s, '\033'));
	buf_free(&b);
}

START_TEST(test_any_bytes)
{
	char all[257] = "";
	int i;

	for (i = 0; i < 256; i++)
		all[i] = (char)(i > 0 ? i : ' ');
	check_bytes(all);
	check_bytes("]]> <!-- & \" ' -->");
	check_bytes("\xef\xbf\xbe\xef\xbf\xbf\xed\xa0\x80\xf4\x90\x80\x80\xc3");
	check_bytes("");
}
END_TEST

static void
shows(const char *raw, bool escaped, bool colour, const char *want)
{
	struct buf out = {0}, text = {0};

	if (escaped)
		json_unescape(&text, raw, strlen(raw));
	else
		buf_puts(&text, raw);
	text_colours(&out, buf_str(&text), text.len, colour);
	ck_assert_str_eq(buf_str(&out), want);
	buf_free(&out);
	buf_free(&text);
}

START_TEST(test_console)
{
	shows("a\\tb \\u003cc\\u003e\\u0026 \\\"q\\\" \\\\\\n", true, true, "a\tb <c>& \"q\" \\\n");
	shows("\\u001b[31mred\\u001b[0m\\n", true, true, "\033[31mred\033[0m\n");
	shows("\\u001b[31mred\\u001b[0m\\n", true, false, "red\n");
	shows("a\\u001b]0;title\\u0007b\\u001b[2J\\rc\\n", true, true, "abc\n");
	shows("12345678\033[2J\n", true, true, "12345678\n");
	shows("C1: \xc2\x9b" "2J, DEL: \x7f.\n", true, true, "C1: 2J, DEL: .\n");
	shows("caf\xc3\xa9 \\u00e9\\n", true, false, "caf\xc3\xa9 \xc3\xa9\n");
	shows("plain \033[1mbold\\n\n", false, false, "plain bold\\n\n");
	shows("cut \\", true, false, "cut \\");
}
END_TEST

Suite *
suite_junit(void)
{
	Suite *s = suite_create("junit");
	TCase *t = tcase_create("junit");

	tcase_add_test(t, test_any_bytes);
	tcase_add_test(t, test_console);
	suite_add_tcase(s, t);
	return s;
}
