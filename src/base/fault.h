/* Named faults, in a diagnostic build (make FAULTS=1) only: FAULT("after-create") does what
 * HI_FAULT=after-create:KILL asks for, raising that signal on ourselves at that very place, and leaves a
 * line in the file HI_FAULT_REACHED, so that a test can tell a fault that was never reached. */
#ifndef BASE_FAULT_H
#define BASE_FAULT_H

#ifdef HI_FAULTS
void fault(const char *name);
#define FAULT(name) fault(name)
#else
#define FAULT(name) ((void)0)
#endif

#endif
