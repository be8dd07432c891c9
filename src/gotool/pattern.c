#include <ctype.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include <bsd/string.h>

#include "../base/buf.h"
#include "../base/mem.h"
#include "../base/text.h"
#include "gotool.h"

size_t
pattern_element(const char *s)
{
	int classes = 0, groups = 0;

	for (size_t i = 0; s[i] != '\0'; i++) {
		if (s[i] == '\\' && s[i + 1] != '\0')
			i++;
		else if (s[i] == '[')
			classes++;
		else if (s[i] == ']')
			classes -= classes > 0;
		else if (s[i] == '(')
			groups += classes == 0;
		else if (s[i] == ')')
			groups -= classes == 0;
		else if (classes == 0 && groups == 0 && (s[i] == '/' || s[i] == '|'))
			return i;
	}
	return strlen(s);
}

/* The end of the class that s begins with, such as "[^]a-z]" or "[[:alpha:]]"; NULL: it has none. */
static const char *
pattern_class_end(const char *s)
{
	s += s[1] == '^' ? 2 : 1;
	for (bool first = true; *s != '\0'; first = false) {
		const char *name = strncmp(s, "[:", 2) == 0 ? strstr(s, ":]") : NULL;

		if (*s == ']' && !first)
			return s + 1;
		s += name != NULL ? name + 2 - s : *s == '\\' && s[1] != '\0' ? 2 : 1;
	}
	return NULL;
}

/* Returns a message if s begins with something that PCRE has, but Go's regular expressions lack; or NULL. */
static const char *
pattern_foreign(const char *s)
{
	if (strncmp(s, "(?=", 3) == 0 || strncmp(s, "(?!", 3) == 0 || strncmp(s, "(?<=", 4) == 0 ||
	    strncmp(s, "(?<!", 4) == 0)
		return "Go has no lookahead and no lookbehind";
	if (*s == '\\' && s[1] >= '1' && s[1] <= '9' && !isdigit((unsigned char)s[2]))
		return "Go has no backreferences";
	return NULL;
}

/* The first mistake in a regular expression that a simple scan finds; NULL: none. */
static const char *
pattern_fault(const char *s)
{
	bool nothing = true;	/* there is nothing here that a repetition could repeat */
	int groups = 0, repeated = 0;	/* repetitions just before s; "*?", which is one, counts 2 */
	const char *fault;

	while (*s != '\0') {
		bool repeats = strchr("*+?", *s) != NULL;

		if (nothing && repeats)
			return "nothing stands before a repetition (*, +, ?): "
			    "it is a regular expression, no glob";
		if (repeats && (repeated == 2 || (repeated == 1 && *s != '?')))
			return "a repetition (*, +, ?) of a repetition: it is a regular expression, no glob";
		repeated = repeats ? repeated + 1 : 0;
		nothing = *s == '(' || *s == '|' || *s == '/';
		if (*s == '\\' && s[1] == '\0')
			return "trailing backslash";
		if ((fault = pattern_foreign(s)) != NULL)
			return fault;
		if (*s == ')' && groups-- == 0)
			return "unexpected )";
		groups += *s == '(';
		if (*s != '[')
			s += *s == '\\' || strncmp(s, "(?", 2) == 0 ? 2 : 1;
		else if ((s = pattern_class_end(s)) == NULL)
			return "missing closing ]";
	}
	return groups > 0 ? "missing closing )" : NULL;
}

int
pattern_check(const char *pattern, struct err *e)
{
	/* A pattern with quoted text is not checked. */
	const char *fault = strstr(pattern, "\\Q") == NULL ? pattern_fault(pattern) : NULL;

	if (strncmp(pattern, "./", 2) == 0 || strncmp(pattern, "../", 3) == 0 || text_ends(pattern, ".go") ||
	    (text_ends(pattern, "/...") && strstr(pattern, "Test") == NULL))
		return err_as(e, ERR_USAGE,
		    "\"%s\" is a path, and the pattern is for names of tests: TestPing, or . for " "all",
		    pattern);
	if (isspace((unsigned char)*pattern))
		return err_as(e, ERR_USAGE, "the pattern \"%s\" begins with a blank, unlike any test",
		    pattern);
	if (fault != NULL)
		return err_as(e, ERR_USAGE, "the pattern \"%s\" is not a regular expression: %s", pattern,
		    fault);
	return 0;
}

/* The pattern's elements for top-level tests as one expression; the caller frees it. Blanks become '_', as
 * package testing does in names and patterns. */
static char *
pattern_of_names(const char *pattern)
{
	struct buf out = { 0 };
	bool first = true;

	for (size_t len; ; pattern += len + 1) {
		len = pattern_element(pattern);
		if (first)
			buf_add(&out, pattern, len);
		first = pattern[len] == '|';
		if (first)
			buf_putc(&out, '|');
		if (pattern[len] == '\0')
			break;
	}
	for (size_t i = 0; i < out.len; i++)
		if (isspace((unsigned char)out.s[i]))
			out.s[i] = '_';
	return buf_take(&out);
}

static bool
pattern_matches(void *arg, const struct test *t)
{
	return regexec(arg, t->name, 0, NULL, 0) == 0;
}

int
tests_select(struct tests *t, const char *pattern, struct err *e)
{
	char *names = pattern_of_names(pattern), words[256];
	const char *perl = names;
	regex_t re;
	int failed;

	/* libc reads some of Perl's escapes and groups as something else, so none is accepted. */
	while (*perl != '\0' && !(*perl == '\\' && isalnum((unsigned char)perl[1])) &&
	    strncmp(perl, "(?", 2) != 0)
		perl += *perl == '\\' && perl[1] != '\0' ? 2 : 1;
	if (*perl != '\0') {
		failed = REG_BADPAT;
		strlcpy(words, "it has no \\d, \\w, \\b or (?...): write [0-9], or (...)", sizeof(words));
	} else if (*names == '\0') {
		free(names);
		return 0;
	} else if ((failed = regcomp(&re, names, REG_EXTENDED | REG_NOSUB)) != 0)
		regerror(failed, &re, words, sizeof(words));
	free(names);
	if (failed != 0)
		return err_as(e, ERR_USAGE,
		    "the pattern \"%s\" is not a POSIX extended regular expression: %s", pattern, words);
	tests_keep(t, pattern_matches, &re);
	regfree(&re);
	return 0;
}
