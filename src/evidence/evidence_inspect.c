#include <stdlib.h>
#include <string.h>

#include "../base/file.h"
#include "../base/json.h"
#include "../base/mem.h"
#include "../base/text.h"
#include "evidence_internal.h"
#include "redact.h"

enum { BATCH = 16 };	/* containers whose JSON is in memory at once */

/* The value is overwritten as it is spelled, so that the JSON stays as long and valid. */
static void
hide(char *text, const struct json *j, int container)
{
	int env = json_path(j, container, "Config.Env");
	size_t len;

	for (int i = json_first(j, env); i >= 0; i = json_next(j, i)) {
		const char *raw = json_raw(j, i, &len), *eq;

		if (json_type(j, i) != JSON_STRING || !redact_is_secret_name(raw, len))
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

static int
save(const char *dir, const struct json *j, int container, size_t *files, struct err *e)
{
	char *name = json_dup(j, json_path(j, container, "Name")), *clean, *file, *path;
	size_t len;
	const char *raw = json_raw(j, container, &len);
	int rc;

	if (name == NULL)
		return 0;
	clean = text_as_file_name(name[0] == '/' ? name + 1 : name);
	file = xasprintf("%s.inspect.json", clean);
	path = file_join(dir, file);
	rc = file_replace(path, raw, len, e);
	if (rc == 0)
		++*files;
	free(path);
	free(file);
	free(clean);
	free(name);
	return rc;
}

static int
save_batch(struct docker *d, const char *dir, const struct strs *ids, size_t *files, struct err *e)
{
	struct json j = { 0 };
	struct buf text = { 0 };
	int rc = container_inspect(d, ids, &text, e);

	if (rc == 0 && (evidence_hide_env(text.s, text.len) == -1 || json_parse(&j, text.s, text.len) == -1))
		rc = err_set(e, "the engine's answer is no JSON");
	for (int k = json_first(&j, 0); rc == 0 && k >= 0; k = json_next(&j, k))
		rc = save(dir, &j, k, files, e);
	json_free(&j);
	buf_free(&text);
	return rc;
}

int
evidence_inspect(struct docker *d, const char *dir, const struct container *c, size_t n, size_t *files,
    struct err *e)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < n; i += BATCH) {
		struct strs ids = { 0 };

		for (size_t k = i; k < n && k < i + BATCH; k++)
			strs_add(&ids, c[k].id);
		rc = save_batch(d, dir, &ids, files, e);
		strs_free(&ids);
	}
	return rc;
}
