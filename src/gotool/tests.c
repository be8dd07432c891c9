#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "../base/file.h"
#include "../base/mem.h"
#include "../base/text.h"
#include "go.h"

enum { SOURCE_MAX = 16 << 20, DEPTH_MAX = 32 };

static bool
is_identifier(char c)
{
	return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

static const char *
skip_blanks(const char *s)
{
	return s + strspn(s, " \t\r\n");
}

static const char *
skip_identifier(const char *s)
{
	while (is_identifier(*s))
		s++;
	return s;
}

/* At "func Test": the end of the name, where it is a test's: NAME(t *testing.T). */
static const char *
test_name_end(const char *name)
{
	const char *end = skip_identifier(name), *s, *type;

	/* "Testify" is none. */
	if (islower((unsigned char)name[4]))
		return NULL;
	s = skip_blanks(end);
	if (*s++ != '(')
		return NULL;
	s = skip_blanks(skip_identifier(skip_blanks(s)));
	if (*s++ != '*')
		return NULL;
	type = s = skip_blanks(s);
	s = skip_identifier(s);
	if (*s == '.') {
		type = ++s;
		s = skip_identifier(s);
	}
	if (s != type + 1 || *type != 'T')
		return NULL;
	s = skip_blanks(s);
	s = skip_blanks(s + (*s == ','));
	return *s == ')' ? end : NULL;
}

/* Behind a comment, a string or a rune that starts at s; s itself where none does. */
static const char *
skip_opaque(const char *s)
{
	const char *end;
	char quote = *s;

	if (quote == '/' && s[1] == '/')
		return s + strcspn(s, "\n");
	if (quote == '/' && s[1] == '*') {
		end = strstr(s + 2, "*/");
		return end != NULL ? end + 2 : s + strlen(s);
	}
	if (quote == '`') {
		end = strchr(s + 1, '`');
		return end != NULL ? end + 1 : s + strlen(s);
	}
	if (quote != '"' && quote != '\'')
		return s;
	for (s++; *s != '\0' && *s != '\n' && *s != quote; s++)
		if (*s == '\\' && s[1] != '\0' && s[1] != '\n')
			s++;
	return *s == quote ? s + 1 : s;
}

static void
add_test(struct tests *out, const char *name, size_t len, const char *file, int line)
{
	out->v = xreallocarray(out->v, out->n + 1, sizeof(*out->v));
	out->v[out->n++] = (struct test){ .name = xstrndup(name, len), .file = xstrdup(file), .line = line };
}

void
tests_scan(const char *text, const char *file, struct tests *out)
{
	bool line_start = true;
	const char *end;
	int line = 1;

	for (const char *s = text; *s != '\0';) {
		if (line_start && strncmp(s, "func Test", 9) == 0 && (end = test_name_end(s + 5)) != NULL)
			add_test(out, s + 5, (size_t)(end - s) - 5, file, line);
		end = skip_opaque(s);
		if (end == s)
			end++;
		line_start = end[-1] == '\n';
		for (; s < end; s++)
			line += *s == '\n';
	}
}

static void
scan_file(const struct checkout *c, const char *file, bool check_constraints, struct tests *out)
{
	char *path = file_join(c->root, file);
	struct buf text = { 0 };

	if (file_read(path, SOURCE_MAX, &text, NULL) == 0 &&
	    (!check_constraints || build_includes(file_base(file), buf_str(&text), c->go)))
		tests_scan(buf_str(&text), file, out);
	free(path);
	buf_free(&text);
}

/* Files of one directory by name, the directory before those below it. */
static int
by_place(const void *a, const void *b)
{
	const char *x = *(char *const *)a, *y = *(char *const *)b;
	char *dir_x = file_dir(x), *dir_y = file_dir(y);
	int order = strcmp(dir_x, dir_y);

	free(dir_x);
	free(dir_y);
	return order != 0 ? order : strcmp(x, y);
}

/* What go compiles for the tests; -1: there is no go, or none that can tell. */
static int
files_by_go(struct loop *l, const struct checkout *c, struct strs *files)
{
	static const char format[] = "{{$dir := .Dir}}{{range .TestGoFiles}}{{$dir}}/{{.}}\n{{end}}"
	    "{{range .XTestGoFiles}}{{$dir}}/{{.}}\n{{end}}";
	struct strs paths = { 0 };
	struct buf out = { 0 };
	size_t len = strlen(c->root);
	int ret;

	ret = go_call(l, c->root, WORDS("list", "-e", "-find", "-f", format, "./integration/..."), &out,
	    NULL);
	if (ret == 0 && out.len == 0)
		ret = -1;
	if (ret == 0)
		strs_split(&paths, out.s, '\n');
	for (size_t i = 0; i < paths.n && ret == 0; i++) {
		if (strncmp(paths.v[i], c->root, len) == 0 && paths.v[i][len] == '/')
			strs_add(files, paths.v[i] + len + 1);
		else
			ret = -1;
	}
	if (ret == -1)
		strs_free(files);
	strs_free(&paths);
	buf_free(&out);
	return ret;
}

/* What ./integration/... means to go. */
static int
files_by_walk(const char *root, const char *dir, int depth, struct strs *files, struct err *e)
{
	char *path = file_join(root, dir), *mod = file_join(path, "go.mod");
	bool nested = file_exists(mod);
	struct strs names = { 0 };
	int ret = nested || depth > DEPTH_MAX ? 0 : dir_names(path, &names, e);

	for (size_t i = 0; i < names.n && ret == 0; i++) {
		const char *name = names.v[i];
		char *below = file_join(dir, name), *full = file_join(root, below);

		if (*name == '.' || *name == '_')
			;
		else if (file_size(full) >= 0 && text_ends(name, "_test.go"))
			strs_add(files, below);
		else if (file_size(full) < 0 && file_is_dir(full) && strcmp(name, "testdata") != 0)
			ret = files_by_walk(root, below, depth + 1, files, e);
		free(below);
		free(full);
	}
	strs_free(&names);
	free(path);
	free(mod);
	return ret;
}

int
tests_list(struct loop *l, const struct checkout *c, struct tests *out, struct err *e)
{
	struct strs files = { 0 };
	bool asked = files_by_go(l, c, &files) == 0;
	int ret = 0;

	*out = (struct tests){ 0 };
	if (!asked)
		ret = files_by_walk(c->root, "integration", 0, &files, e);
	if (files.n > 1)
		qsort(files.v, files.n, sizeof(*files.v), by_place);
	for (size_t i = 0; i < files.n && ret == 0; i++)
		scan_file(c, files.v[i], !asked, out);
	strs_free(&files);
	return ret;
}
