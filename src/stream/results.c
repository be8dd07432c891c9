#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/duration.h"
#include "../base/file.h"
#include "../base/mem.h"
#include "../base/text.h"
#include "stream_internal.h"

enum {
	TICK_MS = 1000,
	FILES_MS = 1000,	/* the least time between two writes of the report's files, */
	FILES_SHARE = 50,	/* plus this many times what the last one took */
	WORDS_MAX = 300,
};

void
results_say(struct results *r, const char *fmt, ...)
{
	struct buf b = {0};
	char *text;

	XFORMAT(text, fmt);
	text_harmless(&b, text, strlen(text));
	free(text);
	if (!formats[r->c.format].own_lines) {
		err_say("%s", buf_str(&b));
	} else {
		buf_putc(&b, '\n');
		format_lines(r, b.s, b.len);
		console_flush(&r->con);
		compact_show(r);
	}
	buf_free(&b);
}

/* Writes to a file of the run. A file that can't be written is given up, with one message. */
static void
results_keep(struct results *r, int *fd, const char *name, const char *data, size_t len)
{
	if (*fd < 0 || file_write_all(*fd, data, len) == 0)
		return;
	results_say(r, "%s: %s: the rest of it is lost", name, strerror(errno));
	close(*fd);
	*fd = -1;
}

static void
results_on_bytes(void *arg, const char *data, size_t len)
{
	struct results *r = arg;

	if (!r->c.replay)
		results_keep(r, &r->stream_fd, "go-test.json", data, len);
}

static void
results_write_files(void *arg)
{
	struct results *r = arg;
	struct facts none = { .started = r->started };
	int64_t before = loop_now();

	r->files = NULL;
	r->c.write(r, r->c.facts != NULL ? r->c.facts : &none);
	r->files_after = loop_now() + FILES_MS + (loop_now() - before) * FILES_SHARE;
}

static void
results_ended(struct results *r, const struct test_state *t)
{
	int64_t wait = r->files_after - loop_now();

	if (formats[r->c.format].ended != NULL)
		formats[r->c.format].ended(r, t);
	if (r->c.write != NULL && r->c.loop != NULL && r->files == NULL && !r->ended)
		r->files = loop_timer(r->c.loop, wait > 0 ? wait : 0, results_write_files, r);
}

/* Keeps the last error of the go command in plain text: a line, and the indented one that follows its colon.
 * What comes after an empty line explains the error. */
static void
results_note_words(struct results *r, const struct slice *s)
{
	static const char *const others[] = { "go: downloading", "FAIL", "exit status", "usage: ",
	    "Run 'go help" };
	size_t blank = 0;

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (slice_starts(s, others[i]))
			return;
	while (blank < s->len && (s->s[blank] == ' ' || s->s[blank] == '\t'))
		blank++;
	if (blank > 0 && (r->words.len == 0 || r->words.s[r->words.len - 1] != ':'))
		return;
	if (s->len - blank < 2) {
		r->words_explained = r->words.len > 0;
		return;
	}
	if (r->words_explained && !slice_starts(s, "go: "))
		return;
	r->words_explained = false;
	if (blank == 0)
		buf_reset(&r->words);
	else
		buf_putc(&r->words, ' ');
	text_harmless(&r->words, s->s + blank, (s->len - blank < WORDS_MAX ? s->len - blank : WORDS_MAX) - 1);
}

static void
results_on_event(void *arg, const struct event *ev)
{
	struct results *r = arg;
	struct test_state *t;
	int64_t now = -1;
	char when[40];

	if (ev->action == EV_TEXT) {
		results_keep(r, &r->log_fd, "runner.log", ev->output.s, ev->output.len);
		results_note_words(r, &ev->output);
	}
	if (ev->action != EV_OUTPUT) {
		if (r->c.replay && ev->time.len < sizeof(when)) {
			snprintf(when, sizeof(when), "%.*s", (int)ev->time.len, ev->time.len > 0 ?
			    ev->time.s : "");
			now = text_parse_time(when);
		}
		now = now >= 0 ? now : text_now();
	}
	if (formats[r->c.format].event != NULL)
		formats[r->c.format].event(r, ev);
	t = table_event(&r->tests, ev, now);
	if (t != NULL && !t->live)
		results_ended(r, t);
}

static void
results_on_tick(void *arg)
{
	struct results *r = arg;
	struct test_state *t;
	int64_t age;
	char s[32];

	r->tick = r->ended ? NULL : loop_timer(r->c.loop, TICK_MS, results_on_tick, r);
	TAILQ_FOREACH(t, &r->tests.live, next_live) {
		age = text_now() - t->since;
		if (r->ended || t->state != O_RUNNING || t->live_subs > 0 || age < r->c.slow_ms ||
		    age < 2 * t->slow_said)
			continue;
		t->slow_said = age;
		results_say(r, "slow: %s has been running for %s", t->name,
		    duration_human(age, s, sizeof(s)));
	}
}

static int
results_open_file(struct results *r, const char *name, int *fd, struct err *e)
{
	char *path = file_join(r->c.dir, name);
	int rc = 0;

	*fd = file_open(path, O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (*fd == -1)
		rc = err_set(e, "%s: %s", path, strerror(errno));
	free(path);
	return rc;
}

int
results_new(const struct results_config *c, struct results **out, struct err *e)
{
	struct results *r = xcalloc(1, sizeof(*r));

	r->c = *c;
	r->stream_fd = r->log_fd = -1;
	r->began = loop_now();
	r->started = text_now();
	r->github = r->c.dir != NULL && text_in_github();
	r->foot.on = c->format == FORMAT_COMPACT && c->tty && c->loop != NULL;
	table_init(&r->tests);
	r->out = events_new(results_on_event, results_on_bytes, r, false);
	r->err = events_new(results_on_event, NULL, r, true);
	console_open(&r->con, c->loop, c->out, format_drained, r);
	if (r->c.dir != NULL && (results_open_file(r, "go-test.json", &r->stream_fd, e) == -1 ||
	    results_open_file(r, "runner.log", &r->log_fd, e) == -1)) {
		results_free(r);
		return -1;
	}
	if (c->write != NULL)
		results_write_files(r);
	if (c->slow_ms > 0 && c->loop != NULL)
		r->tick = loop_timer(c->loop, TICK_MS, results_on_tick, r);
	formats[c->format].begin(r);
	console_flush(&r->con);
	/* This delays the foot line, as hi is about to say its first lines. */
	r->foot.drawn_at = loop_now();
	compact_show(r);
	*out = r;
	return 0;
}

void
results_free(struct results *r)
{
	if (r == NULL)
		return;
	compact_free(r);
	loop_timer_del(r->tick);
	loop_timer_del(r->files);
	console_close(&r->con);
	events_free(r->out);
	events_free(r->err);
	table_free(&r->tests);
	buf_free(&r->shown);
	buf_free(&r->scratch);
	buf_free(&r->words);
	if (r->stream_fd >= 0)
		close(r->stream_fd);
	if (r->log_fd >= 0)
		close(r->log_fd);
	free(r);
}

static void
results_pass(struct results *r, struct events *e, const char *data, size_t len)
{
	if (r->ended)
		return;
	events_feed(e, data, len);
	console_flush(&r->con);
	compact_show(r);
}

void
results_feed(struct results *r, const char *data, size_t len)
{
	results_pass(r, r->out, data, len);
}

void
results_feed_err(struct results *r, const char *data, size_t len)
{
	results_pass(r, r->err, data, len);
}

void
results_running(struct results *r)
{
	const struct test_state *t;
	char s[32];

	compact_hide(r);
	console_flush(&r->con);
	err_say("%zu tests done, %zu running, after %s", r->tests.n - r->tests.running, r->tests.running,
	    duration_human(loop_now() - r->began, s, sizeof(s)));
	TAILQ_FOREACH(t, &r->tests.live, next_live)
		err_say("  %s: %s %s", t->name, t->state == O_PAUSED ? "waits for its turn for" : "runs for",
		    duration_human(text_now() - t->since, s, sizeof(s)));
	compact_show(r);
}

void
results_stopping(struct results *r)
{
	r->stopping = true;
}

void
results_resize(struct results *r)
{
	if (!r->foot.on)
		return;
	compact_hide(r);
	console_flush(&r->con);
	compact_show(r);
}

const struct results_config *
results_about(const struct results *r)
{
	return &r->c;
}

bool
results_console_gone(const struct results *r)
{
	return r->con.gone;
}

static bool
results_is_read(void *arg)
{
	const struct results *r = arg;

	return r->con.gone || r->con.q.len == 0 || (r->c.cancel != NULL && *r->c.cancel);
}

void
results_await_reader(struct results *r, int64_t until)
{
	if (r->c.loop != NULL)
		(void)loop_until(r->c.loop, results_is_read, r, until);
}

void
results_drain(struct results *r, const struct buf *last, int64_t until)
{
	compact_free(r);
	format_say_dropped(r);
	format_lines(r, "", 0);
	if (last->len > 0)
		format_end(r);
	buf_add(&r->con.q, buf_str(last), last->len);
	console_flush(&r->con);
	results_await_reader(r, until);
}

enum verdict
results_end(struct results *r, const struct facts *f)
{
	struct tally t;

	if (!r->ended) {
		loop_timer_del(r->tick);
		loop_timer_del(r->files);
		r->tick = r->files = NULL;
		events_end(r->out);
		events_end(r->err);
		/* Triage looks for the reason in runner.log. */
		if (f->why != NULL && r->log_fd >= 0)
			dprintf(r->log_fd, "hi: %s\n", f->why);
		r->ended = true;
		console_flush(&r->con);
	}
	table_tally(&r->tests, pattern_depth(r->c.pattern), &t);
	return verdict_of(&t, f);
}
