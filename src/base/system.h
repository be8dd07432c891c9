/* All that only Linux has; each use has a substitute for other systems. `make check-portable`
 * builds with HI_PORTABLE, as for a system without any of it, so that the substitutes are tested. */
#ifndef BASE_SYSTEM_H
#define BASE_SYSTEM_H

#include <time.h>

#if defined(__linux__) && !defined(HI_PORTABLE)
/* The kernel kills a child whose parent died; on other systems base/guard.c does. */
#define HAVE_PDEATHSIG
#define PROC_DIR "/proc"
#else
#define PROC_DIR "/nonexistent"
#endif

/* A clock that goes on while the machine sleeps, if the system has one. */
#if defined(CLOCK_BOOTTIME) && !defined(HI_PORTABLE)
#define STEADY_CLOCK CLOCK_BOOTTIME
#else
#define STEADY_CLOCK CLOCK_MONOTONIC
#endif

#endif
