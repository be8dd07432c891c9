#include <stdlib.h>
#include <string.h>

#include "../base/json_write.h"
#include "../gotool/gotool.h"
#include "cmd.h"

struct list_versions_options {
	const char *set, *exclude, *format;
};

#define AT(field) offsetof(struct list_versions_options, field)

static const struct flag flags[] = {
	CHOICE("set", AT(set), "must", NULL, "must|all",
	    "which versions: those that must be tested, or all"),
	WORD("exclude", AT(exclude), "", "LIST",
	    "versions to leave out, separated by commas (head,unstable,1.80)"),
	CHOICE("format", AT(format), "space", NULL, "space|newline|json", "how they are separated"),
	{ 0 },
};

static void
list_versions_print(const struct strs *versions, const char *format)
{
	bool json = strcmp(format, "json") == 0, lines = strcmp(format, "newline") == 0;
	struct buf b = { 0 };

	if (json)
		jw_array(&b, NULL);
	for (size_t i = 0; i < versions->n; i++)
		if (json)
			jw_string(&b, NULL, versions->v[i]);
		else
			buf_printf(&b, "%s%s", i == 0 ? "" : lines ? "\n" : " ", versions->v[i]);
	if (json)
		jw_end_array(&b);
	buf_puts(&b, !lines || versions->n > 0 ? "\n" : "");
	out_print(&b);
}

static int
list_versions_command(const void *opts, const struct strs *args)
{
	const struct list_versions_options *o = opts;
	struct strs releases = { 0 }, versions = { 0 };
	char *root = NULL;
	struct err e;
	int ret;

	(void)args;
	ret = checkout_root(NULL, &root, &e);
	if (ret == 0)
		ret = versions_read(root, &releases, &e);
	if (ret == 0)
		ret = versions_select(&releases, strcmp(o->set, "all") == 0, o->exclude, &versions, &e);
	if (ret == 0)
		list_versions_print(&versions, o->format);
	else
		err_say("%s", e.text);
	strs_free(&releases);
	strs_free(&versions);
	free(root);
	return ret == 0 ? 0 : 3;
}

const struct command command_list_versions = {
	.name = "list-versions",
	.summary = "print the Tailscale versions that the integration tests use",
	.flags = flags, .opts_size = sizeof(struct list_versions_options),
	.run = list_versions_command, .lenient = true,
};
