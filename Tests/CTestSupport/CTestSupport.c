#define _GNU_SOURCE

#include "CTestSupport.h"

#include <fcntl.h>
#include <ftw.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
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

int test_pipe(int *ends, int inPackets) { return pipe2(ends, O_CLOEXEC | (inPackets ? O_DIRECT : 0)); }

static int removeEntry(const char *path, const struct stat *status, int type, struct FTW *place) {
  (void)status, (void)type, (void)place;
  remove(path);
  return 0;
}

// What is in a folder comes before it; a link is removed, not followed.
void test_remove(const char *path) { nftw(path, removeEntry, 16, FTW_DEPTH | FTW_PHYS); }

void test_access_files_as(unsigned user) { setfsuid(user); }

int test_call_in_child(int (*prepare)(void), int (*confine)(void), long number, long first,
                       long second, long third, char *errors, size_t size) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC)) return -1;
  pid_t child = fork();
  if (child == 0) {
    if (dup2(ends[1], STDERR_FILENO) < 0 || prepare() || confine()) _exit(99);
    syscall(number, first, second, third, 0L);
    _exit(0);
  }
  close(ends[1]);
  size_t count = 0;
  ssize_t result = 1;
  while (child > 0 && result > 0 && count < size - 1) {
    result = read(ends[0], errors + count, size - 1 - count);
    if (result > 0) count += (size_t)result;
  }
  errors[count] = 0;
  close(ends[0]);
  int status = -1;
  return child > 0 && waitpid(child, &status, 0) == child ? status : -1;
}

int test_fail_call(unsigned number, unsigned error) {
  struct sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog filter = {sizeof code / sizeof *code, code};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) return -1;
  return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter);
}

uint64_t test_tsc(void) {
  _mm_lfence();
  return __rdtsc();
}

extern const uint8_t test_linux_kernel[], test_linux_kernel_end[];

size_t test_linux_kernel_size(void) { return test_linux_kernel_end - test_linux_kernel; }

uint8_t test_linux_kernel_byte(size_t index) { return test_linux_kernel[index]; }
