/* What the files of the page share. For them alone. */
#ifndef REPORT_PAGE_INTERNAL_H
#define REPORT_PAGE_INTERNAL_H

#include "page.h"
#include "report_internal.h"

/* How much is read and shown. */
enum {
	LOGS_BYTES = 16 << 20,		/* of all containers' logs together */
	STREAM_BYTES = 16 << 20,	/* of go-test.json, */
	ENGINE_BYTES = 12 << 20,	/* of events.json, of stats.csv */
	LANES_MAX = 200, TESTS_MAX = 1500, FILES_MAX = 1500, RUNS_MAX = 1000,
	SAMPLES_MAX = 100,		/* of a container */
	MARKS_MAX = 240, MARKS_OF_LOG = 24, KIND_MAX = 4,	/* KIND_MAX: of lines that are alike, in a log */
	LINE_MAX_BYTES = 240,		/* of a line of a log */
	EXCERPT_BYTES = 6000, EXCERPTS_BYTES = 120000,	/* of a failed test, of all */
};

struct moment {			/* of a container */
	int64_t at;		/* ms since 1970 */
	char what[12];		/* "create", "start", "die", "oom", "destroy" */
	int code;		/* of die */
};

struct sample {
	int64_t at;
	double mb, cpu;		/* < 0: not measured */
};

struct lane {			/* a container */
	char *name, *kind;
	struct moment *moments;
	size_t n_moments;
	struct sample *samples;
	size_t n_samples;
	const struct memory_peak *peak;	/* NULL: none was measured */
	int restarts, code;	/* code: the last exit's; -1: none is known */
	bool oom;
	size_t marks;
};

struct mark {			/* an error in a log */
	size_t lane;
	char *file, *text, *around;	/* around: the lines before and behind it, text among them */
	int64_t at;		/* by the line's own clock; 0: it has none */
	long line;		/* its number, from 1; 0: unknown, as the file's middle was not read */
	int64_t offset;		/* where it is in the file, in bytes */
	long alike;		/* further lines like it in what was read */
	bool fatal, later;	/* later: the servers had ended by then */
};

struct span {
	int64_t from, to;
};

struct track {			/* what the stream tells of a test beyond the report */
	struct span *paused;
	size_t n_paused;
	int64_t failed_at;	/* when it said what failed; 0: unknown */
};

struct page_run {		/* one of a set */
	char *id, *name, *sentence, *href;
	const char *result;	/* as a test's */
	int64_t from, to;	/* ms since 1970 */
	double seconds, usual;	/* of its test, now and in the runs before; < 0: unknown */
	bool flaky;		/* failed, and was repeated with success */
};

struct page {
	const struct report *r;
	const char *dir;	/* of the run, or the set; NULL: none */
	char *link;		/* from the page to dir: "" or "../x/" */
	int64_t began, ended;
	struct lane *lanes;
	size_t n_lanes;
	struct mark *marks;
	size_t n_marks;
	struct page_run *runs;	/* of a set; else none */
	size_t n_runs;
	struct track *tracks;	/* as many as r has tests; NULL: of none */
	struct strs names;	/* what is in dir */
	struct strs left_out;	/* sentences */
	struct buf *o;
};

struct page_line {
	char *s;		/* without its end; NUL-terminated */
	size_t len;
	long number;		/* 0: unknown */
	int64_t offset;
};

/* Calls fn with the lines of a file below dir: all, or those of its head and tail of together most bytes;
 * of a line that is longer than 64 KB its pieces. Returns how many bytes were left out; -1: it can't be read. */
int64_t page_lines(const char *dir, const char *name, int64_t most, void (*fn)(void *arg, struct page_line *l),
    void *arg);

void page_read_engine(struct page *p);	/* events.json, stats.csv: the lanes */
void page_read_stream(struct page *p);	/* go-test.json: the tracks */
void page_read_logs(struct page *p);	/* the marks */
/* The runs whose directories these are; the page will stand in the directory here. */
void page_read_runs(struct page *p, const struct strs *dirs, const char *here);
/* A path from the directory here to another; the caller's. */
char *page_relative(const char *here, const char *to);
struct lane *page_lane(struct page *p, const char *name, const char *kind);	/* NULL: too many */

/* Appends markup: %s is text, escaped; %p a path, percent-encoded; %d an int64_t; %t a time in ms, as
 * "1.234 s"; %% a percent sign. This is the only way for text of others into the page. */
void html(struct buf *o, const char *fmt, ...);
void page_title(struct page *p);
void page_body(struct page *p);		/* all but the timeline */
const char *page_letter(const char *result);

#endif
