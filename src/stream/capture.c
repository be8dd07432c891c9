#define _GNU_SOURCE	/* memmem; NOLINT(bugprone-reserved-identifier) */
#include <ctype.h>
#include <string.h>

#include "stream_internal.h"

enum {
	FEW_LINES = 10,		/* instead of EXCERPT_LINES, to save memory */
	ENTRIES = 4,		/* of t.Log and t.Error to keep */
	NAME_BYTES = 200,	/* a longer file name is none */
};

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

const char *
lines_last(const char *s, size_t n)
{
	const char *from = s + strlen(s);

	for (; from > s; from--)
		if (from[-1] == '\n' && from[0] != '\0' && --n == 0)
			break;
	return from;
}

/* True: it begins with "    name.go:12: ", as testing marks what t.Log and t.Error print. */
static bool
line_has_place(const char *s, size_t len)
{
	size_t i = 0, from;

	while (i < len && s[i] == ' ')
		i++;
	if (i < 4)
		return false;
	for (from = i; i < len && i < from + NAME_BYTES && s[i] > ' ' && s[i] != ':'; i++)
		;
	if (i < from + 4 || i + 1 >= len || memcmp(s + i - 3, ".go:", 4) != 0)
		return false;
	for (from = ++i; i < len && isdigit((unsigned char)s[i]); i++)
		;
	return i > from && i < len && s[i] == ':';
}

/* Returns where in s the mark of an entry begins, behind text without a newline; len: nowhere. */
static size_t
line_place_behind(const char *s, size_t len)
{
	const char *p = s, *from;

	while ((p = memmem(p, len - (size_t)(p - s), ".go:", 4)) != NULL) {
		for (from = p; from > s && p - from < NAME_BYTES && (unsigned char)from[-1] > ' '; from--)
			;
		from -= from - s >= 4 ? 4 : 0;
		if (from > s && line_has_place(from, len - (size_t)(from - s)))
			return (size_t)(from - s);
		p++;
	}
	return len;
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
	/* A function, whose name holds no blank. */
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

/* True for a line that go and testing write for every test or package: it says nothing about this one. */
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

/* Returns where the last n entries of t.Log and t.Error begin; fewer, but at least one, if those have more
 * than EXCERPT_LINES lines together. */
static const char *
entries_last(const char *s, size_t n)
{
	const char *line = s;
	size_t entries = 0, lines = 0;

	/* The oldest entry may have lost its first line; then it is skipped. */
	while (*line != '\0' && !line_has_place(line, strlen(line)))
		line = line_next(line);
	for (s = *line != '\0' ? line : s, line = s; *line != '\0'; line = line_next(line), lines++)
		entries += line_has_place(line, strlen(line));
	while (entries > n || (entries > 1 && lines > EXCERPT_LINES)) {
		do {
			s = line_next(s);
			lines--;
		} while (!line_has_place(s, strlen(s)));
		entries--;
	}
	return s;
}

static void
capture_begin_line(struct capture *c, const char *s, size_t len, size_t most)
{
	const struct buf *part = c->part;
	bool place = line_has_place(s, len), noise = line_is_noise(s, len);
	bool indented = line_begins(s, len, "    ") && !line_begins(s, len, "    --- ");
	bool trace = part[PART_TRACE].len > 0 || line_begins(s, len, "        \tError Trace:");
	bool race = line_begins(s, len, "WARNING: DATA RACE");

	c->line_bytes = 0;
	c->entry_bytes = place ? 0 : c->entry_bytes;
	c->entry_seen |= place;
	if (!noise)
		c->race_said = place && memmem(s, len, ": race detected during execution of test",
		    40) != NULL;
	if (trace && part[PART_TRACE].len == 0)
		buf_puts(&c->part[PART_TRACE], entry_last(buf_str(&part[PART_OWN])));
	if (race)
		buf_reset(&c->part[PART_RACE]);
	c->open[PART_TAIL] = !noise;
	c->open[PART_OWN] = indented && (place || part[PART_OWN].len > 0) && c->entry_bytes < most;
	c->open[PART_TRACE] = indented && trace && part[PART_TRACE].len < most;
	c->open[PART_RACE] = race || (!noise && part[PART_RACE].len > 0 && part[PART_RACE].len < most);
}

static void
capture_add_piece(struct capture *c, const char *s, size_t len, size_t most)
{
	c->entry_bytes += c->open[PART_OWN] ? len : 0;
	for (int i = 0; i < PARTS; i++)
		if (c->open[i])
			buf_tail(&c->part[i], s, len, most);
}

void
capture_add(struct capture *c, const char *s, size_t len, bool few)
{
	size_t most = (size_t)(few ? FEW_LINES : EXCERPT_LINES) * LINE_BYTES, n, room, cut;
	const char *nl;

	for (; len > 0; s += n, len -= n) {
		nl = memchr(s, '\n', len);
		n = nl != NULL ? (size_t)(nl + 1 - s) : len;
		/* Where the test left a line open, testing's entry begins a new one. */
		if (c->midline && line_has_place(s, n)) {
			capture_add_piece(c, "\n", 1, most);
			c->midline = false;
		} else if (*s != ' ' && (cut = line_place_behind(s, n)) < n) {
			nl = NULL;
			n = cut;
		}
		if (!c->midline)
			capture_begin_line(c, s, n, most);
		room = c->line_bytes < LINE_BYTES ? LINE_BYTES - c->line_bytes : 0;
		c->line_bytes += n;
		if (n - (nl != NULL) <= room) {
			capture_add_piece(c, s, n, most);
		} else {
			/* The cut must not split a character. */
			while (room > 0 && ((unsigned char)s[room] & 0xc0) == 0x80)
				room--;
			c->line_bytes = LINE_BYTES;
			capture_add_piece(c, s, room, most);
			capture_add_piece(c, "\n", nl != NULL, most);
		}
		c->midline = nl == NULL;
	}
}

size_t
capture_settle(struct capture *c, bool raced, bool few)
{
	int kept = raced && c->part[PART_RACE].len > 0 ? PART_RACE :
	    c->part[PART_TRACE].len > 0 ? PART_TRACE : c->part[PART_OWN].len > 0 ? PART_OWN : PART_TAIL;
	const char *s = buf_str(&c->part[kept]), *end;
	struct buf text = {0};

	if (kept == PART_OWN)
		s = entries_last(s, few ? 1 : ENTRIES);
	else if (kept == PART_TAIL)
		s = lines_last(s, few ? FEW_LINES : TAIL_LINES);
	end = s;
	for (int i = few ? FEW_LINES : EXCERPT_LINES; i > 0; i--)
		end = line_next(end);
	buf_add(&text, s, (size_t)(end - s));
	capture_free(c);
	c->part[kept] = text;
	return text.cap;
}

void
capture_free(struct capture *c)
{
	for (int i = 0; i < PARTS; i++)
		buf_free(&c->part[i]);
	memset(c, 0, sizeof(*c));
}
