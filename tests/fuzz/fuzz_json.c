/* Any bytes parse or not; a document that parses can be walked whole, and its
 * strings survive being unescaped, written and read again. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct json j = {0}, again = {0};
	struct buf s = {0}, written = {0}, back = {0};
	int64_t v;
	double d;

	json_unescape(&s, (const char *)data, size);
	if (json_parse(&j, (const char *)data, size) == 0) {
		for (int i = 0; i < j.n; i++) {
			int steps = 0;

			for (int n = json_first(&j, i); n >= 0; n = json_next(&j, n), steps++)
				if (n <= i || (json_type(&j, i) == JSON_OBJECT) != (json_value(&j,
				    n) == n + 1))
					abort();
			if (steps != json_count(&j, i))
				abort();
			json_member(&j, i, "a");
			json_int(&j, i, &v);
			json_num(&j, i, &d);
			buf_reset(&s);
			if (json_string(&j, i, &s) == -1)
				continue;
			buf_reset(&written);
			json_putn(&written, buf_str(&s), s.len);
			buf_reset(&back);
			if (json_parse(&again, written.s, written.len) == -1 || json_string(&again, 0,
			    &back) == -1 ||
			    back.len < s.len)
				abort();
		}
	}
	json_free(&j);
	json_free(&again);
	buf_free(&s);
	buf_free(&written);
	buf_free(&back);
	return 0;
}
