/* The checkout, the tests in it, and the versions it uses. */
#include <sys/stat.h>

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "gotool/gotool_internal.h"

static void
go_line_is(const char *text, const char *expected)
{
	char *line = gomod_go_line(text);

	if (expected == NULL)
		ck_assert_ptr_null(line);
	else
		ck_assert_str_eq(line, expected);
	free(line);
}

START_TEST(go_line)
{
	go_line_is("module x\n\ngo 1.26.1\n\ntoolchain go1.27.0\n", "1.26.1");
	go_line_is("go 1.26 // for generics\n", "1.26");
	go_line_is("\tgo\t1.27rc1\r\n", "1.27rc1");
	go_line_is("module x\nrequire (\n\tgo 9.9\n\tx v1\n)\ngo 1.25.0", "1.25.0");
	go_line_is("module x\n", NULL);
	go_line_is("// go 1.26\n", NULL);
	go_line_is("go one\n", NULL);
	go_line_is("go 1.26; rm\n", NULL);
	go_line_is("gopher 1.26\n", NULL);
	go_line_is("", NULL);
}
END_TEST

static bool
expression(const char *expr, const char *go)
{
	char *text = xasprintf("//go:build %s\n\npackage x\n", expr);
	bool holds = constraint_includes("a_test.go", text, go);

	free(text);
	return holds;
}

START_TEST(constraint_expressions)
{
	ck_assert(expression("linux", "1.26"));
	ck_assert(expression("!js && (linux || darwin)", "1.26"));
	ck_assert(expression("unix&&!windows", "1.26"));
	ck_assert(expression("go1.26 && !go1.27", "1.26.5"));
	ck_assert(expression("!(js || wasip1) && gc", "1.26"));
	ck_assert(expression("js || wasip1 || cgo", "1.26"));
	ck_assert(expression("amd64 || !amd64", "1.26"));
	ck_assert(!expression("js", "1.26"));
	ck_assert(!expression("linux && integration", "1.26"));
	ck_assert(!expression("ignore", "1.26"));
	ck_assert(!expression("(linux", "1.26"));
	ck_assert(!expression("linux)", "1.26"));
	ck_assert(!expression("linux &&", "1.26"));
	ck_assert(!expression("!!linux", "1.26"));
	ck_assert(!expression("linux // why", "1.26"));
	ck_assert(!expression("", "1.26"));
}
END_TEST

START_TEST(constraint_places)
{
	static const struct {
		const char *name, *text;
		bool included;
	} files[] = {
		{ "a_test.go", "package x\n", true },
		{ "a_test.go", "// Copyright\n\n//go:build js\n\npackage x\n", false },
		{ "a_test.go", "  //go:build js\npackage x\n", false },
		{ "a_test.go", "//go:build js\r\n\r\npackage x\r\n", false },
		{ "a_test.go", "/*\n//go:build linux\n*/\n//go:build js\npackage x\n", false },
		{ "a_test.go", "/* why */ //go:build js\n\npackage x\n", true },
		{ "a_test.go", "//go:build linux\n//go:build unix\n\npackage x\n", false },
		{ "a_test.go", "package x\n//go:build js\n", true },
		{ "a_test.go", "//go:building js\n\npackage x\n", true },
		{ "a_test.go", "//go:build!linux\n\npackage x\n", true },
		{ "a_test.go", "// go:build js\n\npackage x\n", true },
		{ "a_test.go", "//go:build linux\n// +build js\n\npackage x\n", true },
		{ "a_test.go", "// +build js\n\npackage x\n", false },
		{ "a_test.go", "//+build js\n\npackage x\n", false },
		{ "a_test.go", "// +build js\npackage x\n", true },
		{ "a_test.go", "// +build js linux\n// +build cgo\n\npackage x\n", true },
		{ "a_test.go", "// +build linux,js windows\n\npackage x\n", false },
		{ "a_test.go", "// +build linux\n// +build js\n\npackage x\n", false },
		{ "a_test.go", "// +build !js,!windows\n\npackage x\n", true },
		{ "a_linux_test.go", "package x\n", true },
		{ "a_windows_test.go", "package x\n", false },
		{ "a_linux_wasm_test.go", "package x\n", false },
		{ "a_wasm_linux_test.go", "package x\n", true },
		{ "windows_test.go", "package x\n", true },
		{ "a_unix_test.go", "package x\n", true },
		{ "a_windows.b_test.go", "package x\n", false },
		{ "a.b_windows_test.go", "package x\n", true },
		{ "a_test.go", "", true },
	};

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		ck_assert_msg(constraint_includes(files[i].name, files[i].text, "1.26") == files[i].included,
		    "%s: %s", files[i].name, files[i].text);
}
END_TEST

/* The names that a text's tests have, each with its line. */
static void
scans(const char *text, const char *expected)
{
	struct strs words = { 0 };
	struct tests t = { 0 };
	char *got;

	tests_scan(text, "integration/a_test.go", &t);
	for (size_t i = 0; i < t.n; i++) {
		strs_addf(&words, "%s:%d", t.v[i].name, t.v[i].line);
		ck_assert_str_eq(t.v[i].file, "integration/a_test.go");
	}
	got = words.n > 0 ? strs_join(&words, " ") : xstrdup("");
	ck_assert_str_eq(got, expected);
	free(got);
	strs_free(&words);
	tests_free(&t);
}

START_TEST(scan)
{
	scans("package x\n\nfunc TestOne(t *testing.T) {\n"
	    "\ts := `\nfunc TestInRaw(t *testing.T) {\n`\n"
	    "\tr, q := '\"', \"\\\"`\"; v := '{'\n}\n"
	    "/*\nfunc TestInComment(t *testing.T) {\n*/\n"
	    "// func TestAfterSlashes(t *testing.T) {`\n"
	    "func TestTwo(t *testing.T) {}\n", "TestOne:3 TestTwo:13");
	scans("func TestMain(m *testing.M) {}\nfunc BenchmarkX(b *testing.B) {}\n"
	    "func TestB(b *testing.B) {}\n"
	    "func TestTB(t testing.TB) {}\nfunc TestGeneric[T any](t *testing.T) {}\n"
	    "func TestTwoArguments(t *testing.T, n int) {}\nfunc TestTwoNames(t, u *testing.T) {}\n"
	    "func TestResult(t *testing.T) int { return 1 }\nfunc (s *S) TestMethod(t *testing.T) {}\n"
	    "func TestNone() {}\nvar TestVar = func(t *testing.T) {}\nfunc TestEnd(t *testing.T", "");
	scans("func Test(t *testing.T) {}\nfunc Test_(_ *testing.T) {}\nfunc Test1(*T) {}\n"
	    "func Testify(t *testing.T) {}\n"
	    "func Test\xc3\x89(t *testing.T) {}\nfunc Test\xc3\xa9(t *testing.T) {}\n"
	    "func Test\xd0\xaf(t *testing.T) {}\nfunc Test\xd1\x8f(t *testing.T) {}\n"
	    "func Test\xe6\x97\xa5(t *testing.T) {}\n",
	    "Test:1 Test_:2 Test1:3 Test\xc3\x89:5 Test\xd0\xaf:7 Test\xe6\x97\xa5:9");
	scans("\tfunc  TestBlanks ( t * testing . T ) { }; func TestBehind(t *testing.T) {}\n"
	    "func /* a */ TestComments( // b\n\tt /* c */ *testing.T,\n) {}\nfunc\n"
	    "TestLine(t *testing.T) {}\n",
	    "TestBlanks:1 TestBehind:1 TestComments:2 TestLine:6");
	scans("func f() { type t struct { TestField func(t *testing.T) } }\nfunc TestX(t *testing.T) {}\n",
	    "TestX:2");
	scans("package documentation\n\nfunc TestX(t *testing.T) {}\n", "");
}
END_TEST

START_TEST(patterns)
{
	static const char *const good[] = {
		"", "TestX", "^TestX$", "TestSubnet*", "TestA|TestB/sub", "Test(A|B)/x/y", "[a/]b", "a\\/b",
		".", "TestA/...",
		"(?i)testx", "(?:a)+", "Test[[:alpha:]]", "[]a]", "[^]]", "\\pL", "a/", "|", "Test X",
		"Test\\(", "a*?b+?c??", "\\Qa**\\E", "(?P<n>a)", "\\x41\\12",
	};
	static const struct {
		const char *pattern, *words;
	} bad[] = {
		{ "[a", "missing closing ]" }, { "[]", "missing closing ]" },
		{ "TestA/(", "missing closing )" },
		{ "TestA)", "unexpected )" }, { "*Subnet*", "glob" }, { "TestA/*", "glob" },
		{ "a(+)", "repetition" }, { "Test**", "repetition" }, { "a*+", "repetition" },
		{ "a??+", "repetition" }, { "Test(?!Slow)", "lookahead" }, { "(?<=a)b", "lookbehind" },
		{ "(a)\\1", "backreferences" }, { " TestX", "blank" }, { "\tTestX ", "blank" },
		{ "a\\", "trailing backslash" }, { "./integration/...", "path" },
		{ "integration/acl_test.go", "path" },
		{ "integration/...", "path" },
	};
	struct err e;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		ck_assert_msg(pattern_check(good[i], &e) == 0, "%s: %s", good[i], e.text);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_msg(pattern_check(bad[i].pattern, &e) == -1, "%s", bad[i].pattern);
		ck_assert_int_eq(e.kind, ERR_USAGE);
		ck_assert_msg(strstr(e.text, bad[i].words) != NULL, "%s", e.text);
	}
}
END_TEST

/* Which of these a pattern selects, by their initials. */
static void
selects(const char *pattern, const char *initials)
{
	static const char text[] =
	    "func TestAbc(t *testing.T) {}\n"
	    "func TestBcd_x(t *testing.T) {}\n"
	    "func TestCab9(t *testing.T) {}\n"
	    "func TestD\xc3\xa9j\xc3\xa0(t *testing.T) {}\n";
	char got[8] = "";
	struct tests t = { 0 };
	struct err e;

	tests_scan(text, "a_test.go", &t);
	ck_assert_uint_eq(t.n, 4);
	ck_assert_msg(tests_select(&t, pattern, &e) == 0, "%s", e.text);
	for (size_t i = 0; i < t.n; i++)
		strncat(got, t.v[i].name + 4, 1);
	ck_assert_msg(strcmp(got, initials) == 0, "%s selects %s, not %s", pattern, got, initials);
	tests_free(&t);
}

START_TEST(selection)
{
	selects("", "ABCD");
	selects("Test", "ABCD");
	selects("^TestAbc$", "A");
	selects("^Abc", "");
	selects("bc", "A");
	selects("Abc/nothing/like/this", "A");
	selects("TestA/x|TestB|nothing", "AB");
	selects("Test(A|C)", "AC");
	selects("x$|9$", "BC");
	selects("[^a-z]_|[0-9]", "C");
	selects("Test Abc|_x", "B");
	selects("T.*T", "");
	selects("^(T)est[A-C]([a-c]){2}[[:alnum:]]?$", "AC");
	selects("D\xc3\xa9", "D");
	selects("a{1}b|A{0}bcd?$", "AC");
}
END_TEST

/* libc would take them for something else. */
START_TEST(what_only_go_knows_is_refused)
{
	static const char *const refused[] = { "Test\\d", "\\bTest", "(?i)test", "[", "a)(", "[z-a]" };
	struct tests t = { 0 };
	struct err e;

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		ck_assert_msg(tests_select(&t, refused[i], &e) == -1, "%s", refused[i]);
		ck_assert_int_eq(e.kind, ERR_USAGE);
	}
}
END_TEST

static char dir[] = "/tmp/hi-test-gotool-XXXXXX";
static struct loop *loop;	/* never freed: a child whose exec failed may not be reaped yet */

static void
make_dir(void)
{
	loop = loop_new();
	strcpy(dir + sizeof(dir) - 7, "XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
}

static void
drop_dir(void)
{
	dir_remove(dir, NULL);
}

static char *
in_dir(const char *name)
{
	return file_join(dir, name);
}

static void
put(const char *name, const char *text)
{
	char *path = in_dir(name), *parent = file_dir(path);
	struct err e;

	ck_assert_msg(file_mkdirs(parent, &e) == 0, "%s", e.text);
	ck_assert_msg(file_replace(path, text, strlen(text), &e) == 0, "%s", e.text);
	free(path);
	free(parent);
}

/* Finds the checkout from a place in dir; go: with the caller's PATH, else with one that has no go. */
static int
find(const char *from, bool go, struct checkout *c, struct err *e)
{
	char *start = in_dir(from);
	int ret;

	if (!go)
		setenv("PATH", "/nonexistent", 1);
	ret = checkout_find(start, c, e);
	free(start);
	return ret;
}

START_TEST(checkout)
{
	bool go = _i == 1;
	struct checkout c;
	char *link, *root;
	struct err e;

	put("a b,c:d/go.mod", "module x\n\ngo 1.25.3\n\ntoolchain go1.99.0\n");
	put("a b,c:d/integration/sub/f", "");
	put("a b,c:d/tools/go.mod", "module y\n\ngo 1.1\n");
	root = in_dir("a b,c:d");
	link = in_dir("link");
	ck_assert_int_eq(symlink(root, link), 0);
	ck_assert_msg(find("link/integration/sub", go, &c, &e) == 0, "%s", e.text);
	ck_assert_str_eq(c.root, root);
	ck_assert_str_eq(c.go, "1.25.3");
	ck_assert_ptr_null(c.git_dir);
	checkout_free(&c);
	ck_assert_int_eq(find("a b,c:d/tools", go, &c, &e), 0);
	ck_assert_str_eq(c.root, root);
	checkout_free(&c);
	ck_assert_int_eq(find(".", go, &c, &e), -1);
	ck_assert_ptr_nonnull(strstr(e.text, "not in a headscale checkout"));
	ck_assert_int_eq(find("nowhere", go, &c, &e), -1);
	free(root);
	free(link);
}
END_TEST

START_TEST(bad_go_mod)
{
	bool go = _i == 1;
	struct checkout c;
	struct err e;

	put("integration/f", "");
	put("go.mod", "module x\n");
	ck_assert_int_eq(find(".", go, &c, &e), -1);
	ck_assert_ptr_nonnull(strstr(e.text, "no go line"));
}
END_TEST

START_TEST(worktree)
{
	struct checkout c;
	char *common, *text;
	struct err e;

	put("main/.git/worktrees/w/commondir", "../..\n");
	put("w/go.mod", "module x\ngo 1.25.0\n");
	put("w/integration/f", "");
	common = in_dir("main/.git");
	text = xasprintf("gitdir: %s/worktrees/w\n", common);
	put("w/.git", text);
	ck_assert_int_eq(find("w", false, &c, &e), 0);
	ck_assert_str_eq(c.git_dir, common);
	checkout_free(&c);
	put("w/.git", "gitdir: ../main/.git/worktrees/w\n");
	ck_assert_int_eq(find("w", false, &c, &e), 0);
	ck_assert_str_eq(c.git_dir, common);
	checkout_free(&c);
	put("w/.git", "gitdir: /nowhere/at/all\n");
	ck_assert_int_eq(find("w", false, &c, &e), 0);
	ck_assert_ptr_null(c.git_dir);
	checkout_free(&c);
	free(common);
	free(text);
}
END_TEST

#define HEAD "package integration\n\nimport \"testing\"\n\n"

/* With a go and without one the answer is the same. */
START_TEST(listing)
{
	static const char *const names[] = { "TestB", "TestA", "TestBom", "TestCrlf", "TestX", "TestLinux",
	    "TestLink", "TestSub",
		"TestVendored" };
	struct checkout c;
	struct tests t;
	struct err e;
	char *link;

	put("go.mod", "module x\n\ngo 1.21\n");
	put("integration/a_test.go", HEAD "func TestB(t *testing.T) {}\n\nfunc TestA(t *testing.T) {}\n");
	put("integration/b_windows_test.go", HEAD "func TestNo1(t *testing.T) {}\n");
	put("integration/bom_test.go", "\xef\xbb\xbf" HEAD "func TestBom(t *testing.T) {}\n");
	put("integration/bomjs_test.go", "\xef\xbb\xbf//go:build js\n\n" HEAD "func TestNo7(t *testing.T) "
	    "{}\n");
	put("integration/c_test.go", "//go:build js\n\n" HEAD "func TestNo2(t *testing.T) {}\n");
	put("integration/crlf_test.go", "//go:build linux\r\n\r\npackage integration\r\n\r\n"
	    "import \"testing\"\r\n\r\n"
	    "func TestCrlf(t *testing.T) {}\r\n");
	put("integration/d_test.go", "package integration_test\n\nimport \"testing\"\n\n"
	    "func TestX(t *testing.T) {}\n");
	put("integration/d.go", "package integration\n\nfunc TestNo3(t *testing.T) {}\n");
	put("integration/_e_test.go", HEAD "func TestNo4(t *testing.T) {}\n");
	put("integration/.e_test.go", HEAD "func TestNo8(t *testing.T) {}\n");
	put("integration/f_linux_test.go", HEAD "func TestLinux(t *testing.T) {}\n");
	put("integration/plus_test.go", "// +build js\n\n" HEAD "func TestNo9(t *testing.T) {}\n");
	put("integration/aa/f_test.go", "package aa\n\nimport \"testing\"\n\n"
	    "func TestSub(t *testing.T) {}\n");
	put("integration/testdata/g_test.go", HEAD "func TestNo5(t *testing.T) {}\n");
	put("integration/_skipped/g_test.go", HEAD "func TestNo10(t *testing.T) {}\n");
	put("integration/vendor/g_test.go", HEAD "func TestVendored(t *testing.T) {}\n");
	put("integration/other/go.mod", "module other\n");
	put("integration/other/h_test.go", "package other\n\nfunc TestNo6(t *testing.T) {}\n");
	put("elsewhere/link", HEAD "func TestLink(t *testing.T) {}\n");
	link = in_dir("integration/link_test.go");
	ck_assert_int_eq(symlink("../elsewhere/link", link), 0);
	free(link);
	link = in_dir("integration/zz");
	ck_assert_int_eq(symlink("aa", link), 0);
	free(link);
	ck_assert_int_eq(find(".", _i == 1, &c, &e), 0);
	ck_assert_int_eq(tests_list(loop, &c, &t, &e), 0);
	for (size_t i = 0; i < t.n && i < sizeof(names) / sizeof(names[0]); i++)
		ck_assert_str_eq(t.v[i].name, names[i]);
	ck_assert_uint_eq(t.n, sizeof(names) / sizeof(names[0]));
	ck_assert_str_eq(t.v[7].file, "integration/aa/f_test.go");
	tests_free(&t);
	/* What stands behind a broken file is listed all the same. */
	put("integration/aa/a_test.go", "//go:build linux &&\n\npackage aa\n");
	ck_assert_int_eq(tests_list(loop, &c, &t, &e), 0);
	ck_assert_uint_eq(t.n, sizeof(names) / sizeof(names[0]));
	tests_free(&t);
	checkout_free(&c);
}
END_TEST

static const char CAPVER[] =
    "package capver\n"
    "var tailscaleToCapVer = map[string]tailcfg.CapabilityVersion{\n"
    "\t\"v1.98\": 138, // \"v1.1\": 1\n\t\"v1.100.2\": 140,\n\t\"v1.9\": 1,\n\t\"v1.90\": 130,\n"
    "\t\"v1.80\": 113,\n\t\"v1.82\": 115,\n\t\"v1.100.3\": 141,\n}\n"
    "var capVerToTailscaleVer = map[tailcfg.CapabilityVersion]string{\n\t32: \"v1.24\",\n}\n"
    "// SupportedMajorMinorVersions is the number of them.\n"
    "const SupportedMajorMinorVersions = 5\n";

START_TEST(versions)
{
	static const struct {
		bool all;
		const char *exclude, *out;
	} cases[] = {
		{ true, "", "head unstable v1.80 v1.82 v1.90 v1.98 v1.100" },
		{ false, "", "head unstable v1.80 v1.82 v1.98 v1.100" },
		{ true, "head, 1.98 ,v1.80", "unstable v1.80 v1.82 v1.90 v1.100" },
		{ true, "head,unstable,1.80,1.82,1.90,1.98,1.100", "" },
	};
	struct strs releases = { 0 };
	struct err e;

	ck_assert_msg(versions_parse(CAPVER, &releases, &e) == 0, "%s", e.text);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct strs out = { 0 };
		char *text;

		ck_assert_int_eq(versions_select(&releases, cases[i].all, cases[i].exclude, &out, &e), 0);
		text = out.n > 0 ? strs_join(&out, " ") : xstrdup("");
		ck_assert_str_eq(text, cases[i].out);
		free(text);
		strs_free(&out);
	}
	strs_free(&releases);
	/* A short table has each version once. */
	for (size_t n = 2; n <= 4; n++) {
		struct strs few = { 0 }, out = { 0 };

		for (size_t i = 0; i < n; i++)
			strs_addf(&few, "1.%zu", i);
		ck_assert_int_eq(versions_select(&few, false, "", &out, &e), 0);
		ck_assert_uint_eq(out.n, n + 2);
		for (size_t i = 2; i < out.n; i++)
			ck_assert_str_eq(out.v[i] + 1, few.v[i - 2]);
		strs_free(&few);
		strs_free(&out);
	}
	ck_assert_int_eq(versions_parse("package capver\n", &releases, &e), -1);
	ck_assert_int_eq(versions_parse("const SupportedMajorMinorVersions = 4\n", &releases, &e), -1);
}
END_TEST

Suite *
suite_gotool(void)
{
	Suite *s = suite_create("gotool");
	TCase *t = tcase_create("text"), *c = tcase_create("checkout");

	tcase_add_test(t, go_line);
	tcase_add_test(t, constraint_expressions);
	tcase_add_test(t, constraint_places);
	tcase_add_test(t, scan);
	tcase_add_test(t, patterns);
	tcase_add_test(t, selection);
	tcase_add_test(t, what_only_go_knows_is_refused);
	tcase_add_test(t, versions);
	suite_add_tcase(s, t);
	tcase_add_checked_fixture(c, make_dir, drop_dir);
	tcase_add_loop_test(c, checkout, 0, 2);
	tcase_add_loop_test(c, bad_go_mod, 0, 2);
	tcase_add_test(c, worktree);
	tcase_add_loop_test(c, listing, 0, 2);
	suite_add_tcase(s, c);
	return s;
}
