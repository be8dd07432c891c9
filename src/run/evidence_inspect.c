#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "../base/file.h"
#include "../base/json.h"
#include "../base/text.h"
#include "evidence_parts.h"

enum { BATCH = 16 };	/* containers whose JSON is in memory at once */

bool
evidence_is_secret(const char *assignment, size_t len)
{
	static const char *const marks[] = { "TOKEN", "PASS", "SECRET", "KEY", "CREDENTIAL" };
	const char *eq = memchr(assignment, '=', len);
	char name[256];
	size_t n = 0;

	if (eq == NULL)
		return false;
	for (const char *p = assignment; p < eq && n + 1 < sizeof(name); p++)
		name[n++] = (char)toupper((unsigned char)*p);
	name[n] = '\0';
	/* Where a secret lies is none. */
	if ((n > 5 && strcmp(name + n - 5, "_PATH") == 0) || (n > 5 && strcmp(name + n - 5, "_FILE") == 0))
		return false;
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (strstr(name, marks[i]) != NULL)
			return true;
	return false;
}

/* The value is overwritten as it is spelled, so that the JSON stays as long and valid. */
static void
hide(char *text, const struct json *j, int container)
{
	int env = json_path(j, container, "Config.Env");
	size_t len;

	for (int i = json_first(j, env); i >= 0; i = json_next(j, i)) {
		const char *raw = json_raw(j, i, &len), *eq;

		if (json_type(j, i) != JSON_STRING || !evidence_is_secret(raw, len))
			continue;
		eq = memchr(raw, '=', len);
		memset(text + (eq + 1 - text), '*', len - (size_t)(eq + 1 - raw));
	}
}

int
evidence_hide_env(char *text, size_t len)
{
	struct json j = { 0 };
	int rc = json_parse(&j, text, len);

	for (int c = json_first(&j, 0); rc == 0 && c >= 0; c = json_next(&j, c))
		hide(text, &j, c);
	json_free(&j);
	return rc;
}

static size_t
save(const char *dir, const struct json *j, int container, struct strs *missing)
{
	char *name = json_dup(j, json_path(j, container, "Name")), *clean, *path;
	size_t len, had = 0;
	const char *raw = json_raw(j, container, &len);
	struct buf file = { 0 };
	struct err e;

	if (name == NULL)
		return 0;
	clean = text_as_file_name(name[0] == '/' ? name + 1 : name);
	buf_printf(&file, "%s.inspect.json", clean);
	path = file_join(dir, buf_str(&file));
	if (file_replace(path, raw, len, &e) == 0)
		had = 1;
	else
		strs_addf(missing, "%s: %s", buf_str(&file), e.text);
	buf_free(&file);
	free(path);
	free(clean);
	free(name);
	return had;
}

size_t
evidence_inspect(struct docker *d, const char *dir, const struct container *c, size_t n,
    struct strs *missing)
{
	struct json j = { 0 };
	struct buf text = { 0 };
	size_t had = 0;
	struct err e;

	for (size_t i = 0; i < n; i += BATCH) {
		struct strs ids = { 0 };
		int rc;

		for (size_t k = i; k < n && k < i + BATCH; k++)
			strs_add(&ids, c[k].id);
		buf_reset(&text);
		rc = container_inspect(d, &ids, &text, &e);
		strs_free(&ids);
		if (rc == 0 && evidence_hide_env(text.s, text.len) == -1)
			rc = err_set(&e, "the engine's answer is no JSON");
		if (rc == -1) {
			strs_addf(missing, "inspect: %s", e.text);
			break;
		}
		if (json_parse(&j, text.s, text.len) == -1)
			break;
		for (int k = json_first(&j, 0); k >= 0; k = json_next(&j, k)) {
			size_t before = missing->n;

			had += save(dir, &j, k, missing);
			/* A full disk is said once. */
			if (missing->n > before)
				goto out;
		}
	}
out:
	json_free(&j);
	buf_free(&text);
	return had;
}
