#include "survey.h"

#include <sys/wait.h>

#include <stdlib.h>
#include <string.h>

#include <bsd/string.h>

#include "../base/mem.h"
#include "call.h"
#include "network.h"

enum { Q_VERSION, Q_INFO, Q_SIZES, Q_ONLINE, Q_IMAGES, QUESTIONS = Q_IMAGES + SURVEY_IMAGES };

struct asked {
	struct docker *docker;
	const struct survey_questions *q;
	struct strs argv[QUESTIONS];	/* empty: not asked */
	struct proc_result *results;	/* of all, where asked */
	struct err *errs;
};

static void
words_of(const struct survey_questions *q, struct strs *argv)
{
	strs_addv(&argv[Q_VERSION], WORDS("docker", "version", "--format", "{{json .}}"));
	strs_addv(&argv[Q_INFO], WORDS("docker", "info", "--format", "{{json .}}"));
	strs_addv(&argv[Q_SIZES], WORDS("docker", "system", "df", "--verbose", "--format", "{{json .Volumes}}"));
	if (q->online != NULL)
		strs_addv(&argv[Q_ONLINE], WORDS("docker", "manifest", "inspect", q->online));
	for (size_t i = 0; i < SURVEY_IMAGES; i++)
		if (q->images[i] != NULL)
			strs_addv(&argv[Q_IMAGES + i],
			    WORDS("docker", "image", "inspect", "--format", "{{.Id}}", q->images[i]));
}

/* The exit status of a question, or -1 where it came to no end of its own: *e says why. */
static int
status_of(const struct asked *a, size_t i, struct err *e)
{
	const struct proc_result *r = &a->results[i];

	if (r->status != -1 && !r->timed_out && !r->cancelled)
		return WIFSIGNALED(r->status) ? 128 + WTERMSIG(r->status) : WEXITSTATUS(r->status);
	if (e != NULL)
		*e = a->errs[i];
	return -1;
}

static int
fail(const struct asked *a, size_t i, int status, struct err *e)
{
	if (status == -1)
		return -1;
	return docker_failed(a->docker, strs_words(&a->argv[i]) + 1, status, buf_str(&a->results[i].err), e);
}

static void
replace(char **where, char *value)
{
	free(*where);
	*where = value;
}

static void
read_version(void *arg, const struct json *j)
{
	struct survey *s = arg;
	int client = json_member(j, 0, "Client"), server = json_member(j, 0, "Server");

	replace(&s->client, docker_member(j, client, "Version"));
	replace(&s->client_api, docker_member(j, client, "DefaultAPIVersion"));
	replace(&s->negotiated, docker_member(j, client, "ApiVersion"));
	replace(&s->server_api, docker_member(j, server, "ApiVersion"));
}

static void
read_pools(void *arg, const struct json *j)
{
	struct survey *s = arg;
	int pools = json_member(j, 0, "DefaultAddressPools");

	for (int k = json_first(j, pools); k >= 0; k = json_next(j, k)) {
		char *base = docker_member(j, k, "Base");
		int64_t size = 0;

		(void)json_int(j, json_member(j, k, "Size"), &size);
		s->pools = xreallocarray(s->pools, s->n_pools + 1, sizeof(*s->pools));
		strlcpy(s->pools[s->n_pools].base, base, sizeof(s->pools[0].base));
		s->pools[s->n_pools++].size = (int)size;
		free(base);
	}
	s->mirrors = (size_t)json_count(j, json_path(j, 0, "RegistryConfig.Mirrors"));
}

static void
read_answers(const struct asked *a, struct survey *s)
{
	const struct buf *version = &a->results[Q_VERSION].out, *info = &a->results[Q_INFO].out;
	int status = status_of(a, Q_VERSION, &s->api_said);

	/* Without an engine it ends with 1 and has told about the client. */
	(void)docker_each_line(version, read_version, s, NULL);
	if (status > 0 && docker_says(buf_str(&a->results[Q_VERSION].err), "client version"))
		fail(a, Q_VERSION, status, &s->api_said);
	else
		s->api_said.text[0] = '\0';
	status = status_of(a, Q_INFO, &s->said);
	if (status == 0)
		status = docker_info_read(info, &s->info, &s->said);
	/* Some clients say it in the answer, and end with 0. */
	if (status == 1 && a->results[Q_INFO].err.len == 0)
		buf_puts(&a->results[Q_INFO].err, "Cannot connect to the Docker daemon");
	s->answers = status == 0;
	if (!s->answers) {
		fail(a, Q_INFO, status, &s->said);
		docker_info_free(&s->info);
	} else
		(void)docker_each_line(info, read_pools, s, NULL);
}

static void
read_things(const struct asked *a, struct survey *s)
{
	for (size_t i = 0; i < SURVEY_IMAGES; i++) {
		int status =
		    a->q->images[i] != NULL && s->answers ? status_of(a, Q_IMAGES + i, NULL) : -1;
		char *trouble = docker_trouble(buf_str(&a->results[Q_IMAGES + i].err));

		s->image_there[i] = status == 0 ? 1 : status > 0 && trouble == NULL ? 0 : -1;
		free(trouble);
	}
	if (s->answers && status_of(a, Q_SIZES, NULL) == 0)
		s->sizes_known = volume_sizes_read(&a->results[Q_SIZES].out, a->q->volumes, s->volume_bytes,
		    NULL) == 0;
	s->online_asked = a->q->online != NULL;
	if (s->online_asked) {
		int status = status_of(a, Q_ONLINE, &s->online_said);

		s->online_ok = status == 0;
		if (status > 0)
			fail(a, Q_ONLINE, status, &s->online_said);
	}
}

void
docker_survey(struct docker *d, const struct survey_questions *q, struct survey *out)
{
	size_t n = QUESTIONS + q->n;
	struct proc_run *runs = xcalloc(n, sizeof(*runs));
	struct asked a = { .docker = d, .q = q, .results = xcalloc(n, sizeof(*a.results)),
		.errs = xcalloc(n, sizeof(*a.errs)) };

	*out = (struct survey){ .client = xstrdup(""), .client_api = xstrdup(""), .server_api = xstrdup(""),
		.negotiated = xstrdup(""), .volume_bytes = { -1, -1 } };
	words_of(q, a.argv);
	for (size_t i = 0; i < QUESTIONS; i++)
		runs[i] = (struct proc_run){ .argv = a.argv[i].v, .env = d->env.v, .cancel = d->cancel,
			.timeout_ms = i == Q_SIZES ? q->sizes_ms : i == Q_ONLINE ? q->online_ms : q->timeout_ms };
	for (size_t i = 0; i < q->n; i++)
		runs[QUESTIONS + i] = q->others[i];
	proc_run_many(d->loop, runs, a.results, a.errs, n, n);
	read_answers(&a, out);
	read_things(&a, out);
	for (size_t i = 0; i < QUESTIONS; i++) {
		proc_result_free(&a.results[i]);
		strs_free(&a.argv[i]);
	}
	for (size_t i = 0; i < q->n; i++) {
		q->results[i] = a.results[QUESTIONS + i];
		q->errs[i] = a.errs[QUESTIONS + i];
	}
	free(a.results);
	free(a.errs);
	free(runs);
}

void
survey_free(struct survey *s)
{
	docker_info_free(&s->info);
	free(s->client);
	free(s->client_api);
	free(s->server_api);
	free(s->negotiated);
	free(s->pools);
	*s = (struct survey){ 0 };
}
