/* The splitter and the parser. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "stream/stream_internal.h"

#define TIME "{\"Time\":\"2026-11-23T23:41:28.141039997Z\",\"Action\":"

struct seen {
	struct buf log;		/* "action package test output;" an event */
	struct buf bytes;
	size_t longest;
	bool in_piece;		/* a text that had no newline goes on */
};

static void
on_event(void *arg, const struct event *ev)
{
	struct seen *s = arg;

	if (!s->in_piece)
		buf_printf(&s->log, "%s%d %.*s %.*s ", s->log.len > 0 ? ";" : "", (int)ev->action,
		    (int)ev->package.len, ev->package.len > 0 ? ev->package.s : "", (int)ev->test.len,
		    ev->test.len > 0 ? ev->test.s : "");
	if (ev->output.len > 0)
		buf_add(&s->log, ev->output.s, ev->output.len);
	s->in_piece = ev->action == EV_TEXT && ev->output.len > 0 && ev->output.s[ev->output.len - 1] != '\n';
	if (ev->output.len > s->longest)
		s->longest = ev->output.len;
}

static void
on_bytes(void *arg, const char *data, size_t len)
{
	buf_add(&((struct seen *)arg)->bytes, data, len);
}

static void
run(struct seen *s, const char *text, size_t len, size_t cut)
{
	struct events *e;
	size_t at, n;

	memset(s, 0, sizeof(*s));
	e = events_new(on_event, on_bytes, s, false);
	for (at = 0; at < len; at += n) {
		n = len - at < cut ? len - at : cut;
		events_feed(e, text + at, n);
	}
	events_end(e);
	events_free(e);
}

static void
drop(struct seen *s)
{
	buf_free(&s->log);
	buf_free(&s->bytes);
}

static void
expect(const char *text, const char *log)
{
	size_t cuts[] = { 1, 2, 7, 64, 65536 }, i;
	struct seen s;

	for (i = 0; i < sizeof(cuts) / sizeof(cuts[0]); i++) {
		run(&s, text, strlen(text), cuts[i]);
		ck_assert_str_eq(buf_str(&s.log), log);
		ck_assert_mem_eq(s.bytes.s, text, strlen(text));
		drop(&s);
	}
}

START_TEST(test_shapes)
{
	/* As go prints it, and with the members in another order, blanks, and types that are wrong. */
	expect(TIME "\"output\",\"Package\":\"p\",\"Test\":\"T\",\"Output\":\"a \\\"b\\\"\\n\"}\n",
	    "8 p T a \\\"b\\\"\\n");
	expect("{\"Output\":\"x\", \"Test\":\"T\",\"Package\":\"p\",\"Action\":\"output\"}\n", "8 p T x");
	expect(TIME "\"run\",\"Package\":7,\"Test\":\"T\"}\n", "2  T ");
	expect(TIME "\"fail\",\"Package\":\"p\",\"Test\":null,\"Elapsed\":\"x\"}\n", "6 p  ");
	expect(TIME "\"attr\",\"Package\":\"p\",\"Key\":\"k\",\"Value\":\"v\"}\n", "12 p  v");
	expect("{\"ImportPath\":\"i\",\"Action\":\"build-output\",\"Output\":\"# i\\n\"}\n", "9   # i\\n");
	/* What is no event is text, and keeps its newline. */
	expect("# headscale\n", "0   # headscale\n");
	expect("{\"level\":\"info\"}\n", "0   {\"level\":\"info\"}\n");
	expect("{\"Action\":3}\n{\n", "0   {\"Action\":3}\n;0   {\n");
	expect(TIME "\"output\",\"Package\":\"p\",\"Output\":\"a\"b\"}\n",
	    "0   " TIME "\"output\",\"Package\":\"p\",\"Output\":\"a\"b\"}\n");
	expect("\n\n", "0   \n;0   \n");
}
END_TEST

START_TEST(test_end)
{
	struct seen s;
	const char *cut = "text\n" TIME "\"output\",\"Pack";
	const char *whole = TIME "\"start\",\"Package\":\"p\"}";

	/* Half an event is dropped, so that the file parses; a whole one lacks only its newline. */
	run(&s, cut, strlen(cut), 5);
	ck_assert_str_eq(buf_str(&s.log), "0   text\n");
	ck_assert_str_eq(buf_str(&s.bytes), "text\n");
	drop(&s);
	run(&s, whole, strlen(whole), 5);
	ck_assert_str_eq(buf_str(&s.log), "1 p  ");
	ck_assert_int_eq(s.bytes.s[s.bytes.len - 1], '\n');
	drop(&s);
	run(&s, "half", 4, 1);
	ck_assert_str_eq(buf_str(&s.log), "0   half\n");
	drop(&s);
}
END_TEST

START_TEST(test_long)
{
	static const char head[] = TIME "\"output\",\"Package\":\"p\",\"Test\":\"T\",\"Output\":\"";
	struct buf text = {0}, want = {0};
	struct seen s;
	int kind, i, n;

	/* A long event, one that is longer than any of go's, and text: nothing is lost, no piece ends in a
	 * character. */
	for (kind = 0; kind < 3; kind++) {
		buf_puts(&text, kind < 2 ? head : "");
		buf_puts(&want, kind == 0 ? "8 p T " : "0   ");
		buf_puts(&want, kind == 1 ? head : "");
		for (i = 0, n = kind == 0 ? 10000 : 100000; i < n; i++) {
			buf_puts(&text, "abc\\u003c\u00e9f\\\\\\\"g");
			buf_puts(&want, "abc\\u003c\u00e9f\\\\\\\"g");
		}
		buf_puts(&text, kind < 2 ? "\"}\n" : "\n");
		buf_puts(&want, kind == 1 ? "\"}\n" : kind == 2 ? "\n" : "");
		buf_puts(&text, "after\n");
		buf_puts(&want, ";0   after\n");
		run(&s, text.s, text.len, 4096);
		ck_assert_uint_eq(s.log.len, want.len);
		ck_assert_mem_eq(s.log.s, want.s, want.len);
		ck_assert_mem_eq(s.bytes.s, text.s, text.len);
		ck_assert_uint_lt(s.longest, 600 * 1024);
		drop(&s);
		buf_reset(&text);
		buf_reset(&want);
	}
	buf_free(&text);
	buf_free(&want);
}
END_TEST

Suite *
suite_events(void)
{
	Suite *s = suite_create("events");
	TCase *t = tcase_create("events");

	tcase_add_test(t, test_shapes);
	tcase_add_test(t, test_end);
	tcase_add_test(t, test_long);
	suite_add_tcase(s, t);
	return s;
}
