/* Shows a run's event stream again, or while another hi still writes it: hi logs. For cmd/. */
#ifndef REPORT_REPLAY_H
#define REPORT_REPLAY_H

#include "../stream/results.h"

struct replay {
	const char *dir;		/* the run's directory */
	struct results_config view;	/* its dir is ignored; loop, format, out, colour, tty */
	bool follow;			/* at the end of the file, wait for more as long as the run lives */
	bool (*alive)(void *arg);
	void *arg;
	const volatile bool *cancel;	/* may be NULL */
};

/* Ends with the run's verdict where it has one. -1: there is no stream. */
int replay(const struct replay *p, struct err *e);

#endif
