#include <sys/stat.h>

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"

static char dir[64];

static void
setup(void)
{
	strcpy(dir, "/tmp/hi-unit-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert_int_eq(chdir(dir), 0);
}

static void
teardown(void)
{
	struct err e;

	ck_assert_int_eq(chdir("/"), 0);
	ck_assert_msg(dir_remove(dir, &e) == 0, "%s", e.text);
}

static void
put(const char *path, const char *text)
{
	struct err e;

	ck_assert_msg(file_replace(path, text, strlen(text), &e) == 0, "%s", e.text);
}

START_TEST(paths)
{
	static const struct {
		const char *path, *dir, *base;
	} cases[] = {
		{ "a", ".", "a" }, { "a/b", "a", "b" }, { "/a", "/", "a" }, { "/", "/", "" }, { "a//b", "a",
		    "b" },
		{ "", ".", "" }, { "a/b/c", "a/b", "c" },
	};
	char *s, *cwd = file_absolute("."), *want;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		s = file_dir(cases[i].path);
		ck_assert_str_eq(s, cases[i].dir);
		free(s);
		ck_assert_str_eq(file_base(cases[i].path), cases[i].base);
	}
	s = file_join("a", "b");
	ck_assert_str_eq(s, "a/b");
	free(s);
	s = file_join("/", "b");
	ck_assert_str_eq(s, "/b");
	free(s);
	s = file_absolute("x/./y//../z");
	want = file_join(cwd, "x/z");
	ck_assert_str_eq(s, want);
	free(s);
	free(want);
	s = file_absolute("/../a/");
	ck_assert_str_eq(s, "/a");
	free(s);
	free(cwd);
}
END_TEST

START_TEST(mkdirs)
{
	struct err e;

	ck_assert_int_eq(file_mkdirs("a/b//c/", &e), 0);
	ck_assert(file_is_dir("a/b/c"));
	ck_assert_int_eq(file_mkdirs("a/b/c", &e), 0);
	ck_assert_int_eq(file_mkdirs("/", &e), 0);
	put("f", "x");
	ck_assert_int_eq(file_mkdirs("f", &e), -1);
	ck_assert_str_eq(e.text, "f: Not a directory");
	ck_assert_int_eq(file_mkdirs("f/g/h", &e), -1);
	ck_assert_int_eq(file_mkdirs("", &e), -1);
	ck_assert_int_eq(symlink("nowhere", "dangling"), 0);
	ck_assert_int_eq(file_mkdirs("dangling/x", &e), -1);
}
END_TEST

START_TEST(reads_and_replaces)
{
	struct buf b = {0};
	struct strs names = {0};
	struct err e;

	put("f", "one");
	put("f", "three");
	ck_assert_int_eq(file_size("f"), 5);
	ck_assert_int_eq(file_read("f", 5, &b, &e), 0);
	ck_assert_str_eq(b.s, "three");
	ck_assert_int_eq(file_read("f", 4, &b, &e), -1);
	ck_assert_str_eq(e.text, "f: is larger than 4 bytes");
	ck_assert_str_eq(b.s, "three");
	ck_assert_int_eq(file_read("none", 4, &b, &e), -1);
	ck_assert_str_eq(e.text, "none: No such file or directory");
	ck_assert_int_eq(mkfifo("fifo", 0600), 0);
	ck_assert_int_eq(file_read("fifo", 4, &b, &e), -1);
	ck_assert_int_eq(file_read(".", 4, &b, &e), -1);
	ck_assert_int_eq(file_replace("no/f", "x", 1, &e), -1);
	/* A link that stands there is replaced, not written through. */
	ck_assert_int_eq(symlink("f", "link"), 0);
	put("link", "new");
	ck_assert_int_eq(file_size("link"), 3);
	ck_assert_int_eq(file_size("f"), 5);
	ck_assert_int_eq(dir_names(".", &names, &e), 0);
	ck_assert_uint_eq(names.n, 3);
	ck_assert_str_eq(names.v[0], "f");
	ck_assert_str_eq(names.v[2], "link");
	strs_free(&names);
	buf_free(&b);
}
END_TEST

START_TEST(trees)
{
	struct err e;
	uint64_t bytes, inodes, total;
	struct strs names = {0};

	ck_assert_int_eq(file_mkdirs("outside", &e), 0);
	put("outside/kept", "kept");
	ck_assert_int_eq(file_mkdirs("t/a/b", &e), 0);
	put("t/one", "1");
	put("t/a/two", "22");
	put("t/a/b/three", "333");
	ck_assert_int_eq(symlink("../outside", "t/link"), 0);
	ck_assert_int_eq(symlink("../../outside/kept", "t/a/link"), 0);
	ck_assert_int_eq(dir_usage("t", &bytes), 0);
	ck_assert_uint_eq(bytes, 6);
	ck_assert_int_eq(dir_usage("none", &bytes), -1);
	ck_assert_int_eq(file_size("t/a/link"), -1);
	ck_assert_int_eq(dir_remove("t/link", &e), 0);
	ck_assert(!file_exists("t/link"));
	ck_assert_int_eq(dir_remove("t", &e), 0);
	ck_assert(!file_exists("t"));
	ck_assert_int_eq(dir_remove("t", &e), 0);
	ck_assert_int_eq(file_size("outside/kept"), 4);
	ck_assert_int_eq(dir_names("t", &names, &e), -1);
	ck_assert_str_eq(e.text, "t: No such file or directory");
	strs_free(&names);
	ck_assert_int_eq(file_free_space("not/there/yet", &bytes, &inodes, &total), 0);
	ck_assert(bytes > 0 && bytes <= total && inodes > 0);
	ck_assert_int_eq(file_free_space(".", NULL, NULL, NULL), 0);
}
END_TEST

START_TEST(remove_names_what_is_left)
{
	struct err e;

	if (geteuid() == 0)
		return;
	ck_assert_int_eq(file_mkdirs("t/closed", &e), 0);
	put("t/closed/f", "x");
	put("t/open", "x");
	ck_assert_int_eq(chmod("t/closed", 0500), 0);
	ck_assert_int_eq(dir_remove("t", &e), -1);
	ck_assert_str_eq(e.text, "t/closed/f: Permission denied");
	ck_assert(!file_exists("t/open"));
	ck_assert_int_eq(chmod("t/closed", 0700), 0);
}
END_TEST

Suite *
suite_file(void)
{
	Suite *s = suite_create("file");
	TCase *t = tcase_create("file");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, paths);
	tcase_add_test(t, mkdirs);
	tcase_add_test(t, reads_and_replaces);
	tcase_add_test(t, trees);
	tcase_add_test(t, remove_names_what_is_left);
	suite_add_tcase(s, t);
	return s;
}
