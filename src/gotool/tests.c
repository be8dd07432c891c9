#include <sys/stat.h>

#include <ctype.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <wctype.h>

#include "../base/file.h"
#include "../base/mem.h"
#include "../base/text.h"
#include "gotool_internal.h"

enum { SOURCE_MAX = 16 << 20, DEPTH_MAX = 32 };

/* Go source that is read token by token. */
struct source {
	const char *token, *next;	/* the token is [token, next) */
	int line;			/* of the token */
};

/* The end of the comment, string or rune that starts at s; s itself if none does. */
static const char *
source_opaque_end(const char *s)
{
	const char *end;
	char quote = *s;

	if (quote == '/' && s[1] == '/')
		return s + strcspn(s, "\n");
	if ((quote == '/' && s[1] == '*') || quote == '`') {
		end = strstr(s + 1 + (quote == '/'), quote == '/' ? "*/" : "`");
		return end != NULL ? end + 1 + (quote == '/') : s + strlen(s);
	}
	if (quote != '"' && quote != '\'')
		return s;
	for (s++; *s != '\0' && *s != '\n' && *s != quote; s++)
		if (*s == '\\' && s[1] != '\0' && s[1] != '\n')
			s++;
	return s + (*s == quote);
}

static bool
source_is_identifier(char c)
{
	return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

/* Moves on to the next token, past blanks, comments and strings. Returns its first byte; 0 at the end. */
static char
source_next(struct source *s)
{
	const char *at = s->next, *end;

	for (;;) {
		end = at + strspn(at, " \t\r\n");
		if (end == at)
			end = source_opaque_end(at);
		if (end == at)
			break;
		for (; at < end; at++)
			s->line += *at == '\n';
	}
	s->token = at;
	while (source_is_identifier(*at))
		at++;
	s->next = at > s->token ? at : at + (*at != '\0');
	return *s->token;
}

static bool
source_token_is(const struct source *s, const char *word)
{
	size_t len = strlen(word);

	return (size_t)(s->next - s->token) == len && memcmp(s->token, word, len) == 0;
}

/* True: s, which follows "Test", begins with a small letter: Testify is no test. */
static bool
tests_begins_small(const char *s)
{
	static locale_t unicode;
	size_t n = text_utf8(s, strlen(s));
	wint_t c = (unsigned char)*s;

	if (n < 2)
		return islower((unsigned char)*s);
	if (unicode == (locale_t)0)
		unicode = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	for (c &= 0x7fu >> n; n > 1; n--)
		c = c << 6 | (*++s & 0x3f);
	return unicode != (locale_t)0 && iswlower_l(c, unicode);
}

/* True: the function whose name s is at is a test, NAME([t] *[testing.]T) {. s is by value, so that the
 * caller's does not move. */
static bool
tests_is_test(struct source s)
{
	if (strncmp(s.token, "Test", 4) != 0 || (s.next > s.token + 4 && tests_begins_small(s.token + 4)))
		return false;
	if (source_next(&s) != '(')
		return false;
	if (source_next(&s) != '*' && (!source_is_identifier(*s.token) || source_next(&s) != '*'))
		return false;
	if (!source_is_identifier(source_next(&s)))
		return false;
	if (!source_token_is(&s, "T")) {
		if (source_next(&s) != '.')
			return false;
		if (source_next(&s) != 'T' || !source_token_is(&s, "T"))
			return false;
	}
	if (source_next(&s) == ',')
		(void)source_next(&s);
	return *s.token == ')' && source_next(&s) == '{';
}

static void
tests_add(struct tests *out, const struct source *s, const char *file)
{
	out->v = xreallocarray(out->v, out->n + 1, sizeof(*out->v));
	out->v[out->n++] = (struct test){ .name = xstrndup(s->token, (size_t)(s->next - s->token)),
		.file = xstrdup(file), .line = s->line };
}

void
tests_scan(const char *text, const char *file, struct tests *out)
{
	struct source s = { .next = text, .line = 1 };
	int depth = 0;
	char c;

	while ((c = source_next(&s)) != '\0') {
		depth += c == '{' || c == '(' || c == '[';
		depth -= depth > 0 && (c == '}' || c == ')' || c == ']');
		if (depth > 0)
			continue;
		/* go ignores a file of that package. */
		if (source_token_is(&s, "package") && source_next(&s) != '\0' &&
		    source_token_is(&s, "documentation"))
			return;
		if (!source_token_is(&s, "func"))
			continue;
		c = source_next(&s);
		if (source_is_identifier(c) && tests_is_test(s))
			tests_add(out, &s, file);
		else
			depth += c == '(';
	}
}

static void
tests_scan_file(const struct checkout *c, const char *file, bool check_constraints, struct tests *out)
{
	char *path = file_join(c->root, file);
	struct buf text = { 0 };
	const char *s;

	if (file_read(path, SOURCE_MAX, &text, NULL) == 0) {
		/* Skip a byte order mark. */
		s = buf_str(&text);
		s += strncmp(s, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
		if (!check_constraints || constraint_includes(file_base(file), s, c->go))
			tests_scan(s, file, out);
	}
	free(path);
	buf_free(&text);
}

/* Sorts by directory, each before those below it, and then by file name. */
static int
tests_by_place(const void *a, const void *b)
{
	const char *x = *(char *const *)a, *y = *(char *const *)b;
	char *dir_x = file_dir(x), *dir_y = file_dir(y);
	int order = strcmp(dir_x, dir_y);

	free(dir_x);
	free(dir_y);
	return order != 0 ? order : strcmp(x, y);
}

/* Lists the files that go compiles for the tests. -1: there is no go, or it can't tell: it is too old for
 * this go.mod, or it may have stopped at a broken file. */
static int
tests_files_by_go(struct loop *l, const struct checkout *c, struct strs *files)
{
	static const char format[] =
	    "{{if .Error}}error\n{{end}}{{$dir := .Dir}}{{range .TestGoFiles}}{{$dir}}/{{.}}\n{{end}}"
	    "{{range .XTestGoFiles}}{{$dir}}/{{.}}\n{{end}}";
	static const char *const words[] = { "list", "-e", "-find", "-f", format, "./integration/...", NULL };
	struct strs paths = { 0 };
	struct buf out = { 0 };
	size_t len = strlen(c->root);
	int ret;

	ret = go_call(l, c->root, words, &out, NULL);
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

/* Lists the test files that go finds in ./integration/..., whatever their constraints say. */
static int
tests_files_by_walk(const char *root, const char *dir, int depth, struct strs *files, struct err *e)
{
	char *path = file_join(root, dir), *mod = file_join(path, "go.mod");
	bool nested = file_size(mod) >= 0;
	struct strs names = { 0 };
	int ret = nested || depth > DEPTH_MAX ? 0 : dir_names(path, &names, e);

	for (size_t i = 0; i < names.n && ret == 0; i++) {
		const char *name = names.v[i];
		char *below = file_join(dir, name), *full = file_join(root, below);
		struct stat st;

		if (*name == '.' || *name == '_' || lstat(full, &st) == -1)
			;
		else if (S_ISDIR(st.st_mode) && strcmp(name, "testdata") != 0)
			ret = tests_files_by_walk(root, below, depth + 1, files, e);
		else if (text_ends(name, "_test.go") && stat(full, &st) == 0 && S_ISREG(st.st_mode))
			strs_add(files, below);
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
	bool asked = l != NULL && tests_files_by_go(l, c, &files) == 0;
	int ret = 0;

	*out = (struct tests){ 0 };
	if (!asked)
		ret = tests_files_by_walk(c->root, "integration", 0, &files, e);
	if (files.n > 1)
		qsort(files.v, files.n, sizeof(*files.v), tests_by_place);
	for (size_t i = 0; i < files.n && ret == 0; i++)
		tests_scan_file(c, files.v[i], !asked, out);
	strs_free(&files);
	return ret;
}

void
tests_keep(struct tests *t, bool (*keep)(void *, const struct test *), void *arg)
{
	size_t kept = 0;

	for (size_t i = 0; i < t->n; i++) {
		if (keep(arg, &t->v[i])) {
			t->v[kept++] = t->v[i];
			continue;
		}
		free(t->v[i].name);
		free(t->v[i].file);
	}
	t->n = kept;
}

void
tests_free(struct tests *t)
{
	for (size_t i = 0; i < t->n; i++) {
		free(t->v[i].name);
		free(t->v[i].file);
	}
	free(t->v);
	*t = (struct tests){ 0 };
}
