// Runs commands in turn and prints what each run took, for scripts/bench.
//
//   stopwatch ROUNDS STATUS COMMAND... [-- STATUS COMMAND...]...
//
// One line a round: for each command, in the order given, nanoseconds from before posix_spawn(3)
// to the return of wait4(2), and after those, for each command, its peak resident memory in KiB.
// Standard input and output of the commands are /dev/null.
//
// Every second round runs in reverse, so that of two commands neither is always the one that finds
// the caches as the other left them, nor always first after a pause. The round that fills the
// caches comes before the first and is not printed. A command that exits with another status than
// the one given before it ends everything: a failure is never taken for a fast run.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

enum { capacity = 8 };

struct command {
  int status;
  char **arguments;
  long long nanoseconds;
  long kibibytes;
};

static long long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000ll + time.tv_nsec;
}

static void measure(struct command *command, posix_spawn_file_actions_t *actions) {
  const char *name = command->arguments[0];
  struct rusage usage;
  pid_t process;
  int status;
  const long long start = now();
  const int error = posix_spawn(&process, name, actions, NULL, command->arguments, environ);
  if (error) {
    fprintf(stderr, "stopwatch: %s: %s\n", name, strerror(error));
    exit(2);
  }
  while (wait4(process, &status, 0, &usage) < 0 && errno == EINTR) continue;
  command->nanoseconds = now() - start;
  command->kibibytes = usage.ru_maxrss;
  if (WIFEXITED(status) && WEXITSTATUS(status) == command->status) return;
  fprintf(stderr, "stopwatch: %s ended with %s %d, not with status %d\n", name,
          WIFEXITED(status) ? "status" : "signal",
          WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status), command->status);
  exit(2);
}

int main(int count, char **arguments) {
  struct command commands[capacity];
  int n = 0;
  for (int i = 2; i + 1 < count && n < capacity; n++) {
    commands[n] = (struct command){atoi(arguments[i]), &arguments[i + 1], 0, 0};
    for (i++; i < count && strcmp(arguments[i], "--"); i++) continue;
    arguments[i++] = NULL;
  }
  const int rounds = count > 1 ? atoi(arguments[1]) : 0;
  if (rounds < 1 || n < 1) {
    fputs("usage: stopwatch ROUNDS STATUS COMMAND... [-- STATUS COMMAND...]...\n", stderr);
    return 2;
  }
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  for (int round = 0; round <= rounds; round++) {
    for (int i = 0; i < n; i++) measure(&commands[round % 2 ? i : n - 1 - i], &actions);
    if (round == 0) continue;
    for (int i = 0; i < n; i++) printf("%lld ", commands[i].nanoseconds);
    for (int i = 0; i < n; i++) printf("%ld%c", commands[i].kibibytes, i + 1 < n ? ' ' : '\n');
    fflush(stdout);
  }
}
