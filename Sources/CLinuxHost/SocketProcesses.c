// Programs that this one starts, each with a socket as its standard input and output.

#define _GNU_SOURCE

#include "CLinuxHost.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

// Runs a command with `socket` as its standard input and output.
static int run(const char *_Nonnull command, int socket) {
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
  char *const arguments[] = {"sh", "-c", (char *)command, NULL};
  pid_t process = 0;
  error = posix_spawn(&process, "/bin/sh", &actions, &attributes, arguments, environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return error ? -error : process;
}

int chost_spawn_on_socket(const char *command, int *channel) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends)) return -errno;
  int process = run(command, ends[1]);
  close(ends[1]);
  if (process < 0) {
    close(ends[0]);
  } else {
    *channel = ends[0];
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

void chost_await_room(int channel, int milliseconds) {
  struct pollfd entry = {.fd = channel, .events = POLLOUT};
  struct timespec timeout = {.tv_nsec = milliseconds * 1000000L};
  ppoll(&entry, 1, &timeout, NULL);
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
