#include "missing.h"

#include <stdlib.h>
#include <string.h>

#include "../base/buf.h"
#include "../base/mem.h"

enum { NAMES_SHOWN = 5, ID_SHOWN = 12 };

struct missing_group {
	char *what, *why;
	struct strs names;
};

/* The reason in a form that is equal for all: name, id and short id become '*'. The caller frees it. */
static char *
missing_reason(const char *why, const char *name, const char *id)
{
	const char *const parts[] = { name, id != NULL ? id : "", id != NULL ? id : "" };
	const size_t lengths[] = { strlen(parts[0]), strlen(parts[1]), strnlen(parts[2], ID_SHOWN) };
	struct buf b = { 0 };

	while (*why != '\0') {
		size_t i = 0;

		while (i < 3 && (lengths[i] == 0 || strncmp(why, parts[i], lengths[i]) != 0))
			i++;
		buf_putc(&b, i < 3 ? '*' : *why);
		why += i < 3 ? lengths[i] : 1;
	}
	return buf_take(&b);
}

void
missing_add(struct missing *m, const char *what, const char *why, const char *name, const char *id)
{
	char *reason = missing_reason(why, name, id);
	size_t i = 0;

	while (i < m->n && (strcmp(m->v[i].what, what) != 0 || strcmp(m->v[i].why, reason) != 0))
		i++;
	if (i == m->n) {
		m->v = xreallocarray(m->v, ++m->n, sizeof(*m->v));
		m->v[i] = (struct missing_group){ .what = xstrdup(what), .why = xstrdup(reason) };
	}
	strs_add_new(&m->v[i].names, name);
	free(reason);
}

static void
missing_tell_group(const struct missing *m, const struct missing_group *g, struct strs *out)
{
	size_t before = strcspn(g->what, "%"), n = g->names.n;
	const char *after = g->what[before] == '%' ? g->what + before + 1 : "";
	struct buf b = { 0 };

	buf_add(&b, g->what, before);
	if (n == 1)
		buf_puts(&b, g->names.v[0]);
	else
		buf_printf(&b, "%zu %s", n, m->nouns);
	buf_printf(&b, "%s: %s", after, g->why);
	for (size_t i = 0; n > 1 && i < n && i < NAMES_SHOWN; i++)
		buf_printf(&b, "%s%s", i == 0 ? " (" : ", ", g->names.v[i]);
	if (n > 1)
		buf_puts(&b, n > NAMES_SHOWN ? ", ...)" : ")");
	strs_add(out, buf_str(&b));
	buf_free(&b);
}

void
missing_tell(struct missing *m, struct strs *out)
{
	for (size_t i = 0; i < m->n; i++) {
		missing_tell_group(m, &m->v[i], out);
		free(m->v[i].what);
		free(m->v[i].why);
		strs_free(&m->v[i].names);
	}
	free(m->v);
	m->v = NULL;
	m->n = 0;
}
