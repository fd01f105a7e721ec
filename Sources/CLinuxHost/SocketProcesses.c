// Programs that this one starts, each with a socket as its standard input and output.

#define _GNU_SOURCE

#include "CLinuxHost.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

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

// Runs a command with `socket` as its standard input and output, and `lifeline` open.
static int run(const char *_Nonnull command, int socket, int lifeline) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  int error = posix_spawn_file_actions_init(&actions);
  if (error) return -error;
  error = posix_spawnattr_init(&attributes);
  if (error) {
    posix_spawn_file_actions_destroy(&actions);
    return -error;
  }
  // Every signal at its default and let through, whatever this program does with its own; and a group
  // for it alone, so that a key at the terminal reaches the one that ends the other.
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(
      &attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  posix_spawn_file_actions_adddup2(&actions, socket, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, socket, STDOUT_FILENO);
  // Onto itself: it stays open.
  posix_spawn_file_actions_adddup2(&actions, lifeline, lifeline);
  char *const arguments[] = {"sh", "-c", (char *)command, NULL};
  pid_t process = 0;
  error = posix_spawn(&process, "/bin/sh", &actions, &attributes, arguments, environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return error ? -error : process;
}

int chost_spawn_on_socket(const char *command, int *channel, int *lifeline) {
  int ends[2], life[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends)) return -errno;
  chost_keep_ended_children();
  int process = make_lifeline(life);
  if (process == 0) {
    process = run(command, ends[1], life[0]);
    // The group is there: the program has begun by now.
    if (process > 0) fcntl(life[0], F_SETOWN, -process);
    close(life[0]);
    if (process < 0) close(life[1]);
  }
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
