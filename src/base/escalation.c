#include "escalation.h"

#include <signal.h>

enum { COALESCE_MS = 500 };

bool
escalation_signal(struct escalation *l, int sig, int64_t now)
{
	if (sig != SIGINT && sig != SIGTERM && sig != SIGHUP && sig != SIGQUIT)
		return false;
	if (l->step == STEP_LEAVE)
		return false;
	if (l->step != STEP_NONE && now - l->at < COALESCE_MS)
		return false;
	if (l->step == STEP_NONE)
		l->signal = sig;
	l->step++;
	l->at = now;
	return true;
}
