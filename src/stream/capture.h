/* What is remembered of the output of a test, or of a package: a few lines, however much there is. For this
 * room alone.
 *
 * A test may print anything, also what another program said; nothing here is believed by itself. tests.c
 * decides what a capture means, by what the testing package and the go command say afterwards. */
#ifndef STREAM_CAPTURE_H
#define STREAM_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>

#include "../base/buf.h"

enum { EXCERPT_LINES = 40 };

struct capture {
	struct buf tail;	/* the last lines, without those of go itself ("=== RUN") */
	/* the last entries of t.Log and t.Error, with the lines that belong to them */
	struct buf own;
	struct buf trace;	/* from testify's first "Error Trace:" on, with the line before it */
	struct buf race;	/* from the last "WARNING: DATA RACE" on */
	size_t tail_lines, own_entries, own_lines, trace_lines, race_lines;
	bool midline;		/* the last line is open: what comes goes on with it, */
	size_t open_bytes;	/* which has so many, */
	bool in_tail, in_own, in_trace, in_race;	/* and belongs to these */
	bool race_said;		/* the last line is testing's "race detected during execution of test" */
};

/* Harmless text: a line, or a part of one. few: keep fewer lines, as many tests run at once. */
void capture_add(struct capture *c, const char *s, size_t len, bool few);
void capture_shrink(struct capture *c);	/* to the few lines that are shown; for a test that has ended */
void capture_free(struct capture *c);

/* "    name.go:12: ", as testing marks what t.Log and t.Error print. */
bool line_has_place(const char *s, size_t len);
/* A line that belongs to a stack: a goroutine's head, a function, a place, a register. */
bool line_of_stack(const char *s, size_t len);
/* What the go command itself says of a process that ended ("signal: killed", "*** Test killed ..."). */
bool line_of_go(const char *s, size_t len);

/* A crash of the test's process, as the Go runtime tells of one. It counts where its stacks are the last that
 * the process said; a quotation is followed by something else, and by that no crash. */
struct crash {
	enum { CRASH_NONE, CRASH_MESSAGE, CRASH_STACK, CRASH_BROKEN } state;
	struct buf text;	/* from "panic: " on, at most EXCERPT_LINES */
	size_t lines;		/* of all that belongs to it */
	size_t alien;		/* lines within it that do not */
	bool timeout;		/* go test's own */
	bool in_main;		/* the last line is the function main.main */
	bool listing;		/* "running tests:" was the last line but for names of such */
};

/* Takes in a whole line, of any test of the process. True: it begins a crash, which then has no text yet but
 * it. */
bool crash_line(struct crash *c, const char *s, size_t len);
void crash_reset(struct crash *c);	/* the process lives on */
void crash_free(struct crash *c);

#endif
