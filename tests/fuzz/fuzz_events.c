/* The stream, its parser, the views and the report: any bytes, cut anywhere. */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/json.h"
#include "results/report.h"
#include "results/room.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct results_config c = { .run_id = "r", .pattern = "T/x", .out = open("/dev/null", O_WRONLY) };
	struct facts f = { .exit_code = 1 };
	struct strs secrets = {0};
	struct json j = {0};
	struct buf b = {0};
	struct report rep;
	struct results *r;
	size_t cut = size > 0 ? data[0] % 61 + 1 : 1, i;

	strs_add(&secrets, "output");
	c.format = size > 1 ? data[1] % 4 : FORMAT_VERBOSE;
	c.secrets = size > 2 && data[2] % 2 ? &secrets : NULL;
	if (results_new(&c, &r, NULL) == -1)
		abort();
	for (i = 3; i < size; i += cut)
		results_feed(r, (const char *)data + i, size - i < cut ? size - i : cut);
	results_end(r, &f);
	report_build(r, &f, true, &rep);
	report_json(&rep, true, &b);
	if (json_parse(&j, b.s, b.len) == -1)
		abort();
	report_junit(&rep, &b);
	report_markdown(&rep, &b);
	report_text(&rep, true, &b);
	report_free(&rep);
	results_free(r);
	json_free(&j);
	buf_free(&b);
	strs_free(&secrets);
	close(c.out);
	return 0;
}
