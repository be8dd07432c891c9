/* hi doctor: what is there to be seen, before anything is judged. */
#include <sys/stat.h>

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/file.h"
#include "../base/json.h"
#include "../base/mem.h"
#include "../base/text.h"
#include "../docker/usage.h"
#include "../run/plan.h"
#include "clean.h"
#include "doctor.h"
#include "find_run.h"

enum { ANSWER_MS = 5000, SIZES_MS = 400, ONLINE_MS = 15000, SOURCE_MAX = 1 << 20 };
enum { O_GO, O_DU, OTHERS };

static void
look_checkout(struct doctor *d)
{
	struct strs names = { 0 };
	char *dir;

	if (checkout_find(NULL, &d->checkout, &d->checkout_said) == 0) {
		d->image = xasprintf("golang:%s", d->checkout.go);
		dir = file_join(d->checkout.root, "integration");
		if (dir_names(dir, &names, NULL) == 0)
			for (size_t i = 0; i < names.n; i++) {
				size_t len = strlen(names.v[i]);

				if (len > 8 && strcmp(names.v[i] + len - 8, "_test.go") == 0)
					d->test_files++;
			}
		strs_free(&names);
		free(dir);
	}
	d->logs_dir = logs_directory(d->o->logs_dir);
	(void)run_names(d->logs_dir, &names, NULL);
	d->n_logs = names.n;
	strs_free(&names);
}

/* The pinned image of the test that runs Kubernetes, from its source. */
static char *
find_k3s(const char *root)
{
	static const char key[] = "K3sImage = \"";
	char *path = file_join(root, "integration/k3sic/k3sic.go"), *found = NULL;
	struct buf text = { 0 };
	const char *at;

	if (file_read(path, SOURCE_MAX, &text, NULL) == 0 && (at = strstr(buf_str(&text), key)) != NULL) {
		at += strlen(key);
		found = xstrndup(at, strcspn(at, "\"\n"));
	}
	buf_free(&text);
	free(path);
	return found;
}

static enum git_seen
look_git(const struct checkout *c)
{
	char *dir = xstrdup(c->root);
	enum git_seen seen = GIT_NONE;

	while (seen == GIT_NONE) {
		char *git = file_join(dir, ".git"), *head = file_join(git, "HEAD"), *up = file_dir(dir);
		bool top = strcmp(up, dir) == 0;

		if (file_is_dir(git))
			seen = file_exists(head) ? GIT_DIR : GIT_BROKEN;
		else if (file_exists(git)) {
			struct buf text = { 0 };
			char *to = NULL;

			if (file_read(git, PATH_MAX, &text, NULL) == 0 &&
			    strncmp(buf_str(&text), "gitdir:", 7) == 0)
				to = text_trim(text.s + 7);
			if (to != NULL && *to != '/') {
				char *whole = file_join(dir, to);

				free(to);
				to = whole;
			}
			seen = to != NULL && file_is_dir(to) ? GIT_WORKTREE : GIT_BROKEN;
			free(to);
			buf_free(&text);
		}
		free(git);
		free(head);
		free(dir);
		dir = up;
		if (top)
			break;
	}
	free(dir);
	return seen;
}

static void
look_credentials(struct doctor *d)
{
	static const enum credentials by_number[] = { CRED_NONE, CRED_HALF, CRED_ENV };
	const char *home = getenv("HOME"), *config = env_value("DOCKER_CONFIG");
	char *path = config != NULL ? file_join(config, "config.json") :
	    file_join(home != NULL ? home : "/", ".docker/config.json");
	struct buf text = { 0 };
	struct json j = { 0 };
	char *entry;

	d->credentials = by_number[(env_value("DOCKERHUB_USERNAME") != NULL) + (env_value("DOCKERHUB_TOKEN") != NULL)];
	if (d->credentials == CRED_NONE && file_read(path, SOURCE_MAX, &text, NULL) == 0 &&
	    json_parse(&j, buf_str(&text), text.len) == 0) {
		int hub = json_member(&j, json_member(&j, 0, "auths"), "https://index.docker.io/v1/");

		entry = json_dup(&j, json_member(&j, hub, "auth"));
		d->helper = json_dup(&j, json_member(&j, 0, "credsStore"));
		if (entry != NULL && *entry != '\0')
			d->credentials = CRED_CONFIG;
		else if (d->helper != NULL && *d->helper != '\0' && hub >= 0)
			d->credentials = CRED_HELPER;
		free(entry);
	}
	json_free(&j);
	buf_free(&text);
	free(path);
}

static void
look_caches(struct doctor *d)
{
	d->go_cache = env_value("HEADSCALE_INTEGRATION_GO_CACHE");
	d->build_cache = env_value("HEADSCALE_INTEGRATION_GO_BUILD_CACHE");
	d->cache_writable = true;
	for (int i = 0; i < 2; i++) {
		const char *dir = i == 0 ? d->go_cache : d->build_cache;

		/* One that is not there is made. */
		if (dir != NULL && access(dir, W_OK | X_OK) == -1 && errno != ENOENT)
			d->cache_writable = false;
	}
}

int
doctor_bridge(const char *proc)
{
	char *path = file_join(proc, "sys/net/bridge/bridge-nf-call-iptables");
	struct buf text = { 0 };
	int on = file_read(path, 16, &text, NULL) == -1 ? -1 : *buf_str(&text) == '1';

	buf_free(&text);
	free(path);
	return on;
}

static bool
bounding_set(const char *proc, const char *pid, unsigned long long *set)
{
	char *path = xasprintf("%s/%s/status", proc, pid);
	struct buf text = { 0 };
	const char *at = NULL;

	if (file_read(path, 1 << 16, &text, NULL) == 0)
		at = strstr(buf_str(&text), "\nCapBnd:");
	if (at != NULL)
		*set = strtoull(at + 8, NULL, 16);
	buf_free(&text);
	free(path);
	return at != NULL;
}

/* The engine can hand on to a privileged container no more than it has itself; where it can't be looked at,
 * what holds for us holds for it. */
char *
doctor_capabilities(const char *proc, const char *pid_file)
{
	static const char *const names[] = { "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID",
		"KILL", "SETGID", "SETUID", "SETPCAP", "LINUX_IMMUTABLE", "NET_BIND_SERVICE", "NET_BROADCAST",
		"NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER", "SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT",
		"SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE", "SYS_RESOURCE", "SYS_TIME",
		"SYS_TTY_CONFIG", "MKNOD", "LEASE", "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP" };
	struct buf pid = { 0 }, missing = { 0 };
	unsigned long long set;
	bool known = false;

	if (file_read(pid_file, 16, &pid, NULL) == 0 && pid.len > 0) {
		char *trimmed = text_trim(buf_str(&pid));

		if (*trimmed != '\0' && trimmed[strspn(trimmed, "0123456789")] == '\0')
			known = bounding_set(proc, trimmed, &set);
		free(trimmed);
	}
	buf_free(&pid);
	if (!known && !bounding_set(proc, "self", &set))
		return NULL;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if ((set >> i & 1) == 0)
			buf_printf(&missing, "%s%s", missing.len > 0 ? ", " : "", names[i]);
	return buf_take(&missing);
}

static enum socket_seen
look_endpoint(const struct docker *d)
{
	struct stat st;

	if (strncmp(d->endpoint, "unix://", 7) != 0)
		return SOCKET_ELSEWHERE;
	if (stat(d->endpoint + 7, &st) == -1)
		return errno == EACCES ? SOCKET_DENIED : SOCKET_MISSING;
	return access(d->endpoint + 7, R_OK | W_OK) == 0 ? SOCKET_THERE : SOCKET_DENIED;
}

static void
find_orphans(struct doctor *d)
{
	struct strs used = { 0 };

	if (networks_used(&d->docker, &used, &d->engine_failed) == -1)
		d->networks_known = false;
	for (size_t i = 0; d->networks_known && i < d->networks.n; i++) {
		const struct network *n = &d->networks.v[i];

		if (network_is_test(n->name) && n->users.n == 0 && !strs_has(&used, n->id) &&
		    !strs_has(&used, n->name) && clean_network_claim(&d->runs, n) == NULL)
			strs_add(&d->orphans, n->name);
	}
	strs_free(&used);
}

static void
read_others(struct doctor *d, struct proc_result *results)
{
	const char *go = buf_str(&results[O_GO].out);

	/* "go version go1.26.1 linux/amd64" */
	if (proc_ok(results[O_GO].status) && strncmp(go, "go version ", 11) == 0)
		d->go_version = xstrndup(go + 11, strcspn(go + 11, " \n"));
	if (results[O_DU].status != -1 && !results[O_DU].timed_out && results[O_DU].out.len > 0) {
		d->logs_bytes = strtoull(buf_str(&results[O_DU].out), NULL, 10) * 1024;
		d->logs_sized = true;
	}
	proc_result_free(&results[O_GO]);
	proc_result_free(&results[O_DU]);
}

static void
look_engine(struct doctor *d)
{
	d->endpoint_seen = look_endpoint(&d->docker);
	d->known.docker = &d->docker;
	d->known.engine_said = d->survey.said.text;
	if (!d->survey.answers) {
		d->known.socket =
		    strncmp(d->docker.endpoint, "unix://", 7) == 0 ? d->docker.endpoint + 7 : NULL;
		return;
	}
	d->known.info = &d->survey.info;
	d->known.socket = d->socket = plan_socket(NULL, d->docker.endpoint, &d->survey.info);
	free(d->docker.engine_id);
	d->docker.engine_id = xstrdup(d->survey.info.id);
	d->runs_known = runs_list(&d->docker, &d->runs, &d->engine_failed) == 0;
	if (d->runs_known && network_list(&d->docker, NULL, &d->networks, &d->engine_failed) == 0) {
		d->networks_known = true;
		find_orphans(d);
	}
}

void
doctor_look(struct doctor *d)
{
	struct strs volumes = { 0 }, go = { 0 }, du = { 0 };
	struct proc_run others[OTHERS];
	struct proc_result results[OTHERS] = { { .status = -1 }, { .status = -1 } };
	struct err errs[OTHERS];
	struct survey_questions q = { .volumes = &volumes, .timeout_ms = ANSWER_MS, .sizes_ms = SIZES_MS,
		.online_ms = ONLINE_MS, .others = others, .results = results, .errs = errs, .n = OTHERS };
	bool open;

	look_checkout(d);
	d->k3s = d->checkout.root != NULL ? find_k3s(d->checkout.root) : NULL;
	d->git = d->checkout.root != NULL ? look_git(&d->checkout) : GIT_NONE;
	look_credentials(d);
	look_caches(d);
	d->bridge_netfilter = doctor_bridge("/proc");
	d->missing_capabilities = doctor_capabilities("/proc", "/var/run/docker.pid");
	d->api_version = getenv("DOCKER_API_VERSION");
	strs_add(&volumes, "hs-integration-go-cache");
	strs_add(&volumes, "hs-integration-go-build-cache");
	/* Outside of any module, and with no other toolchain: it would be downloaded. */
	strs_addv(&go, (const char *const[]){ "env", "GOTOOLCHAIN=local", "go", "version", NULL });
	strs_addv(&du, (const char *const[]){ "du", "-sk", d->logs_dir, NULL });
	others[O_GO] =
	    (struct proc_run){ .argv = go.v, .dir = "/", .timeout_ms = ANSWER_MS, .cancel = &d->interrupt.stop };
	others[O_DU] = (struct proc_run){ .argv = du.v, .timeout_ms = SIZES_MS, .cancel = &d->interrupt.stop };
	q.images[0] = d->image;
	q.images[1] = d->k3s;
	q.online = !d->o->online ? NULL : d->image != NULL ? d->image : "golang:latest";
	open = docker_open(&d->docker, d->loop, &d->docker_said) == 0;
	d->cli_missing = !open && strstr(d->docker_said.text, "not found in PATH") != NULL;
	if (open) {
		d->docker.cancel = &d->interrupt.stop;
		d->docker.timeout_ms = ANSWER_MS;
		docker_survey(&d->docker, &q, &d->survey);
		look_engine(d);
	} else
		proc_run_many(d->loop, others, results, errs, OTHERS, OTHERS);
	read_others(d, results);
	checks_look(&d->known, d->logs_dir);
	strs_free(&volumes);
	strs_free(&go);
	strs_free(&du);
}

void
doctor_free(struct doctor *d)
{
	survey_free(&d->survey);
	checkout_free(&d->checkout);
	networks_free(&d->networks);
	runs_free(&d->runs);
	strs_free(&d->orphans);
	docker_close(&d->docker);
	free(d->image);
	free(d->k3s);
	free(d->go_version);
	free(d->socket);
	free(d->logs_dir);
	free(d->helper);
	free(d->missing_capabilities);
}
