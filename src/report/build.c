#include <stdlib.h>
#include <string.h>

#include "../base/file.h"
#include "../base/json.h"
#include "../base/json_write.h"
#include "../base/mem.h"
#include "../base/text.h"
#include "../gotool/gotool.h"
#include "../stream/stream.h"
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
	/* Of what was stopped by a memory limit the container that held too much has a case of its own. */
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

/* Below the checkout that we stand in (it is mounted at its own path); else below where we stand. */
static char *
place_below(const char *file)
{
	char *root = NULL, *here = file_absolute("."), *found = NULL;
	const char *dirs[] = { checkout_root(NULL, &root, NULL) == 0 ? root : here, here };

	for (size_t i = 0; i < 2 && found == NULL; i++) {
		size_t n = strlen(dirs[i]);

		if (strncmp(file, dirs[i], n) == 0 && file[n] == '/')
			found = xstrdup(file + n + 1);
	}
	free(root);
	free(here);
	return found != NULL ? found : xstrdup(file);
}

/* A bare name gets its package's directory: what follows host/owner/module[/v2]/. testing prints no more than
 * that also of a helper in another package, which is looked for; a test's own file is always in its package.
 * NULL: no place. */
static char *
relative(const char *file, const char *package)
{
	const char *p = package, *slash;
	int i;

	if (*file == '/')
		return place_below(file);
	if (strchr(file, '/') != NULL)
		return xstrdup(file);
	for (i = 0; i < 3 && p != NULL; i++)
		p = (p = strchr(p, '/')) != NULL ? p + 1 : NULL;
	if (p != NULL && p[0] == 'v' && strspn(p + 1, "0123456789") > 0) {
		slash = p + 1 + strspn(p + 1, "0123456789");
		if (*slash == '/')
			p = slash + 1;
	}
	if (text_ends(file, "_test.go"))
		return p != NULL ? file_join(p, file) : xstrdup(file);
	return place_find(p != NULL ? p : "integration", file);
}

/* The compiler's paths begin where go test stands, which is integration/ in the checkout. */
static char *
of_compiler(const char *file)
{
	if (strncmp(file, "../", 3) == 0)
		return xstrdup(file + 3);
	return xasprintf("integration/%s", file + (strncmp(file, "./", 2) == 0 ? 2 : 0));
}

static void
build_excerpt(struct report *out, struct report_test *t, struct excerpt *x)
{
	bool compiler = strcmp(t->result, "build-failed") == 0;
	const char *file = buf_str(&x->file);
	char *place;

	t->excerpt = report_own(out, buf_str(&x->text));
	t->message = report_own(out, buf_str(&x->message));
	if (*file != '\0' && (place = compiler && *file != '/' ? of_compiler(file) :
	    relative(file, t->package)) != NULL) {
		t->file = report_take(out, place);
		t->line = (int)x->line;
	}
	excerpt_free(x);
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

/* The run was ended from outside: no test that is unfinished is to blame. */
static bool
ended_from_outside(enum ending e)
{
	return e != END_NORMAL && e != END_DEADLINE;
}

/* Whether a test that is unfinished is so because of another, which panicked, or ran while this one waited
 * for its turn. */
static bool
is_consequence(const struct results *r, const struct report *out, const struct test_state *t)
{
	const struct test_state *other;

	if (!t->live || t->panicked || t->overdue)
		return false;
	if (ended_from_outside(out->f.ending) || t->package->panicked)
		return true;
	TAILQ_FOREACH(other, &r->tests.live, next_live)
		if (other->overdue || (t->state == O_PAUSED && other->state == O_RUNNING &&
		    other->live_subs == 0))
			return true;
	return false;
}

static void
build_tests(struct results *r, struct report *out)
{
	const struct test_state *t;
	struct report_test *to;
	struct excerpt x;

	TAILQ_FOREACH(t, &r->tests.all, next) {
		to = &out->tests[out->n++];
		to->package = report_own(out, t->package->name);
		to->name = report_own(out, t->name);
		to->result = outcome_name(t->state);
		to->seconds = t->seconds;
		to->started = t->began;
		to->ended = t->ended;
		to->parent = !t->panicked && !t->raced && t->output.part[PART_TRACE].len == 0 &&
		    ((t->state == O_FAILED && t->sub_failed) || (t->live && t->live_subs > 0));
		to->consequence = is_consequence(r, out, t);
		if (t->properties.n > 0)
			to->properties = report_take(out, properties_json(&t->properties));
		if (!out->finished || !(report_is_failure(to) || t->overdue))
			continue;
		excerpt_test(t, &x);
		build_excerpt(out, to, &x);
	}
}

static bool
has_failed_tests(const struct table *t, const struct package *p)
{
	const struct test_state *test;

	TAILQ_FOREACH(test, &t->all, next) {
		if (test->package == p && (test->state == O_FAILED || test->live))
			return true;
	}
	return false;
}

static void
build_packages(struct results *r, struct report *out)
{
	const struct package *p;
	struct report_test *to;
	struct excerpt x;

	TAILQ_FOREACH(p, &r->tests.packages, next) {
		to = &out->tests[out->n++];
		to->package = report_own(out, p->name);
		to->name = "";
		to->result = p->build_failed ? "build-failed" : outcome_name(p->state);
		to->seconds = p->seconds;
		to->parent = !p->build_failed && !(p->panicked && p->crashed == NULL) && !p->raced &&
		    has_failed_tests(&r->tests, p);
		to->consequence = p->state == O_RUNNING && ended_from_outside(out->f.ending);
		if (!out->finished || !report_is_failure(to))
			continue;
		excerpt_package(&r->tests, p, &x);
		build_excerpt(out, to, &x);
	}
}

void
report_build(struct results *r, const struct facts *f, bool finished, struct report *out)
{
	const struct package *p;
	struct buf b = {0};
	size_t n = r->tests.n;

	memset(out, 0, sizeof(*out));
	TAILQ_FOREACH(p, &r->tests.packages, next)
		n++;
	out->tests = xcalloc(n + 1, sizeof(*out->tests));
	out->finished = finished;
	out->run_id = r->run_id;
	out->pattern = r->pattern;
	out->dir = r->dir;
	out->f = *f;
	for (size_t i = 0; f->missing != NULL && i < f->missing->n; i++)
		strs_add(&out->missing, f->missing->v[i]);
	table_tally(&r->tests, pattern_depth(r->pattern), &out->t);
	out->verdict = verdict_of(&out->t, f);
	out->exit_code = verdict_exit(out->verdict, &out->t, f);
	verdict_sentence(r, out->verdict, &out->t, f, &b);
	out->sentence = report_take(out, buf_take(&b));
	build_tests(r, out);
	build_packages(r, out);
}
