/* Build constraints, as package go/build reads them, for a build in the runner. */
#include <sys/utsname.h>

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "../base/mem.h"
#include "go.h"

struct expr {
	const char *s;
	const char *go;	/* "1.26.1" */
	int depth;
	bool wrong;
};

static const char *
architecture(const char *machine)
{
	static const char *const names[][2] = {
		{ "x86_64", "amd64" }, { "amd64", "amd64" }, { "aarch64", "arm64" }, { "arm64", "arm64" },
		{ "i386", "386" }, { "i686", "386" }, { "armv6l", "arm" }, { "armv7l", "arm" },
		{ "riscv64", "riscv64" }, { "ppc64le", "ppc64le" }, { "s390x", "s390x" },
		{ "loongarch64", "loong64" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i][0], machine) == 0)
			return names[i][1];
	return "";
}

static bool
is_architecture(const char *tag)
{
	struct utsname u;

	return uname(&u) == 0 && strcmp(architecture(u.machine), tag) == 0;
}

/* go1.N: true from that version on. */
static bool
go_tag(const char *tag, const char *go)
{
	char *end;
	long minor;

	if (strncmp(tag, "go1.", 4) != 0 || strncmp(go, "1.", 2) != 0)
		return false;
	minor = strtol(tag + 4, &end, 10);
	return *end == '\0' && end != tag + 4 && minor >= 1 && minor <= strtol(go + 2, NULL, 10);
}

static bool
tag_holds(const char *tag, const char *go)
{
	return strcmp(tag, "linux") == 0 || strcmp(tag, "unix") == 0 || strcmp(tag, "gc") == 0 ||
	    strcmp(tag, "cgo") == 0 || is_architecture(tag) || go_tag(tag, go);
}

static bool parse_or(struct expr *x);

static bool
takes(struct expr *x, const char *token)
{
	size_t len = strlen(token);

	x->s += strspn(x->s, " \t");
	if (strncmp(x->s, token, len) != 0)
		return false;
	x->s += len;
	return true;
}

static bool
parse_not(struct expr *x)
{
	bool negated = false, value;
	const char *start;
	char *tag;

	while (takes(x, "!"))
		negated = !negated;
	if (takes(x, "(")) {
		if (++x->depth > 100) {
			x->wrong = true;
			return false;
		}
		value = parse_or(x);
		x->depth--;
		x->wrong = !takes(x, ")") || x->wrong;
		return value != negated;
	}
	start = x->s;
	while (isalnum((unsigned char)*x->s) || *x->s == '_' || *x->s == '.' || (unsigned char)*x->s >= 0x80)
		x->s++;
	if (x->s == start) {
		x->wrong = true;
		return false;
	}
	tag = xstrndup(start, (size_t)(x->s - start));
	value = tag_holds(tag, x->go);
	free(tag);
	return value != negated;
}

static bool
parse_and(struct expr *x)
{
	bool value = parse_not(x);

	while (!x->wrong && takes(x, "&&"))
		value = parse_not(x) && value;
	return value;
}

static bool
parse_or(struct expr *x)
{
	bool value = parse_and(x);

	while (!x->wrong && takes(x, "||"))
		value = parse_and(x) || value;
	return value;
}

bool
build_expression(const char *expr, const char *go_version)
{
	struct expr x = { .s = expr, .go = go_version };
	bool value = parse_or(&x);

	x.s += strspn(x.s, " \t\r");
	return value && !x.wrong && *x.s == '\0';
}

static bool
is_known(const char *const *names, const char *name)
{
	for (; *names != NULL; names++)
		if (strcmp(*names, name) == 0)
			return true;
	return false;
}

/* name_GOOS_GOARCH_test.go, and each part of that alone. */
static bool
name_fits(const char *file_name)
{
	static const char *const systems[] = {
		"aix", "android", "darwin", "dragonfly", "freebsd", "hurd", "illumos", "ios", "js", "linux",
		"nacl", "netbsd", "openbsd", "plan9", "solaris", "wasip1", "windows", "zos", NULL
	};
	static const char *const machines[] = {
		"386", "amd64", "amd64p32", "arm", "armbe", "arm64", "arm64be", "loong64", "mips", "mipsle",
		"mips64", "mips64le", "mips64p32", "mips64p32le", "ppc", "ppc64", "ppc64le", "riscv",
		"riscv64", "s390", "s390x", "sparc", "sparc64", "wasm", NULL
	};
	char *stem = xstrndup(file_name, strcspn(file_name, "."));
	const char *tail = strchr(stem, '_');
	struct strs parts = { 0 };
	bool fits = true;
	size_t n;

	if (tail != NULL)
		strs_split(&parts, tail, '_');
	n = parts.n;
	if (n > 0 && strcmp(parts.v[n - 1], "test") == 0)
		n--;
	if (n > 0 && is_known(machines, parts.v[n - 1])) {
		fits = is_architecture(parts.v[n - 1]);
		if (n > 1 && is_known(systems, parts.v[n - 2]))
			fits = fits && strcmp(parts.v[n - 2], "linux") == 0;
	} else if (n > 0 && is_known(systems, parts.v[n - 1])) {
		fits = strcmp(parts.v[n - 1], "linux") == 0;
	}
	strs_free(&parts);
	free(stem);
	return fits;
}

/* The expression stands in the comments before the package clause; NULL: there is none. */
static char *
find_expression(const char *text)
{
	const char *close;

	while (*text != '\0') {
		size_t len;

		text += strspn(text, " \t\r\n");
		len = strcspn(text, "\n");
		if (strncmp(text, "//", 2) == 0) {
			if (strncmp(text, "//go:build", 10) == 0 && (text[10] == ' ' || text[10] == '\t'))
				return xstrndup(text + 10, len - 10);
			text += len;
		} else if (strncmp(text, "/*", 2) == 0 && (close = strstr(text + 2, "*/")) != NULL) {
			text = close + 2;
		} else {
			return NULL;
		}
	}
	return NULL;
}

bool
build_includes(const char *file_name, const char *text, const char *go_version)
{
	char *expr;
	bool holds;

	if (!name_fits(file_name))
		return false;
	expr = find_expression(text);
	holds = expr == NULL || build_expression(expr, go_version);
	free(expr);
	return holds;
}
