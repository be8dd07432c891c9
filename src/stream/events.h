/* Cuts the stream of `go test -json` into events, with plain text in between. For this room, and triage/. */
#ifndef STREAM_EVENTS_H
#define STREAM_EVENTS_H

#include <stdbool.h>
#include <stddef.h>

enum { SECONDS_MAX = 1000000000 };	/* a test that takes longer is a damaged file */

enum action { EV_TEXT, EV_START, EV_RUN, EV_PAUSE, EV_CONT, EV_PASS, EV_FAIL, EV_SKIP, EV_OUTPUT,
    EV_BUILD_OUTPUT, EV_BUILD_FAIL, EV_OTHER, EV_ATTR, EV_ARTIFACTS };

struct slice {
	const char *s;
	size_t len;
};

/* Slices are raw, escaped as in the JSON text (but for EV_TEXT's output), and end with the callback. A member
 * that is missing, or is no string, is empty. */
struct event {
	enum action action;
	struct slice package, test, import_path, failed_build, time;
	struct slice output;	/* of EV_ATTR its value, of EV_ARTIFACTS the directory */
	struct slice key;	/* of EV_ATTR */
	double seconds;		/* Elapsed; < 0: not there */
};

struct events;

/* fn gets each event; a line that is no event is text, and so is one of more than 256 KB, in pieces. bytes
 * (may be NULL) gets the stream again, in whole lines or pieces of long ones, after their events. plain: all
 * of it is text. */
struct events *events_new(void (*fn)(void *arg, const struct event *ev),
    void (*bytes)(void *arg, const char *data, size_t len), void *arg, bool plain);
void events_feed(struct events *e, const char *data, size_t len);
/* The stream is over: a last line without its newline counts, half a JSON line does not. */
void events_end(struct events *e);
void events_free(struct events *e);

bool slice_is(const struct slice *s, const char *text);
bool slice_starts(const struct slice *s, const char *text);

#endif
