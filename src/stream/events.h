/* Cuts the stream of `go test -json` into events: lines of any length in bounded memory, plain text
 * in between. For this room alone. */
#ifndef STREAM_EVENTS_H
#define STREAM_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SECONDS_MAX = 1000000000 };	/* a test that takes longer is a damaged file */

enum action { EV_TEXT, EV_START, EV_RUN, EV_PAUSE, EV_CONT, EV_PASS, EV_FAIL, EV_SKIP, EV_OUTPUT, EV_BUILD_OUTPUT,
	EV_BUILD_FAIL, EV_OTHER, EV_ATTR, EV_ARTIFACTS };

struct slice {
	char *s;
	size_t len;
};

/* Slices are raw: escaped as in the JSON text (but for EV_TEXT's output), and end with the callback. One that is
 * not there, or is no string, is empty. */
struct event {
	enum action action;
	int64_t at;		/* where its line begins in the stream */
	struct slice package, test, import_path, failed_build, time;
	struct slice output;	/* of EV_ATTR its value, of EV_ARTIFACTS the directory */
	struct slice key;	/* of EV_ATTR */
	double seconds;		/* Elapsed; < 0: not there */
	bool goes_on;		/* a further piece of a line too long to be held */
};

struct events;

/* fn gets each event. bytes (may be NULL) gets the stream again, in whole lines or
 * pieces of long ones, after their events. at: where the stream begins. plain: all of it is text. */
struct events *events_new(void (*fn)(void *arg, const struct event *ev),
    void (*bytes)(void *arg, const char *data, size_t len), void *arg, int64_t at, bool plain);
void events_feed(struct events *e, const char *data, size_t len);
/* The stream is over: a last line without its newline counts, half a JSON line does not. */
void events_end(struct events *e);
void events_free(struct events *e);
/* Nothing of an unfinished line is held. */
bool events_idle(const struct events *e);

bool slice_is(const struct slice *s, const char *text);
bool slice_starts(const struct slice *s, const char *text);

#endif
