#include <bsd/string.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "../base/file.h"
#include "stream_internal.h"

enum { MESSAGE_MAX = 300 };

/* True for Go's own files, which testing and the runtime name in their reports. */
static bool
place_is_go(const char *path)
{
	const char *name = file_base(path);

	return strcmp(name, "testing.go") == 0 || strcmp(name, "_testmain.go") == 0 ||
	    strstr(path, "/src/runtime/") != NULL;
}

/* Finds "path/name.go:12" in s. test: only in a *_test.go file; path: only with its full path. */
static bool
place_find_in(const char *s, bool test, bool path, struct excerpt *x)
{
	const char *p, *from;

	for (p = strstr(s, ".go:"); p != NULL; p = strstr(p + 1, ".go:")) {
		/* Stacks and testify put a tab before a path, which may hold blanks. */
		for (from = p; from > s && (unsigned char)from[-1] >= ' '; from--)
			;
		if (*from != '/')
			for (from = p; from > s && (unsigned char)from[-1] > ' '; from--)
				;
		buf_reset(&x->file);
		buf_add(&x->file, from, (size_t)(p + 3 - from));
		x->line = strtol(p + 4, NULL, 10);
		if (isdigit((unsigned char)p[4]) && (!path || *from == '/') &&
		    (!test || text_ends(x->file.s, "_test.go")) && !place_is_go(x->file.s))
			return true;
	}
	buf_reset(&x->file);
	x->line = 0;
	return false;
}

static void
place_find_any(const char *s, struct excerpt *x)
{
	if (!place_find_in(s, true, true, x) && !place_find_in(s, true, false, x))
		(void)place_find_in(s, false, false, x);
}

/* Appends a line's words, one blank between them. */
static void
message_add(struct buf *out, const char *s)
{
	size_t n, end = strcspn(s, "\n");

	for (const char *p = s; p < s + end && out->len < MESSAGE_MAX; p += n) {
		p += strspn(p, " \t");
		n = strcspn(p, " \t\n");
		if (n > 0 && out->len > 0)
			buf_putc(out, ' ');
		buf_add(out, p, n < MESSAGE_MAX - out->len ? n : MESSAGE_MAX - out->len);
	}
}

/* Returns the text after "name.go:12: " or "name.go:12:3: "; s itself if it has no place. */
static const char *
line_behind_place(const char *s)
{
	const char *p = strstr(s, ".go:"), *colon;

	if (p == NULL || !isdigit((unsigned char)p[4]) || (size_t)(p - s) > strcspn(s, "\n") ||
	    (colon = strchr(p + 4, ':')) == NULL || colon[1] == '\n' || colon[1] == '\0')
		return s;
	s = colon + 1;
	if (isdigit((unsigned char)*s) && s[strspn(s, "0123456789")] == ':')
		s += strspn(s, "0123456789") + 1;
	return s;
}

/* Appends testify's "Error:" up to its "Messages:" or "Test:". */
static void
message_of_testify(const char *s, struct buf *out)
{
	const char *p = strstr(s, "\tError:"), *line;

	if (p == NULL) {
		message_add(out, line_behind_place(s));
		return;
	}
	message_add(out, p + strlen("\tError:"));
	for (line = line_next(p); *line != '\0'; line = line_next(line)) {
		p = line + strspn(line, " \t");
		if (strncmp(p, "Test:", 5) == 0 || strncmp(p, "Messages:", 9) == 0 || p - line < 8)
			break;
		message_add(out, p);
	}
}

/* Appends a crash's message: what precedes its first stack, the list of running tests, or the address where
 * a signal arrived. */
static void
message_of_crash(const char *s, struct buf *out)
{
	for (; *s != '\0' && *s != '\n' && strncmp(s, "goroutine ", 10) != 0 &&
	    strncmp(s, "\trunning tests:", 15) != 0 && strncmp(s, "PC=", 3) != 0 &&
	    strncmp(s, "[signal ", 8) != 0; s = line_next(s))
		message_add(out, s);
}

/* Appends the message of a process that ended without a word from testing: its last line that is neither
 * indented nor part of a stack. The go command's line on how it ended ("signal: killed"), if any, is that. */
static void
message_of_end(const char *s, struct buf *out)
{
	const char *line, *best = NULL, *any = NULL;
	size_t n;

	/* A failed Example prints its output and the expected one. */
	if (strncmp(s, "got:\n", 5) == 0) {
		for (; *s != '\0'; s = line_next(s))
			message_add(out, s);
		return;
	}
	for (line = s; *line != '\0'; line = line_next(line)) {
		n = strcspn(line, "\n");
		if (n == 0 || strncmp(line, "exit status ", 12) == 0 ||
		    strncmp(line, "exec: WaitDelay ", 16) == 0)
			continue;
		if (best != NULL && strncmp(best, "*** Test ", 9) == 0 && line_of_go(line, n))
			continue;
		if (line_of_stack(line, n))
			continue;
		any = line;
		if (!isspace((unsigned char)*line) && *line != '[' && *line != ']')
			best = line;
	}
	best = best != NULL ? best : any;
	if (best != NULL)
		message_add(out, best);
}

/* Appends the first lines of s. */
static void
excerpt_add_head(struct buf *out, const char *s)
{
	size_t n;

	for (int i = 0; *s != '\0' && i < EXCERPT_LINES; i++, s = line_next(s)) {
		n = strcspn(s, "\n");
		buf_add(out, s, n < LINE_BYTES ? n : LINE_BYTES);
		buf_putc(out, '\n');
	}
}

void
excerpt_test(const struct test_state *t, struct excerpt *x)
{
	const struct buf *part = t->output.part;
	const char *own = entry_last(buf_str(&part[PART_OWN]));

	memset(x, 0, sizeof(*x));
	if (t->panicked) {
		excerpt_add_head(&x->text, buf_str(&t->package->crash));
		message_of_crash(buf_str(&x->text), &x->message);
	} else if (t->overdue) {
		buf_printf(&x->text, "%s%s", lines_last(buf_str(&part[PART_TAIL]), TAIL_LINES),
		    buf_str(&t->stack));
		buf_puts(&x->message, "still running when go test's deadline passed");
		if (t->stack.len > 0)
			place_find_in(buf_str(&t->stack) + t->stack_own, false, false, x);
		if (x->file.len > 0)
			return;
	} else if (t->raced && part[PART_RACE].len > 0) {
		excerpt_add_head(&x->text, part[PART_RACE].s);
		message_add(&x->message, x->text.s);
	} else if (part[PART_TRACE].len > 0) {
		excerpt_add_head(&x->text, buf_str(&part[PART_TRACE]));
		message_of_testify(buf_str(&x->text), &x->message);
	} else if (part[PART_OWN].len > 0 && t->state == O_FAILED) {
		buf_puts(&x->text, buf_str(&part[PART_OWN]));
		message_add(&x->message, line_behind_place(own));
		place_find_any(own, x);
		return;
	} else {
		/* A stack that it printed is another program's: only its own entries say where it was. */
		buf_puts(&x->text, lines_last(buf_str(&part[PART_TAIL]), TAIL_LINES));
		message_of_end(buf_str(&x->text), &x->message);
		place_find_any(own, x);
		return;
	}
	place_find_any(buf_str(&x->text), x);
}

static void
excerpt_build(const struct build *b, struct excerpt *x)
{
	const char *s = buf_str(&b->text), *next;

	buf_puts(&x->text, s);
	/* The compiler's messages follow the name of the package. */
	while (strncmp(s, "# ", 2) == 0 && *line_next(s) != '\0')
		s = line_next(s);
	/* In go's chain of imports, the last line says what is wrong. */
	while (strncmp(line_next(s), "\timports ", 9) == 0)
		s = line_next(s);
	message_add(&x->message, line_behind_place(s));
	/* A line that ends in a colon goes on in the next one. */
	next = line_next(s);
	if (text_ends(buf_str(&x->message), ":") && *next == '\t')
		message_add(&x->message, next);
	place_find_any(s, x);
}

void
excerpt_package(const struct table *t, const struct package *p, struct excerpt *x)
{
	const struct build *b = table_build(t, p);
	const struct buf *race = &p->output.part[PART_RACE];
	const char *tail = buf_str(&p->output.part[PART_TAIL]);

	memset(x, 0, sizeof(*x));
	if (b != NULL) {
		excerpt_build(b, x);
	} else if (p->panicked || p->timed_out) {
		excerpt_add_head(&x->text, p->crash.len > 0 ? p->crash.s : tail);
		message_of_crash(buf_str(&x->text), &x->message);
		if (p->panicked)
			place_find_any(buf_str(&x->text), x);
	} else if (p->raced && race->len > 0) {
		excerpt_add_head(&x->text, race->s);
		message_add(&x->message, x->text.s);
		place_find_any(x->text.s, x);
	} else {
		buf_puts(&x->text, lines_last(tail, TAIL_LINES));
		message_of_end(buf_str(&x->text), &x->message);
		place_find_any(buf_str(&x->message), x);
	}
}

void
excerpt_free(struct excerpt *x)
{
	buf_free(&x->text);
	buf_free(&x->message);
	buf_free(&x->file);
}
