#include <sys/stat.h>

#include <check.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "evidence/evidence.h"
#include "evidence/redact.h"

Suite *suite_redact(void);

static char *dir;
static struct strs secrets, failed;

static void
setup(void)
{
	dir = xstrdup("/tmp/hi-redact-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	secrets = failed = (struct strs){ 0 };
	strs_add(&secrets, "s3cret-1");
	strs_add(&secrets, "s3cret-1-and-longer");
	strs_add(&secrets, "a\"quote<d>");
	strs_add(&secrets, "npassword-x");
	strs_add(&secrets, "31415926");
	strs_add(&secrets, "verdicts");
	strs_add(&secrets, "7-bytes");
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
redact(void)
{
	redact_tree(dir, &secrets, NULL, NULL, &failed);
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
becomes(const char *name, const char *before, const char *after)
{
	char *path = put(name, before, strlen(before));
	struct json j = { 0 };

	redact();
	holds(path, after, strlen(after));
	if (text_ends(name, ".json"))
		ck_assert_int_eq(json_parse(&j, after, strlen(after)), 0);
	json_free(&j);
	free(path);
}

START_TEST(each_byte_becomes_a_star)
{
	becomes("log", "s3cret-1", "********");
	becomes("log", "x s3cret-1 y s3cret-1s3cret-1\n", "x ******** y ****************\n");
	becomes("log", "of 7-bytes, s3cret- 1", "of 7-bytes, s3cret- 1");
	becomes("log", "s3cret-1-and-longer s3cret-1-and", "******************* ********-and");
	becomes("log", "", "");
}
END_TEST

START_TEST(as_each_format_spells_it)
{
	becomes("a.json", "{\"p\":\"a\\\"quote\\u003cd\\u003e\"}", "{\"p\":\"*********************\"}");
	becomes("b.json", "{\"p\":\"a\\\"quote<d>\"}", "{\"p\":\"***********\"}");
	becomes("junit.xml", "<a b=\"a&quot;quote&lt;d&gt;\"/>", "<a b=\"*********************\"/>");
	becomes("summary.md", "a\"quote<d>", "**********");
}
END_TEST

/* Whatever the secret is, JSON stays JSON, and its keys stay. */
START_TEST(json_stays_json)
{
	becomes("a.json", "{\"n\":-131415926.5,\"s\":\"pin 31415926\"}",
		"{\"n\":-199999999.5,\"s\":\"pin 99999999\"}");
	becomes("a.json", "{\"s\":\"line\\npassword-x\"}", "{\"s\":\"line\\n**********\"}");
	becomes("a.json", "{\"s\":\"a \\\\npassword-x\"}", "{\"s\":\"a \\\\***********\"}");
	becomes("a.json", "{\"verdicts\":\"verdicts\"}", "{\"verdicts\":\"********\"}");
}
END_TEST

START_TEST(on_every_border_of_a_chunk)
{
	enum { BORDER = 128 << 10, LEN = 3 * BORDER };
	char *text = xcalloc(LEN, 1), *after = xcalloc(LEN, 1);

	for (size_t at = BORDER - 200; at <= BORDER + 4; at++) {
		char *path;

		memset(text, 'x', LEN);
		memset(after, 'x', LEN);
		memcpy(text + at, "s3cret-1-and-longer", 19);
		memset(after + at, '*', 19);
		memcpy(text + 2 * BORDER - 3, "s3cret-1", 8);
		memset(after + 2 * BORDER - 3, '*', 8);
		memcpy(text + LEN - 8, "s3cret-1", 8);
		memset(after + LEN - 8, '*', 8);
		path = put("file", text, LEN);
		redact();
		holds(path, after, LEN);
		free(path);
	}
	free(text);
	free(after);
}
END_TEST

static void
stays(const char *name, const char *text, size_t len)
{
	char *path = put(name, text, len);

	redact();
	holds(path, text, len);
	free(path);
}

START_TEST(binary_files_stay)
{
	static const char database[] = "SQLite format 3\0 s3cret-1 and more",
	    packed[] = "\x1f\x8b s3cret-1\0";

	stays("hs-1.db", database, sizeof(database));
	stays("mine", database, sizeof(database));
	stays("hs-1.db-shm", "\x18\xe2 s3cret-1", 11);
	stays("profile", packed, sizeof(packed));
}
END_TEST

/* A log may hold a byte that is no text, early or late. */
START_TEST(a_stray_nul_hides_nothing)
{
	size_t len = (1 << 20) + 3;
	char *text = xcalloc(len, 1), *path;

	memset(text, 'x', len - 1);
	text[3] = '\0';
	memcpy(text + 10, "s3cret-1", 8);
	memcpy(text + len - 20, "s3cret-1", 8);
	path = put("hs-1.stderr.log", text, len);
	redact();
	memcpy(text + 10, "********", 8);
	memcpy(text + len - 20, "********", 8);
	holds(path, text, len);
	free(path);
	free(text);
}
END_TEST

START_TEST(a_reader_keeps_what_it_has)
{
	char *path = put("log", "s3cret-1 end", 12), seen[13] = "";
	int fd = open(path, O_RDONLY);

	redact();
	ck_assert_int_eq(read(fd, seen, 12), 12);
	ck_assert_str_eq(seen, "s3cret-1 end");
	holds(path, "******** end", 12);
	close(fd);
	free(path);
}
END_TEST

START_TEST(time_and_mode_stay)
{
	const struct timespec old[2] = { { .tv_sec = 1000 }, { .tv_sec = 2000 } };
	char *path = put("hit", "s3cret-1", 8), *other = put("miss", "nothing", 7);
	struct stat a, b, c;

	ck_assert_int_eq(chmod(path, 0640), 0);
	ck_assert_int_eq(utimensat(AT_FDCWD, path, old, 0), 0);
	ck_assert_int_eq(chmod(other, 0400), 0);
	ck_assert_int_eq(stat(path, &a), 0);
	ck_assert_int_eq(stat(other, &c), 0);
	redact();
	holds(path, "********", 8);
	ck_assert_int_eq(stat(path, &b), 0);
	ck_assert_int_eq(b.st_mtime, 2000);
	ck_assert_uint_eq(b.st_mode, a.st_mode);
	ck_assert_int_eq(stat(other, &b), 0);
	ck_assert(b.st_ino == c.st_ino && b.st_mtime == c.st_mtime);
	free(path);
	free(other);
}
END_TEST

/* What lies outside of the directory stays, whatever name of it is inside. */
START_TEST(never_through_a_link)
{
	char *keep = xstrdup("/tmp/hi-redact-XXXXXX"), *outside, *hard, *soft, *way, *fifo;

	ck_assert_ptr_nonnull(mkdtemp(keep));
	outside = file_join(keep, "outside");
	ck_assert_int_eq(file_replace(outside, "s3cret-1", 8, NULL), 0);
	hard = file_join(dir, "hard");
	soft = file_join(dir, "soft");
	way = file_join(dir, "way");
	fifo = file_join(dir, "fifo");
	ck_assert_int_eq(link(outside, hard), 0);
	ck_assert_int_eq(symlink(outside, soft), 0);
	ck_assert_int_eq(symlink(keep, way), 0);
	ck_assert_int_eq(mkfifo(fifo, 0600), 0);
	redact();
	holds(outside, "s3cret-1", 8);
	holds(hard, "********", 8);
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
	path = put("a/b\nc/%s %n", "s3cret-1", 8);
	redact();
	holds(path, "********", 8);
	free(deep);
	free(path);
}
END_TEST

START_TEST(an_interrupt_ends_it_and_is_told)
{
	const volatile bool stop = true;
	char *path = put("log", "s3cret-1", 8);

	redact_tree(dir, &secrets, NULL, &stop, &failed);
	holds(path, "s3cret-1", 8);
	ck_assert_uint_eq(failed.n, 1);
	free(path);
}
END_TEST

START_TEST(secrets_by_name)
{
	static const char *const yes[] = { "TS_AUTHKEY=x", "TS_AUTH_KEY=x", "GITHUB_TOKEN=x", "db_password=x",
		"X_SECRET=",
		"npm_token=x", "HEADSCALE_DATABASE_POSTGRES_PASS=x", "DB_PASS=x", "SSH_PRIVATE_KEY=x",
		"AWS_ACCESS_KEY_ID=x", "PGPASSWORD=x", "CREDENTIALS=x", "_authToken=x", "DB_PASSWORD2=x",
		"KEY=x",
		"TOKEN=x", "A__TOKEN__B=x", "MYSQL_PWD=x", NULL };
	static const char *const no[] = { "PATH=/KEY", "TOKEN", "NOISE_PRIVATE_KEY_PATH=/x", "TOKEN_FILE=/x",
		"=KEY", "",
		"XKB_KEYBOARD=x", "GNOME_KEYRING_CONTROL=x", "PASSENGERS=x", "KEYMAP=TOKEN",
		"PASSWORD_STORE_DIR=/x",
		"PGPASSFILE=x", "MONKEY=x", "TURKEY=x", "COMPASS=x", "BYPASS=x", "NOPASS=x", "DONKEY_ID=x",
		"TOKENIZER=x", "SECRETARY=x", "APIKEY_ENV=x", "A_HOTKEY=x", "OLDPWD=x", "TRESPASS_2=x",
		NULL };

	for (const char *const *s = yes; *s != NULL; s++)
		ck_assert_msg(redact_is_secret_name(*s, strlen(*s)), "%s", *s);
	for (const char *const *s = no; *s != NULL; s++)
		ck_assert_msg(!redact_is_secret_name(*s, strlen(*s)), "%s", *s);
}
END_TEST

START_TEST(secrets_by_value)
{
	static char *const yes[] = { "A_KEY=Zm9vYmFyYmF6", "B_TOKEN=hushhush", "C_PASS=pass-of-the-db",
		"D_TOKEN=12345678",
		"E_KEY=/bAsE64/key==", "F_PASSWORD=Test-of-mine", "G_KEY=key.of.mine.1", NULL };
	static char *const no[] = { "CACHE_KEY=headscale", "A_TOKEN=7-bytes", "A_SECRET=",
		"B_TOKEN=TestPingAll",
		"C_KEY=TestACL/with_sub", "PASS=integration", "D_PASSWORD=postgres", "E_KEY=linux-go-build",
		"SORT_KEY=created_at", "KEY=20261128", "F_TOKEN=/tmp/../tmp", "G_SECRET=golang:1.2",
		"H_TOKEN=checkout",
		"MONKEY=Zm9vYmFyYmF6", "PWD=/tmp/././", NULL };
	static const char *const known[] = { "golang:1.26.1", "/home/me/checkout", NULL };
	struct strs found = { 0 };

	evidence_find_secrets(no, known, &found);
	ck_assert_msg(found.n == 0, "%s", found.n > 0 ? found.v[0] : "");
	evidence_find_secrets(yes, known, &found);
	ck_assert_uint_eq(found.n, sizeof(yes) / sizeof(yes[0]) - 1);
	strs_free(&found);
}
END_TEST

Suite *
suite_redact(void)
{
	Suite *s = suite_create("redact");
	TCase *t = tcase_create("redact");

	tcase_add_checked_fixture(t, setup, teardown);
	/* Each file is flushed to the disk, which may be busy. */
	tcase_set_timeout(t, 60);
	tcase_add_test(t, secrets_by_name);
	tcase_add_test(t, secrets_by_value);
	tcase_add_test(t, each_byte_becomes_a_star);
	tcase_add_test(t, as_each_format_spells_it);
	tcase_add_test(t, json_stays_json);
	tcase_add_test(t, on_every_border_of_a_chunk);
	tcase_add_test(t, binary_files_stay);
	tcase_add_test(t, a_stray_nul_hides_nothing);
	tcase_add_test(t, a_reader_keeps_what_it_has);
	tcase_add_test(t, time_and_mode_stay);
	tcase_add_test(t, never_through_a_link);
	tcase_add_test(t, below_and_names_that_are_odd);
	tcase_add_test(t, an_interrupt_ends_it_and_is_told);
	suite_add_tcase(s, t);
	return s;
}
