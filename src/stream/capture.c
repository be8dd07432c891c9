#define _GNU_SOURCE	/* memmem; NOLINT(bugprone-reserved-identifier) */
#include <ctype.h>
#include <string.h>

#include "stream_internal.h"

enum {
	LINE_BYTES = 500,	/* a longer line is cut */
	FEW_LINES = 10,
	ENTRIES = 4,		/* of t.Log and t.Error */
	ALIENS = 3,		/* lines of others between those of a crash */
	MESSAGE_LINES = 2000,	/* before its first stack: go's list of running tests is part of it */
};

static bool
line_begins(const char *s, size_t len, const char *with)
{
	size_t n = strlen(with);

	return len >= n && memcmp(s, with, n) == 0;
}

bool
line_has_place(const char *s, size_t len)
{
	size_t i = 0, from;

	while (i < len && s[i] == ' ')
		i++;
	if (i < 4)
		return false;
	for (from = i; i < len && i < from + 200 && s[i] > ' ' && s[i] != ':'; i++)
		;
	return i >= from + 4 && i + 1 < len && memcmp(s + i - 3, ".go:", 4) == 0 &&
	    isdigit((unsigned char)s[i + 1]);
}

bool
line_of_stack(const char *s, size_t len)
{
	const char *paren;
	size_t i;

	while (len > 0 && isspace((unsigned char)s[len - 1]))
		len--;
	if (len == 0 || *s == '\t' || line_begins(s, len, "goroutine ") ||
	    line_begins(s, len, "created by ") ||
	    line_begins(s, len, "runtime stack:") || line_begins(s, len, "[signal ") ||
	    line_begins(s, len, "[originating ") ||
	    line_begins(s, len, "...additional frames") || line_begins(s, len, "PC="))
		return true;
	/* A function: its name has no blank. */
	paren = memchr(s, '(', len);
	if (s[len - 1] == ')' && paren != NULL && memchr(s, ' ', (size_t)(paren - s)) == NULL)
		return memchr(s, '.', (size_t)(paren - s)) != NULL || line_begins(s, len, "panic(");
	/* A register: "rip    0x4668c1". */
	for (i = 0; i < len && isalnum((unsigned char)s[i]); i++)
		;
	while (i < len && s[i] == ' ')
		i++;
	return line_begins(s + i, len - i, "0x") && strspn(s + i + 2, "0123456789abcdef") >= len - i - 2;
}

bool
line_of_go(const char *s, size_t len)
{
	return line_begins(s, len, "signal: ") || line_begins(s, len, "exit status ") ||
	    line_begins(s, len, "exec: WaitDelay expired") ||
	    line_begins(s, len, "*** Test killed") || line_begins(s, len, "*** Test I/O incomplete");
}

/* Lines that go and testing write for every test or package, and that say nothing about it. */
static bool
line_is_noise(const char *s, size_t len)
{
	static const char *const heads[] = { "=== ", "--- ", "FAIL\t", "ok  \t", "?   \t", "coverage: ",
	    "testing: warning: " };

	while (len > 0 && (s[len - 1] == '\n' || s[len - 1] == '\r'))
		len--;
	if (len == 4 && (memcmp(s, "PASS", 4) == 0 || memcmp(s, "FAIL", 4) == 0))
		return true;
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		if (line_begins(s, len, heads[i]))
			return true;
	return false;
}

static void
capture_drop_lines(struct buf *b, size_t *lines, size_t keep)
{
	char *p = b->s;

	for (; *lines > keep; (*lines)--)
		p = (char *)memchr(p, '\n', (size_t)(b->s + b->len - p)) + 1;
	buf_drop(b, (size_t)(p - b->s));
}

/* The oldest entry of own goes. */
static void
capture_drop_entry(struct capture *c)
{
	char *p = c->own.s, *end = c->own.s + c->own.len;

	do {
		p = (char *)memchr(p, '\n', (size_t)(end - p)) + 1;
		c->own_lines--;
	} while (p < end && !line_has_place(p, (size_t)(end - p)));
	c->own_entries--;
	buf_drop(&c->own, (size_t)(p - c->own.s));
}

/* The last entry of own, without the lines after it. */
static const char *
capture_last_entry(const struct capture *c)
{
	const char *p, *last = buf_str(&c->own);

	for (p = last; *p != '\0'; p += strcspn(p, "\n"), p += *p == '\n')
		if (line_has_place(p, strlen(p)))
			last = p;
	return last;
}

static void
capture_begin_line(struct capture *c, const char *s, size_t len, bool few)
{
	size_t most = few ? FEW_LINES : EXCERPT_LINES;
	bool place = line_has_place(s, len), indented = line_begins(s, len, "    ") &&
	    !line_begins(s, len, "    --- ");

	c->open_bytes = 0;
	if ((c->in_tail = !line_is_noise(s, len))) {
		c->race_said = place && memmem(s, len, ": race detected during execution of test",
		    40) != NULL;
		if (++c->tail_lines > 2 * most)
			capture_drop_lines(&c->tail, &c->tail_lines, most);
	}
	if (place) {
		c->own_entries++;
		while (c->own_entries > ENTRIES || (c->own_entries > 1 && c->own_lines >= EXCERPT_LINES))
			capture_drop_entry(c);
	}
	c->in_own = indented && c->own_entries > 0 && c->own_lines < 2UL * EXCERPT_LINES;
	c->own_lines += c->in_own;
	if (line_begins(s, len, "        \tError Trace:") && c->trace.len == 0) {
		buf_puts(&c->trace, capture_last_entry(c));
		c->trace_lines = 1;
	}
	c->in_trace = c->trace_lines > 0 && c->trace_lines < EXCERPT_LINES && indented;
	c->trace_lines += c->in_trace;
	if (line_begins(s, len, "WARNING: DATA RACE")) {
		buf_reset(&c->race);
		c->race_lines = 1;
	}
	c->in_race = c->race_lines > 0 && c->race_lines < EXCERPT_LINES;
	c->race_lines += c->in_race;
}

static void
capture_add_part(struct capture *c, const char *s, size_t len)
{
	if (c->in_tail)
		buf_add(&c->tail, s, len);
	if (c->in_own)
		buf_add(&c->own, s, len);
	if (c->in_trace)
		buf_add(&c->trace, s, len);
	if (c->in_race)
		buf_add(&c->race, s, len);
}

void
capture_add(struct capture *c, const char *s, size_t len, bool few)
{
	const char *nl;
	size_t n, room;

	for (; len > 0; s += n, len -= n) {
		nl = memchr(s, '\n', len);
		n = nl != NULL ? (size_t)(nl + 1 - s) : len;
		if (!c->midline)
			capture_begin_line(c, s, n, few);
		room = c->open_bytes < LINE_BYTES ? LINE_BYTES - c->open_bytes : 0;
		if (n - (nl != NULL) > room) {
			/* Not within a character. */
			while (room > 0 && ((unsigned char)s[room] & 0xc0) == 0x80)
				room--;
			c->open_bytes = LINE_BYTES;
			capture_add_part(c, s, room);
			if (nl != NULL)
				capture_add_part(c, "\n", 1);
		} else {
			c->open_bytes += n;
			capture_add_part(c, s, n);
		}
		c->midline = nl == NULL;
	}
}

static void
capture_shrink_buf(struct buf *b, size_t *lines)
{
	struct buf less = {0};

	if (*lines > FEW_LINES)
		capture_drop_lines(b, lines, FEW_LINES);
	buf_add(&less, b->s, b->len);
	buf_free(b);
	*b = less;
}

void
capture_shrink(struct capture *c)
{
	while (c->own_entries > 1)
		capture_drop_entry(c);
	if (c->trace.len > 0 || c->own.len > 0)
		buf_free(&c->tail);
	else
		capture_shrink_buf(&c->tail, &c->tail_lines);
	capture_shrink_buf(&c->own, &c->own_lines);
	capture_shrink_buf(&c->race, &c->race_lines);
}

void
capture_free(struct capture *c)
{
	buf_free(&c->tail);
	buf_free(&c->own);
	buf_free(&c->trace);
	buf_free(&c->race);
	memset(c, 0, sizeof(*c));
}

/* Where in a line the runtime begins to tell of a crash: a test's own line may have been left open before it.
 */
static const char *
crash_mark(const char *s, size_t len)
{
	static const char *const marks[] = { "panic: ", "fatal error: ", "SIGQUIT: quit" };
	const char *found = NULL, *p;

	if (len == 0 || *s == '\t' || *s == ' ')
		return NULL;
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		p = memmem(s, len, marks[i], strlen(marks[i]));
		if (p != NULL && (found == NULL || p < found))
			found = p;
	}
	return found;
}

static void
crash_keep(struct crash *c, const char *s, size_t len)
{
	if (++c->lines > EXCERPT_LINES)
		return;
	buf_add(&c->text, s, len < LINE_BYTES ? len : LINE_BYTES);
	if (c->text.s[c->text.len - 1] != '\n')
		buf_putc(&c->text, '\n');
}

bool
crash_line(struct crash *c, const char *s, size_t len)
{
	const char *mark = crash_mark(s, len);
	bool head = line_begins(s, len, "goroutine ") || line_begins(s, len, "runtime stack:");

	if (mark != NULL) {
		crash_reset(c);
		c->state = CRASH_MESSAGE;
		len -= (size_t)(mark - s);
		c->timeout = line_begins(mark, len, "panic: test timed out after ");
		crash_keep(c, mark, len);
		return true;
	}
	if (c->state == CRASH_NONE || line_of_go(s, len) || line_begins(s, len, "FAIL\t"))
		return false;
	if (c->state == CRASH_MESSAGE) {
		if (head)
			c->state = CRASH_STACK;
		else if (c->lines > MESSAGE_LINES) {
			crash_reset(c);
			return false;
		}
		c->listing = line_begins(s, len, "\trunning tests:") ||
		    (c->listing && line_begins(s, len, "\t\t"));
	} else if (line_of_stack(s, len)) {
		/* A test's process has no main.main but the one that go makes for it. */
		if (c->in_main && memmem(s, len, "\t_testmain.go:", 14) == NULL) {
			crash_reset(c);
			return false;
		}
		c->in_main = line_begins(s, len, "main.main(");
		c->state = CRASH_STACK;
	} else if (++c->alien > ALIENS) {
		crash_reset(c);
		return false;
	} else {
		c->state = CRASH_BROKEN;
	}
	crash_keep(c, s, len);
	return false;
}

void
crash_reset(struct crash *c)
{
	buf_reset(&c->text);
	c->state = CRASH_NONE;
	c->lines = c->alien = 0;
	c->timeout = c->listing = c->in_main = false;
}

void
crash_free(struct crash *c)
{
	buf_free(&c->text);
}
