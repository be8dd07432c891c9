#include <stdlib.h>
#include <string.h>

#include "../base/proc.h"
#include "../base/text.h"
#include "gotool_internal.h"

enum { GO_MS = 20000 };

extern char **environ;

/* Leaves out the caller's values of the variables that are set here, as some libcs take the first of two. */
static void
go_environment(const char *dir, struct strs *env)
{
	static const char *const fixed[] = {
		"GOTOOLCHAIN=local", "GOFLAGS=-mod=readonly", "GOPROXY=off", "GOENV=off", "GOWORK=off",
		"GO111MODULE=on", "GOOS=linux", "CGO_ENABLED=1", "GODEBUG=", NULL
	};

	for (char **p = environ; p != NULL && *p != NULL; p++) {
		bool ours = strncmp(*p, "PWD=", 4) == 0;

		for (size_t i = 0; fixed[i] != NULL && !ours; i++)
			ours = strncmp(*p, fixed[i], strcspn(fixed[i], "=") + 1) == 0;
		if (!ours)
			strs_add(env, *p);
	}
	strs_addv(env, fixed);
	/* go would use a PWD that names the same directory by another path. */
	strs_addf(env, "PWD=%s", dir);
}

int
go_call(struct loop *l, const char *dir, const char *const *args, struct buf *out, struct err *e)
{
	struct strs argv = { 0 }, env = { 0 };
	struct proc_result res = { .status = -1 };
	struct proc_run run;
	const char *line;
	size_t len;
	int ret;

	strs_add(&argv, "go");
	strs_addv(&argv, args);
	go_environment(dir, &env);
	run = (struct proc_run){ .argv = argv.v, .env = env.v, .dir = dir, .timeout_ms = GO_MS };
	ret = proc_run(l, &run, &res, e);
	if (ret == 0 && !proc_ok(res.status)) {
		ret = -1;
		line = text_last_line(buf_str(&res.err), &len);
		err_set(e, "go %s: %.*s", args[0], line != NULL ? (int)len : 0, line != NULL ? line : "");
	}
	if (ret == 0)
		buf_add(out, buf_str(&res.out), res.out.len);
	proc_result_free(&res);
	strs_free(&argv);
	strs_free(&env);
	return ret;
}
