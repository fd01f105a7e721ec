// Calls that tests need and the Glibc module leaves out.

#ifndef CTESTSUPPORT_H
#define CTESTSUPPORT_H

#include <stddef.h>
#include <stdint.h>

// Opens a new pseudo-terminal and writes its slave's path. Returns the master, or -1.
int test_open_terminal(char *_Nonnull path, size_t size);

// Opens a pipe whose ends are closed on exec. Returns 0, or -1.
int test_pipe(int *_Nonnull ends);

// Lets file accesses of this thread be another user's: setfsuid(2).
void test_access_files_as(unsigned user);

// The host's TSC, read after all earlier loads.
uint64_t test_tsc(void);

#endif
