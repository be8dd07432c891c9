/* The stream, its parser, the views, the excerpts and the report: any bytes, cut anywhere. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/text.h"
#include "report/report_internal.h"
#include "stream/stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* UTF-8, and no control character that XML has no place for. */
static void
must_be_text(const struct buf *b)
{
	size_t i, n;

	for (i = 0; i < b->len; i += n) {
		n = text_utf8(b->s + i, b->len - i);
		if (n == 0 || (n == 1 && (unsigned char)b->s[i] < 0x20 && strchr("\t\n\r", b->s[i]) == NULL))
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct results_config c = { .run_id = "r", .pattern = "T/x", .out = open("/dev/null", O_WRONLY) };
	struct facts f = { .exit_code = 1 };
	struct json j = {0};
	struct buf b = {0};
	struct report rep;
	struct results *r;
	size_t cut = size > 0 ? data[0] % 61 + 1 : 1, i;

	c.format = size > 1 ? data[1] % FORMATS : FORMAT_VERBOSE;
	if (results_new(&c, &r, NULL) == -1)
		abort();
	for (i = 3; i < size; i += cut)
		results_feed(r, (const char *)data + i, size - i < cut ? size - i : cut);
	results_end(r, &f);
	report_build(r, &f, true, &rep);
	report_json(&rep, true, &b);
	if (json_parse(&j, b.s, b.len) == -1)
		abort();
	buf_reset(&b);
	report_junit(&rep, &b);
	must_be_text(&b);
	report_annotations(&rep, &b);
	report_markdown(&rep, &b);
	report_text(&rep, true, &b);
	report_free(&rep);
	results_free(r);
	json_free(&j);
	buf_free(&b);
	close(c.out);
	return 0;
}
