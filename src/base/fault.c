#include "fault.h"

#ifdef HI_FAULTS
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int
fault_signal(const char *s)
{
	static const struct { const char *name; int sig; } all[] = {
		{ "INT", SIGINT }, { "TERM", SIGTERM }, { "HUP", SIGHUP }, { "QUIT", SIGQUIT },
		{ "KILL", SIGKILL },
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (strcmp(all[i].name, s) == 0)
			return all[i].sig;
	return 0;
}

/* Notes that the fault was reached, and returns what HI_FAULT asks of it; NULL: nothing. */
static const char *
fault_asked(const char *name)
{
	const char *asked = getenv("HI_FAULT"), *file = getenv("HI_FAULT_REACHED");
	size_t n = strlen(name);
	int fd;

	if (asked == NULL || strncmp(asked, name, n) != 0 || asked[n] != ':')
		return NULL;
	if (file != NULL && (fd = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)) != -1) {
		if (write(fd, asked, strlen(asked)) == -1 || write(fd, "\n", 1) == -1)
			abort();
		close(fd);
	}
	return asked + n + 1;
}

void
fault(const char *name)
{
	const char *sig = fault_asked(name);

	if (sig != NULL)
		raise(fault_signal(sig));
}

long
fault_ms(const char *name, long usual)
{
	const char *ms = fault_asked(name);

	return ms != NULL ? strtol(ms, NULL, 10) : usual;
}
#else
typedef int fault_is_for_diagnostic_builds;
#endif
