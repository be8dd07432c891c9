#define _GNU_SOURCE	/* strptime; NOLINT(bugprone-reserved-identifier) */
#include "run_internal.h"

#include <sys/stat.h>

#include <bsd/stdlib.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../base/duration.h"
#include "../base/file.h"
#include "../base/mem.h"
#include "../base/text.h"
#include "../cleanup/cleanup.h"
#include "../evidence/evidence.h"

#define DEFAULT_LOGS "control_logs"
#define SOCKET "/var/run/docker.sock"

/* runner.sh, embedded by the Makefile. */
extern const char runner_sh[];

#define ID_TIME "%Y%m%d-%H%M%S-"
static const char id_set[] = "abcdefghijklmnopqrstuvwxyz0123456789";

enum { ENOUGH_BYTES = 32 << 20, NEAR_MAX = 3, NAMED_MAX = 4, ID_TAIL = 6 /* characters of id_set */ };

extern char **environ;

char *
run_id_new(void)
{
	time_t now = time(NULL);
	char when[32], tail[ID_TAIL + 1] = "";
	struct tm tm;

	localtime_r(&now, &tm);
	strftime(when, sizeof(when), ID_TIME, &tm);
	for (size_t i = 0; i < ID_TAIL; i++)
		tail[i] = id_set[arc4random_uniform(sizeof(id_set) - 1)];
	return xasprintf("%s%s", when, tail);
}

/* strptime also accepts shorter numbers, so the time is compared with what run_id_new would write. */
bool
is_run_id(const char *name, int64_t *started)
{
	struct tm tm = { .tm_isdst = -1 };
	const char *tail = strptime(name, ID_TIME, &tm);
	char when[32];
	time_t t;

	if (tail == NULL || strlen(tail) != ID_TAIL || strspn(tail, id_set) != ID_TAIL ||
	    strftime(when, sizeof(when), ID_TIME, &tm) != (size_t)(tail - name) ||
	    strncmp(name, when, (size_t)(tail - name)) != 0)
		return false;
	t = mktime(&tm);
	if (started != NULL)
		*started = (int64_t)t * 1000;
	return t != (time_t)-1;
}

char *
plan_logs_dir(const char *root, const char *given)
{
	bool usual = given == NULL || *given == '\0' || strcmp(given, DEFAULT_LOGS) == 0;

	if (usual && root != NULL)
		return file_join(root, DEFAULT_LOGS);
	return file_absolute(usual ? DEFAULT_LOGS : given);
}

/* True: there are Go files of the checkout below dir. Run directories do not count. */
static bool
plan_holds_go(const char *dir)
{
	struct strs names = { 0 };
	bool found = false;
	struct stat st;

	(void)dir_names(dir, &names, NULL);
	for (size_t i = 0; i < names.n && !found; i++) {
		char *path = file_join(dir, names.v[i]);

		if (lstat(path, &st) == 0 && S_ISDIR(st.st_mode))
			found = !is_run_id(names.v[i], NULL) && plan_holds_go(path);
		else
			found = text_ends(names.v[i], ".go");
		free(path);
	}
	strs_free(&names);
	return found;
}

/* The log directory is hidden from the tests, so it must not hold them or what they are built from. */
static int
plan_check_logs_dir(const struct plan *p, struct err *e)
{
	char *tests = file_join(p->checkout.root, "integration");
	bool hides = strcmp(p->logs_dir, p->checkout.root) == 0 || strcmp(p->logs_dir, tests) == 0 ||
	    (plan_logs_inside(p) && plan_holds_go(p->logs_dir));

	free(tests);
	return hides ? err_set(e,
	    "--logs-dir: %s holds the checkout's own files, and the tests don't see the log directory: "
	    "choose one for logs alone", p->logs_dir) : 0;
}

int
plan_make(struct plan *p, const struct run_options *o, bool *usage, struct err *e)
{
	const char *pattern = o->pattern != NULL ? o->pattern : o->test;
	bool automatic;

	*p = (struct plan){ .run_id = run_id_new(), .started = text_now() };
	*usage = true;
	if (pattern == NULL || *pattern == '\0')
		return err_set(e, "which test? hi run PATTERN, such as hi run \"TestPingAllByIP\"");
	if (o->pattern != NULL && o->test != NULL && *o->test != '\0' && strcmp(o->pattern, o->test) != 0)
		return err_set(e, "two patterns, \"%s\" and --test=\"%s\": give one", o->pattern, o->test);
	if (pattern_check(pattern, e) == -1)
		return -1;
	if (o->timeout <= 0)
		return err_set(e, "--timeout: more than 0, such as 15m");
	p->pattern = xstrdup(pattern);
	p->format = format_named(o->format, env_terminal() && !o->verbose);
	*usage = false;
	if (checkout_find(NULL, &p->checkout, e) == -1)
		return -1;
	automatic = o->go_version == NULL || *o->go_version == '\0' || strcmp(o->go_version, "auto") == 0;
	p->go_version = xstrdup(automatic ? p->checkout.go : o->go_version);
	p->image = xasprintf("golang:%s", p->go_version);
	p->runner = xasprintf("headscale-test-suite-%s", p->run_id);
	p->logs_dir = plan_logs_dir(p->checkout.root, o->logs_dir);
	p->dir = file_join(p->logs_dir, p->run_id);
	if (o->history)
		p->history = file_join(p->logs_dir, "history.tsv");
	*usage = plan_check_logs_dir(p, e) == -1;
	if (*usage)
		return -1;
	evidence_find_secrets(environ, (const char *const[]){ p->pattern, p->image, p->dir, p->checkout.root,
	    p->run_id, p->go_version, NULL }, &p->secrets);
	return 0;
}

/* True: go and tests_select read the pattern alike. What follows a slash is for subtests, so it does not
 * matter; examples and fuzz tests are not listed, so a pattern that may mean one is not plain. */
static bool
plan_pattern_is_plain(const char *pattern)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_^$|().";
	const char *s = pattern;
	size_t len;

	do {
		len = pattern_element(s);
		if (strspn(s, plain) < len)
			return false;
		for (s += len; *s == '/'; )
			s += 1 + pattern_element(s + 1);
	} while (*s++ == '|');
	return strstr(pattern, "Example") == NULL && strstr(pattern, "Fuzz") == NULL;
}

/* Adds the tests' names that the user may have meant by a word of the pattern. */
static void
plan_nearest(const struct strs *names, const char *word, struct strs *near)
{
	const char *found;

	for (size_t i = 0; i < names->n && near->n < NEAR_MAX; i++)
		if (text_find(names->v[i], word) != NULL)
			strs_add_new(near, names->v[i]);
	found = text_nearest(word, strs_words(names));
	if (found != NULL && near->n < NEAR_MAX)
		strs_add_new(near, found);
}

/* Fills *e: no test matches, with the nearest names. Returns -1. */
static int
plan_no_test(const struct plan *p, const struct strs *names, struct err *e)
{
	char *pattern = xstrdup(p->pattern), *rest = pattern, *word, *joined;
	struct strs near = { 0 };

	pattern[pattern_element(pattern)] = '\0';
	while ((word = strsep(&rest, "^$|().")) != NULL)
		if (strlen(word) > 2)
			plan_nearest(names, word, &near);
	joined = near.n > 0 ? strs_join(&near, ", ") : xstrdup("");
	err_as(e, ERR_NOT_FOUND, "no test matches %s%s%s%s hi list shows all", p->pattern,
	    near.n > 0 ? "; did you mean " : ";", joined, near.n > 0 ? "?" : "");
	strs_free(&near);
	free(joined);
	free(pattern);
	return -1;
}

int
plan_tests(struct plan *p, struct err *e)
{
	struct strs names = { 0 };
	int got = 0;

	if (tests_list(NULL, &p->checkout, &p->tests, NULL) == -1)
		return 0;
	for (size_t i = 0; i < p->tests.n; i++)
		strs_add(&names, p->tests.v[i].name);
	p->tests_known = names.n > 0 && tests_select(&p->tests, p->pattern, NULL) == 0;
	if (p->tests_known && p->tests.n == 0 && plan_pattern_is_plain(p->pattern))
		got = plan_no_test(p, &names, e);
	p->tests_known = p->tests_known && p->tests.n > 0;
	strs_free(&names);
	return got;
}

char *
tests_named(const struct tests *t)
{
	char name[TEXT_SHOWN];
	size_t shown = t->n <= NAMED_MAX + 1 ? t->n : NAMED_MAX;
	struct buf b = { 0 };

	for (size_t i = 0; i < shown; i++)
		buf_printf(&b, "%s%s", i > 0 ? ", " : "", text_shown(t->v[i].name, name));
	if (shown < t->n)
		buf_printf(&b, " and %zu more", t->n - shown);
	return buf_take(&b);
}

int
plan_directory(struct plan *p, struct err *e)
{
	uint64_t bytes, inodes, total;
	char room[32], *probe;
	int fd, got;

	p->made_logs = !file_exists(p->logs_dir);
	if (file_mkdirs(p->logs_dir, e) == -1)
		return -1;
	if (file_free_space(p->logs_dir, &bytes, &inodes, &total) == 0 &&
	    (bytes < ENOUGH_BYTES || (inodes < 64 && inodes > 0)))
		return err_set(e, "%s: no space left: %s free; delete old run directories: hi clean logs",
		    p->logs_dir, text_bytes(bytes, room, sizeof(room)));
	if (mkdir(p->dir, 0755) == -1)
		return err_set(e, "%s: %s: choose another with --logs-dir", p->dir, strerror(errno));
	p->made = true;
	probe = file_join(p->dir, ".probe");
	fd = file_open(probe, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	got = fd == -1 ? -1 : file_write_all(fd, "probe", 5);
	/* Some file systems report only at close that there is no space. */
	if (fd != -1 && close(fd) == -1 && errno != EINTR)
		got = -1;
	if (got == -1)
		err_set(e, "%s: %s: choose another with --logs-dir", p->dir, strerror(errno));
	unlink(probe);
	free(probe);
	return got;
}

void
plan_directory_undo(struct plan *p)
{
	if (p->made)
		(void)dir_remove(p->dir, NULL);
	if (p->made_logs)
		(void)rmdir(p->logs_dir);
	p->made = p->made_logs = false;
}

static void
plan_add_env(struct container_spec *c, const struct plan *p, const struct run_options *o)
{
	static const char *const by_name[] = { "CI", "GITHUB_RUN_ID", "DOCKERHUB_USERNAME",
	    "DOCKERHUB_TOKEN" };
	static const char *const ours[] = { "HEADSCALE_INTEGRATION_POSTGRES", "HEADSCALE_INTEGRATION_RUN_ID",
	    "HEADSCALE_INTEGRATION_GO_CACHE", "HEADSCALE_INTEGRATION_GO_BUILD_CACHE", NULL };

	strs_addf(&c->env, "%s=%d", ours[0], o->postgres ? 1 : 0);
	strs_addf(&c->env, "%s=%s", ours[1], p->run_id);
	strs_add(&c->env, "GOCACHE=/cache/go-build");
	strs_addf(&c->env, "HI_SET=%s", o->set);
	for (size_t i = 0; i < sizeof(by_name) / sizeof(by_name[0]); i++)
		if (env_value(by_name[i]) != NULL)
			strs_add(&c->env, by_name[i]);
	for (char **v = environ; *v != NULL; v++) {
		/* Passed by name only: the value may be a secret. */
		char *name = xstrndup(*v, strcspn(*v, "="));
		const char *const *is = ours;

		while (*is != NULL && strcmp(*is, name) != 0)
			is++;
		if (*is == NULL && text_after(name, "HEADSCALE_INTEGRATION_") != NULL)
			strs_add(&c->env, name);
		free(name);
	}
}

static void
plan_add_bind(struct container_spec *c, const char *src, const char *dst)
{
	strs_add(&c->bind_src, src);
	strs_add(&c->bind_dst, dst);
}

static void
plan_add_cache(struct container_spec *c, const char *variable, const char *volume, const char *place,
    bool sent)
{
	const char *given = env_value(variable);
	char *path;

	if (given == NULL || sent) {
		plan_add_bind(c, volume, place);
		return;
	}
	path = file_absolute(given);
	(void)file_mkdirs(path, NULL);
	plan_add_bind(c, path, place);
	free(path);
}

bool
plan_logs_inside(const struct plan *p)
{
	size_t n = strlen(p->checkout.root);

	return strncmp(p->logs_dir, p->checkout.root, n) == 0 && p->logs_dir[n] == '/';
}

void
plan_container(const struct plan *p, const struct run_options *o, const char *lease_mark, bool sent,
    struct container_spec *c)
{
	char *host = lease_host(), *boot = lease_boot(), timeout[48];

	*c = (struct container_spec){ .name = xstrdup(p->runner), .image = xstrdup(p->image),
	    .workdir = file_join(p->checkout.root, "integration") };
	strs_addf(&c->labels, LABEL_RUN "=%s", p->run_id);
	strs_add(&c->labels, LABEL_TYPE "=" TYPE_RUNNER);
	strs_addf(&c->labels, "hi.uid=%lu", (unsigned long)geteuid());
	strs_addf(&c->labels, "hi.host=%s", host);
	strs_addf(&c->labels, "hi.boot=%s", boot);
	strs_addf(&c->labels, "hi.lease=%s", lease_mark);
	strs_addf(&c->labels, "hi.pattern=%s", p->pattern);
	strs_addf(&c->labels, "hi.dir=%s", p->dir);
	plan_add_env(c, p, o);
	plan_add_bind(c, p->socket, SOCKET);
	c->socket = p->socket;
	if (sent)
		strs_add(&c->volumes, PLAN_CONTROL);
	else {
		plan_add_bind(c, p->checkout.root, p->checkout.root);
		if (p->checkout.git_dir != NULL)
			plan_add_bind(c, p->checkout.git_dir, p->checkout.git_dir);
		plan_add_bind(c, p->dir, PLAN_CONTROL);
	}
	plan_add_cache(c, "HEADSCALE_INTEGRATION_GO_CACHE", "hs-integration-go-cache", "/go", sent);
	plan_add_cache(c, "HEADSCALE_INTEGRATION_GO_BUILD_CACHE", "hs-integration-go-build-cache",
	    "/cache/go-build", sent);
	/* Tests build images with the checkout as the context, and the logs must not be part of that. */
	if (!sent && plan_logs_inside(p))
		strs_add(&c->tmpfs, p->logs_dir);
	strs_addv(&c->command, (const char *const[]){ "sh", "-c", runner_sh, "hi", "./...", "-run",
	    p->pattern, NULL });
	if (o->failfast)
		strs_add(&c->command, "-failfast");
	duration_go(o->timeout, timeout, sizeof(timeout));
	strs_addv(&c->command, (const char *const[]){ "-timeout", timeout, "-count=1", "-json", NULL });
	free(host);
	free(boot);
}

void
plan_container_free(struct container_spec *c)
{
	free((char *)(uintptr_t)c->name);
	free((char *)(uintptr_t)c->image);
	free((char *)(uintptr_t)c->workdir);
	strs_free(&c->labels);
	strs_free(&c->env);
	strs_free(&c->bind_src);
	strs_free(&c->bind_dst);
	strs_free(&c->tmpfs);
	strs_free(&c->volumes);
	strs_free(&c->command);
}

void
plan_free(struct plan *p)
{
	checkout_free(&p->checkout);
	tests_free(&p->tests);
	free(p->run_id);
	free(p->pattern);
	free(p->go_version);
	free(p->image);
	free(p->runner);
	free(p->logs_dir);
	free(p->dir);
	free(p->history);
	free(p->socket);
	strs_free(&p->secrets);
}
