/* Named faults, in a diagnostic build (make FAULTS=1) only. With HI_FAULT=after-create:KILL in the
 * environment, FAULT("after-create") raises SIGKILL on ourselves at that very place. Before that it appends a
 * line to the file that HI_FAULT_REACHED names, so that a test notices a fault that was never reached.
 * FAULT_MS("grace", 600000) is 600000, or -1000 with HI_FAULT=grace:-1000. */
#ifndef BASE_FAULT_H
#define BASE_FAULT_H

#ifdef HI_FAULTS
long fault_ms(const char *name, long usual);
void fault(const char *name);
#define FAULT(name) fault(name)
#define FAULT_MS(name, usual) fault_ms(name, usual)
#else
#define FAULT(name) ((void)0)
#define FAULT_MS(name, usual) (usual)
#endif

#endif
