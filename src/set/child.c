#include <sys/wait.h>

#include <stdlib.h>
#include <string.h>

#include "../base/file.h"
#include "../base/json.h"
#include "../base/mem.h"
#include "../base/text.h"
#include "set_internal.h"

enum { LINE_LONGEST = 4096, ERR_MAX = 8192, QUEUE_MAX_JSON = 1 << 20 };

/* Takes in a line of a child's output, a JSON object of --format=json. */
static void
child_line(void *arg, char *line, size_t len)
{
	struct child *c = arg;
	struct set *s = c->set;
	struct json j = {0};

	if (c->run_id == NULL && strncmp(line, "{\"event\":\"begin\"", 16) == 0 &&
	    json_parse(&j, line, len) == 0) {
		c->run_id = json_dup_member(&j, 0, "run_id");
		json_free(&j);
		s->unsaved = s->woken = true;
	}
	if (strncmp(line, "{\"event\":\"run\"", 14) == 0)
		s->compiled = s->woken = true;
	if (s->plan.format == FORMAT_JSON) {
		buf_add(&s->con.q, line, len);
		buf_putc(&s->con.q, '\n');
		console_flush(&s->con);
		if (s->con.q.len > QUEUE_MAX_JSON)
			proc_pause(c->proc, true);
	}
}

static void
child_on_out(void *arg, const char *data, size_t len)
{
	struct child *c = arg;

	lines_feed(&c->lines, data, len, child_line, c);
}

static void
child_on_err(void *arg, const char *data, size_t len)
{
	struct child *c = arg;

	buf_tail(&c->err, data, len, ERR_MAX);
}

static void
child_on_end(void *arg, int status)
{
	struct child *c = arg;

	c->proc = NULL;
	c->status = status;
	c->state = CHILD_ENDED;
	c->ended = loop_now();
	c->set->woken = true;
}

int
child_start(struct set *s, struct child *c, struct err *e)
{
	struct proc_spec spec = { .env = s->env.v, .in = PROC_NULL, .out = PROC_PIPE, .err = PROC_PIPE,
	    .on_out = child_on_out, .on_err = child_on_err, .on_exit = child_on_end, .arg = c };
	struct strs argv = {0};
	char *self = proc_self();

	strs_add(&argv, self);
	strs_add(&argv, "run");
	for (size_t i = 0; i < s->words->n; i++)
		strs_add(&argv, s->words->v[i]);
	strs_add(&argv, "--format=json");
	strs_addf(&argv, "--set=%s", s->plan.run_id);
	/* The first run does it for all of them. */
	if (c != TAILQ_FIRST(&s->children))
		strs_add(&argv, "--clean-before=false");
	/* With the results of one shard in the history, the next shard would be cut differently. */
	if (s->pick.shard.n > 0)
		strs_add(&argv, "--history=false");
	strs_add(&argv, "--");
	strs_addf(&argv, "^%s$%s", c->test, s->pick.rest);
	spec.argv = argv.v;
	c->proc = proc_start(s->loop, &spec, e);
	c->started = c->ended = loop_now();
	/* Lines that are passed on must stay whole; of others, only the beginning is needed. */
	c->lines.longest = s->plan.format == FORMAT_JSON ? 0 : LINE_LONGEST;
	strs_free(&argv);
	free(self);
	if (c->proc == NULL)
		return -1;
	c->state = CHILD_RUNS;
	s->running++;
	return 0;
}

/* Makes up the report of a run that left no summary, from the last line on its hi's stderr. */
static void
child_refused(struct child *c)
{
	int code = WIFEXITED(c->status) ? WEXITSTATUS(c->status) : 3;
	const char *last;
	char how[64], *why;
	size_t len;

	last = text_last_line(buf_str(&c->err), &len);
	if (last != NULL && len > 8 && strncmp(last, "hi run: ", 8) == 0) {
		last += 8;
		len -= 8;
	}
	if (last != NULL && len > 0)
		why = xstrndup(last, len);
	else
		why = xasprintf("hi ended with %s", proc_status(c->status, how, sizeof(how)));
	part_refused(&c->part, c->test, code == 0 ? 3 : code, why);
	if (WIFSIGNALED(c->status) && c->set->stop) {
		c->part.rep.verdict = V_INTERRUPTED;
		c->part.rep.exit_code = 128 + WTERMSIG(c->status);
	}
	free(why);
}

static void
child_repeat(struct set *s, struct child *c)
{
	struct child *again = xcalloc(1, sizeof(*again));

	again->set = s;
	again->test = c->test;
	again->nth = c->nth;
	again->tries = c->tries + 1;
	again->part.before = &c->part;
	c->part.superseded = true;
	TAILQ_INSERT_TAIL(&s->children, again, next);
}

static void
set_halt(struct set *s, const char *why)
{
	if (s->halted == NULL)
		s->halted = xstrdup(why);
}

static void
child_evaluate(struct set *s, struct child *c)
{
	enum verdict v = c->part.rep.verdict;
	bool infra = report_blames_machine(&c->part.rep);
	char *why;

	if (part_passed(&c->part) || v == V_LEAK || v == V_LIMIT)
		return;
	s->bad++;
	if (v == V_BUILD_FAILED)
		set_halt(s, "it does not compile");
	else if (c->part.rep.exit_code == 2) {
		s->usage = true;
		set_halt(s, c->part.rep.sentence);
	} else if (c->part.rep.run_id == NULL || *c->part.rep.run_id == '\0')
		set_halt(s, "a run could not be started");
	if (s->stop || s->halted != NULL || v == V_INTERRUPTED)
		return;
	if (c->tries < (unsigned)s->opt->rerun_fails && v != V_NOTHING_RAN &&
	    (infra || strcmp(s->opt->rerun_only, "infra") != 0)) {
		child_repeat(s, c);
		return;
	}
	if (s->opt->run.failfast && s->opt->count <= 1) {
		why = xasprintf("%s did not pass (--failfast)", c->test);
		set_halt(s, why);
		free(why);
	}
}

void
child_take(struct set *s, struct child *c)
{
	char *dir = c->run_id != NULL ? file_join(s->plan.logs_dir, c->run_id) : NULL;
	struct err e;

	if (dir == NULL || part_load(dir, &c->part, &e) == -1)
		child_refused(c);
	free(dir);
	c->part.test = xstrdup(c->test);
	if (s->opt->count > 1)
		c->part.suffix = xasprintf(" (%u of %lld)", c->nth, (long long)s->opt->count);
	c->state = CHILD_TAKEN;
	s->running--;
	s->taken++;
	child_evaluate(s, c);
}

void
child_not_started(struct set *s, struct child *c, const char *why)
{
	part_refused(&c->part, c->test, 3, why);
	c->part.test = xstrdup(c->test);
	c->state = CHILD_TAKEN;
	s->taken++;
	s->bad++;
	set_halt(s, why);
}

void
child_free(struct child *c)
{
	part_free(&c->part);
	lines_free(&c->lines);
	buf_free(&c->err);
	free(c->run_id);
	free(c);
}
