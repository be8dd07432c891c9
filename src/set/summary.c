#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../base/mem.h"
#include "../base/text.h"
#include "../report/page.h"
#include "set_internal.h"

#define Z 1.959963984540054	/* for 95 % */

void
rate_interval(unsigned failed, unsigned n, double *low, double *high)
{
	double p = (double)failed / n, zz = Z * Z / n, middle = p + zz / 2;
	double half = Z * sqrt(p * (1 - p) / n + zz / (4 * n));

	*low = failed == 0 ? 0 : (middle - half) / (1 + zz);
	*high = failed == n ? 1 : (middle + half) / (1 + zz);
}

/* Notes for each test that --count repeated how often it failed, and what rate that suggests. */
static void
summary_rates(const struct set *s, struct report *out)
{
	const struct child *c;
	double low, high;

	for (size_t i = 0; i < s->pick.tests.n && s->opt->count > 1; i++) {
		unsigned n = 0, failed = 0;

		TAILQ_FOREACH(c, &s->children, next) {
			if (c->test != s->pick.tests.v[i].name || c->state != CHILD_TAKEN ||
			    c->part.rep.verdict == V_INTERRUPTED)
				continue;
			n++;
			failed += !part_passed(&c->part);
		}
		if (n == 0)
			continue;
		rate_interval(failed, n, &low, &high);
		strs_addf(&out->notes,
		    "%s failed %u of %u times: %.0f %%, and 95 %% sure between %.0f %% and %.0f %%",
		    s->pick.tests.v[i].name, failed, n, 100.0 * failed / n, 100 * low, 100 * high);
	}
}

static void
summary_not_started(const struct set *s, struct report *out)
{
	const struct child *c;
	struct strs names = {0};
	char *joined;

	TAILQ_FOREACH(c, &s->children, next)
		if (c->state == CHILD_WAITS)
			strs_add_new(&names, c->test);
	if (names.n > 0) {
		joined = strs_join(&names, ", ");
		strs_addf(&out->notes, "not started%s%s: %s", s->halted != NULL ? ", because " : "",
		    s->halted != NULL ? s->halted : "", joined);
		free(joined);
	}
	strs_free(&names);
}

static void
summary_interrupted(const struct set *s, struct report *out)
{
	out->f.ending = END_INTERRUPTED;
	out->f.signal = s->escalation.signal;
	out->verdict = V_INTERRUPTED;
	out->exit_code = 128 + s->escalation.signal;
	out->sentence = report_take(out,
	    xasprintf("ended by %s: %s", signal_name(s->escalation.signal), out->sentence));
}

int
set_write(struct set *s, bool finished, struct report *rep)
{
	struct part **v = xcalloc(s->taken + 1, sizeof(struct part *));
	bool shard = s->pick.shard.n > 0;
	struct report out = { .run_id = s->plan.run_id, .pattern = s->plan.pattern, .dir = s->plan.dir,
	    .shard = shard ? s->pick.shard_name : NULL, .cut = shard ? s->pick.cut : NULL,
	    .finished = finished, .page = finished };
	struct child *c;
	struct err e;
	size_t n = 0;
	int code;

	TAILQ_FOREACH(c, &s->children, next)
		if (c->state == CHILD_TAKEN)
			v[n++] = &c->part;
	merge(&out, v, n, strcmp(s->opt->flaky, "fail") == 0);
	out.f.started = s->plan.started;
	out.f.ended = text_now();
	if (shard && s->pick.tests.n == 0) {
		out.verdict = V_PASSED;
		out.exit_code = 0;
		out.sentence = "no test is in this shard";
	}
	if (finished) {
		summary_rates(s, &out);
		summary_not_started(s, &out);
	}
	/* Unfinished runs are named, too: if hi is killed, a reader knows where to look. */
	TAILQ_FOREACH(c, &s->children, next)
		if (c->state != CHILD_TAKEN && c->run_id != NULL)
			strs_add_new(&out.runs, c->run_id);
	if (s->stop)
		summary_interrupted(s, &out);
	if (s->usage)
		out.exit_code = 2;
	code = out.exit_code;
	if (report_files(&out, s->plan.dir, &e) == -1 || (finished && page_write(s->plan.dir, &e) == -1)) {
		out.page = false;
		/* A file that can't be written is named once, at the end, when it is tried again. */
		if (finished)
			show_line(s, "%s", e.text);
	}
	if (rep != NULL)
		*rep = out;
	else
		report_free(&out);
	/* The report points into the children, not into v. */
	free(v);
	return code;
}
