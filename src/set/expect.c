#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "../base/file.h"
#include "../base/json.h"
#include "../base/mem.h"
#include "../base/text.h"
#include "set.h"

enum { FILE_MAX = 16 << 20 };
enum database { SQLITE, POSTGRES, ANY };

/* True: test ran in r. A run that ended before its first test is known by its pattern alone. */
static bool
expect_ran(const struct report *r, const char *test, const char *pattern)
{
	for (size_t i = 0; i < r->n; i++) {
		const char *rest = text_after(r->tests[i].name, test);

		/* "TestX (1 of 4)" is a test that a set repeated. */
		if (rest != NULL && (strchr(test, '/') != NULL || *rest == '\0' || *rest == ' '))
			return true;
	}
	return strcmp(r->pattern, pattern) == 0;
}

/* Adds test to missing unless one of v ran it. pattern NULL: "^test$". */
static void
expect_test(struct part *const *v, size_t n, const char *test, const char *pattern, enum database on,
    struct strs *missing)
{
	char *own = xasprintf("^%s$", test);
	bool ran = false;

	for (size_t i = 0; i < n && !ran; i++)
		ran = (on == ANY || v[i]->rep.f.postgres == (on == POSTGRES)) &&
		    expect_ran(&v[i]->rep, test, pattern != NULL ? pattern : own);
	if (!ran)
		strs_addf(missing, "%s%s", test, on == POSTGRES ? " [postgres]" : "");
	free(own);
}

/* An entry of a matrix has a member test, TestX or TestX/sub.*; one of a JSON list has a name. */
static int
expect_entry(struct part *const *v, size_t n, const struct json *j, int entry, struct strs *missing)
{
	char *test = json_dup_member(j, entry, "test"), *pattern = json_dup_member(j, entry, "pattern");
	char *name = json_dup_member(j, entry, "name");
	int rc = 0;

	if (test != NULL && text_ends(test, ".*"))
		test[strlen(test) - 2] = '\0';
	if (test != NULL && pattern != NULL)
		expect_test(v, n, test, pattern, json_true(j, json_member(j, entry, "postgres")) ?
		    POSTGRES : SQLITE, missing);
	else if (name != NULL)
		expect_test(v, n, name, NULL, ANY, missing);
	else
		rc = -1;
	free(test);
	free(pattern);
	free(name);
	return rc;
}

static int
expect_json(struct part *const *v, size_t n, const struct buf *text, struct strs *missing)
{
	struct json j = {0};
	int all, entry, rc = json_parse(&j, text->s, text->len);

	all = json_type(&j, 0) == JSON_OBJECT ? json_member(&j, 0, "include") : 0;
	if (json_type(&j, all) != JSON_ARRAY)
		rc = -1;
	for (entry = json_first(&j, all); rc == 0 && entry >= 0; entry = json_next(&j, entry))
		rc = expect_entry(v, n, &j, entry, missing);
	json_free(&j);
	return rc;
}

int
expect(const char *path, struct part *const *v, size_t n, struct strs *missing, struct err *e)
{
	struct buf text = {0};
	char *at, *line;
	int rc = 0;

	if (file_read(path, FILE_MAX, &text, e) == -1)
		return -1;
	at = text.len > 0 ? text.s : NULL;
	while (at != NULL && isspace((unsigned char)*at))
		at++;
	if (at != NULL && (*at == '{' || *at == '['))
		rc = expect_json(v, n, &text, missing);
	else
		while (rc == 0 && at != NULL && (line = strsep(&at, "\n")) != NULL)
			if (strncmp(line, "Test", 4) == 0)
				expect_test(v, n, line, NULL, ANY, missing);
			else if (*line != '\0')
				rc = -1;
	if (rc == -1)
		err_set(e, "%s: not what hi list prints", path);
	buf_free(&text);
	return rc;
}
