// Calls that tests need and the Glibc module leaves out.

#ifndef CTESTSUPPORT_H
#define CTESTSUPPORT_H

#include <stddef.h>
#include <stdint.h>

// Opens a new pseudo-terminal and writes its slave's path. Returns the master, or -1.
int test_open_terminal(char *_Nonnull path, size_t size);

// Opens a pipe whose ends are closed on exec; in packets each write is read apart. Returns 0, or -1.
int test_pipe(int *_Nonnull ends, int inPackets);

// Removes a folder with all that is in it, as far as this user may.
void test_remove(const char *_Nonnull path);

// Lets file accesses of this thread be another user's: setfsuid(2).
void test_access_files_as(unsigned user);

// Makes a system call in a forked child, after what is to be done before; both say 0 for success. What the
// child writes to standard error goes to `errors`, which ends with a 0. Returns the child's wait status, whose
// exit code is 0 where the call returned and 99 where something before it failed; or -1.
int test_call_in_child(int (*_Nonnull prepare)(void), int (*_Nonnull confine)(void), long number,
                       long first, long second, long third, char *_Nonnull errors, size_t size);

// Makes a system call, by x86-64's number, fail in this thread from now on. Returns 0, or -1.
int test_fail_call(unsigned number, unsigned error);

// The host's TSC, read after all earlier loads.
uint64_t test_tsc(void);

// A bzImage that prints what it finds: linux-kernel.S.
size_t test_linux_kernel_size(void);
uint8_t test_linux_kernel_byte(size_t index);

#endif
