#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "../base/buf.h"
#include "../base/file.h"
#include "../base/mem.h"
#include "../base/text.h"
#include "gotool.h"

static const char PACKAGE[] = "hscontrol/capver";
static const char TABLE[] = "tailscaleToCapVer";
static const char COUNT_TAIL[] = "upportedMajorMinorVersions";	/* begins with s, or S since it is exported */

/* The text after the "=" that defines a name; NULL: it is not defined here. */
static const char *
versions_definition(const char *text, const char *name)
{
	for (const char *s = text; (s = strstr(s, name)) != NULL; s += strlen(name)) {
		const char *value = s + strlen(name);

		/* A type may come between name and "=". */
		value += strspn(value, " \t");
		value += strspn(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.[]");
		value += strspn(value, " \t");
		if (value[0] == '=' && value[1] != '=')
			return value + 1 + strspn(value + 1, " \t");
	}
	return NULL;
}

/* "1.9" is before "1.80". */
static int
versions_by_number(const void *a, const void *b)
{
	char *minor[2];
	long x = strtol(*(char *const *)a, &minor[0], 10), y = strtol(*(char *const *)b, &minor[1], 10);

	if (x == y) {
		x = strtol(minor[0] + strspn(minor[0], "."), NULL, 10);
		y = strtol(minor[1] + strspn(minor[1], "."), NULL, 10);
	}
	return x < y ? -1 : x > y;
}

/* Turns "v1.80.3" into "1.80", which the caller frees; NULL: it is not a version. */
static char *
versions_minor(const char *s, size_t len)
{
	char *version = xstrndup(s, len), *minor, *dot, *end;

	minor = xstrdup(version + (*version == 'v'));
	free(version);
	dot = strchr(minor, '.');
	if (dot == NULL) {
		free(minor);
		return NULL;
	}
	end = dot + 1 + strcspn(dot + 1, ".");
	*end = '\0';
	return minor;
}

/* Adds the minor versions of the keys in a map literal. s is at the literal's type. */
static void
versions_keys(const char *s, struct strs *keys)
{
	s += strcspn(s, "{");
	while (*s != '\0' && *s != '}') {
		if (s[0] == '/' && s[1] == '/') {
			s += strcspn(s, "\n");
		} else if (*s == '"') {
			size_t len = strcspn(s + 1, "\"\n");
			const char *behind = s + 1 + len;
			char *key = *behind == '"' ? versions_minor(s + 1, len) : NULL;

			if (*behind == '"')
				behind++;
			behind += strspn(behind, " \t");
			if (key != NULL && *behind == ':')
				strs_add_new(keys, key);
			free(key);
			s = behind;
		} else {
			s++;
		}
	}
}

int
versions_parse(const char *text, struct strs *releases, struct err *e)
{
	const char *table = versions_definition(text, TABLE), *number = versions_definition(text, COUNT_TAIL);
	long count;

	if (table == NULL)
		return err_set(e, "%s: no table %s", PACKAGE, TABLE);
	if (number == NULL || !isdigit((unsigned char)*number))
		return err_set(e, "%s: no number S%s", PACKAGE, COUNT_TAIL);
	versions_keys(table, releases);
	count = strtol(number, NULL, 10);
	if (releases->n > 1)
		qsort(releases->v, releases->n, sizeof(*releases->v), versions_by_number);
	while (count >= 0 && releases->n > (size_t)count)
		strs_del(releases, 0);
	return 0;
}

int
versions_read(const char *root, struct strs *releases, struct err *e)
{
	char *dir = file_join(root, PACKAGE);
	struct strs names = { 0 };
	struct buf text = { 0 };
	int ret = dir_names(dir, &names, e);

	for (size_t i = 0; i < names.n && ret == 0; i++) {
		const char *end = strrchr(names.v[i], '.');
		char *path = file_join(dir, names.v[i]);

		if (end != NULL && strcmp(end, ".go") == 0 && strstr(names.v[i], "_test") == NULL) {
			ret = file_read(path, 4 << 20, &text, e);
			buf_putc(&text, '\n');
		}
		free(path);
	}
	if (ret == 0)
		ret = versions_parse(buf_str(&text), releases, e);
	if (ret == -1)
		err_on(e, "no list of versions in this checkout");
	strs_free(&names);
	buf_free(&text);
	free(dir);
	return ret;
}

int
versions_select(const struct strs *releases, bool all, const char *exclude, struct strs *out, struct err *e)
{
	struct strs every = { 0 }, excluded = { 0 }, parts = { 0 };

	/* Without all, the first four and the last two of the whole list are chosen. */
	if (releases->n < 2)
		return err_set(e, "%s: fewer than two versions", PACKAGE);
	strs_addv(&every, (const char *const[]){ "head", "unstable", NULL });
	strs_addv(&every, strs_words(releases));
	strs_split(&parts, exclude, ',');
	for (size_t i = 0; i < parts.n; i++) {
		char *name = text_trim(parts.v[i]);

		strs_add(&excluded, name);
		free(name);
	}
	for (size_t i = 0; i < every.n; i++)
		if ((all || i < 4 || i + 2 >= every.n) && !strs_has(&excluded, every.v[i]))
			strs_addf(out, "%s%s", i < 2 ? "" : "v", every.v[i]);
	strs_free(&every);
	strs_free(&excluded);
	strs_free(&parts);
	return 0;
}
