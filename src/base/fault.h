/* Named faults, in a diagnostic build (make FAULTS=1) only: FAULT("after-create") does what
 * HI_FAULT=after-create:KILL asks for, raising that signal on ourselves at that very place, and leaves a
 * line in the file HI_FAULT_REACHED, so that a test can tell a fault that was never reached.
 * FAULT_MS("grace", 600000) is 600000, or what HI_FAULT=grace:-1000 says. */
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
