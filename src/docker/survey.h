/* What doctor asks an engine, all questions side by side, in the time of the slowest. Asks only: nothing is
 * pulled, nothing changed. cmd/doctor calls it. */
#ifndef DOCKER_SURVEY_H
#define DOCKER_SURVEY_H

#include "docker.h"

enum { SURVEY_IMAGES = 2, SURVEY_VOLUMES = 2 };

struct survey_questions {
	const char *images[SURVEY_IMAGES];	/* are they there? NULL: none */
	const struct strs *volumes;	/* how big are they? SURVEY_VOLUMES at most */
	const char *online;	/* an image that a registry is asked for, over the network; NULL: none is used */
	int64_t timeout_ms, sizes_ms, online_ms;
	/* What else is to run beside them; results and errs have n places. */
	const struct proc_run *others;
	struct proc_result *results;
	struct err *errs;
	size_t n;
};

struct survey_pool {
	char base[48];	/* "172.20.0.0/14" */
	int size;	/* of the networks that are cut from it: 16 */
};

struct survey {
	bool answers;
	struct docker_info info;	/* where it answers */
	struct err said;		/* where it does not */
	char *client, *client_api, *server_api, *negotiated;	/* "" unknown */
	struct err api_said;		/* why client and engine can't talk; "" they can */
	struct survey_pool *pools;	/* of addresses for networks; n_pools 0: the engine's own */
	size_t n_pools;
	size_t mirrors;			/* of Docker Hub */
	int image_there[SURVEY_IMAGES];	/* 1, 0, or -1: unknown */
	bool sizes_known;
	int64_t volume_bytes[SURVEY_VOLUMES];	/* where they are known; -1: there is none */
	bool online_asked, online_ok;
	struct err online_said;
};

void docker_survey(struct docker *d, const struct survey_questions *q, struct survey *out);
void survey_free(struct survey *s);

#endif
