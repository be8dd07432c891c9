/* Declarations for the files of the page alone. */
#ifndef REPORT_PAGE_INTERNAL_H
#define REPORT_PAGE_INTERNAL_H

#include "page.h"
#include "report_internal.h"

/* Limits in bytes: how much of each file is read, and how much may be in the page. */
enum {
	LOGS_READ = 16 << 20,		/* of all containers' logs together */
	STREAM_READ = 16 << 20,		/* of go-test.json */
	ENGINE_READ = 8 << 20,		/* of events.json, and of stats.csv */
	SUMMARY_SHOWN = 300000, EVENTS_SHOWN = 80000, SAMPLES_SHOWN = 120000, MARKS_SHOWN = 250000,
	FILES_SHOWN = 60000, RUNS_SHOWN = 200000, PLAIN_SHOWN = 100000,
};

struct page {
	const struct report *r;
	const char *dir;	/* the run's or the set's; NULL: none */
	struct strs names;	/* of the files in dir */
	struct strs left_out;	/* what the page lacks, a line each */
	struct buf json;	/* what page.js shows */
};

/* Calls fn for each line of a file in dir, as lines_feed does. Of a file of more than most bytes, only that
 * much is read, at its head and its tail: fn gets NULL between them, and p->left_out says so. */
void page_lines(struct page *p, const char *name, int64_t most, void (*fn)(void *arg, char *line, size_t len),
    void *arg);

/* Each adds a member to p->json. */
void page_add_events(struct page *p);	/* of containers */
void page_add_samples(struct page *p);	/* of their memory and CPU */
void page_add_tracks(struct page *p);	/* of tests: when they paused, and reported a failure */
void page_add_marks(struct page *p);	/* errors in logs */
/* Adds the runs in these directories. here: the directory that the page will be in. */
void page_add_runs(struct page *p, const struct strs *dirs, const char *here);

/* Returns the relative path from the directory here to "to"; the caller frees it. */
char *page_relative(const char *here, const char *to);

#endif
