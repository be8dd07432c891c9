#include "respawn.h"

enum { PAUSE_MS = 100, PAUSE_MAX_MS = 2000 };

static void again(void *arg);

static void
ended(struct kept *k)
{
	k->child = NULL;
	k->retry = loop_timer(k->loop, k->pause, again, k);
	k->pause = k->pause * 2 < PAUSE_MAX_MS ? k->pause * 2 : PAUSE_MAX_MS;
	k->on_end(k->arg);
}

static void
on_out(void *arg, const char *data, size_t len)
{
	struct kept *k = arg;

	k->on_out(k->arg, data, len);
}

static void
on_exit_(void *arg, int status)
{
	(void)status;
	ended(arg);
}

static void
start(struct kept *k, struct err *e)
{
	struct proc_spec how = { .in = PROC_NULL, .out = PROC_PIPE, .err = PROC_NULL, .on_out = on_out,
	    .on_exit = on_exit_, .arg = k };

	k->child = k->start(k->arg, &how, e);
	if (k->child == NULL)
		ended(k);
}

static void
again(void *arg)
{
	struct kept *k = arg;

	k->retry = NULL;
	start(k, NULL);
}

int
kept_start(struct kept *k, struct err *e)
{
	kept_well(k);
	start(k, e);
	return k->child != NULL ? 0 : -1;
}

void
kept_well(struct kept *k)
{
	k->pause = PAUSE_MS;
}

void
kept_stop(struct kept *k)
{
	if (k->child != NULL)
		proc_abandon(k->child);
	k->child = NULL;
	loop_timer_del(k->retry);
	k->retry = NULL;
}
