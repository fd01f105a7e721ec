#define _GNU_SOURCE

#include "CTestSupport.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/fsuid.h>
#include <unistd.h>
#include <x86intrin.h>

int test_open_terminal(char *path, size_t size) {
  int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (master < 0) return -1;
  if (grantpt(master) || unlockpt(master) || ptsname_r(master, path, size)) {
    close(master);
    return -1;
  }
  return master;
}

int test_pipe(int *ends) { return pipe2(ends, O_CLOEXEC); }

void test_access_files_as(unsigned user) { setfsuid(user); }

uint64_t test_tsc(void) {
  _mm_lfence();
  return __rdtsc();
}
