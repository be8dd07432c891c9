/* Build constraints, as package go/build reads them. headscale's own tests have none today; if there is a go,
 * it is asked instead. */
#include <sys/utsname.h>

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "../base/mem.h"
#include "../base/strs.h"
#include "gotool_internal.h"

enum { PARENS_MAX = 1000 };

#define BLANKS " \t\r\n\f\v"

static const char *const systems[] = { "aix", "android", "darwin", "dragonfly", "freebsd", "hurd", "illumos",
    "ios", "js", "linux", "nacl", "netbsd", "openbsd", "plan9", "solaris", "wasip1", "windows", "zos", NULL };
static const char *const machines[] = { "386", "amd64", "amd64p32", "arm", "armbe", "arm64", "arm64be",
    "loong64", "mips", "mipsle", "mips64", "mips64le", "mips64p32", "mips64p32le", "ppc", "ppc64", "ppc64le",
    "riscv", "riscv64", "s390", "s390x", "sparc", "sparc64", "wasm", NULL };

static bool
constraint_knows(const char *const *names, const char *name)
{
	while (*names != NULL && strcmp(*names, name) != 0)
		names++;
	return *names != NULL;
}

/* Go's name for this machine is that of uname, except for these. */
static bool
constraint_is_our_machine(const char *tag)
{
	static const char *const differ[][2] = { { "x86_64", "amd64" }, { "aarch64", "arm64" },
	    { "i386", "386" }, { "i686", "386" }, { "armv6l", "arm" }, { "armv7l", "arm" },
	    { "loongarch64", "loong64" } };
	struct utsname u;

	if (uname(&u) == -1)
		return false;
	for (size_t i = 0; i < sizeof(differ) / sizeof(differ[0]); i++)
		if (strcmp(u.machine, differ[i][0]) == 0)
			return strcmp(tag, differ[i][1]) == 0;
	return strcmp(tag, u.machine) == 0;
}

/* True: the tag is set. go1.N is set if go is at least that version. */
static bool
constraint_tag(const char *tag, const char *go)
{
	static const char *const set[] = { "linux", "unix", "gc", "cgo", NULL };
	char *end;
	long minor;

	if (strncmp(tag, "go1.", 4) != 0 || strncmp(go, "1.", 2) != 0)
		return constraint_knows(set, tag) || constraint_is_our_machine(tag);
	minor = strtol(tag + 4, &end, 10);
	return *end == '\0' && tag[4] >= '0' && tag[4] <= '9' && minor <= strtol(go + 2, NULL, 10);
}

/* True: go compiles a file of this name: name_GOOS_GOARCH_test.go, or with just one of the two. */
static bool
constraint_name_fits(const char *file_name)
{
	char *stem = xstrndup(file_name, strcspn(file_name, "."));
	const char *tail = strchr(stem, '_'), *last, *before;
	struct strs parts = { 0 };
	bool fits = true;

	if (tail != NULL)
		strs_split(&parts, tail, '_');
	if (parts.n > 0 && strcmp(parts.v[parts.n - 1], "test") == 0)
		strs_del(&parts, parts.n - 1);
	last = parts.n > 0 ? parts.v[parts.n - 1] : "";
	before = parts.n > 1 ? parts.v[parts.n - 2] : "";
	if (constraint_knows(systems, last))
		fits = strcmp(last, "linux") == 0;
	else if (constraint_knows(machines, last))
		fits = constraint_is_our_machine(last) &&
		    (!constraint_knows(systems, before) || strcmp(before, "linux") == 0);
	strs_free(&parts);
	free(stem);
	return fits;
}

/* A //go:build expression that is being parsed. */
struct expression {
	const char *s;
	const char *go;
	int parens;
	bool wrong;
};

static bool expression_or(struct expression *x);

static bool
expression_takes(struct expression *x, const char *token)
{
	x->s += strspn(x->s, BLANKS);
	if (strncmp(x->s, token, strlen(token)) != 0)
		return false;
	x->s += strlen(token);
	return true;
}

static bool
expression_not(struct expression *x)
{
	bool negated = expression_takes(x, "!"), value;
	char tag[64];
	size_t n = 0;

	if (expression_takes(x, "(")) {
		x->wrong = x->wrong || ++x->parens > PARENS_MAX;
		value = !x->wrong && expression_or(x);
		x->wrong = x->wrong || !expression_takes(x, ")");
		return value != negated;
	}
	while (isalnum((unsigned char)x->s[n]) || x->s[n] == '_' || x->s[n] == '.' ||
	    (unsigned char)x->s[n] >= 0x80)
		n++;
	x->wrong = x->wrong || n == 0;
	/* A tag that is too long is none that is set. */
	memcpy(tag, x->s, n < sizeof(tag) ? n : 0);
	tag[n < sizeof(tag) ? n : 0] = '\0';
	x->s += n;
	return constraint_tag(tag, x->go) != negated;
}

static bool
expression_and(struct expression *x)
{
	bool value = expression_not(x);

	while (!x->wrong && expression_takes(x, "&&"))
		value = expression_not(x) && value;
	return value;
}

static bool
expression_or(struct expression *x)
{
	bool value = expression_and(x);

	while (!x->wrong && expression_takes(x, "||"))
		value = expression_and(x) || value;
	return value;
}

/* A malformed expression is false: go leaves out such a file, too. */
static bool
constraint_go_build(const char *line, const char *go)
{
	struct expression x = { .s = line, .go = go };
	bool value = expression_or(&x);

	return value && !x.wrong && *x.s == '\0';
}

/* "linux,!cgo darwin": one of the alternatives must hold, with all its tags. */
static bool
constraint_plus_build(char *line, const char *go)
{
	char *option, *tag;
	bool holds = false;

	while (!holds && (option = strsep(&line, BLANKS)) != NULL) {
		holds = *option != '\0';
		while (holds && (tag = strsep(&option, ",")) != NULL)
			holds = *tag == '!' ? tag[1] != '\0' && tag[1] != '!' && !constraint_tag(tag + 1,
			    go) : constraint_tag(tag, go);
	}
	return holds;
}

/* The rest of a line after word; NULL: the line does not begin with word and a blank or its end. */
static char *
line_after(char *line, const char *word)
{
	size_t len = strlen(word);

	return strncmp(line, word, len) == 0 && (line[len] == '\0' || strchr(BLANKS, line[len]) != NULL) ?
	    line + len : NULL;
}

/* True: the line holds only comments, or a part of one. */
static bool
line_is_comment(const char *s, bool *in_comment)
{
	while (*s != '\0') {
		if (*in_comment) {
			s = strstr(s, "*/");
			if (s == NULL)
				return true;
			*in_comment = false;
			s += 2;
		} else if (strncmp(s, "//", 2) == 0) {
			return true;
		} else if (strncmp(s, "/*", 2) == 0) {
			*in_comment = true;
			s += 2;
		} else {
			return false;
		}
		s += strspn(s, BLANKS);
	}
	return true;
}

/* Constraints are comments before the package clause: a single //go:build line or, without one, // +build
 * lines, which count only if a blank line follows them. */
static bool
constraint_header_holds(char *text, const char *go)
{
	bool in_comment = false, only_slashes = true, held = true, pending = true, held_build = true;
	char *line, *after;
	int builds = 0;

	while ((line = strsep(&text, "\n")) != NULL) {
		line += strspn(line, BLANKS);
		for (size_t n = strlen(line); n > 0 && strchr(BLANKS, line[n - 1]) != NULL; n--)
			line[n - 1] = '\0';
		if (*line == '\0' && only_slashes)
			held = held && pending;
		else if (strncmp(line, "//", 2) != 0)
			only_slashes = false;
		if (!in_comment && (after = line_after(line, "//go:build")) != NULL && ++builds == 1)
			held_build = constraint_go_build(after, go);
		else if (!in_comment && strncmp(line, "//", 2) == 0 &&
		    (after = line_after(line + 2 + strspn(line + 2, BLANKS), "+build")) != NULL)
			pending = pending && constraint_plus_build(after, go);
		if (!line_is_comment(line, &in_comment))
			break;
	}
	return builds > 0 ? builds == 1 && held_build : held;
}

bool
constraint_includes(const char *file_name, const char *text, const char *go_version)
{
	char *copy;
	bool holds;

	if (!constraint_name_fits(file_name))
		return false;
	copy = xstrdup(text);
	holds = constraint_header_holds(copy, go_version);
	free(copy);
	return holds;
}
