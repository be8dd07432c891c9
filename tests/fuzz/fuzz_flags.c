/* Any arguments, and any text through what makes it harmless. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/flags.h"
#include "base/text.h"

struct opts {
	bool b;
	const char *s, *c;
	int64_t i, d;
};

static const struct flag flags[] = {
	{ .name = "b", .type = FLAG_BOOL, .offset = offsetof(struct opts, b) },
	{ .name = "s", .type = FLAG_STRING, .offset = offsetof(struct opts, s) },
	{ .name = "c", .type = FLAG_CHOICE, .offset = offsetof(struct opts, c), .choices = "x|yy" },
	{ .name = "i", .type = FLAG_INT, .offset = offsetof(struct opts, i), .bare = "1" },
	{ .name = "d", .type = FLAG_DURATION, .offset = offsetof(struct opts, d), .def = "1s" },
	{ 0 },
};

static const struct command c = { .name = "c", .args = "A...", .flags = flags,
    .opts_size = sizeof(struct opts),
	.lenient = true };

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct strs argv = {0}, args = {0};
	struct buf b = {0}, text = {0};
	struct opts o;
	struct err e;

	buf_add(&text, data, size);
	strs_split(&argv, buf_str(&text), '\n');
	if (flags_parse(&c, (int)argv.n, argv.v, &o, &args, &e) == 0 && o.s != NULL)
		buf_puts(&b, o.s);
	buf_reset(&b);
	text_harmless(&b, (const char *)data, size);
	for (size_t i = 0; i < b.len; i++)
		if ((unsigned char)b.s[i] < 0x20 && b.s[i] != '\t')
			abort();
	text_colours(&b, (const char *)data, size, true);
	strs_free(&argv);
	strs_free(&args);
	buf_free(&b);
	buf_free(&text);
	return 0;
}
