#include "respawn.h"

enum { PAUSE_MS = 100, PAUSE_MAX_MS = 2000 };

static void respawn_again(void *arg);

static void
respawn_ended(struct respawn *r)
{
	r->child = NULL;
	r->retry = loop_timer(r->loop, r->pause, respawn_again, r);
	r->pause = r->pause * 2 < PAUSE_MAX_MS ? r->pause * 2 : PAUSE_MAX_MS;
	r->on_end(r->arg);
}

static void
respawn_on_out(void *arg, const char *data, size_t len)
{
	struct respawn *r = arg;

	r->on_out(r->arg, data, len);
}

static void
respawn_on_exit(void *arg, int status)
{
	(void)status;
	respawn_ended(arg);
}

static void
respawn_once(struct respawn *r, struct err *e)
{
	struct proc_spec how = { .in = PROC_NULL, .out = PROC_PIPE, .err = PROC_NULL,
	    .on_out = respawn_on_out, .on_exit = respawn_on_exit, .arg = r };

	r->child = r->start(r->arg, &how, e);
	if (r->child == NULL)
		respawn_ended(r);
}

static void
respawn_again(void *arg)
{
	struct respawn *r = arg;

	r->retry = NULL;
	respawn_once(r, NULL);
}

int
respawn_start(struct respawn *r, struct err *e)
{
	respawn_ok(r);
	respawn_once(r, e);
	return r->child != NULL ? 0 : -1;
}

void
respawn_ok(struct respawn *r)
{
	r->pause = PAUSE_MS;
}

void
respawn_stop(struct respawn *r)
{
	if (r->child != NULL)
		proc_abandon(r->child);
	r->child = NULL;
	loop_timer_del(r->retry);
	r->retry = NULL;
}
