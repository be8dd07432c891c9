#include <stdlib.h>
#include <string.h>

#include "../base/file.h"
#include "../base/json.h"
#include "../base/json_write.h"
#include "../base/mem.h"
#include "../base/text.h"
#include "report_internal.h"

const char *
report_own(struct report *r, const char *s)
{
	if (s == NULL)
		return NULL;
	strs_add(&r->owned, s);
	return r->owned.v[r->owned.n - 1];
}

const char *
report_take(struct report *r, char *s)
{
	const char *own = report_own(r, s);

	free(s);
	return own;
}

void
report_free(struct report *r)
{
	strs_free(&r->owned);
	strs_free(&r->missing);
	strs_free(&r->not_run);
	strs_free(&r->runs);
	strs_free(&r->notes);
	free(r->tests);
	free(r->memory);
	free(r->leaks);
	memset(r, 0, sizeof(*r));
}

bool
report_is_package(const struct report_test *t)
{
	return *t->name == '\0';
}

bool
report_is_failure(const struct report_test *t)
{
	return !t->parent && strcmp(t->result, "passed") != 0 && strcmp(t->result, "skipped") != 0;
}

bool
report_is_cause(const struct report_test *t)
{
	return report_is_failure(t) && !t->consequence;
}

bool
report_run_failed(const struct report *r)
{
	/* After a stop by a memory limit, the container over it accounts for the failure. */
	if (r->incomplete || (r->f.ending != END_NORMAL && r->f.ending != END_DEADLINE &&
	    r->f.ending != END_LIMIT))
		return true;
	if (r->verdict == V_PASSED && r->exit_code == 0)
		return false;
	for (size_t i = 0; i < r->n; i++)
		if (report_is_cause(&r->tests[i]))
			return false;
	for (size_t i = 0; i < r->f.n_memory; i++)
		if (r->f.memory[i].over)
			return false;
	return true;
}

bool
report_blames_machine(const struct report *r)
{
	struct json j = {0};
	bool yes = r->triage != NULL && json_parse(&j, r->triage, strlen(r->triage)) == 0 &&
	    json_eq(&j, json_member(&j, 0, "cause"), "infrastructure");

	json_free(&j);
	return yes || r->exit_code == 3;
}

size_t
report_slowest(const struct report *r, size_t *out, size_t n)
{
	size_t i, k, have = 0;

	for (i = 0; i < r->n; i++) {
		if (report_is_package(&r->tests[i]) || r->tests[i].seconds < 0.01)
			continue;
		for (k = have; k > 0 && r->tests[out[k - 1]].seconds < r->tests[i].seconds; k--) {
			if (k < n)
				out[k] = out[k - 1];
		}
		if (k < n)
			out[k] = i;
		have += have < n;
	}
	return have;
}

static char *
properties_json(const struct strs *v)
{
	struct buf b = {0};

	jw_array(&b, NULL);
	for (size_t i = 0; i + 1 < v->n; i += 2) {
		jw_object(&b, NULL);
		jw_string(&b, "name", v->v[i]);
		jw_string(&b, "value", v->v[i + 1]);
		jw_end_object(&b);
	}
	jw_end_array(&b);
	return buf_take(&b);
}

static void
build_excerpt(struct report *out, struct report_test *t, const struct excerpt *x)
{
	const char *file = buf_str(&x->file);
	char *place;

	t->excerpt = report_own(out, buf_str(&x->text));
	t->message = report_own(out, buf_str(&x->message));
	if (*file == '\0')
		return;
	place = strcmp(t->result, "build-failed") == 0 && *file != '/' ? place_of_compiler(file) :
	    place_of_test(file, t->package);
	if (place != NULL) {
		t->file = report_take(out, place);
		t->line = (int)x->line;
	}
}

static void
build_test(void *arg, const struct outcome *o)
{
	struct report *out = arg;
	struct report_test *t;

	out->tests = xreallocarray(out->tests, out->n + 1, sizeof(*out->tests));
	t = &out->tests[out->n++];
	*t = (struct report_test){ .package = report_own(out, o->package), .name = report_own(out, o->name),
	    .result = o->result, .seconds = o->seconds, .started = o->began, .ended = o->ended,
	    .parent = o->parent, .consequence = o->consequence };
	if (o->properties != NULL && o->properties->n > 0)
		t->properties = report_take(out, properties_json(o->properties));
	if (o->excerpt != NULL)
		build_excerpt(out, t, o->excerpt);
}

void
report_build(const struct results *r, const struct facts *f, bool finished, struct report *out)
{
	const struct results_config *c = results_about(r);
	struct conclusion end;

	results_conclude(r, f, &end);
	*out = (struct report){ .finished = finished, .run_id = c->run_id, .pattern = c->pattern,
	    .dir = c->dir, .f = *f, .t = { end.top, end.sub }, .verdict = end.verdict,
	    .exit_code = end.exit_code, .tests = xcalloc(1, sizeof(struct report_test)) };
	out->sentence = report_take(out, end.sentence);
	for (size_t i = 0; f->missing != NULL && i < f->missing->n; i++)
		strs_add(&out->missing, f->missing->v[i]);
	results_each(r, f->ending, finished, build_test, out);
}
