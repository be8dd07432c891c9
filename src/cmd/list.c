#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/file.h"
#include "../base/json_write.h"
#include "../base/mem.h"
#include "../base/text.h"
#include "../gotool/gotool.h"
#include "../set/set.h"
#include "cmd.h"

enum { MATRIX_MAX = 256, FILE_MAX = 1 << 20 };

struct list_options {
	bool json, postgres;
	const char *format, *shard, *matrix, *logs_dir;
};

#define AT(field) offsetof(struct list_options, field)

static const struct flag flags[] = {
	SWITCH("json", AT(json), "as --format=json"),
	CHOICE("format", AT(format), "text", "FORMAT", "text|json|github",
	    "text: a name a line; json; github: a matrix for fromJSON"),
	WORD("shard", AT(shard), NULL, "I/N", "only the I-th of N parts"),
	SWITCH("postgres", AT(postgres), "parts by the durations with PostgreSQL"),
	WORD("matrix", AT(matrix), "", "FILE", "for github; its lines: split TEST SUBTEST, postgres TEST"),
	LOGS_DIR(AT(logs_dir), "where history.tsv is, with the durations"),
	{ 0 },
};

static void
list_json(const struct tests *t, const struct history *h, bool postgres)
{
	struct buf b = {0};

	jw_array(&b, NULL);
	for (size_t i = 0; i < t->n; i++) {
		double seconds = history_seconds(h, t->v[i].name, postgres);

		jw_object(&b, NULL);
		jw_string(&b, "name", t->v[i].name);
		jw_string(&b, "file", t->v[i].file);
		jw_int(&b, "line", t->v[i].line);
		if (seconds >= 0)
			jw_real(&b, "seconds", seconds, 3);
		else
			jw_null(&b, "seconds");
		jw_end_object(&b);
	}
	jw_end_array(&b);
	out_json(&b);
}

/* Appends an entry. A workflow puts its test into hi run "^TEST$"; its name is fit for an artifact. */
static void
matrix_entry(struct buf *b, const char *test, const char *sub, bool postgres)
{
	char *whole = *sub != '\0' ? xasprintf("%s/%s.*", test, sub) : xstrdup(test);
	char *pattern = *sub != '\0' ? xasprintf("^%s$/^%s", test, sub) : xasprintf("^%s$", test);
	char *name = xasprintf("%s%s%s%s", test, *sub != '\0' ? "-" : "", sub, postgres ? "-postgres" : "");

	for (char *c = name; *c != '\0'; c++)
		if (!isalnum((unsigned char)*c) && *c != '_' && *c != '-')
			*c = '-';
	jw_object(b, NULL);
	jw_string(b, "test", whole);
	jw_string(b, "pattern", pattern);
	jw_string(b, "name", name);
	jw_bool(b, "postgres", postgres);
	jw_end_object(b);
	free(name);
	free(pattern);
	free(whole);
}

/* Reads the file of splits and PostgreSQL tests: splits gets "TEST SUBTEST", postgres "TEST". */
static int
matrix_read(const char *path, struct strs *splits, struct strs *postgres, struct err *e)
{
	struct buf text = {0};
	char *at, *line;
	int number = 0, rc = 0;

	if (file_read(path, FILE_MAX, &text, e) == -1)
		return -1;
	at = text.len > 0 ? text.s : NULL;
	while (rc == 0 && at != NULL && (line = strsep(&at, "\n")) != NULL) {
		char kind[16], test[256], sub[256];
		int n;

		number++;
		line[strcspn(line, "#")] = '\0';
		n = sscanf(line, " %15s %255s %255s %*1s", kind, test, sub);
		if (n == 3 && strcmp(kind, "split") == 0)
			strs_addf(splits, "%s %s", test, sub);
		else if (n == 2 && strcmp(kind, "postgres") == 0)
			strs_add_new(postgres, test);
		else if (n > 0)
			rc = err_set(e, "%s:%d: split TEST SUBTEST, or postgres TEST", path, number);
	}
	buf_free(&text);
	return rc;
}

/* Returns the rest of a line of the matrix file after test: " SUBTEST", or "". NULL: it is another test's. */
static const char *
matrix_rest(const char *line, const char *test)
{
	const char *rest = text_after(line, test);

	return rest != NULL && (*rest == ' ' || *rest == '\0') ? rest : NULL;
}

/* Appends entries for all tests, or (only not NULL) for those in only; returns how many. */
static size_t
matrix_tests(struct buf *b, const struct tests *t, const struct strs *splits, const struct strs *only,
    bool postgres)
{
	size_t n = 0;

	for (size_t i = 0; i < t->n; i++) {
		const char *name = t->v[i].name, *sub;
		size_t before = n;

		if (only != NULL && !strs_has(only, name))
			continue;
		for (size_t k = 0; k < splits->n; k++)
			if ((sub = matrix_rest(splits->v[k], name)) != NULL) {
				matrix_entry(b, name, sub + 1, postgres);
				n++;
			}
		if (n == before) {
			matrix_entry(b, name, "", postgres);
			n++;
		}
	}
	return n;
}

/* Warns about lines of the matrix file whose test no longer exists. */
static void
matrix_check(const char *path, const struct strs *lines, const struct tests *all)
{
	for (size_t i = 0; i < lines->n; i++) {
		size_t k = 0;

		while (k < all->n && matrix_rest(lines->v[i], all->v[k].name) == NULL)
			k++;
		if (k == all->n)
			err_say("%s: no test of this checkout is called %.*s", path,
			    (int)strcspn(lines->v[i], " "), lines->v[i]);
	}
}

static void
list_github(const struct tests *t, const struct strs *splits, const struct strs *postgres)
{
	struct buf b = {0};
	size_t n;

	jw_object(&b, NULL);
	jw_array(&b, "include");
	n = matrix_tests(&b, t, splits, NULL, false) + matrix_tests(&b, t, splits, postgres, true);
	jw_end_array(&b);
	jw_end_object(&b);
	buf_putc(&b, '\n');
	if (n > MATRIX_MAX)
		err_say("%zu entries, and GitHub takes %d in one matrix: cut it with --shard",
		    n, MATRIX_MAX);
	out_print(&b);
}

static int
list_tests(const struct list_options *o, const char *pattern, struct loop *l, struct err *e)
{
	struct strs splits = {0}, postgres = {0};
	struct checkout c = { 0 };
	struct tests t = { 0 };
	struct history h = { 0 };
	struct shard shard;
	char cut[CUT_SIZE], *logs;
	int code = 2;

	if (shard_parse(o->shard, &shard, e) == -1 || (pattern != NULL && pattern_check(pattern, e) == -1))
		return 2;
	if (*o->matrix != '\0' && matrix_read(o->matrix, &splits, &postgres, e) == -1)
		goto out;
	code = 3;
	if (checkout_find(NULL, &c, e) == -1 || tests_list(l, &c, &t, e) == -1)
		goto out;
	matrix_check(o->matrix, &splits, &t);
	matrix_check(o->matrix, &postgres, &t);
	if (pattern != NULL && tests_select(&t, pattern, e) == -1)
		goto out;
	code = t.n > 0 ? 0 : 4;
	if (t.n == 0)
		err_set(e, "no test matches %s", pattern != NULL ? pattern : "");
	logs = logs_directory(o->logs_dir);
	pick_history(logs, &h);
	free(logs);
	if (shard.n > 0)
		shard_keep(&t, &shard, &h, o->postgres, cut);
	if (o->json || strcmp(o->format, "json") == 0)
		list_json(&t, &h, o->postgres);
	else if (strcmp(o->format, "github") == 0)
		list_github(&t, &splits, &postgres);
	else
		for (size_t i = 0; i < t.n; i++)
			out_line("%s", t.v[i].name);
out:
	history_free(&h);
	tests_free(&t);
	checkout_free(&c);
	strs_free(&splits);
	strs_free(&postgres);
	return code;
}

static int
list_command(const void *opts, const struct strs *args)
{
	struct loop *l;
	struct err e;
	int code;

	if (args->n > 1)
		return one_pattern("hi list", args);
	l = loop_new();
	code = list_tests(opts, args->n == 1 ? args->v[0] : NULL, l, &e);
	if (code != 0)
		err_say("%s", e.text);
	loop_free(l);
	return code;
}

const struct command command_list = { .name = "list", .args = "[PATTERN]",
	.summary = "list the tests of this checkout",
	.about = "PATTERN is a POSIX extended regular expression and matches anywhere in a name.\n"
	    "In source order, build tags honoured, nothing compiled. The N parts of --shard are\n"
	    "together the whole, each test in one of them: by the durations in history.tsv, else evenly.\n"
	    "Cut all parts with the same history.",
	.flags = flags, .hints = cmd_hints, .opts_size = sizeof(struct list_options), .own_args = true,
	.run = list_command };
