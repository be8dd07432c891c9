/* Durations, sizes and times: what is parsed is said and parsed again as the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/duration.h"
#include "base/mem.h"
#include "base/text.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *s = xstrndup((const char *)data, size), out[64];
	int64_t ms, again;
	uint64_t bytes;

	if (duration_parse(s, &ms) == 0 && ms < INT64_C(9223372036854) && ms > -INT64_C(9223372036854)) {
		if (duration_parse(duration_go(ms, out, sizeof(out)), &again) == -1 || again != ms)
			abort();
		duration_human(ms, out, sizeof(out));
	}
	age_parse(s, &ms);
	if (text_parse_bytes(s, &bytes) == 0)
		text_bytes(bytes, out, sizeof(out));
	ms = text_parse_time(s);
	if (ms != -1 && text_parse_time(text_time(ms, out, sizeof(out))) != ms)
		abort();
	free(s);
	return 0;
}
