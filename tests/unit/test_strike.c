#include <sys/stat.h>

#include <check.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "evidence/redact.h"

Suite *suite_strike(void);

static char *dir;
static struct strs secrets, failed;

static void
setup(void)
{
	dir = xstrdup("/tmp/hi-strike-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	secrets = failed = (struct strs){ 0 };
	strs_add(&secrets, "s3cret");
	strs_add(&secrets, "s3cret-and-longer");
	strs_add(&secrets, "a\"quote<d>");
	strs_add(&secrets, "short");
}

static void
teardown(void)
{
	ck_assert_int_eq(dir_remove(dir, NULL), 0);
	strs_free(&secrets);
	strs_free(&failed);
	free(dir);
}

static char *
put(const char *name, const char *text, size_t len)
{
	char *path = file_join(dir, name);

	ck_assert_int_eq(file_replace(path, text, len, NULL), 0);
	return path;
}

static void
strike(void)
{
	strike_tree(dir, &secrets, NULL, &failed);
	ck_assert_uint_eq(failed.n, 0);
}

static void
holds(const char *path, const char *text, size_t len)
{
	struct buf b = { 0 };

	ck_assert_int_eq(file_read(path, len + 1, &b, NULL), 0);
	ck_assert_uint_eq(b.len, len);
	ck_assert_int_eq(memcmp(buf_str(&b), text, len), 0);
	buf_free(&b);
}

static void
becomes(const char *before, const char *after)
{
	char *path = put("file", before, strlen(before));

	strike();
	holds(path, after, strlen(after));
	free(path);
}

START_TEST(each_byte_becomes_a_star)
{
	becomes("s3cret", "******");
	becomes("x s3cret y s3crets3cret\n", "x ****** y ************\n");
	becomes("a short one, s3cre t", "a short one, s3cre t");
	becomes("s3cret-and-longer s3cret-and", "***************** ******-and");
	becomes("", "");
}
END_TEST

START_TEST(as_json_spells_it)
{
	becomes("{\"p\":\"a\\\"quote\\u003cd\\u003e\"}", "{\"p\":\"*********************\"}");
	becomes("a\"quote<d>", "**********");
}
END_TEST

START_TEST(on_every_border_of_a_chunk)
{
	enum { BORDER = 256 << 10, LEN = 3 * BORDER };
	char *text = xcalloc(LEN, 1), *after = xcalloc(LEN, 1);

	for (size_t at = BORDER - 20; at <= BORDER + 4; at++) {
		char *path;

		memset(text, 'x', LEN);
		memset(after, 'x', LEN);
		memcpy(text + at, "s3cret-and-longer", 17);
		memset(after + at, '*', 17);
		memcpy(text + 2 * BORDER - 3, "s3cret", 6);
		memset(after + 2 * BORDER - 3, '*', 6);
		memcpy(text + LEN - 6, "s3cret", 6);
		memset(after + LEN - 6, '*', 6);
		path = put("file", text, LEN);
		strike();
		holds(path, after, LEN);
		free(path);
	}
	free(text);
	free(after);
}
END_TEST

START_TEST(time_mode_and_inode_stay)
{
	const struct timespec old[2] = { { .tv_sec = 1000 }, { .tv_sec = 2000, .tv_nsec = 5 } };
	char *path = put("hit", "\0s3cret\0", 8), *other = put("miss", "nothing", 7);
	struct stat a, b, c;

	ck_assert_int_eq(chmod(path, 0640), 0);
	ck_assert_int_eq(utimensat(AT_FDCWD, path, old, 0), 0);
	ck_assert_int_eq(chmod(other, 0400), 0);
	ck_assert_int_eq(stat(path, &a), 0);
	ck_assert_int_eq(stat(other, &c), 0);
	strike();
	holds(path, "\0******\0", 8);
	ck_assert_int_eq(stat(path, &b), 0);
	ck_assert_int_eq(b.st_mtim.tv_sec, 2000);
	ck_assert_uint_eq(b.st_mode, a.st_mode);
	ck_assert_uint_eq(b.st_ino, a.st_ino);
	ck_assert_int_eq(stat(other, &b), 0);
	ck_assert(b.st_ino == c.st_ino && b.st_mtim.tv_nsec == c.st_mtim.tv_nsec);
	free(path);
	free(other);
}
END_TEST

/* What lies outside of the directory stays, whatever name of it is inside. */
START_TEST(never_through_a_link)
{
	char *keep = xstrdup("/tmp/hi-strike-XXXXXX"), *outside, *hard, *soft, *way, *fifo;

	ck_assert_ptr_nonnull(mkdtemp(keep));
	outside = file_join(keep, "outside");
	ck_assert_int_eq(file_replace(outside, "s3cret", 6, NULL), 0);
	hard = file_join(dir, "hard");
	soft = file_join(dir, "soft");
	way = file_join(dir, "way");
	fifo = file_join(dir, "fifo");
	ck_assert_int_eq(link(outside, hard), 0);
	ck_assert_int_eq(symlink(outside, soft), 0);
	ck_assert_int_eq(symlink(keep, way), 0);
	ck_assert_int_eq(mkfifo(fifo, 0600), 0);
	strike();
	holds(outside, "s3cret", 6);
	holds(hard, "******", 6);
	ck_assert_int_eq(dir_remove(keep, NULL), 0);
	free(keep);
	free(outside);
	free(hard);
	free(soft);
	free(way);
	free(fifo);
}
END_TEST

START_TEST(below_and_names_that_are_odd)
{
	char *deep = file_join(dir, "a/b\nc"), *path;

	ck_assert_int_eq(file_mkdirs(deep, NULL), 0);
	path = put("a/b\nc/%s %n", "s3cret", 6);
	strike();
	holds(path, "******", 6);
	free(deep);
	free(path);
}
END_TEST

START_TEST(secrets_by_name)
{
	static const char *const yes[] = { "TS_AUTHKEY=x", "GITHUB_TOKEN=x", "db_password=x", "X_SECRET=", "npm_token=x",
		"HEADSCALE_DATABASE_POSTGRES_PASS=x", "DB_PASS=x", "SSH_PRIVATE_KEY=x", "AWS_ACCESS_KEY_ID=x", "PGPASSWORD=x",
		"CREDENTIALS=x", "_authToken=x", "DB_PASSWORD2=x", "KEY=x", NULL };
	static const char *const no[] = { "PATH=/KEY", "TOKEN", "NOISE_PRIVATE_KEY_PATH=/x", "TOKEN_FILE=/x", "=KEY", "",
		"XKB_KEYBOARD=x", "GNOME_KEYRING_CONTROL=x", "PASSENGERS=x", "KEYMAP=TOKEN", "PASSWORD_STORE_DIR=/x",
		"PGPASSFILE=x", NULL };

	for (const char *const *s = yes; *s != NULL; s++)
		ck_assert_msg(strike_is_secret(*s, strlen(*s)), "%s", *s);
	for (const char *const *s = no; *s != NULL; s++)
		ck_assert_msg(!strike_is_secret(*s, strlen(*s)), "%s", *s);
}
END_TEST

Suite *
suite_strike(void)
{
	Suite *s = suite_create("strike");
	TCase *t = tcase_create("strike");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, secrets_by_name);
	tcase_add_test(t, each_byte_becomes_a_star);
	tcase_add_test(t, as_json_spells_it);
	tcase_add_test(t, on_every_border_of_a_chunk);
	tcase_add_test(t, time_mode_and_inode_stay);
	tcase_add_test(t, never_through_a_link);
	tcase_add_test(t, below_and_names_that_are_odd);
	suite_add_tcase(s, t);
	return s;
}
