#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/fault.h"
#include "../base/file.h"
#include "../base/lines.h"
#include "../base/mem.h"
#include "../base/text.h"
#include "cleaner.h"
#include "../evidence/evidence.h"
#include "lease.h"

enum { IN = 3, OUT = 4, SAVE_MS = 5000, QUIET_MS = 2000, LISTEN_MS = 15000, ENGINE_MS = 600000 };

struct state {
	struct loop *loop;
	struct docker docker;
	struct removal removal;
	struct lines in;
	struct watch *watch;
	char *run_id, *dir, *lease, *image, *engine;
	struct strs secrets;
	bool asked, settled, bye, orphaned, sent;
};

/* A line, its newline included. */
static void
answer(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static void
answer(const char *fmt, ...)
{
	va_list ap;
	char *line;

	va_start(ap, fmt);
	line = xvasprintf(fmt, ap);
	va_end(ap);
	/* An owner that has gone is told by the end of the other pipe. */
	(void)file_write_all(OUT, line, strlen(line));
	free(line);
}

/* What was done alone is told in the run's directory; it may have gone, or be full. */
static void
note(const struct state *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void
note(const struct state *s, const char *fmt, ...)
{
	char when[40], *path = file_join(s->dir, "cleaner.log"), *text, *line;
	va_list ap;
	int fd;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	line = xasprintf("%s %s\n", text_time(text_now(), when, sizeof(when)), text);
	fd = file_open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd != -1) {
		(void)file_write_all(fd, line, strlen(line));
		close(fd);
	}
	free(line);
	free(text);
	free(path);
}

static void
set(char **where, const char *value)
{
	free(*where);
	*where = xstrdup(value);
}

static void
on_line(void *arg, char *line, size_t len)
{
	struct state *s = arg;
	const struct { const char *key; char **value; } words[] = {
		{ "run ", &s->run_id }, { "dir ", &s->dir }, { "lease ", &s->lease }, { "image ", &s->image },
		{ "endpoint ", &s->docker.endpoint }, { "engine ", &s->engine },
	};

	(void)len;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (text_after(line, words[i].key) != NULL)
			set(words[i].value, text_after(line, words[i].key));
	if (strcmp(line, "hello") == 0)
		answer("ready\n");
	else if (strcmp(line, "bye") == 0)
		s->bye = true;
	else if (text_after(line, "remove") != NULL) {
		s->asked = true;
		s->settled = strcmp(line, "remove settled") == 0;
	} else if (text_after(line, "sent ") != NULL)
		s->sent = true;
	else
		removal_told(&s->removal, line);
}

static void
on_owner(void *arg, short revents)
{
	struct state *s = arg;
	char data[4096];
	ssize_t n = read(IN, data, sizeof(data));

	(void)revents;
	if (n == -1 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0) {
		s->orphaned = true;
		loop_fd_del(s->watch);
		s->watch = NULL;
		return;
	}
	lines_feed(&s->in, data, (size_t)n, on_line, s);
}

static bool
something(void *arg)
{
	const struct state *s = arg;

	return s->asked || s->bye || s->orphaned;
}

static void
progress(void *arg, size_t left)
{
	(void)arg;
	answer("progress %zu container%s left\n", left, left == 1 ? "" : "s");
}

/* Removes, waiting out an engine that does not answer. 0, or -1: gave up. */
static int
remove_run(struct state *s, int64_t quiet, struct err *e)
{
	int64_t since = loop_now(), pause = 250;

	s->removal.quiet_ms = quiet;
	while (removal_run(&s->removal, e) == -1) {
		if (loop_now() - since > ENGINE_MS)
			return -1;
		if (s->removal.progress != NULL)
			answer("progress %s\n", e->text);
		loop_sleep(s->loop, pause, NULL);
		pause = pause < 5000 ? pause * 2 : 5000;
		/* A restarted engine revives what it finds: nothing counts as settled any more. */
		s->removal.quiet_ms = quiet > QUIET_MS ? quiet : QUIET_MS;
	}
	return 0;
}

static void
on_request(struct state *s)
{
	struct removal *r = &s->removal;
	struct err e;

	s->asked = false;
	r->progress = progress;
	if (remove_run(s, s->settled ? 0 : QUIET_MS, &e) == -1) {
		answer("failed %s\n", e.text);
		note(s, "gave up: %s", e.text);
		return;
	}
	for (size_t i = 0; i < r->n_left; i++)
		answer("left %s\t%s\t%s\n", r->left[i].kind, r->left[i].name, r->left[i].why);
	if (r->n_left == 0)
		lease_remove(s->lease);
	answer("done %zu %zu %zu %zu\n", r->containers, r->networks_removed, r->volumes, r->images);
}

static void
on_orphaned(struct state *s)
{
	struct removal *r = &s->removal;
	struct evidence v = { .docker = &s->docker, .run_id = s->run_id, .dir = s->dir, .bulk = true,
		.in_runner = s->sent, .budget_ms = SAVE_MS, .secrets = &s->secrets };
	bool saves = file_is_dir(s->dir);
	struct err e;
	int got;

	r->progress = NULL;
	FAULT("orphaned");
	note(s, "the owner is gone: removing the run %s", s->run_id);
	if (removal_kill_runner(r, &e) == 0 && saves && evidence_collect(&v, &e) == 0)
		note(s, "saved %zu files of %zu containers", v.files, v.containers);
	if (saves)
		evidence_settle(&v, s->image);
	for (size_t i = 0; i < v.missing.n; i++)
		note(s, "not saved: %s", v.missing.v[i]);
	strs_free(&v.missing);
	got = remove_run(s, QUIET_MS, &e);
	if (got == 0)
		got = remove_run(s, LISTEN_MS, &e);
	if (got == -1)
		note(s, "gave up: %s", e.text);
	for (size_t i = 0; i < r->n_left; i++)
		note(s, "left behind: %s %s: %s", r->left[i].kind, r->left[i].name, r->left[i].why);
	if (got == 0 && r->n_left == 0)
		lease_remove(s->lease);
	note(s, "removed %zu containers, %zu networks, %zu volumes, %zu image tags", r->containers,
	    r->networks_removed, r->volumes, r->images);
	if (saves)
		evidence_redact(&v);
	for (size_t i = 0; i < v.missing.n; i++)
		note(s, "%s", v.missing.v[i]);
	strs_free(&v.missing);
}

static void
take_secrets(struct strs *out)
{
	const char *v = "";

	for (size_t i = 0; v != NULL; i++) {
		char *name = xasprintf("HI_SECRET_%zu", i);

		v = getenv(name);
		if (v != NULL)
			strs_add(out, v);
		unsetenv(name);
		free(name);
	}
}

int
cleaner_main(void)
{
	struct state s = { .run_id = xstrdup(""), .dir = xstrdup(""), .image = xstrdup("") };

	if (fcntl(IN, F_GETFD) == -1 || fcntl(OUT, F_GETFD) == -1) {
		err_say("cleaner: hi run starts this by itself");
		return 2;
	}
	/* docker's children must not hold the pipes: the owner's end is told by one, our own by the other. */
	fcntl(IN, F_SETFD, FD_CLOEXEC);
	fcntl(OUT, F_SETFD, FD_CLOEXEC);
	s.loop = loop_new();
	take_secrets(&s.secrets);
	docker_adopt(&s.docker, s.loop);
	s.removal.docker = &s.docker;
	s.watch = loop_fd(s.loop, IN, POLLIN, on_owner, &s);
	while (!s.bye && !s.orphaned) {
		loop_until(s.loop, something, &s, -1);
		s.removal.run_id = s.run_id;
		s.removal.engine = s.engine;
		if (s.asked)
			on_request(&s);
	}
	/* One that was not told of a run has none to remove. */
	if (!s.bye && *s.run_id != '\0')
		on_orphaned(&s);
	docker_close(&s.docker);
	removal_free(&s.removal);
	strs_free(&s.secrets);
	lines_free(&s.in);
	free(s.run_id);
	free(s.dir);
	free(s.lease);
	free(s.image);
	free(s.engine);
	loop_free(s.loop);
	return 0;
}
