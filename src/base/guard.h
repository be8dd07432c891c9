/* What ends a child whose hi died, on systems where the kernel does not (system.h: no PDEATHSIG).
 * For base/proc.c alone. */
#ifndef BASE_GUARD_H
#define BASE_GUARD_H

/* The read end of a pipe whose other end only hi holds, so that its end of file is hi's death. Opened by the
 * first call, before the fork; -1: it can't be. */
int guard_pipe(void);

/* Called in a forked child that leads its session, with every signal blocked. Forks once more and returns in
 * the new process, which becomes the command. The first one stays: it ends as the command ends, and kills
 * the session's processes when life comes to its end. Where it can't fork, the command has no guard. */
void guard_stay(int life);

#endif
