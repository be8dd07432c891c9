/* Output for GitHub Actions: annotations, which its runner reads from hi's output, and the step's summary
 * page. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/file.h"
#include "../base/text.h"
#include "report_internal.h"

enum { ANNOTATIONS_MAX = 20 };

/* Appends text with the escapes of workflow commands. */
static void
annotation_escape(struct buf *o, const char *text, bool property)
{
	char *given = text_harmless_dup(text);

	for (const char *s = given; *s != '\0'; s++)
		if (strchr("%\r\n", *s) != NULL || (property && (*s == ':' || *s == ',')))
			buf_printf(o, "%%%02X", (unsigned char)*s);
		else
			buf_putc(o, *s);
	free(given);
}

static void
annotation_put(struct buf *o, const char *title, const struct report_test *t, const char *message)
{
	buf_puts(o, TEXT_COMMAND "::error title=");
	annotation_escape(o, title, true);
	if (t != NULL && t->file != NULL && place_exists(t->file)) {
		buf_puts(o, ",file=");
		annotation_escape(o, t->file, true);
		buf_printf(o, ",line=%d", t->line);
	}
	buf_puts(o, "::");
	annotation_escape(o, message, false);
	buf_putc(o, '\n');
}

void
report_annotations(const struct report *r, struct buf *o)
{
	const struct memory_peak *m = r->f.memory;
	char words[160];
	size_t n = 0;

	for (const struct report_test *t = r->tests; t < r->tests + r->n; t++)
		if (report_is_cause(t) && ++n <= ANNOTATIONS_MAX)
			annotation_put(o, report_is_package(t) ? t->package : t->name, t,
			    t->message != NULL && *t->message != '\0' ? t->message : t->result);
	for (size_t i = 0; i < r->f.n_memory; i++)
		if (m[i].over) {
			snprintf(words, sizeof(words), "%s held %.1f MB, over its limit of %.0f MB",
			    m[i].name, m[i].max_mb, m[i].limit_mb);
			annotation_put(o, "memory limit", NULL, words);
		}
	if (report_run_failed(r))
		annotation_put(o, verdict_name(r->verdict), NULL, r->sentence);
}

void
report_step_summary(const struct report *rep)
{
	const char *path = env_value("GITHUB_STEP_SUMMARY");
	struct buf b = {0};
	int fd;

	if (path == NULL)
		return;
	fd = file_open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	report_markdown(rep, &b);
	if (fd == -1 || file_write_all(fd, b.s, b.len) == -1)
		err_say("%s: %s", path, strerror(errno));
	if (fd != -1)
		close(fd);
	buf_free(&b);
}
