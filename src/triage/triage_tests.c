/* Signatures in the output of the tests, the runner and the engine. Only a test that did not pass counts, and
 * only what it says itself: an assertion that compares texts quotes them. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "../base/json.h"
#include "../base/mem.h"
#include "../base/text.h"
#include "triage_internal.h"

enum { SUSPECTS_MAX = 256 };

/* A signature in the output of a test that may still pass. */
struct suspect {
	char *package, *test;
	const struct failure *failure;
	char *line;
	long at;
};

struct test_scan {
	struct scan *s;
	const char *file;
	struct json j;
	struct buf output;
	struct suspect v[SUSPECTS_MAX];
	size_t n;
	char *quoting;		/* the test whose last assertion compared texts; NULL: none */
	bool any_failed, any_passed;	/* a test; a package */
	bool any_event, any_damage;	/* lines of the stream that are events; that ought to be */
};

/* Returns the row of the table that counts in a line, and its place in *pos; NULL: none. */
static const struct signature *
signature_in(const struct needles *m, const char *s, size_t len, size_t *pos)
{
	const struct signature *best = NULL;

	for (size_t at = 0;; at++) {
		int id = needles_next(m, s, len, &at);

		if (id == -1)
			return best != NULL && best->failure != NULL ? best : NULL;
		if (best == NULL || &signatures[id] < best) {
			best = &signatures[id];
			*pos = at;
		}
	}
}

/* True: p belongs to test, or to a subtest of it; if test is "", to any test of the package. */
static bool
suspect_is_of(const struct suspect *p, const char *package, const char *test)
{
	size_t n = strlen(test);

	return strcmp(p->package, package) == 0 &&
	    (n == 0 || (strncmp(p->test, test, n) == 0 && (p->test[n] == '\0' || p->test[n] == '/')));
}

static void
suspect_free(struct suspect *p)
{
	free(p->package);
	free(p->test);
	free(p->line);
}

/* A test that passed was not harmed by what it reported. */
static void
suspects_discard(struct test_scan *ts, const char *package, const char *test)
{
	size_t kept = 0;

	for (size_t i = 0; i < ts->n; i++)
		if (suspect_is_of(&ts->v[i], package, test))
			suspect_free(&ts->v[i]);
		else
			ts->v[kept++] = ts->v[i];
	ts->n = kept;
}

static void
suspects_add(struct test_scan *ts, const char *package, const char *test, const struct failure *f, char *line,
    long at)
{
	for (size_t i = 0; i < ts->n; i++)
		if (strcmp(ts->v[i].test, test) == 0 && strcmp(ts->v[i].package, package) == 0) {
			free(line);
			return;
		}
	if (ts->n == SUSPECTS_MAX)
		free(line);
	else
		ts->v[ts->n++] = (struct suspect){ xstrdup(package), xstrdup(test), f, line, at };
}

/* True: testify's "Error:" is about an error that the test got, not about two texts that it compared. */
static bool
assertion_is_own_error(const char *s)
{
	static const char *const own[] = { "Received unexpected error", "Expected nil, but got", "Condition ",
	    "Fail" };

	s += strspn(s, " \t");
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (text_after(s, own[i]) != NULL)
			return true;
	return *s == '\0';
}

/* True: word is in s, and begins a word there: "unexpected EOF" compares nothing. */
static bool
assertion_has_word(const char *s, const char *word)
{
	for (const char *at = s; (at = strstr(at, word)) != NULL; at++)
		if (at == s || !isalpha((unsigned char)at[-1]))
			return true;
	return false;
}

/* True: pos is in the quotes of an assertion like `got "...", want "..."`: somebody else said it. */
static bool
assertion_is_quoted(const char *s, size_t pos)
{
	static const char *const words[] = { "want", "expect", "contain ", "contains ", "should ", "equal" };
	bool inside = false;

	for (size_t i = 0; i < pos; i++)
		inside ^= s[i] == '"' && (i == 0 || s[i - 1] != '\\');
	for (size_t i = 0; inside && i < sizeof(words) / sizeof(words[0]); i++)
		if (assertion_has_word(s, words[i]))
			return true;
	return false;
}

/* False: the line belongs to an assertion of the test that compares texts. */
static bool
assertion_follow(struct test_scan *ts, const char *test, const char *s)
{
	const char *error = strstr(s, "\tError:");

	if (strncmp(s, "        \t", 9) != 0)
		return true;
	if (error != NULL || strstr(s, "\tMessages:") != NULL) {
		bool quotes = error != NULL && !assertion_is_own_error(error + strlen("\tError:"));

		free(ts->quoting);
		ts->quoting = quotes ? xstrdup(test) : NULL;
	}
	return ts->quoting == NULL || strcmp(ts->quoting, test) != 0;
}

static void
tests_output(struct test_scan *ts, const char *package, const char *test, long at)
{
	struct buf *b = &ts->output;
	const struct signature *sig;
	size_t pos;

	while (b->len > 0 && isspace((unsigned char)b->s[b->len - 1]))
		b->s[--b->len] = '\0';
	if (b->len == 0 || !assertion_follow(ts, test, b->s))
		return;
	sig = signature_in(&ts->s->needles, b->s, b->len, &pos);
	if (sig != NULL && !assertion_is_quoted(b->s, pos))
		suspects_add(ts, package, test, sig->failure, triage_excerpt(b->s, b->len, pos), at);
}

static bool
tests_plain_line(void *arg, const struct line *l)
{
	struct test_scan *ts = arg;
	const struct signature *sig;
	size_t pos;

	sig = signature_in(&ts->s->needles, l->s, l->len, &pos);
	if (sig != NULL)
		scan_blame(ts->s, sig->failure, ts->file, l->at, triage_excerpt(l->s, l->len, pos));
	return sig == NULL;
}

static bool
tests_event_line(void *arg, const struct line *l)
{
	struct test_scan *ts = arg;
	char *package, *test, *action;

	if (l->len == 0 || *l->s != '{')
		return tests_plain_line(arg, l);
	if (l->goes_on || json_parse(&ts->j, l->s, l->len) == -1 ||
	    (action = json_dup_member(&ts->j, 0, "Action")) == NULL) {
		ts->any_damage = true;
		return true;
	}
	ts->any_event = true;
	package = json_dup_member(&ts->j, 0, "Package");
	test = json_dup_member(&ts->j, 0, "Test");
	buf_reset(&ts->output);
	if (strcmp(action, "pass") == 0 || strcmp(action, "skip") == 0) {
		ts->any_passed |= test == NULL;
		suspects_discard(ts, package != NULL ? package : "", test != NULL ? test : "");
	} else if (strcmp(action, "fail") == 0) {
		ts->any_failed = true;
	} else if (json_string(&ts->j, json_member(&ts->j, 0, "Output"), &ts->output) == 0) {
		tests_output(ts, package != NULL ? package : "", test != NULL ? test : "", l->at);
	}
	free(action);
	free(package);
	free(test);
	return true;
}

/* go that ended before its first event said why on its stderr: an empty stream is then the whole stream. */
static bool
tests_never_began(const struct scan *s)
{
	return s->finished && scan_size(s, "go-test.json") == 0 && scan_size(s, "runner.log") > 0;
}

void
scan_tests(struct scan *s)
{
	struct test_scan *ts = xcalloc(1, sizeof(*ts));
	size_t n = 0;

	ts->s = s;
	needles_init(&s->needles, IN_TEST);
	ts->file = "go-test.json";
	if (strs_has(&s->names, ts->file))
		scan_lines(s, ts->file, s->run_failure == NULL && !tests_never_began(s), tests_event_line,
		    ts);
	if (ts->any_damage && !ts->any_event)
		scan_unread(s, ts->file, "holds no event of go test");
	s->t->passed = ts->any_passed && !ts->any_failed;
	s->t->interrupted = s->t->interrupted && !ts->any_failed;
	for (size_t i = 0; i < ts->n; i++) {
		scan_blame(s, ts->v[i].failure, ts->file, ts->v[i].at, ts->v[i].line);
		ts->v[i].line = NULL;
		suspect_free(&ts->v[i]);
	}
	ts->file = "runner.log";
	if (strs_has(&s->names, ts->file))
		scan_lines(s, ts->file, false, tests_plain_line, ts);
	needles_init(&s->needles, IN_INSPECT);
	while ((ts->file = scan_next(s, READ_AS_INSPECT, &n)) != NULL)
		scan_lines(s, ts->file, false, tests_plain_line, ts);
	needles_init(&s->needles, IN_EVENTS);
	ts->file = "events.json";
	if (strs_has(&s->names, ts->file))
		scan_lines(s, ts->file, false, tests_plain_line, ts);
	free(ts->quoting);
	json_free(&ts->j);
	buf_free(&ts->output);
	free(ts);
}

void
scan_missing(struct scan *s)
{
	struct test_scan ts = { .s = s, .file = "summary.json" };
	struct line l = {0};

	needles_init(&s->needles, IN_OTHER);
	for (size_t i = 0; i < s->missing.n; i++) {
		l.s = s->missing.v[i];
		l.len = strlen(l.s);
		(void)tests_plain_line(&ts, &l);
	}
}
