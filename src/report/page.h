/* report.html: a run, or a set of runs, on one page that needs no other file. It is made only from the files
 * of the run's directory, so that nothing redacted there is in it, and from a bounded part of each.
 *
 * run/, set/ and the cleaner call page_write once their files are complete; cmd/ calls the others. */
#ifndef REPORT_PAGE_H
#define REPORT_PAGE_H

#include "report.h"

#define PAGE_NAME "report.html"

/* Writes report.html in dir, the directory of a run or a set. */
int page_write(const char *dir, struct err *e);
/* Writes the page of dir to a file that the user named, as report_save does. */
int page_write_run(const char *file, const char *dir, struct err *e);
/* Writes one page for several runs; dirs are their directories. */
int page_write_runs(const char *file, const struct report *r, const struct strs *dirs, struct err *e);

#endif
