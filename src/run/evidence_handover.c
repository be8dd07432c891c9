#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/mem.h"
#include "evidence_parts.h"

enum { WAIT_MS = 60000 };

struct waiting {
	const volatile bool *cancel;
	bool ended;
};

static void
on_exit_(void *arg, int status)
{
	struct waiting *w = arg;

	(void)status;
	w->ended = true;
}

static bool
is_over(void *arg)
{
	const struct waiting *w = arg;

	return w->ended || (w->cancel != NULL && *w->cancel);
}

/* Its log ends when it does. */
static int
await(struct docker *d, const char *id, const volatile bool *cancel, struct err *e)
{
	struct waiting w = { .cancel = cancel };
	struct proc_spec how = { .in = PROC_NULL, .out = PROC_NULL, .err = PROC_NULL,
		.on_exit = on_exit_, .arg = &w };
	struct proc *p = container_follow(d, id, &how, e);
	struct container_end end = { 0 };
	int rc;

	if (p == NULL)
		return -1;
	if (!loop_until(d->loop, is_over, &w, loop_now() + WAIT_MS) || !w.ended) {
		proc_abandon(p);
		return err_set(e, "chown in a container did not end");
	}
	if (container_end(d, id, &end, e) == -1)
		return -1;
	rc = !end.exists || end.running || end.exit_code != 0 ?
	    err_set(e, "chown in a container failed (exit %lld)", (long long)end.exit_code) : 0;
	container_end_free(&end);
	return rc;
}

int
evidence_hand_over(struct evidence *v, const char *image, struct err *e)
{
	struct container_spec s = { .image = image, .workdir = "/" };
	struct docker_info info = { 0 };
	struct strs ids = { 0 };
	struct err ignored;
	char *name = NULL, *id = NULL;
	int rc = -1;

	if (v->docker == NULL || image == NULL)
		return err_set(e, "no image to hand them over with");
	if (docker_info(v->docker, &info, e) == -1)
		return -1;
	/* No name that the tests could take for the runner's. */
	name = xasprintf("hi-handover-%s", v->run_id);
	s.name = name;
	strs_addf(&s.labels, "%s=%s", LABEL_RUN, v->run_id);
	strs_addf(&s.labels, "%s=%s", LABEL_TYPE, TYPE_HELPER);
	strs_add(&s.bind_src, v->dir);
	strs_add(&s.bind_dst, "/tmp/control");
	strs_addv(&s.command, (const char *const[]){ "chown", "-hR", NULL });
	/* A rootless engine's root is ourselves. */
	if (info.rootless)
		strs_add(&s.command, "0:0");
	else
		strs_addf(&s.command, "%ld:%ld", (long)geteuid(), (long)getegid());
	strs_add(&s.command, "/tmp/control");
	docker_info_free(&info);
	if (container_create(v->docker, &s, &id, e) == 0) {
		strs_add(&ids, id);
		if (container_start(v->docker, id, e) == 0)
			rc = await(v->docker, id, v->cancel, e);
		(void)container_remove(v->docker, &ids, &ignored);
	}
	strs_free(&ids);
	strs_free(&s.labels);
	strs_free(&s.bind_src);
	strs_free(&s.bind_dst);
	strs_free(&s.command);
	free(id);
	free(name);
	return rc;
}
