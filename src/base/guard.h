/* Kills a child when hi dies, on systems where the kernel does not (system.h: no HAVE_PDEATHSIG).
 * Only base/proc.c uses it. */
#ifndef BASE_GUARD_H
#define BASE_GUARD_H

/* The read end of a pipe whose other end only hi holds, so that end-of-file means that hi died. The first
 * call opens it, before the fork. -1: it can't be opened. */
int guard_pipe(void);

/* Called in a forked child that leads its session, with every signal blocked. Forks once more and returns in
 * the new process, which becomes the command. The first one stays as the guard: it ends as the command ends,
 * and kills their process group at end-of-file on life. If fork fails, the command has no guard. */
void guard_stay(int life);

#endif
