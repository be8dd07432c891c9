/* Any text is a pattern or none, Go source, a go.mod and a table of versions. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gotool/gotool_internal.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tests t = { 0 };
	struct strs releases = { 0 };
	char *text = malloc(size + 1);
	struct err e;

	if (text == NULL)
		abort();
	memcpy(text, data, size);
	text[size] = '\0';
	tests_scan(text, "a_test.go", &t);
	tests_scan("func TestAbc(t *testing.T) {}\nfunc TestD\xc3\xa9(t *testing.T) {}\n", "b_test.go", &t);
	/* Long ones take a while under the sanitizers, and tell nothing more. */
	pattern_check(text, &e);
	if (size <= 64)
		tests_select(&t, text, &e);
	constraint_includes("a_test.go", text, "1.26");
	free(gomod_go_line(text));
	versions_parse(text, &releases, &e);
	strs_free(&releases);
	tests_free(&t);
	free(text);
	return 0;
}
