// Programs that this one starts, each with a socket as its standard input and output.

#define _GNU_SOURCE

#include "CLinuxHost.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

// A pipe into which nothing is written: when its writing end closes, the kernel kills the group that has been
// made the owner of the reading end, as long as a process of the group has that open. So programs that do
// not read their standard input end with this one, too, however it ends.
//
// Why not PR_SET_PDEATHSIG: it is the death of the thread that started the program that counts, and that may be one of
// a search; and it does not reach what the program starts in turn.
static int make_lifeline(int ends[2]) {
  if (pipe2(ends, O_CLOEXEC)) return -errno;
  if (!fcntl(ends[0], F_SETSIG, SIGKILL) && !fcntl(ends[0], F_SETFL, O_ASYNC)) return 0;
  int error = errno;
  close(ends[0]);
  close(ends[1]);
  return -error;
}

// What a program is started with.
struct beginning {
  char *const *words;
  int socket;
  const int *lifeline;
};

// The child, in its parent's memory and on its stack until the program begins: it calls only what vfork(2) bears.
//
// Why it owns the lifeline itself: a parent that is killed before that leaves no process that could, and from then on the
// kernel ends the group. Its writing end has gone then already, which is looked at last.
static _Noreturn void begin(const struct beginning *_Nonnull beginning, volatile int *_Nonnull error) {
  // A group for it alone, so that a key at the terminal reaches the one that ends the other.
  setpgid(0, 0);
  const int *lifeline = beginning->lifeline;
  close(lifeline[1]);
  struct pollfd end = {.fd = lifeline[0]};
  if (fcntl(lifeline[0], F_SETFD, 0) || fcntl(lifeline[0], F_SETOWN, -getpid()) ||
      dup2(beginning->socket, STDIN_FILENO) < 0 || dup2(beginning->socket, STDOUT_FILENO) < 0 ||
      poll(&end, 1, 0)) {
    *error = errno;
    _exit(EX_OSERR);
  }
  // Every signal at its default and let through, whatever this program does with its own.
  for (int signal = 1; signal < NSIG; signal++) {
    struct sigaction action = {.sa_handler = SIG_DFL};
    sigaction(signal, &action, NULL);
  }
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  execvp(beginning->words[0], beginning->words);
  *error = errno;
  _exit(EX_OSERR);
}

// Starts a program.
//
// Why vfork: the memory of a search is gigabytes, whose page tables fork(2) copies, and posix_spawn(3) has no way for
// the child to own the lifeline.
static int run(const struct beginning *_Nonnull beginning) {
  // Held back until the child has let go of the parent's handlers, which raise the parent's events.
  sigset_t all, mask;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &mask);
  volatile int error = 0;
  pid_t process = vfork();
  if (process == 0) begin(beginning, &error);
  if (process < 0) error = errno;
  pthread_sigmask(SIG_SETMASK, &mask, NULL);
  if (error == 0) return process;
  while (process > 0 && waitpid(process, NULL, 0) < 0 && errno == EINTR) {
  }
  return -error;
}

enum { WORDS_MAX = 64 };

// Splits a command in its own place, if it is one program and its words, as a shell would take them, too.
//
// Why without a shell: a program that is not there is known at once and by its name, and how it ends is its own ending.
// Of the commands that are a shell's own, these alone start a program.
static bool split(char *_Nonnull command, char *_Nonnull *_Nonnull words) {
  static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-./,:+@% \t";
  static const char *const own[] = {".", "command", "eval", "exec"};
  if (command[strspn(command, plain)]) return false;
  int count = 0;
  char *rest = command, *word;
  while ((word = strsep(&rest, " \t"))) {
    if (!*word) continue;
    if (count == WORDS_MAX - 1) return false;
    words[count++] = word;
  }
  words[count] = NULL;
  for (size_t index = 0; index < sizeof own / sizeof *own; index++)
    if (count == 0 || !strcmp(words[0], own[index])) return false;
  return true;
}

int chost_spawn_on_socket(const char *command, int *channel, int *lifeline) {
  int ends[2], life[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends)) return -errno;
  chost_keep_ended_children();
  char *copy = strdup(command), *words[WORDS_MAX];
  char *shell[] = {"/bin/sh", "-c", (char *)command, NULL};
  int process = copy ? make_lifeline(life) : -ENOMEM;
  if (process == 0) {
    struct beginning beginning = {split(copy, words) ? words : shell, ends[1], life};
    process = run(&beginning);
    close(life[0]);
    if (process < 0) close(life[1]);
  }
  free(copy);
  close(ends[1]);
  if (process < 0) {
    close(ends[0]);
  } else {
    *channel = ends[0];
    *lifeline = life[1];
  }
  return process;
}

ssize_t chost_send(int channel, const void *buffer, size_t size) {
  ssize_t sent;
  do {
    sent = send(channel, buffer, size, MSG_NOSIGNAL | MSG_DONTWAIT);
  } while (sent < 0 && errno == EINTR);
  return sent < 0 ? -errno : sent;
}

ssize_t chost_receive(int channel, void *buffer, size_t size) {
  ssize_t received;
  do {
    received = recv(channel, buffer, size, MSG_DONTWAIT);
  } while (received < 0 && errno == EINTR);
  return received < 0 ? -errno : received;
}

// Kills a program that was started, and its group. Why both: it may have joined another group.
static void end(int process) {
  kill(-process, SIGKILL);
  kill(process, SIGKILL);
}

int chost_wait_status(int process, unsigned milliseconds) {
  siginfo_t info = {0};
  for (unsigned waited = 0; waited < milliseconds && info.si_pid == 0; waited++) {
    waitid(P_PID, (id_t)process, &info, WEXITED | WNOWAIT | WNOHANG);
    if (info.si_pid == 0) usleep(1000);
  }
  if (info.si_pid == 0) {
    end(process);
    while (waitid(P_PID, (id_t)process, &info, WEXITED | WNOWAIT) < 0 && errno == EINTR) {
    }
  }
  return info.si_code == CLD_EXITED ? info.si_status : 256 + info.si_status;
}

void chost_reap(int process) {
  end(process);
  while (waitpid(process, NULL, 0) < 0 && errno == EINTR) {
  }
}
