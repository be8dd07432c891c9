#include "ladder.h"

#include <signal.h>

enum { COALESCE_MS = 500 };

bool
ladder_step(struct ladder *l, int sig, int64_t now)
{
	if (sig != SIGINT && sig != SIGTERM && sig != SIGHUP && sig != SIGQUIT)
		return false;
	if (l->rung == RUNG_LEAVE)
		return false;
	if (l->rung != RUNG_NONE && now - l->at < COALESCE_MS)
		return false;
	if (l->rung == RUNG_NONE)
		l->signal = sig;
	l->rung++;
	l->at = now;
	return true;
}
