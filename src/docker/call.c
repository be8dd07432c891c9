#include "call.h"

#include <sys/wait.h>

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "../base/mem.h"
#include "../base/text.h"

static const char DAEMON[] = "Error response from daemon: ";

bool
docker_says(const char *text, const char *part)
{
	size_t len = strlen(part);

	for (; *text != '\0'; text++)
		if (strncasecmp(text, part, len) == 0)
			return true;
	return false;
}

bool
docker_says_any(const char *text, const char *const *words)
{
	for (; *words != NULL; words++)
		if (docker_says(text, *words))
			return true;
	return false;
}

/* Where docker says how to use it, not what went wrong. */
static bool
is_manners(const char *line, size_t len)
{
	static const char *const starts[] = { "See '", "Run '", "Usage:", "For more help", NULL };

	while (len > 0 && isspace((unsigned char)*line)) {
		line++;
		len--;
	}
	if (len == 0)
		return true;
	for (size_t i = 0; starts[i] != NULL; i++)
		if (len >= strlen(starts[i]) && strncmp(line, starts[i], strlen(starts[i])) == 0)
			return true;
	return false;
}

static char *
without_prefix(const char *line, size_t len)
{
	static const char *const prefixes[] = { "docker: ", "Error: ", "error: ", NULL };
	char *s, *trimmed;

	for (size_t i = 0; prefixes[i] != NULL; i++) {
		size_t n = strlen(prefixes[i]);

		if (len > n && strncmp(line, prefixes[i], n) == 0) {
			line += n;
			len -= n;
		}
	}
	s = xstrndup(line, len);
	trimmed = text_trim(s);
	free(s);
	return trimmed;
}

char *
docker_words(const char *stderr_text)
{
	const char *daemon = strstr(stderr_text, DAEMON), *best = NULL;
	size_t best_len = 0;

	if (daemon != NULL) {
		daemon += strlen(DAEMON);
		return without_prefix(daemon, strcspn(daemon, "\n"));
	}
	for (const char *line = stderr_text; *line != '\0';) {
		size_t len = strcspn(line, "\n");

		if (!is_manners(line, len)) {
			best = line;
			best_len = len;
		}
		line += len + (line[len] == '\n');
	}
	return best == NULL ? xstrdup("") : without_prefix(best, best_len);
}

bool
docker_gone(const char *words)
{
	static const char *const signs[] = {
		"no such container", "no such object", "no such image", "no such volume", "no such network",
		"is already in progress", "is not connected to", NULL
	};

	return docker_says_any(words, signs) ||
	    (docker_says(words, " not found") && docker_says_any(words, WORDS("network ", "endpoint ")));
}

char *
docker_trouble(const char *said)
{
	struct strs lines = { 0 };
	char *found = NULL;

	strs_split(&lines, said, '\n');
	for (size_t i = 0; i < lines.n && found == NULL; i++) {
		const char *line = lines.v[i];

		/* `docker network rm` ends its list of errors with this. */
		if (is_manners(line, strlen(line)) || docker_gone(line) ||
		    strncmp(line, "exit status ", 12) == 0)
			continue;
		found = docker_words(line);
	}
	strs_free(&lines);
	return found;
}

/* "rm", "network inspect": what the user would type. */
static char *
verb(const char *const *words)
{
	static const char *const groups[] = {
		"image", "container", "network", "volume", "system", "context", NULL
	};

	for (size_t i = 0; groups[i] != NULL; i++)
		if (strcmp(words[0], groups[i]) == 0)
			return xasprintf("%s %s", words[0], words[1]);
	return xstrdup(words[0]);
}

int
docker_failed(const struct docker *d, const char *const *words, int status, const char *said, struct err *e)
{
	const char *endpoint = d->endpoint != NULL ? d->endpoint : "its endpoint";
	char *what = verb(words), *why = docker_words(said);

	if (docker_says(said, "permission denied") &&
	    (docker_says(said, "daemon socket") || docker_says(said, "docker api")))
		err_set(e, "docker: no permission to use the engine at %s: join the group docker "
		    "(sudo usermod -aG docker \"$USER\", then log in again), or use sudo", endpoint);
	else if (docker_says(said, "cannot connect to the docker daemon") ||
	    docker_says(said, "failed to connect to the docker api") ||
	    docker_says(said, "error during connect"))
		err_set(e, "docker: no engine answers at %s: start it (sudo systemctl start docker, or "
		    "Docker Desktop), or choose another with DOCKER_HOST or docker context use", endpoint);
	else if (*why != '\0')
		err_set(e, "docker %s: %s", what, why);
	else
		err_set(e, "docker %s: exit %d", what, status);
	free(what);
	free(why);
	return -1;
}

/* in: what it reads, 0: nothing. */
static int
attempt(struct docker *d, const char *const *words, int in, struct buf *out, struct buf *said, struct err *e)
{
	struct strs argv = { 0 };
	struct proc_result res = { .status = -1 };
	struct proc_run run;
	int ret;

	strs_add(&argv, "docker");
	strs_addv(&argv, words);
	run = (struct proc_run){ .argv = argv.v, .env = d->env.v, .in = in, .timeout_ms = d->timeout_ms,
		.cancel = d->cancel };
	ret = proc_run(d->loop, &run, &res, e);
	strs_free(&argv);
	if (ret == -1 && e != NULL && e->kind == ERR_NO_COMMAND)
		err_as(e, ERR_NO_COMMAND, "docker: not found in PATH: install Docker "
		    "(https://docs.docker.com/engine/install/)");
	if (ret == 0 && res.cut)
		ret = err_set(e, "docker: an answer of more than %zu bytes", res.out.len);
	else if (ret == 0)
		ret = WIFSIGNALED(res.status) ? 128 + WTERMSIG(res.status) : WEXITSTATUS(res.status);
	if (out != NULL)
		buf_add(out, buf_str(&res.out), res.out.len);
	if (said != NULL)
		buf_add(said, buf_str(&res.err), res.err.len);
	proc_result_free(&res);
	return ret;
}

int
docker_try(struct docker *d, const char *const *words, struct buf *out, struct buf *said, struct err *e)
{
	return attempt(d, words, 0, out, said, e);
}

static int
call(struct docker *d, const char *const *words, int in, struct buf *out, struct err *e)
{
	struct buf said = { 0 };
	int ret = attempt(d, words, in, out, &said, e);

	if (ret > 0)
		ret = docker_failed(d, words, ret, buf_str(&said), e);
	buf_free(&said);
	return ret;
}

int
docker_call(struct docker *d, const char *const *words, struct buf *out, struct err *e)
{
	return call(d, words, 0, out, e);
}

int
docker_feed(struct docker *d, const char *const *words, int in, struct err *e)
{
	return call(d, words, in, NULL, e);
}

int
docker_ask(struct docker *d, const char *const *words, struct buf *out, struct err *e)
{
	struct buf said = { 0 };
	int ret = docker_try(d, words, out, &said, e);
	char *trouble;

	if (ret > 0) {
		trouble = docker_trouble(buf_str(&said));
		if (trouble != NULL || said.len == 0)
			ret = docker_failed(d, words, ret, trouble != NULL ? trouble : "", e);
		else
			ret = 1;
		free(trouble);
	}
	buf_free(&said);
	return ret;
}

int
docker_unless_gone(struct docker *d, const char *const *words, struct err *e)
{
	return docker_ask(d, words, NULL, e) == -1 ? -1 : 0;
}

struct proc *
docker_start(struct docker *d, const char *const *words, const struct proc_spec *how, struct err *e)
{
	struct proc_spec spec = *how;
	struct strs argv = { 0 };
	struct proc *p;

	strs_add(&argv, "docker");
	strs_addv(&argv, words);
	spec.argv = argv.v;
	if (spec.env == NULL)
		spec.env = d->env.v;
	p = proc_start(d->loop, &spec, e);
	strs_free(&argv);
	return p;
}

int64_t
docker_time(const char *s)
{
	char iso[32];

	if (strlen(s) < 25 || s[10] != ' ' || s[19] != ' ')
		return -1;
	snprintf(iso, sizeof(iso), "%.10sT%.8s%.3s:%.2s", s, s + 11, s + 20, s + 23);
	return text_parse_time(iso);
}

char *
docker_member(const struct json *j, int obj, const char *key)
{
	char *s = json_dup_member(j, obj, key);

	return s != NULL ? s : xstrdup("");
}

int64_t
docker_member_time(const struct json *j, int obj, const char *key)
{
	char *s = docker_member(j, obj, key);
	int64_t ms = text_parse_time(s);

	free(s);
	return ms < 0 ? -1 : ms;
}

int
docker_each_line(const struct buf *text, void (*fn)(void *arg, const struct json *j), void *arg,
    struct err *e)
{
	struct json j = { 0 };
	int ret = 0;

	for (const char *line = buf_str(text); *line != '\0' && ret == 0;) {
		size_t len = strcspn(line, "\n");

		if (len > 0 && json_parse(&j, line, len) == -1)
			ret = err_set(e, "docker: an answer that is not JSON: %.*s",
			    len > 200 ? 200 : (int)len, line);
		else if (len > 0)
			fn(arg, &j);
		line += len + (line[len] == '\n');
	}
	json_free(&j);
	return ret;
}

int
docker_each(struct docker *d, const char *const *words, void (*fn)(void *, const struct json *), void *arg, struct err *e)
{
	struct buf text = { 0 };
	int ret = docker_call(d, words, &text, e);

	if (ret == 0)
		ret = docker_each_line(&text, fn, arg, e);
	buf_free(&text);
	return ret;
}

int
docker_each_there(struct docker *d, const char *const *words, void (*fn)(void *, const struct json *), void *arg,
    struct err *e)
{
	struct buf text = { 0 };
	int ret = docker_ask(d, words, &text, e);

	if (ret != -1)
		ret = docker_each_line(&text, fn, arg, e);
	buf_free(&text);
	return ret;
}

void
docker_mount_field(struct buf *mount, const char *key, const char *value)
{
	if (mount->len > 0)
		buf_putc(mount, ',');
	buf_printf(mount, "\"%s=", key);
	for (; *value != '\0'; value++) {
		if (*value == '"')
			buf_putc(mount, '"');
		buf_putc(mount, *value);
	}
	buf_putc(mount, '"');
}
