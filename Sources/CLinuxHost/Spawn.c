// Starting another program. Between fork(2) and execve(2) only what POSIX allows in a handler is called.

#define _GNU_SOURCE

#include "CLinuxHost.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

// The child: its standard streams and descriptor 3 are in place when the program begins, and no other is
// open but those that its parent left open on purpose.
static _Noreturn void begin(const char *path, char *const *words, const int descriptors[4], pid_t parent) {
  // Numbers below are being replaced, so each goes above them first.
  int places[4];
  for (int i = 0; i < 4; i++) {
    places[i] = fcntl(descriptors[i], F_DUPFD_CLOEXEC, 8);
    if (places[i] < 0) _exit(EX_OSERR);
  }
  for (int i = 0; i < 4; i++) {
    if (dup2(places[i], i) < 0) _exit(EX_OSERR);
  }
  // A parent that is killed takes its children along.
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent) _exit(EX_OSERR);
  for (int signal = 1; signal < NSIG; signal++) {
    struct sigaction action;
    if (sigaction(signal, NULL, &action) || action.sa_handler == SIG_IGN) continue;
    action.sa_handler = SIG_DFL;
    sigaction(signal, &action, NULL);
  }
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  execv(path, words);
  _exit(EX_OSERR);
}

void chost_keep_ended_children(void) { signal(SIGCHLD, SIG_DFL); }

pid_t chost_spawn(const char *path, char *const *words, const int descriptors[4], int *process) {
  // Held back until the child has let go of the parent's handlers, which raise the parent's events.
  sigset_t all, mask;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &mask);
  chost_keep_ended_children();
  pid_t parent = getpid();
  pid_t child = fork();
  int error = errno;
  if (child == 0) begin(path, words, descriptors, parent);
  pthread_sigmask(SIG_SETMASK, &mask, NULL);
  if (child < 0) return -error;
  *process = (int)syscall(SYS_pidfd_open, child, 0);
  if (*process >= 0) return child;
  error = errno;
  kill(child, SIGKILL);
  while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {}
  return -error;
}

int chost_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC) ? -errno : 0; }
