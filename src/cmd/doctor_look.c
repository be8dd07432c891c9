/* hi doctor: what is there to be seen, before anything is checked. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/file.h"
#include "../base/mem.h"
#include "../base/text.h"
#include "../docker/image.h"
#include "../run/run.h"
#include "clean.h"
#include "doctor.h"
#include "find_run.h"

enum { ANSWER_MS = 5000, TRY_MS = 20000, SOURCE_MAX = 1 << 20 };

void
doctor_module(const char *go_mod, const char *path, struct module *m)
{
	const char *at = go_mod;
	size_t n = strlen(path);

	m->version[0] = '\0';
	while ((at = strstr(at, path)) != NULL) {
		at += n;
		/* Not a longer path, nor what replaces one. */
		if (*at == ' ' && at[1] == 'v') {
			snprintf(m->version, sizeof(m->version), "%.*s", (int)strcspn(at + 1, " \t\r\n"),
			    at + 1);
			return;
		}
	}
}

/* Since they pin the client that dockertest makes to it. */
static bool
look_asks_engine_version(const char *dir)
{
	struct strs names = { 0 };
	bool found = false;

	(void)dir_names(dir, &names, NULL);
	for (size_t i = 0; i < names.n && !found; i++) {
		char *path = file_join(dir, names.v[i]);
		struct buf text = { 0 };

		if (text_ends(path, ".go") && file_read(path, SOURCE_MAX, &text, NULL) == 0)
			found = strstr(buf_str(&text), "NewVersionedClient") != NULL;
		buf_free(&text);
		free(path);
	}
	strs_free(&names);
	return found;
}

static void
look_checkout(struct doctor *d)
{
	char *dir, *go_mod;
	struct strs names = { 0 };
	struct buf text = { 0 };

	d->logs_dir = logs_directory(d->o->logs_dir);
	if (checkout_find(NULL, &d->checkout, &d->checkout_error) == -1)
		return;
	d->image = xasprintf("golang:%s", d->checkout.go);
	dir = file_join(d->checkout.root, "integration");
	(void)dir_names(dir, &names, NULL);
	for (size_t i = 0; i < names.n; i++)
		d->test_files += text_ends(names.v[i], "_test.go");
	d->asks_version = look_asks_engine_version(dir);
	go_mod = file_join(d->checkout.root, "go.mod");
	if (file_read(go_mod, SOURCE_MAX, &text, NULL) == 0) {
		doctor_module(buf_str(&text), "github.com/ory/dockertest/v3", &d->dockertest);
		doctor_module(buf_str(&text), "github.com/docker/docker", &d->client);
	}
	buf_free(&text);
	strs_free(&names);
	free(go_mod);
	free(dir);
}

static void
look_go(struct doctor *d)
{
	/* Outside of any module, and with no other toolchain: it would be downloaded. */
	struct proc_run run = { .argv = (char *[]){ "env", "GOTOOLCHAIN=local", "go", "version", NULL },
	    .dir = "/", .timeout_ms = ANSWER_MS, .cancel = &d->interrupt.stop };
	struct proc_result res = { .status = -1 };
	const char *version;

	/* "go version go1.26.1 linux/amd64" */
	if (proc_run(d->loop, &run, &res, NULL) == 0 && proc_ok(res.status) &&
	    (version = text_after(buf_str(&res.out), "go version ")) != NULL)
		d->go_version = xstrndup(version, strcspn(version, " \n"));
	proc_result_free(&res);
}

static void
look_find_orphans(struct doctor *d)
{
	struct networks all = { 0 };
	struct strs used = { 0 };

	d->networks_known = network_list(&d->docker, NULL, &all, &d->runs_error) == 0 &&
	    networks_used(&d->docker, false, &used, &d->runs_error) == 0;
	for (size_t i = 0; d->networks_known && i < all.n; i++) {
		const struct network *n = &all.v[i];

		if (network_is_test(n->name) && n->users.n == 0 && !strs_has(&used, n->id) &&
		    !strs_has(&used, n->name) && clean_network_claim(&d->runs, n) == NULL)
			strs_add(&d->orphans, n->name);
	}
	networks_free(&all);
	strs_free(&used);
}

void
doctor_look_runs(struct doctor *d)
{
	runs_free(&d->runs);
	strs_free(&d->orphans);
	d->networks_known = false;
	d->runs_known = runs_list(&d->docker, &d->runs, &d->runs_error) == 0;
	if (d->runs_known)
		look_find_orphans(d);
}

static void
look_try_privileged(struct doctor *d)
{
	d->docker.timeout_ms = TRY_MS;
	d->tried = true;
	(void)docker_try_privileged(&d->docker, d->image, &d->lacks, &d->privileged_error);
	d->docker.timeout_ms = ANSWER_MS;
}

static void
look_engine(struct doctor *d)
{
	struct err ignored;

	d->docker.timeout_ms = ANSWER_MS;
	(void)docker_versions(&d->docker, &d->versions, &ignored);
	d->answers = docker_info(&d->docker, &d->info, &d->docker_error) == 0;
	if (!d->answers)
		return;
	d->socket = plan_socket(NULL, d->docker.endpoint, &d->info);
	d->image_here = d->image != NULL && image_exists(&d->docker, d->image, &ignored) == 1;
	doctor_look_runs(d);
	/* Cheap only where the image is here. */
	if (d->image_here)
		look_try_privileged(d);
}

void
doctor_look(struct doctor *d)
{
	look_checkout(d);
	look_go(d);
	d->docker_open = docker_open(&d->docker, d->loop, &d->docker_error) == 0;
	if (d->docker_open)
		look_engine(d);
}

void
doctor_free(struct doctor *d)
{
	checkout_free(&d->checkout);
	docker_info_free(&d->info);
	docker_versions_free(&d->versions);
	runs_free(&d->runs);
	strs_free(&d->orphans);
	docker_close(&d->docker);
	free(d->image);
	free(d->go_version);
	free(d->socket);
	free(d->logs_dir);
	free(d->lacks);
}
