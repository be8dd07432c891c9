/* The checkout, the tests in it, and the versions it uses. */
#include <sys/stat.h>

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "gotool/go.h"
#include "gotool/versions.h"

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

START_TEST(constraints)
{
	ck_assert(build_expression(" linux", "1.26"));
	ck_assert(build_expression(" !js && (linux || darwin)", "1.26"));
	ck_assert(build_expression("unix&&!windows", "1.26"));
	ck_assert(build_expression(" go1.26 && !go1.27", "1.26.5"));
	ck_assert(build_expression(" !!gc", "1.26"));
	ck_assert(build_expression(" js || wasip1 || cgo", "1.26"));
	ck_assert(!build_expression(" js", "1.26"));
	ck_assert(!build_expression(" linux && integration", "1.26"));
	ck_assert(!build_expression(" ignore", "1.26"));
	ck_assert(!build_expression(" (linux", "1.26"));
	ck_assert(!build_expression(" linux)", "1.26"));
	ck_assert(!build_expression(" linux &&", "1.26"));
	ck_assert(!build_expression("", "1.26"));
	ck_assert(build_expression(" amd64 || !amd64", "1.26"));
}
END_TEST

START_TEST(constraint_places)
{
	ck_assert(build_includes("a_test.go", "package x\n", "1.26"));
	ck_assert(!build_includes("a_test.go", "// Copyright\n\n//go:build js\n\npackage x\n", "1.26"));
	ck_assert(!build_includes("a_test.go", "/*\n//go:build linux\n*/\n//go:build js\npackage x\n", "1"));
	ck_assert(build_includes("a_test.go", "package x\n//go:build js\n", "1.26"));
	ck_assert(build_includes("a_test.go", "//go:building js\npackage x\n", "1.26"));
	ck_assert(build_includes("a_linux_test.go", "package x\n", "1.26"));
	ck_assert(!build_includes("a_windows_test.go", "package x\n", "1.26"));
	ck_assert(!build_includes("a_linux_wasm_test.go", "package x\n", "1.26"));
	ck_assert(build_includes("windows_test.go", "package x\n", "1.26"));
	ck_assert(build_includes("a_unix_test.go", "package x\n", "1.26"));
	ck_assert(build_includes("a_test.go", "", "1.26"));
}
END_TEST

START_TEST(scan)
{
	static const char text[] =
	    "package x\n"
	    "\n"
	    "func TestOne(t *testing.T) {\n"
	    "\ts := `\n"
	    "func TestInRaw(t *testing.T) {\n"
	    "`\n"
	    "\tr, q := '\"', \"\\\"`\"\n"
	    "}\n"
	    "/*\n"
	    "func TestInComment(t *testing.T) {\n"
	    "*/\n"
	    "// func TestAfterSlashes(t *testing.T) {`\n"
	    "func TestMain(m *testing.M) {}\n"
	    "func Testify(t *testing.T) {}\n"
	    "func Test(t *testing.T) {}\n"
	    "func Test_under(_ *testing.T) {}\n"
	    "func TestGeneric[T any](t *testing.T) {}\n"
	    "func TestTwoArguments(t *testing.T, n int) {}\n"
	    "func (s *S) TestMethod(t *testing.T) {}\n"
	    "\tfunc TestIndented(t *testing.T) {}\n"
	    "func TestBroken(\n"
	    "\tt *testing.T,\n"
	    ") {}\n"
	    "func TestDot(t *T) {}\n"
	    "func TestTB(t testing.TB) {}\n"
	    "func TestLast(t *testing.T";
	static const char *const names[] = { "TestOne", "Test", "Test_under", "TestBroken", "TestDot" };
	static const int lines[] = { 3, 15, 16, 21, 24 };
	struct tests t = { 0 };

	tests_scan(text, "integration/a_test.go", &t);
	ck_assert_uint_eq(t.n, 5);
	for (size_t i = 0; i < t.n; i++) {
		ck_assert_str_eq(t.v[i].name, names[i]);
		ck_assert_int_eq(t.v[i].line, lines[i]);
		ck_assert_str_eq(t.v[i].file, "integration/a_test.go");
	}
	tests_free(&t);
}
END_TEST

START_TEST(patterns)
{
	static const char *const good[] = {
		"", "TestX", "^TestX$", "TestSubnet*", "TestA|TestB/sub", "Test(A|B)/x/y", "[a/]b", "a\\/b",
		"(?i)testx", "Test[[:alpha:]]", "\\pL", "a/", "|", "Test X",
	};
	static const struct {
		const char *pattern, *words;
	} bad[] = {
		{ "[a", "missing closing ]" }, { "TestA/(", "missing closing )" },
		{ "TestA)", "unexpected )" }, { "*x", "missing argument to repetition operator: `*`" },
		{ "a**", "invalid nested repetition" }, { "a{2,1}", "regular expression" },
		{ "a\\", "trailing backslash" }, { "\\y", "invalid escape" }, { "(?=a)", "Perl syntax" },
		{ "[z-a]", "regular expression" },
	};
	struct err e;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		ck_assert_msg(pattern_check(good[i], &e) == 0, "%s: %s", good[i], e.text);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_msg(pattern_check(bad[i].pattern, &e) == -1, "%s", bad[i].pattern);
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
	selects("(?i)bc", "AB");
	selects("Abc/nothing/like/this", "A");
	selects("TestA/x|TestB|nothing", "AB");
	selects("Test(A|C)", "AC");
	selects("x$|9$", "BC");
	selects("[^a-z]_|\\d", "C");
	selects("T.*T", "");
	selects("^(T)est[A-C](?:[a-c]){2}\\w?$", "AC");
	selects("D\xc3\xa9", "D");
	selects("D\\w", "");
	selects("a{1}b|A{0}bcd?$", "AC");
	selects("(a*)*(a*)*(a*)*b{3}", "");
}
END_TEST

START_TEST(what_only_go_can_tell_is_not_guessed)
{
	struct tests t = { 0 };
	struct err e;

	ck_assert_int_eq(pattern_check("\\bTest\\b", &e), 0);
	ck_assert_int_eq(tests_select(&t, "\\bTest\\b", &e), -1);
	ck_assert_ptr_nonnull(strstr(e.text, "simpler"));
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
	ret = checkout_find(loop, start, c, e);
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

START_TEST(listing)
{
	static const char *const names[] = { "TestB", "TestA", "TestX", "TestSub" };
	struct checkout c;
	struct tests t;
	struct err e;

	put("go.mod", "module x\n\ngo 1.21\n");
	put("integration/a_test.go", "package integration\n\n"
	    "func TestB(t *testing.T) {}\n\nfunc TestA(t *testing.T) {}\n");
	put("integration/b_windows_test.go", "package integration\n\nfunc TestNo1(t *testing.T) {}\n");
	put("integration/c_test.go", "//go:build js\n\n"
	    "package integration\n\nfunc TestNo2(t *testing.T) {}\n");
	put("integration/d_test.go", "package integration_test\n\nfunc TestX(t *testing.T) {}\n");
	put("integration/d.go", "package integration\n\nfunc TestNo3(t *testing.T) {}\n");
	put("integration/_e_test.go", "package integration\n\nfunc TestNo4(t *testing.T) {}\n");
	put("integration/aa/f_test.go", "package aa\n\nfunc TestSub(t *testing.T) {}\n");
	put("integration/testdata/g_test.go", "package g\n\nfunc TestNo5(t *testing.T) {}\n");
	put("integration/other/go.mod", "module other\n");
	put("integration/other/h_test.go", "package other\n\nfunc TestNo6(t *testing.T) {}\n");
	ck_assert_int_eq(find(".", _i == 1, &c, &e), 0);
	ck_assert_int_eq(tests_list(loop, &c, &t, &e), 0);
	ck_assert_uint_eq(t.n, 4);
	for (size_t i = 0; i < t.n; i++)
		ck_assert_str_eq(t.v[i].name, names[i]);
	ck_assert_str_eq(t.v[3].file, "integration/aa/f_test.go");
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
	tcase_add_test(t, constraints);
	tcase_add_test(t, constraint_places);
	tcase_add_test(t, scan);
	tcase_add_test(t, patterns);
	tcase_add_test(t, selection);
	tcase_add_test(t, what_only_go_can_tell_is_not_guessed);
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
