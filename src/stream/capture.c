#define _GNU_SOURCE	/* memmem; NOLINT(bugprone-reserved-identifier) */
#include <ctype.h>
#include <string.h>

#include "stream_internal.h"

enum { FEW_LINES = 10, ENTRIES = 4 /* of t.Log and t.Error */ };

bool
line_begins(const char *s, size_t len, const char *with)
{
	size_t n = strlen(with);

	return len >= n && memcmp(s, with, n) == 0;
}

const char *
line_next(const char *s)
{
	s += strcspn(s, "\n");
	return s + (*s == '\n');
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

const char *
entry_last(const char *s)
{
	const char *line, *last = s;

	for (line = s; *line != '\0'; line = line_next(line))
		if (line_has_place(line, strlen(line)) &&
		    strncmp(line + strspn(line, " "), "testing.go:", 11) != 0)
			last = line;
	return last;
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
lines_drop(struct captured *p, size_t keep)
{
	const char *s = buf_str(&p->text);

	for (; p->lines > keep; p->lines--)
		s = line_next(s);
	buf_drop(&p->text, (size_t)(s - buf_str(&p->text)));
}

/* Drops the oldest entry of c->own. */
static void
capture_drop_entry(struct capture *c)
{
	const char *s = buf_str(&c->own.text), *first = s;

	do {
		s = line_next(s);
		c->own.lines--;
	} while (*s != '\0' && !line_has_place(s, strlen(s)));
	c->own_entries--;
	buf_drop(&c->own.text, (size_t)(s - first));
}

static void
lines_begin(struct captured *p, bool takes)
{
	p->open = takes;
	p->lines += takes;
}

static void
capture_begin_line(struct capture *c, const char *s, size_t len, bool few)
{
	size_t most = few ? FEW_LINES : EXCERPT_LINES;
	bool place = line_has_place(s, len), noise = line_is_noise(s, len);
	bool indented = line_begins(s, len, "    ") && !line_begins(s, len, "    --- ");

	c->open_bytes = 0;
	if (!noise)
		c->race_said = place && memmem(s, len, ": race detected during execution of test",
		    40) != NULL;
	lines_begin(&c->tail, !noise);
	if (c->tail.lines > 2 * most)
		lines_drop(&c->tail, most);
	if (place) {
		c->own_entries++;
		while (c->own_entries > ENTRIES || (c->own_entries > 1 && c->own.lines >= EXCERPT_LINES))
			capture_drop_entry(c);
	}
	lines_begin(&c->own, indented && c->own_entries > 0 && c->own.lines < 2UL * EXCERPT_LINES);
	if (line_begins(s, len, "        \tError Trace:") && c->trace.lines == 0) {
		buf_puts(&c->trace.text, entry_last(buf_str(&c->own.text)));
		c->trace.lines = 1;
	}
	lines_begin(&c->trace, c->trace.lines > 0 && c->trace.lines < EXCERPT_LINES && indented);
	if (line_begins(s, len, "WARNING: DATA RACE")) {
		buf_reset(&c->race.text);
		c->race.lines = 1;
	}
	lines_begin(&c->race, c->race.lines > 0 && c->race.lines < EXCERPT_LINES);
}

static void
capture_add_part(struct capture *c, const char *s, size_t len)
{
	struct captured *all[] = { &c->tail, &c->own, &c->trace, &c->race };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i]->open)
			buf_add(&all[i]->text, s, len);
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
		c->open_bytes += n;
		if (n - (nl != NULL) <= room) {
			capture_add_part(c, s, n);
		} else {
			/* Not within a character. */
			while (room > 0 && ((unsigned char)s[room] & 0xc0) == 0x80)
				room--;
			c->open_bytes = LINE_BYTES;
			capture_add_part(c, s, room);
			capture_add_part(c, "\n", nl != NULL);
		}
		c->midline = nl == NULL;
	}
}

static void
lines_shrink(struct captured *p)
{
	struct buf less = {0};

	lines_drop(p, FEW_LINES);
	buf_add(&less, p->text.s, p->text.len);
	buf_free(&p->text);
	p->text = less;
}

void
capture_shrink(struct capture *c)
{
	while (c->own_entries > 1)
		capture_drop_entry(c);
	if (c->trace.lines > 0 || c->own.lines > 0)
		lines_drop(&c->tail, 0);
	lines_shrink(&c->tail);
	lines_shrink(&c->own);
	lines_shrink(&c->race);
}

size_t
capture_bytes(const struct capture *c)
{
	return c->tail.text.cap + c->own.text.cap + c->trace.text.cap + c->race.text.cap;
}

void
capture_free(struct capture *c)
{
	buf_free(&c->tail.text);
	buf_free(&c->own.text);
	buf_free(&c->trace.text);
	buf_free(&c->race.text);
	memset(c, 0, sizeof(*c));
}
