/* From a stream and the facts to the verdict, the exit code, and the files that hold them. */
#include <bsd/string.h>
#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "report/report.h"
#include "stream/stream.h"

#define EV(action, rest) \
    "{\"Time\":\"2026-11-23T23:41:28.1Z\",\"Action\":\"" action "\",\"Package\":\"h/o/m/p\"" rest "}\n"
#define OUT(test, text) EV("output", ",\"Test\":\"" test "\",\"Output\":\"" text "\\n\"")
#define POUT(text) EV("output", ",\"Output\":\"" text "\\n\"")
#define RUN(test) EV("run", ",\"Test\":\"" test "\"")
#define END(how, test) EV(how, ",\"Test\":\"" test "\",\"Elapsed\":1.5")
#define PEND(how) EV(how, ",\"Elapsed\":2")
#define OK(test) RUN(test) END("pass", test)

static char dir[] = "/tmp/hi-verdict-XXXXXX";

static void
make_dir(void)
{
	strcpy(dir, "/tmp/hi-verdict-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
}

static void
remove_dir(void)
{
	ck_assert_int_eq(dir_remove(dir, NULL), 0);
}

static struct results *
feed(const char *pattern, const char *stream)
{
	struct results_config c = { .dir = dir, .run_id = "r", .pattern = pattern, .format = FORMAT_QUIET,
		.write = report_interim, .out = open("/dev/null", O_WRONLY) };
	struct results *r;
	struct err e;

	ck_assert_msg(results_new(&c, &r, &e) == 0, "%s", e.text);
	results_feed(r, stream, strlen(stream));
	return r;
}

/* The report is what summary.json says afterwards. */
static void
conclude(const char *pattern, const char *stream, const struct facts *f, const char *verdict, int code,
    struct report *rep)
{
	struct results *r = feed(pattern, stream);
	struct err e;

	ck_assert_int_eq(report_finish(r, f, NULL, NULL), code);
	results_free(r);
	ck_assert_msg(report_load(dir, rep, &e) == 0, "%s", e.text);
	ck_assert_str_eq(verdict_name(rep->verdict), verdict);
	ck_assert_int_eq(rep->exit_code, code);
	ck_assert(rep->finished);
	ck_assert(*rep->sentence != '\0');
}

static void
is(const char *pattern, const char *stream, int exit_code, const char *verdict, int code)
{
	struct facts f = { .exit_code = exit_code };
	struct report rep;

	conclude(pattern, stream, &f, verdict, code, &rep);
	report_free(&rep);
}

START_TEST(test_streams)
{
	const char *passed = EV("start", "") OK("TestA") POUT("PASS") PEND("pass");

	is("TestA", passed, 0, "passed", 0);
	is("TestA/x", passed, 0, "nothing-ran", 4);
	is("TestA/x|TestB", passed, 0, "passed", 0);
	is("TestA", passed, 1, "failed", 1);
	is("TestA", "", 0, "nothing-ran", 4);
	is("TestA", "", 2, "failed", 1);
	is("T", EV("start", "") POUT("testing: warning: no tests to run") POUT("PASS") PEND("pass"),
	    0, "nothing-ran", 4);
	/* go says that the lower part matched nothing, though the upper one ran. */
	is("T", EV("start", "") OK("TestA") POUT("testing: warning: no tests to run") PEND("pass"),
	    0, "nothing-ran", 4);
	is("T/x", EV("start", "") RUN("T") OK("T/x") END("pass", "T") PEND("pass"), 0, "passed", 0);
	is("T/x", EV("start", "") RUN("T") RUN("T/x") END("skip", "T/x") END("pass", "T") PEND("pass"),
	    0, "all-skipped", 4);
	is("T", EV("start", "") RUN("T") END("skip", "T") PEND("pass"), 0, "all-skipped", 4);
	is("T", EV("start", "") RUN("T") END("skip", "T") OK("U") PEND("pass"), 0, "passed", 0);
	is("T", EV("start", "") RUN("T") END("fail", "T") POUT("FAIL") PEND("fail"), 1, "failed", 1);
	/* A process that says 0 proves nothing. */
	is("T", EV("start", "") RUN("T") END("fail", "T") PEND("fail"), 0, "failed", 1);
	is("T", EV("start", "") OK("U") RUN("T") PEND("pass"), 0, "incomplete", 1);
	is("T", EV("start", "") OK("U"), 0, "incomplete", 1);
	is("T", EV("start", "") RUN("T") RUN("T/x") EV("pause", ",\"Test\":\"T/x\"") END("pass", "T")
	    PEND("pass"), 0, "incomplete", 1);
	is("T", EV("start", "") OK("T") PEND("fail"), 1, "failed", 1);
}
END_TEST

#define RACE_ENTRY "    testing.go:1712: race detected during execution of test"
#define STACK(test) OUT(test, "") OUT(test, "goroutine 7 [running]:") OUT(test, "h/o/m/p." test "(0xc0)") \
    OUT(test, "\\t/co/p/x_test.go:9 +0x1")
#define PSTACK POUT("") POUT("goroutine 7 [running]:") POUT("h/o/m/p.F.func1()") \
    POUT("\\t/co/p/x_test.go:9 +0x1")
#define PFAIL POUT("FAIL\\th/o/m/p\\t0.1s") PEND("fail")

START_TEST(test_told_apart)
{
	is("T", EV("start", "") RUN("T") OUT("T", "panic: boom") STACK("T") END("fail", "T")
	    PFAIL, 1, "panic", 1);
	/* What others said: the process lives on, or says something else after it. */
	is("T", EV("start", "") RUN("T") OUT("T", "panic: boom") STACK("T") END("fail", "T") POUT("FAIL")
	    PFAIL, 1, "failed", 1);
	is("T", EV("start", "") RUN("T") OUT("T", "panic: boom") STACK("T") OK("U") END("fail", "T") PFAIL,
	    1, "failed", 1);
	is("T", EV("start", "") RUN("T") OUT("T", "panic: boom") STACK("T") OUT("T", "it was the server's")
	    PFAIL, 1, "incomplete", 1);
	is("T", EV("start", "") RUN("T") OUT("T", "fatal error: no engine") PFAIL, 1, "incomplete", 1);
	is("T", EV("start", "") RUN("T") OUT("T", "panic: boom") OUT("T", "")
	    OUT("T", "goroutine 1 [running]:") OUT("T", "main.main()") OUT("T", "\\t/srv/main.go:3 +0x1")
	    PFAIL, 1, "incomplete", 1);
	/* A goroutine's, after the last test, whatever go's exit code. */
	is("T", EV("start", "") OK("T") POUT("PASS") POUT("panic: boom") PSTACK PFAIL, 1, "panic", 1);
	is("T", EV("start", "") OK("T") POUT("PASS") POUT("panic: boom") PSTACK PFAIL, 0, "panic", 1);
	is("T", EV("start", "") OK("T") POUT("PASS")
	    POUT("fatal error: all goroutines are asleep - deadlock!") PSTACK PFAIL, 2, "panic", 1);
	is("T", EV("start", "") RUN("T") OUT("T", "panic: test timed out after 1s")
	    OUT("T", "\\trunning tests:") STACK("T") PFAIL, 1, "deadline", 124);
	/* Behind a line that had no end. */
	is("T", EV("start", "") RUN("T") OUT("T", "dots...panic: test timed out after 1s")
	    OUT("T", "\\trunning tests:") STACK("T") PFAIL, 1, "deadline", 124);
	is("T", EV("start", "") RUN("T") OUT("T", "panic: test timed out after 1s") STACK("T")
	    END("fail", "T") POUT("FAIL") PFAIL, 1, "failed", 1);
	is("T", EV("start", "") RUN("T") OUT("T", "*** Test killed with quit: ran too long (1s).")
	    OUT("T", "signal: killed") PFAIL, 1, "deadline", 124);
	is("T", EV("start", "") RUN("T") OUT("T", "*** Test killed: ran too long (1s).") PFAIL,
	    1, "deadline", 124);
	/* The package did not take that long; or went on. */
	is("T", EV("start", "") RUN("T") OUT("T", "*** Test killed with quit: ran too long (11m0s).") PFAIL,
	    1, "incomplete", 1);
	is("T", EV("start", "") RUN("T") OUT("T", "*** Test killed with quit: ran too long (1s).")
	    OUT("T", "so it said") PFAIL, 1, "incomplete", 1);
	is("T", EV("start", "") RUN("T") OUT("T", "WARNING: DATA RACE")
	    OUT("T", "    testing.go:1490: race detected during execution of test")
	    OUT("T", "--- FAIL: T (0.1s)") END("fail", "T") POUT("FAIL") PEND("fail"), 1, "race", 1);
	is("T", EV("start", "") OK("T") POUT("testing: race detected outside of test execution") POUT("FAIL")
	    PFAIL, 1, "race", 1);
	is("T", EV("start", "") RUN("T") OUT("T", "WARNING: DATA RACE") END("fail", "T") POUT("FAIL")
	    PEND("fail"), 1, "failed", 1);
	is("T", EV("start", "") RUN("T")
	    OUT("T", "    testing.go:1490: race detected during execution of test")
	    OUT("T", "    x_test.go:3: so the server's test said") END("fail", "T") POUT("FAIL") PEND("fail"),
	    1, "failed", 1);
	is("T", EV("start", "") RUN("T") OUT("T", "WARNING: DATA RACE") END("pass", "T") POUT("PASS")
	    PEND("pass"), 0, "passed", 0);
	is("T", EV("start", "") POUT("FAIL\\th/o/m/p [build failed]")
	    EV("fail", ",\"FailedBuild\":\"h/o/m/p\""), 1, "build-failed", 1);
	is("T", "# h/o/m/p\nx_test.go:1:2: undefined: y\nFAIL\th/o/m/p [build failed]\nFAIL\n",
	    1, "build-failed", 1);
}
END_TEST

#define HEAD(how) POUT(how) POUT("") POUT("goroutine 7 [running]:")
#define SERVER POUT("h/o/m/server.(*S).Serve(0xc000)") POUT("\\t/go/src/m/server/s.go:9 +0x1") \
    POUT("created by net/http.(*Server).Serve in goroutine 1") \
    POUT("\\t/usr/local/go/src/net/http/s.go:1 +0x1")
#define OWN POUT("h/o/m/p.TestMain(0xc000)") POUT("\\t/co/p/x_test.go:9 +0x1") POUT("main.main()") \
    POUT("\\t_testmain.go:9 +0x1")

/* Only stacks that look like this process's own are its crash. */
START_TEST(test_whose_crash)
{
	const char *failed = EV("start", "") RUN("T") END("fail", "T") POUT("FAIL");
	const char *passed = EV("start", "") OK("T") POUT("PASS");
	const char *running = EV("start", "") RUN("T");
	const struct { const char *before, *crash, *verdict; } v[] = {
		{ running, HEAD("panic: boom") SERVER, "panic" },	/* a library's goroutine */
		{ running, HEAD("panic: boom") OWN, "panic" },
		{ failed, HEAD("panic: boom") OWN, "panic" },
		{ passed, HEAD("panic: boom") OWN, "panic" },
		{ passed, HEAD("panic: boom") POUT("x.F()") POUT("\\t/x.go:9 +0x1")
		    POUT("created by h/o/m/p.TestA in goroutine 9") POUT("\\t/co/p/x_test.go:9 +0x1"), "panic" },
		{ failed, HEAD("panic: boom") SERVER, "failed" },
		{ passed, HEAD("panic: boom") SERVER, "failed" },
		{ running, HEAD("panic: boom") POUT("main.serve()") POUT("\\t/x/main.go:3 +0x1")
		    POUT("exit status 2"), "incomplete" },
		{ running, HEAD("panic: boom") POUT("x.F()") POUT("\\t/x.go:9 +0x1")
		    POUT("created by main.main in goroutine 1") POUT("\\t/x/main.go:3 +0x1"), "incomplete" },
		{ running, POUT("fatal error: no engine") POUT("goroutine 7 [running]:") OWN, "incomplete" },
		{ running, HEAD("fatal error: no engine") POUT("runtime/debug.Stack()")
		    POUT("\\t/usr/local/go/src/runtime/debug/stack.go:26 +0x5e") OWN, "incomplete" },
	};
	struct buf s = {0};

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		buf_reset(&s);
		buf_printf(&s, "%s%s%s", v[i].before, v[i].crash, PFAIL);
		is("T", s.s, 1, v[i].verdict, 1);
	}
	buf_free(&s);
}
END_TEST

START_TEST(test_signals)
{
	static const char *const said[] = { "SIGABRT: abort", "SIGSEGV: segmentation violation",
	    "SIGBUS: bus error", "SIGILL: illegal instruction", "SIGFPE: floating-point exception",
	    "SIGTRAP: trace trap", "SIGSYS: bad system call", "SIGQUIT: quit" };
	struct facts f = { .exit_code = 1 };
	struct buf s = {0}, expected = {0};
	struct report rep;

	for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++) {
		buf_reset(&s);
		buf_reset(&expected);
		buf_printf(&s, EV("start", "") RUN("T") OUT("T", "%s") "%s", said[i],
		    OUT("T", "PC=0x408fee m=0 sigcode=0") STACK("T") OUT("T", "") OUT("T", "rax    0x0") PFAIL);
		buf_printf(&expected, "the test process crashed while it ran T: %s", said[i]);
		conclude("T", s.s, &f, "panic", 1, &rep);
		ck_assert_str_eq(rep.sentence, expected.s);
		report_free(&rep);
	}
	buf_free(&s);
	buf_free(&expected);
	/* The signal that go sends at its deadline, after testing's own had no effect. */
	is("T", EV("start", "") RUN("T") OUT("T", "SIGQUIT: quit") OUT("T", "PC=0x1 m=0 sigcode=0") STACK("T")
	    OUT("T", "*** Test killed with quit: ran too long (1s).") PFAIL, 1, "deadline", 124);
	is("T", EV("start", "") RUN("T") OUT("T", "SIGQUIT: quit") OUT("T", "PC=0x1 m=0 sigcode=0") STACK("T")
	    OUT("T", "*** Test killed with quit: ran too long (1s).") OUT("T", "signal: killed") PFAIL,
	    1, "deadline", 124);
	/* A signal that the runtime turned into a panic. */
	conclude("T", EV("start", "") RUN("T") OUT("T", "panic: nil pointer")
	    OUT("T", "[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x53ad0e]") STACK("T")
	    END("fail", "T") PFAIL, &f, "panic", 1, &rep);
	ck_assert_str_eq(rep.sentence, "T panicked: nil pointer");
	report_free(&rep);
}
END_TEST

/* A panic's text may have any length; its excerpt shows the beginning, and where it happened. */
START_TEST(test_long_panic)
{
	struct facts f = { .exit_code = 1 };
	struct buf s = {0};
	struct report rep;

	buf_puts(&s, EV("start", "") RUN("T") OUT("T", "panic: boom"));
	for (int i = 0; i < 60000; i++)
		buf_puts(&s, OUT("T", "\\tand so on"));
	buf_puts(&s, STACK("T") END("fail", "T") PFAIL);
	conclude("T", s.s, &f, "panic", 1, &rep);
	ck_assert_ptr_nonnull(strstr(rep.sentence, "T panicked: boom and so on"));
	ck_assert_int_eq(rep.tests[0].line, 9);
	ck_assert_ptr_nonnull(strstr(rep.tests[0].excerpt, "panic: boom\n\tand so on\n"));
	report_free(&rep);
	buf_free(&s);
}
END_TEST

/* go takes the end of a test for output where the test left a line open; testing's own mark is before it. */
START_TEST(test_lost_ends)
{
	is("T", EV("start", "") RUN("T") OUT("T", "\\u0016--- PASS: T (0.10s)") POUT("PASS") PEND("pass"),
	    0, "passed", 0);
	is("T", EV("start", "") RUN("T") OUT("T", "\\u0016--- FAIL: T (0.10s)") POUT("FAIL") PFAIL,
	    1, "failed", 1);
	is("T", EV("start", "") RUN("T") OUT("T", "\\u0016--- SKIP: T (0.10s)") POUT("PASS") PEND("pass"),
	    0, "all-skipped", 4);
	is("T", EV("start", "") RUN("T") RUN("T/x") END("pass", "T") POUT("PASS") PEND("pass"),
	    0, "passed", 0);
	/* Of another test, or without the mark. */
	is("T", EV("start", "") RUN("T") OUT("T", "\\u0016--- PASS: TT (0.10s)") PEND("pass"),
	    0, "incomplete", 1);
	is("T", EV("start", "") RUN("T") OUT("T", "--- PASS: T (0.10s)") PEND("pass"), 0, "incomplete", 1);
}
END_TEST

/* A test that ends the process with exit code 0: go says that the package, and nobody that the test, passed. */
START_TEST(test_exits)
{
	static const char *const ends[] = { "ok  \\th/o/m/p\\t0.1s\\n", "ok  \\th/o/m/p\\n",
		"dots...ok  \\th/o/m/p\\t0.1s\\n" };
	struct facts f = {0};
	char stream[2048];
	struct report rep;

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		snprintf(stream, sizeof(stream), EV("start", "") OK("U") RUN("T")
		    EV("output", ",\"Test\":\"T\",\"Output\":\"%s\"") END("pass", "T"), ends[i]);
		conclude("T", stream, &f, "incomplete", 1, &rep);
		ck_assert_str_eq(rep.tests[1].result, "unfinished");
		ck_assert_ptr_nonnull(strstr(rep.sentence, "T started but never finished"));
		ck_assert_str_eq(rep.tests[2].result, "passed");
		report_free(&rep);
	}
	/* A test that quotes go, and one that quotes it of another package. */
	is("T", EV("start", "") RUN("T") OUT("T", "ok  \\th/o/m/p\\t0.1s") OUT("T", "--- PASS: T (0.1s)")
	    END("pass", "T") POUT("PASS") PEND("pass"), 0, "passed", 0);
	is("T", EV("start", "") RUN("T") OUT("T", "ok  \\th/o/m/pp\\t0.1s") END("pass", "T") POUT("PASS")
	    PEND("pass"), 0, "passed", 0);
}
END_TEST

/* Every verdict has a row of its own. */
START_TEST(test_table)
{
	for (int v = 0; v < VERDICTS; v++) {
		ck_assert_ptr_nonnull(verdict_name((enum verdict)v));
		ck_assert_int_eq(verdict_parse(verdict_name((enum verdict)v)), v);
		for (int other = 0; other < v; other++)
			ck_assert_int_ne(verdict_rank((enum verdict)v), verdict_rank((enum verdict)other));
	}
	ck_assert_int_eq(verdict_parse("fine"), -1);
}
END_TEST

START_TEST(test_formats)
{
	char choices[] = FORMAT_CHOICES, *one, *rest;
	bool seen[FORMATS] = { false };

	for (one = strtok_r(choices, "|", &rest); one != NULL; one = strtok_r(NULL, "|", &rest))
		if (strcmp(one, "auto") != 0)
			seen[format_named(one, false)] = true;
	for (int f = 0; f < FORMATS; f++)
		ck_assert_msg(seen[f], "format %d has no name in FORMAT_CHOICES", f);
	ck_assert_int_eq(format_named("auto", true), FORMAT_COMPACT);
	ck_assert_int_eq(format_named(NULL, false), FORMAT_VERBOSE);
}
END_TEST

START_TEST(test_endings)
{
	static const struct { enum ending e; const char *verdict; int code; } v[] = {
		{ END_INTERRUPTED, "interrupted", 130 }, { END_DEADLINE, "deadline", 124 },
		{ END_OOM, "oom", 3 }, { END_REMOVED, "removed", 3 }, { END_ENGINE, "engine", 3 },
		{ END_INFRA, "infrastructure", 3 },
		{ END_LIMIT, "memory-limit", 5 },
	};
	struct facts f = { .signal = 2, .why = "why \033[2J" };
	struct report rep;
	size_t i;

	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		f.ending = v[i].e;
		conclude("T", EV("start", "") RUN("T"), &f, v[i].verdict, v[i].code, &rep);
		ck_assert_ptr_null(strchr(rep.sentence, '\033'));
		report_free(&rep);
	}
	f.ending = END_LIMIT;
	conclude("T", EV("start", "") RUN("T") END("fail", "T"), &f, "memory-limit", 1, &rep);
	report_free(&rep);
}
END_TEST

START_TEST(test_leaks_and_limits)
{
	const char *good = EV("start", "") OK("T") PEND("pass");
	const char *bad = EV("start", "") RUN("T") END("fail", "T") PEND("fail");
	struct leak leak = { "network", "hs-ab-x", "has active endpoints" };
	struct memory_peak peak = { .name = "ts-1", .kind = "tailscale", .max_mb = 312, .limit_mb = 300,
		.over = true };
	struct facts f = { .removed.left = &leak, .removed.n_left = 1 };
	struct report rep;

	conclude("T", good, &f, "leak", 6, &rep);
	ck_assert_uint_eq(rep.f.removed.n_left, 1);
	ck_assert_str_eq(rep.f.removed.left[0].name, "hs-ab-x");
	report_free(&rep);
	f.leak_warns = true;
	conclude("T", good, &f, "passed", 0, &rep);
	ck_assert_uint_eq(rep.f.removed.n_left, 1);
	report_free(&rep);
	f.memory = &peak;
	f.n_memory = 1;
	f.leak_warns = false;
	conclude("T", good, &f, "memory-limit", 5, &rep);
	ck_assert(rep.f.memory[0].over);
	report_free(&rep);
	conclude("T", bad, &f, "failed", 1, &rep);
	report_free(&rep);
}
END_TEST

START_TEST(test_excerpt)
{
	struct facts f = { .exit_code = 1 };
	struct report rep;

	conclude("T", EV("start", "") RUN("T") OUT("T", "    x_test.go:3: noise")
	    OUT("T", "    x_test.go:9: ") OUT("T", "        \\tError Trace:\\t/co/integration/x_test.go:9")
	    OUT("T", "2026 other log") OUT("T", "        \\tError:      \\tNot equal: ")
	    OUT("T", "        \\t            \\texpected: 1") OUT("T", "        \\tTest:       \\tT") RUN("U")
	    END("fail", "U") END("fail", "T") POUT("FAIL") PEND("fail"), &f, "failed", 1, &rep);
	ck_assert_uint_eq(rep.n, 3);
	ck_assert_str_eq(rep.tests[0].message, "Not equal: expected: 1");
	ck_assert_str_eq(rep.tests[0].file, "/co/integration/x_test.go");
	ck_assert_int_eq(rep.tests[0].line, 9);
	ck_assert_ptr_nonnull(strstr(rep.tests[0].excerpt, "expected: 1"));
	ck_assert_ptr_null(strstr(rep.tests[0].excerpt, "noise"));
	ck_assert_ptr_null(strstr(rep.tests[0].excerpt, "other log"));
	report_free(&rep);
	conclude("T", "go: updates to go.mod needed; to update it:\n\tgo mod tidy\n", &f, "failed", 1, &rep);
	ck_assert_ptr_nonnull(strstr(rep.sentence, ": go: updates to go.mod needed"));
	report_free(&rep);
	/* A checkout whose path has blanks. */
	conclude("T", EV("start", "") RUN("T") OUT("T", "    x_test.go:9: ")
	    OUT("T", "        \\tError Trace:\\t/my co/integration/x_test.go:9")
	    OUT("T", "        \\tError:      \\tboom") END("fail", "T") POUT("FAIL") PEND("fail"), &f, "failed",
	    1, &rep);
	ck_assert_str_eq(rep.tests[0].file, "/my co/integration/x_test.go");
	report_free(&rep);
	/* Without testify the last one: t.Fatal's. */
	conclude("T", EV("start", "") RUN("T") OUT("T", "    x_test.go:3: all are up")
	    OUT("T", "    x_test.go:9: expected 2, got 1") OUT("T", "        and more of it")
	    OUT("T", "    testing.go:99: noise") END("fail", "T") POUT("FAIL") PEND("fail"), &f,
	    "failed", 1, &rep);
	ck_assert_str_eq(rep.tests[0].message, "expected 2, got 1");
	ck_assert_str_eq(rep.tests[0].file, "p/x_test.go");
	ck_assert_int_eq(rep.tests[0].line, 9);
	ck_assert_ptr_nonnull(strstr(rep.tests[0].excerpt, "all are up"));
	report_free(&rep);
}
END_TEST

#define PART(text) EV("output", ",\"Test\":\"T\",\"Output\":\"" text "\"")

/* An entry behind text that has no newline, in one event or in two. */
START_TEST(test_open_line)
{
	static const char *const streams[] = {
		OUT("T", "pulling image...     x_test.go:9: expected 3, got 4"),
		PART("pulling image... ") OUT("T", "    x_test.go:9: expected 3, got 4"),
		PART("pulling ") PART("image... ") OUT("T", "    x_test.go:9: expected 3, got 4"),
		OUT("T", "a.go:1: image...     x_test.go:9: expected 3, got 4"),
		/* Not one that an entry quotes. */
		OUT("T", "    x_test.go:9: expected 3, got 4") OUT("T", "        for     y_test.go:1: z"),
	};
	struct facts f = { .exit_code = 1 };
	char stream[2048];
	struct report rep;

	for (size_t i = 0; i < sizeof(streams) / sizeof(streams[0]); i++) {
		snprintf(stream, sizeof(stream), "%s%s%s", EV("start", "") RUN("T"), streams[i],
		    END("fail", "T") POUT("FAIL") PEND("fail"));
		conclude("T", stream, &f, "failed", 1, &rep);
		ck_assert_str_eq(rep.tests[0].message, "expected 3, got 4");
		ck_assert_ptr_eq(strstr(rep.tests[0].excerpt, "    x_test.go:9: expected 3, got 4\n"),
		    rep.tests[0].excerpt);
		ck_assert_str_eq(rep.tests[0].file, "p/x_test.go");
		ck_assert_int_eq(rep.tests[0].line, 9);
		report_free(&rep);
	}
	/* So does testing's entry on a race. */
	is("T", EV("start", "") RUN("T") OUT("T", "dots..." RACE_ENTRY) END("fail", "T") POUT("FAIL")
	    PEND("fail"), 1, "race", 1);
	/* No mark of testing's: a place in a sentence, or with a column. */
	conclude("T", EV("start", "") RUN("T") OUT("T", "INF app.go:12: started") OUT("T", "x    a.go:1 > up")
	    END("fail", "T") POUT("FAIL") PEND("fail"), &f, "failed", 1, &rep);
	ck_assert_str_eq(rep.tests[0].message, "x a.go:1 > up");
	report_free(&rep);
}
END_TEST

/* A parent whose subtest failed is shown only with a reason of its own: an entry that came after its last
 * subtest began. What it logged before that is no reason. */
START_TEST(test_parents)
{
	static const struct { const char *before, *between, *after, *message; } v[] = {
		{ "", "", OUT("T", "    x_test.go:9: 3 nodes, want 4"), "3 nodes, want 4" },
		{ OUT("T", "    x_test.go:3: all are up"), "", "", NULL },
		{ "", OUT("T", "    x_test.go:3: now y"), "", NULL },
		{ OUT("T", "    x_test.go:3: all are up"), "", OUT("T", "    x_test.go:9: bad"), "bad" },
		{ "", "", OUT("T", "not from testing"), NULL },
	};
	struct facts f = { .exit_code = 1 };
	char stream[8192];
	struct report rep;

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		snprintf(stream, sizeof(stream), "%s%s%s%s%s%s", EV("start", "") RUN("T"), v[i].before,
		    RUN("T/x") OUT("T/x", "    x_test.go:5: x is bad") END("fail", "T/x"), v[i].between,
		    OK("T/y"), v[i].after);
		strlcat(stream, END("fail", "T") POUT("FAIL") PEND("fail"), sizeof(stream));
		conclude("T", stream, &f, "failed", 1, &rep);
		ck_assert_int_eq(rep.tests[0].parent, v[i].message == NULL);
		ck_assert_pstr_eq(rep.tests[0].message, v[i].message);
		ck_assert_str_eq(rep.tests[1].message, "x is bad");
		report_free(&rep);
	}
}
END_TEST

/* testing blames a race on each test that ran meanwhile; only one of them has the report. */
START_TEST(test_races)
{
	struct facts f = { .exit_code = 1 };
	struct report rep;

	conclude("T", EV("start", "") RUN("T") RUN("U") RUN("V") OUT("T", "WARNING: DATA RACE")
	    OUT("T", "      /co/p/x_test.go:4 +0x1") OUT("T", RACE_ENTRY) END("fail", "T")
	    OUT("U", "    x_test.go:9: U has its own reason") OUT("U", RACE_ENTRY) END("fail", "U")
	    OUT("V", RACE_ENTRY) END("fail", "V") POUT("FAIL") PEND("fail"), &f, "race", 1, &rep);
	ck_assert_str_eq(rep.tests[0].message, "WARNING: DATA RACE");
	ck_assert_int_eq(rep.tests[0].line, 4);
	ck_assert_str_eq(rep.tests[1].message, "U has its own reason");
	ck_assert_int_eq(rep.tests[1].line, 9);
	ck_assert_ptr_nonnull(strstr(rep.tests[1].excerpt, "race detected"));
	ck_assert_str_eq(rep.tests[2].message, "race detected during execution of test");
	ck_assert_ptr_null(rep.tests[2].file);
	report_free(&rep);
}
END_TEST

#define RACE_REPORT POUT("WARNING: DATA RACE") POUT("      /co/p/x_test.go:4 +0x1") POUT("==================")

/* Outside any test: before testing's last line, which says so, or after it. */
START_TEST(test_race_outside)
{
	static const char *const streams[] = {
		EV("start", "") RACE_REPORT OK("T") POUT("testing: race detected outside of test execution")
		    POUT("FAIL") PFAIL,
		EV("start", "") OK("T") POUT("PASS") RACE_REPORT POUT("Found 1 data race(s)") PFAIL,
	};
	struct facts f = { .exit_code = 1 };
	struct report rep;

	for (size_t i = 0; i < sizeof(streams) / sizeof(streams[0]); i++) {
		conclude("T", streams[i], &f, "race", 1, &rep);
		ck_assert_str_eq(rep.tests[1].name, "");
		ck_assert_str_eq(rep.tests[1].message, "WARNING: DATA RACE");
		ck_assert_ptr_null(strstr(rep.tests[1].excerpt, "FAIL"));
		ck_assert_str_eq(rep.tests[1].file, "/co/p/x_test.go");
		ck_assert_int_eq(rep.tests[1].line, 4);
		report_free(&rep);
	}
	/* What the detector said in another program's output is no race of this one. */
	is("T", EV("start", "") OK("T") POUT("PASS") RACE_REPORT POUT("Found 1 data race(s)")
	    POUT("so it said") PFAIL, 1, "failed", 1);
	is("T", EV("start", "") OK("T") POUT("Found 1 data race(s)") POUT("FAIL") PFAIL, 1, "failed", 1);
}
END_TEST

/* The reason among the lines that the go command says in plain text. */
START_TEST(test_go_words)
{
	static const struct { const char *text, *says; } v[] = {
		{ "go: downloading x v1\ngo: x@v1: verifying module: checksum mismatch\n\tdownloaded: a\n"
		    "\nSECURITY ERROR\nThis download does NOT match.\n\nFor more information, see x.\n",
		    ": go: x@v1: verifying module: checksum mismatch" },
		{ "go: inconsistent vendoring in /x:\n\ty@v1: is explicitly required\n\tz: too\n\n\tTo sync:\n"
		    "\t\tgo mod vendor\n", ": go: inconsistent vendoring in /x: y@v1: is explicitly required" },
		{ "go: updates to go.mod needed; to update it:\n\tgo mod tidy\n",
		    ": go: updates to go.mod needed; to update it: go mod tidy" },
		{ "hi: each run links anew\n\ngo: no such tool\n", ": go: no such tool" },
		{ "\n\nflag needs an argument: -x\nusage: go test\nRun 'go help test' for details.\n",
		    ": flag needs an argument: -x" },
	};
	struct facts f = { .exit_code = 1 };
	struct report rep;

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		conclude("T", v[i].text, &f, "failed", 1, &rep);
		ck_assert_msg(text_ends(rep.sentence, v[i].says), "%s", rep.sentence);
		report_free(&rep);
	}
}
END_TEST

#define BUILD(text) "{\"ImportPath\":\"x\",\"Action\":\"build-output\",\"Output\":\"" text "\\n\"}\n"

START_TEST(test_build_message)
{
	static const struct { const char *build, *message; } v[] = {
		{ BUILD("package h/o/m/p (test)") BUILD("\\timports a from x_test.go")
		    BUILD("\\timports b from a.go: import cycle not allowed"),
		    "imports b from a.go: import cycle not allowed" },
		{ BUILD("x_test.go:5:2: no required module provides package y; to add it:")
		    BUILD("\\tgo get y"), "no required module provides package y; to add it: go get y" },
		{ BUILD("x_test.go:5:2: not enough arguments") BUILD("\\thave ()"), "not enough arguments" },
	};
	struct facts f = { .exit_code = 1 };
	char stream[2048];
	struct report rep;

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		snprintf(stream, sizeof(stream), BUILD("# h/o/m/p") "%s" EV("start", "")
		    POUT("FAIL\\th/o/m/p [setup failed]") EV("fail", ",\"FailedBuild\":\"x\""), v[i].build);
		conclude("T", stream, &f, "build-failed", 1, &rep);
		ck_assert_str_eq(rep.tests[0].message, v[i].message);
		report_free(&rep);
	}
}
END_TEST

/* A hi that is killed leaves files that parse and say so. */
START_TEST(test_killed)
{
	struct results *r = feed("T", EV("start", "") OK("T"));
	struct report rep;
	struct err e;
	char *path;
	static const char *const names[] = { "junit.xml", "summary.md", "go-test.json", "runner.log", NULL };
	const char *const *name;

	ck_assert_msg(report_load(dir, &rep, &e) == 0, "%s", e.text);
	ck_assert(!rep.finished);
	ck_assert_str_eq(verdict_name(rep.verdict), "interrupted");
	for (name = names; *name != NULL; name++) {
		path = file_join(dir, *name);
		ck_assert_msg(file_exists(path), "%s", path);
		free(path);
	}
	report_free(&rep);
	results_free(r);
}
END_TEST

START_TEST(test_damaged)
{
	static const char *const bad[] = { "", "[]", "{}", "{\"schema\":2}",
		"{\"schema\":1,\"verdict\":\"fine\"}", "{\"schema\":1" };
	static const char odd[] = "{\"schema\":1,\"verdict\":\"passed\",\"tests\":[1,{}],\"memory\":{}}";
	char *path = file_join(dir, "summary.json");
	struct report rep;
	struct err e;
	size_t i;

	ck_assert_int_eq(report_load(dir, &rep, &e), -1);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_int_eq(file_replace(path, bad[i], strlen(bad[i]), &e), 0);
		ck_assert_int_eq(report_load(dir, &rep, &e), -1);
	}
	ck_assert_int_eq(file_replace(path, odd, strlen(odd), &e), 0);
	ck_assert_int_eq(report_load(dir, &rep, &e), 0);
	report_free(&rep);
	free(path);
}
END_TEST

START_TEST(test_depth)
{
	ck_assert_uint_eq(pattern_depth("TestA"), 1);
	ck_assert_uint_eq(pattern_depth("^TestA$/^b$/c"), 3);
	ck_assert_uint_eq(pattern_depth("A/b|C"), 1);
	ck_assert_uint_eq(pattern_depth("A/b|C/d/e"), 2);
	ck_assert_uint_eq(pattern_depth("A[/|]b(c/d|e)"), 1);
	ck_assert_uint_eq(pattern_depth("A\\/b"), 1);
}
END_TEST

Suite *
suite_verdict(void)
{
	Suite *s = suite_create("verdict");
	TCase *t = tcase_create("verdict");

	tcase_add_checked_fixture(t, make_dir, remove_dir);
	tcase_add_test(t, test_streams);
	tcase_add_test(t, test_told_apart);
	tcase_add_test(t, test_whose_crash);
	tcase_add_test(t, test_signals);
	tcase_add_test(t, test_long_panic);
	tcase_add_test(t, test_lost_ends);
	tcase_add_test(t, test_exits);
	tcase_add_test(t, test_table);
	tcase_add_test(t, test_formats);
	tcase_add_test(t, test_endings);
	tcase_add_test(t, test_leaks_and_limits);
	tcase_add_test(t, test_excerpt);
	tcase_add_test(t, test_open_line);
	tcase_add_test(t, test_parents);
	tcase_add_test(t, test_races);
	tcase_add_test(t, test_race_outside);
	tcase_add_test(t, test_go_words);
	tcase_add_test(t, test_build_message);
	tcase_add_test(t, test_killed);
	tcase_add_test(t, test_damaged);
	tcase_add_test(t, test_depth);
	suite_add_tcase(s, t);
	return s;
}
