#include <stdlib.h>
#include <unistd.h>

#include "../base/mem.h"
#include "evidence_internal.h"
#include "../docker/helper.h"
#include "../run/plan.h"

enum { WAIT_MS = 60000 };

static int
await(struct docker *d, const char *id, const volatile bool *cancel, struct err *e)
{
	struct docker in_time = *d;
	struct container_end end;
	int rc = 0;

	in_time.timeout_ms = WAIT_MS;
	in_time.cancel = cancel;
	if (container_await(&in_time, id, e) == -1)
		return err_set(e, "chown in a container did not end");
	if (container_end(d, id, &end, e) == -1)
		return -1;
	if (!end.exists || end.running || end.exit_code != 0)
		rc = err_set(e, "chown in a container failed (exit %lld)", (long long)end.exit_code);
	container_end_free(&end);
	return rc;
}

int
evidence_hand_over(struct evidence *v, const char *image, struct err *e)
{
	struct docker_info info;
	char *owner, *id;
	int rc = -1;

	if (v->docker == NULL || image == NULL)
		return err_set(e, "no image to hand them over with");
	if (docker_info(v->docker, &info, e) == -1)
		return -1;
	/* A rootless engine's root is ourselves. */
	owner = info.rootless ? xstrdup("0:0") : xasprintf("%ld:%ld", (long)geteuid(), (long)getegid());
	docker_info_free(&info);
	if (helper_create(v->docker, v->run_id, image, "handover", v->dir, PLAN_CONTROL,
	    (const char *const[]){ "chown", "-hR", owner, PLAN_CONTROL, NULL }, &id, e) == 0) {
		if (container_start(v->docker, id, e) == 0)
			rc = await(v->docker, id, v->cancel, e);
		helper_remove(v->docker, id);
	}
	free(owner);
	free(id);
	return rc;
}
