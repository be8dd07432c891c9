#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"

#define COUNT(a) (int)(sizeof(a) / sizeof((a)[0]))

static const char *const valid[] = {
	"{}", "[]", " {} ", "\t[\r\n]\n", "0", "-0", "1", " 12 ", "-1.5e+10", "1E5", "0.0", "true", "false",
	"null", "\"\"", "\"a\"", " \"a\" ", "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\"", "\"\\ud83d\\ude00\"",
	"\"\\ud800\"", "\"\x7f\xc3\xbc\"", "[1]", "[1,2]", "[ 1 , 2 ]", "[[],[[]],{}]", "{\"a\":1}",
	"{ \"a\" : 1 , \"b\" : [ ] }", "{\"a\":{\"b\":{\"c\":[1,{\"d\":2}]}}}", "[\"a\",\"b\"]",
	"{\"\":\"\"}", "{\"a\":1,\"a\":2}", "[true,false,null,-1]", "[\"a:b\",\",\"]",
	"{\"a\":\"b\",\"c\":\"d\"}",
};

static const char *const invalid[] = {
	"", " ", "{", "}", "[", "]", "[]]", "{}}", "{]", "[}", "[1", "{\"a\"", "{\"a\"}", "{\"a\":}",
	"{\"a\":1,}", "{,}", "[,]", "[1,]", "[,1]", "[1,,2]", "[1 2]", "[1:2]", "{\"a\",1}", "{\"a\" 1}",
	"{\"a\":1 \"b\":2}", "{\"a\":1:2}", "{1:2}", "{a:1}", "{\"a\":\"b\":\"c\"}", "{\"a\":1,\"b\"}",
	"{\"a\"::1}", "{:1}", ":", ",", "[:]", "{\"a\":[1}", "{\"a\":1]", "{{}}", "{[]:1}", "{[]}",
	"{null:1}", "{} {}", "[] 1", "1 2", "1,", "\"a\" \"b\"", "\"a\"x", "{}x", "nul", "nulll", "True",
	"tru", "falsey", "nan", "Infinity", "+1", "01", "-", "-01", "1.", ".1", "1.e1", "1e", "1e+", "0x10",
	"1a", "--1", "[1a]", "[tru]", "[01]", "'a'", "\"", "\"a", "\"\\\"", "\"\\x\"", "\"\\u12\"",
	"\"\\u12g4\"", "\"\\\n\"", "\"a\nb\"", "\"a\tb\"", "[\"\x01\"]", "\"12345678\0379\"",
	"\xef\xbb\xbf{}", "{}\xc2\xa0", "// c\n{}", "[1]/**/", "{\"a\":1}}", "[[1]", "[1]]", "\"\\", "t",
	"-\"", "[\"a\"\"b\"]", "{\"a\"\"b\"}", "{\"a\":\"b\"\"c\"}", "[{\"a\":1}{\"b\":2}]", "[[][]]",
	"[1[]]", "{\"a\":1[]}",
};

START_TEST(accepts)
{
	struct json j = {0};

	ck_assert_msg(json_parse(&j, valid[_i], strlen(valid[_i])) == 0, "%s", valid[_i]);
	ck_assert_int_ne(json_type(&j, 0), JSON_NONE);
	ck_assert_int_eq(json_next(&j, 0), -1);
	json_free(&j);
}
END_TEST

START_TEST(refuses)
{
	struct json j = {0};

	ck_assert_msg(json_parse(&j, invalid[_i], strlen(invalid[_i])) == -1, "%s", invalid[_i]);
	ck_assert_int_eq(json_type(&j, 0), JSON_NONE);
	ck_assert_int_eq(json_count(&j, 0), 0);
	json_free(&j);
}
END_TEST

/* A document cut anywhere is none; and nothing beyond its length is read. */
START_TEST(cut)
{
	static const char text[] = "{\"a\":[1,-2.5e1,true,null,\"x\\u00e9\\n\"],\"b\":{\"c\":\"d\"}}";
	struct json j = {0};

	for (size_t n = 0; n < sizeof(text) - 1; n++) {
		char *part = malloc(n + 1);

		memcpy(part, text, n);
		part[n] = '}';
		ck_assert_int_eq(json_parse(&j, part, n), -1);
		free(part);
	}
	ck_assert_int_eq(json_parse(&j, "{}\0", 3), -1);
	ck_assert_int_eq(json_parse(&j, "123", 2), 0);
	ck_assert_int_eq(json_parse(&j, text, sizeof(text) - 1), 0);
	json_free(&j);
}
END_TEST

static void
nest(struct buf *b, const char *open, const char *close, int depth)
{
	buf_reset(b);
	for (int i = 0; i < depth; i++)
		buf_puts(b, open);
	buf_puts(b, "1");
	for (int i = 0; i < depth; i++)
		buf_puts(b, close);
}

START_TEST(depth)
{
	struct json j = {0};
	struct buf b = {0};

	nest(&b, "[", "]", 64);
	ck_assert_int_eq(json_parse(&j, b.s, b.len), 0);
	nest(&b, "[", "]", 65);
	ck_assert_int_eq(json_parse(&j, b.s, b.len), -1);
	nest(&b, "{\"k\":", "}", 64);
	ck_assert_int_eq(json_parse(&j, b.s, b.len), 0);
	nest(&b, "{\"k\":", "}", 65);
	ck_assert_int_eq(json_parse(&j, b.s, b.len), -1);
	nest(&b, "[", "]", 1000000);
	ck_assert_int_eq(json_parse(&j, b.s, b.len), -1);
	nest(&b, "{\"k\":", "}", 300000);
	ck_assert_int_eq(json_parse(&j, b.s, b.len), -1);
	nest(&b, "\"k\":", "", 300000);
	ck_assert_int_eq(json_parse(&j, b.s, b.len), -1);
	json_free(&j);
	buf_free(&b);
}
END_TEST

START_TEST(walks)
{
	static const char text[] = "{\"State\":{\"Status\":\"running\",\"Pid\":42,\"OOM\":true},"
	    "\"Names\":[\"a\",{\"x\":[1,2]},[],3],\"N\\u0061me\":\"v\",\"last\":null}";
	static const enum json_type types[] = { JSON_STRING, JSON_OBJECT, JSON_ARRAY, JSON_NUMBER };
	struct json j = {0};
	int a, n, keys = 0, i = 0;
	int64_t v;
	char *s;

	ck_assert_int_eq(json_parse(&j, text, sizeof(text) - 1), 0);
	ck_assert_int_eq(json_count(&j, 0), 4);
	s = json_dup(&j, json_path(&j, 0, "State.Status"));
	ck_assert_str_eq(s, "running");
	free(s);
	ck_assert_int_eq(json_int(&j, json_path(&j, 0, "State.Pid"), &v), 0);
	ck_assert_int_eq(v, 42);
	ck_assert(json_true(&j, json_path(&j, 0, "State.OOM")));
	ck_assert_int_eq(json_path(&j, 0, "State.None"), -1);
	ck_assert_int_eq(json_path(&j, 0, "State.Pid.More"), -1);
	ck_assert_int_eq(json_path(&j, 0, ""), -1);
	ck_assert(json_eq(&j, json_member(&j, 0, "Name"), "v"));
	ck_assert_int_eq(json_type(&j, json_member(&j, 0, "last")), JSON_NULL);
	for (n = json_first(&j, 0); n >= 0; n = json_next(&j, n), keys++) {
		ck_assert_int_eq(json_type(&j, n), JSON_STRING);
		ck_assert_int_ne(json_value(&j, n), -1);
		ck_assert_int_eq(json_next(&j, json_value(&j, n)), -1);
	}
	ck_assert_int_eq(keys, 4);
	a = json_member(&j, 0, "Names");
	for (n = json_first(&j, a); n >= 0; n = json_next(&j, n), i++) {
		ck_assert_int_eq(json_type(&j, n), types[i]);
		ck_assert_int_eq(json_value(&j, n), -1);
	}
	ck_assert_int_eq(i, 4);
	json_free(&j);
}
END_TEST

START_TEST(absent)
{
	struct json j = {0};
	struct buf b = {0};
	size_t len = 7;
	int64_t v;
	double d;

	json_parse(&j, "{\"s\":\"1\",\"n\":1.5}", 17);
	for (int i = -2; i <= 100; i = i == -1 ? 99 : i + 1) {
		ck_assert_int_eq(json_type(&j, i), JSON_NONE);
		ck_assert_int_eq(json_member(&j, i, "s"), -1);
		ck_assert_int_eq(json_path(&j, i, "s.t"), -1);
		ck_assert_int_eq(json_first(&j, i), -1);
		ck_assert_int_eq(json_next(&j, i), -1);
		ck_assert_int_eq(json_value(&j, i), -1);
		ck_assert_str_eq(json_raw(&j, i, &len), "");
		ck_assert_uint_eq(len, 0);
		ck_assert(!json_eq(&j, i, ""));
		ck_assert(!json_true(&j, i));
		ck_assert_int_eq(json_string(&j, i, &b), -1);
		ck_assert_ptr_null(json_dup(&j, i));
		ck_assert_int_eq(json_int(&j, i, &v), -1);
		ck_assert_int_eq(json_num(&j, i, &d), -1);
	}
	ck_assert_int_eq(json_int(&j, json_member(&j, 0, "s"), &v), -1);
	ck_assert_int_eq(json_int(&j, json_member(&j, 0, "n"), &v), -1);
	ck_assert_int_eq(json_num(&j, json_member(&j, 0, "n"), &d), 0);
	ck_assert_double_eq(d, 1.5);
	ck_assert_ptr_null(json_dup(&j, json_member(&j, 0, "n")));
	json_free(&j);
}
END_TEST

START_TEST(numbers)
{
	struct json j = {0};
	int64_t v;

	json_parse(&j, "[9223372036854775807,-9223372036854775808,9223372036854775808,1e3,-0]", 69);
	ck_assert_int_eq(json_int(&j, 1, &v), 0);
	ck_assert(v == INT64_MAX);
	ck_assert_int_eq(json_int(&j, 2, &v), 0);
	ck_assert(v == INT64_MIN);
	ck_assert_int_eq(json_int(&j, 3, &v), -1);
	ck_assert_int_eq(json_int(&j, 4, &v), -1);
	ck_assert_int_eq(json_int(&j, 5, &v), 0);
	json_free(&j);
}
END_TEST

START_TEST(unescapes)
{
	static const struct {
		const char *raw, *bytes;
	} cases[] = {
		{ "plain", "plain" }, { "a\\nb\\t\\\"\\\\\\/\\b\\f\\r", "a\nb\t\"\\/\b\f\r" },
		{ "\\u0041\\u00e9\\u20AC", "A\xc3\xa9\xe2\x82\xac" },
		{ "\\ud83d\\ude00", "\xf0\x9f\x98\x80" }, { "\\ud83dx", "\xef\xbf\xbdx" }, { "\\ude00",
		    "\xef\xbf\xbd" },
		{ "\\ud83d\\ud83d\\ude00", "\xef\xbf\xbd\xf0\x9f\x98\x80" }, { "a\\u0000b",
		    "a\xef\xbf\xbd" "b" }, { "cut\\", "cut\\" },
		{ "\\u12", "\xef\xbf\xbd" "12" }, { "\\ud83d\\u", "\xef\xbf\xbd\xef\xbf\xbd" },
	};
	struct buf b = {0};

	for (int i = 0; i < COUNT(cases); i++) {
		buf_reset(&b);
		json_unescape(&b, cases[i].raw, strlen(cases[i].raw));
		ck_assert_str_eq(buf_str(&b), cases[i].bytes);
	}
	buf_free(&b);
}
END_TEST

START_TEST(writes)
{
	static const struct {
		const char *s, *json;
	} cases[] = {
		{ "", "\"\"" }, { NULL, "null" }, { "a\"\\b", "\"a\\\"\\\\b\"" }, { "\n\r\t\b\f\x01\x1f",
		    "\"\\n\\r\\t\\b\\f\\u0001\\u001f\"" },
		{ "\xc3\xbc\x7f", "\"\xc3\xbc\x7f\"" }, { "a\xff" "b\xc3",
		    "\"a\xef\xbf\xbd" "b\xef\xbf\xbd\"" },
	};
	struct buf b = {0};
	struct json j = {0};
	char all[256];

	for (int i = 0; i < COUNT(cases); i++) {
		buf_reset(&b);
		json_put(&b, cases[i].s);
		ck_assert_str_eq(buf_str(&b), cases[i].json);
	}
	for (int i = 0; i < 256; i++)
		all[i] = (char)i;
	buf_reset(&b);
	json_putn(&b, all, sizeof(all));
	ck_assert_int_eq(json_parse(&j, b.s, b.len), 0);
	json_free(&j);
	buf_free(&b);
}
END_TEST

START_TEST(large)
{
	struct json j = {0};
	struct buf b = {0};
	int n = 0;

	buf_putc(&b, '[');
	for (int i = 0; i < 100000; i++)
		buf_printf(&b, "%s{\"i\":%d}", i > 0 ? "," : "", i);
	buf_putc(&b, ']');
	ck_assert_int_eq(json_parse(&j, b.s, b.len), 0);
	for (int i = json_first(&j, 0); i >= 0; i = json_next(&j, i), n++) {
		int64_t v;

		ck_assert_int_eq(json_int(&j, json_member(&j, i, "i"), &v), 0);
		ck_assert_int_eq(v, n);
	}
	ck_assert_int_eq(n, 100000);
	json_free(&j);
	buf_free(&b);
}
END_TEST

Suite *
suite_json(void)
{
	Suite *s = suite_create("json");
	TCase *t = tcase_create("json");

	tcase_add_loop_test(t, accepts, 0, COUNT(valid));
	tcase_add_loop_test(t, refuses, 0, COUNT(invalid));
	tcase_add_test(t, cut);
	tcase_add_test(t, depth);
	tcase_add_test(t, walks);
	tcase_add_test(t, absent);
	tcase_add_test(t, numbers);
	tcase_add_test(t, unescapes);
	tcase_add_test(t, writes);
	tcase_add_test(t, large);
	suite_add_tcase(s, t);
	return s;
}
