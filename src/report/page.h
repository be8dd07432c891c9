/* report.html: a run, or a set of runs, on one page that needs nothing else. It is made of the files of the
 * run's directory alone, so that what was redacted there is not in it, and reads a bounded part of each.
 *
 * run/, set/ and the cleaner call page_write once their files are complete; cmd/ calls the others. */
#ifndef REPORT_PAGE_H
#define REPORT_PAGE_H

#include "report.h"

#define PAGE_NAME "report.html"

/* Writes report.html of the directory of a run or a set. */
int page_write(const char *dir, struct err *e);
/* Writes that page to a file that the user named, as report_save does. */
int page_write_run(const char *file, const char *dir, struct err *e);
/* Writes the page of several runs together, whose directories are dirs. */
int page_write_runs(const char *file, const struct report *r, const struct strs *dirs, struct err *e);

#endif
