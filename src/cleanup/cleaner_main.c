#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/fault.h"
#include "../base/file.h"
#include "../base/lines.h"
#include "../base/mem.h"
#include "../base/text.h"
#include "cleanup_internal.h"
#include "../evidence/evidence.h"
#include "../report/page.h"

enum { SAVE_MS = 5000, HAND_OVER_MS = 30000, LISTEN_MS = 15000, ENGINE_MS = 600000 };

struct state {
	struct loop *loop;
	struct docker docker;
	struct removal removal;
	struct lines in;
	struct watch *watch;
	struct strs told;	/* each fact of hi's, "KEY VALUE"; these point into it */
	const char *run_id, *pattern, *dir, *began, *lease, *image, *engine, *history, *probe;
	struct strs secrets;
	bool asked, settled, dismissed, orphaned, sent;
	bool removing;		/* hi asked for it once: the evidence is collected, or not wanted */
	struct timer *late;
	volatile bool is_late;
};

/* Sends hi a line; fmt ends with its newline. */
static void
owner_answer(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static void
owner_answer(const char *fmt, ...)
{
	char *line;

	XFORMAT(line, fmt);
	/* A failure is ignored: if hi is gone, the end of the other pipe tells so. */
	(void)file_write_all(CLEANER_OUT, line, strlen(line));
	free(line);
}

/* Logs what is done without hi. Failures are ignored: the run's directory may be gone, or its disk full. */
static void
cleaner_log(const struct state *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void
cleaner_log(const struct state *s, const char *fmt, ...)
{
	char when[40], *path = file_join(s->dir, "cleaner.log"), *text, *line;
	int fd;

	XFORMAT(text, fmt);
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
owner_on_line(void *arg, char *line, size_t len)
{
	struct state *s = arg;
	const struct { const char *key; const char **value; } words[] = {
		{ "run ", &s->run_id }, { "pattern ", &s->pattern }, { "dir ", &s->dir },
		{ "began ", &s->began }, { "lease ", &s->lease }, { "image ", &s->image },
		{ "engine ", &s->engine }, { "history ", &s->history }, { "probe ", &s->probe },
	};

	(void)len;
	cleaner_decode(line);
	strs_add(&s->told, line);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (text_after(line, words[i].key) != NULL)
			*words[i].value = text_after(s->told.v[s->told.n - 1], words[i].key);
	if (strcmp(line, "hello") == 0)
		owner_answer("ready\n");
	else if (strcmp(line, "bye") == 0)
		s->dismissed = true;
	else if (text_after(line, "remove") != NULL) {
		s->asked = true;
		s->settled = strcmp(line, "remove settled") == 0;
	} else if (text_after(line, "sent ") != NULL)
		s->sent = true;
	else if (text_after(line, "podman ") != NULL)
		s->docker.podman = true;
	else if (text_after(line, "endpoint ") != NULL) {
		free(s->docker.endpoint);
		s->docker.endpoint = xstrdup(text_after(line, "endpoint "));
	} else
		removal_fact(&s->removal, line);
}

static void
owner_on_pipe(void *arg, short revents)
{
	struct state *s = arg;
	char data[4096];
	ssize_t n = read(CLEANER_IN, data, sizeof(data));

	(void)revents;
	if (n == -1 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0) {
		s->orphaned = true;
		loop_fd_del(s->watch);
		s->watch = NULL;
		return;
	}
	lines_feed(&s->in, data, (size_t)n, owner_on_line, s);
}

static bool
owner_asked(void *arg)
{
	const struct state *s = arg;

	return s->asked || s->dismissed || s->orphaned;
}

static void
owner_progress(void *arg, size_t left)
{
	(void)arg;
	owner_answer("progress %zu container%s left\n", left, left == 1 ? "" : "s");
}

/* Removes the run, waiting up to ENGINE_MS for an engine that does not answer. -1: gave up. */
static int
cleaner_remove_run(struct state *s, int64_t quiet, struct err *e)
{
	int64_t since = loop_now(), pause = 250;

	s->removal.quiet_ms = quiet;
	while (removal_run(&s->removal, e) == -1) {
		if (loop_now() - since > ENGINE_MS)
			return -1;
		if (s->removal.progress != NULL)
			owner_answer("progress %s\n", e->text);
		loop_sleep(s->loop, pause, NULL);
		pause = pause < 5000 ? pause * 2 : 5000;
		/* A restarted engine may revive containers, so the listing has to stay empty once more. */
		s->removal.quiet_ms = quiet > REMOVAL_QUIET_MS ? quiet : REMOVAL_QUIET_MS;
	}
	return 0;
}

static void
cleaner_on_request(struct state *s)
{
	const struct removed *r = &s->removal.removed;
	struct err e;

	s->asked = false;
	s->removing = true;
	s->removal.progress = owner_progress;
	if (cleaner_remove_run(s, s->settled ? 0 : REMOVAL_QUIET_MS, &e) == -1) {
		owner_answer("failed %s\n", e.text);
		cleaner_log(s, "gave up: %s", e.text);
		return;
	}
	for (size_t i = 0; i < r->n_left; i++)
		owner_answer("left %s\t%s\t%s\n", r->left[i].kind, r->left[i].name, r->left[i].why);
	owner_answer("done %zu %zu %zu %zu\n", r->containers, r->networks, r->volumes, r->images);
}

static void
settling_on_late(void *arg)
{
	struct state *s = arg;

	s->late = NULL;
	s->is_late = true;
}

/* Settles the files' ownership and names. This may hang, so it follows the removal and has a time limit. */
static void
cleaner_settle_evidence(struct state *s, struct evidence *v)
{
	s->docker.cancel = v->cancel = &s->is_late;
	s->late = loop_timer(s->loop, HAND_OVER_MS, settling_on_late, s);
	evidence_settle(v, s->image);
	loop_timer_del(s->late);
	s->docker.cancel = v->cancel = NULL;
}

static void
cleaner_log_removal(struct state *s)
{
	const struct removed *r = &s->removal.removed;

	for (size_t i = 0; i < r->n_left; i++)
		cleaner_log(s, "left behind: %s %s: %s", r->left[i].kind, r->left[i].name, r->left[i].why);
	cleaner_log(s, "removed %zu containers, %zu networks, %zu volumes, %zu image tags", r->containers,
	    r->networks, r->volumes, r->images);
}

/* How many things the removal has dealt with. */
static size_t
cleaner_count(const struct removed *r)
{
	return r->containers + r->networks + r->volumes + r->images + r->n_left;
}

/* Writes into the run's files how it ended and what was removed; first: also into the history. */
static void
cleaner_complete_report(struct state *s, const struct strs *missing, bool first)
{
	struct facts f = { .ending = END_INTERRUPTED, .signal = SIGKILL, .image = s->image,
	    .ended = text_now(), .started = strtoll(s->began, NULL, 10),
	    .why = "hi was killed; its cleaner removed the run", .removed = s->removal.removed,
	    .missing = missing };
	struct err e;

	if (report_complete(s->dir, s->pattern, first ? s->history : NULL, &f, &e) == -1)
		cleaner_log(s, "%s", e.text);
}

/* Called last, because the page is made from the redacted files. */
static void
cleaner_write_page(struct state *s)
{
	struct err e;

	if (page_write(s->dir, &e) == -1)
		cleaner_log(s, "%s", e.text);
}

/* hi is gone: saves evidence within 5 s, removes the run, finishes its files, and then keeps removing what
 * the engine was still about to create. */
static void
cleaner_on_orphaned(struct state *s)
{
	const struct removed *r = &s->removal.removed;
	struct evidence v = { .docker = &s->docker, .run_id = s->run_id, .dir = s->dir, .bulk = true,
		.in_runner = s->sent, .budget_ms = SAVE_MS, .secrets = &s->secrets };
	bool saves = file_is_dir(s->dir);
	struct err e;
	size_t had;
	int got;

	s->removal.progress = NULL;
	FAULT("orphaned");
	cleaner_log(s, "the owner is gone: removing the run %s", s->run_id);
	if (removal_kill_runner(&s->removal, &e) == 0 && saves && !s->removing &&
	    evidence_collect(&v, &e) == 0)
		cleaner_log(s, "saved %zu files of %zu containers", v.files, v.containers);
	got = cleaner_remove_run(s, REMOVAL_QUIET_MS, &e);
	cleaner_log_removal(s);
	if (s->probe != NULL)
		rmdir(s->probe);
	if (saves)
		cleaner_settle_evidence(s, &v);
	for (size_t i = 0; i < v.missing.n; i++)
		cleaner_log(s, "not saved: %s", v.missing.v[i]);
	if (saves) {
		cleaner_complete_report(s, &v.missing, true);
		evidence_redact(&v);
		cleaner_write_page(s);
	}
	had = cleaner_count(r);
	if (got == 0)
		got = cleaner_remove_run(s, LISTEN_MS, &e);
	if (got == -1) {
		cleaner_log(s, "gave up: %s", e.text);
		strs_addf(&v.missing, "the removal: %s", e.text);
	}
	if (got == -1 || had != cleaner_count(r)) {
		cleaner_log_removal(s);
		if (saves) {
			cleaner_complete_report(s, &v.missing, false);
			cleaner_write_page(s);
		}
	}
	if (got == 0 && r->n_left == 0)
		lease_remove(s->lease);
	strs_free(&v.missing);
}

static void
cleaner_take_secrets(struct strs *out)
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
	struct state s = { .run_id = "", .pattern = "", .dir = "", .began = "0", .image = "" };

	if (fcntl(CLEANER_IN, F_GETFD) == -1 || fcntl(CLEANER_OUT, F_GETFD) == -1) {
		err_say("cleaner: hi run starts this by itself");
		return 2;
	}
	/* No child may inherit these: a pipe's end tells each side that the other died, and only hi and its
	 * cleaner may hold the lease. */
	for (int fd = CLEANER_IN; fd <= CLEANER_LEASE; fd++)
		fcntl(fd, F_SETFD, FD_CLOEXEC);
	s.loop = loop_new();
	cleaner_take_secrets(&s.secrets);
	docker_adopt(&s.docker, s.loop);
	s.removal.docker = &s.docker;
	s.watch = loop_fd(s.loop, CLEANER_IN, POLLIN, owner_on_pipe, &s);
	while (!s.dismissed && !s.orphaned) {
		loop_until(s.loop, owner_asked, &s, -1);
		s.removal.run_id = s.run_id;
		s.removal.engine = s.engine;
		if (s.asked)
			cleaner_on_request(&s);
	}
	/* hi died before it named a run: there is nothing to remove. */
	if (!s.dismissed && *s.run_id != '\0')
		cleaner_on_orphaned(&s);
	docker_close(&s.docker);
	removal_free(&s.removal);
	strs_free(&s.secrets);
	strs_free(&s.told);
	lines_free(&s.in);
	loop_free(s.loop);
	return 0;
}
