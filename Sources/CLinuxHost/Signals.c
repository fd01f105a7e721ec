// The process's signals. They are taken once, when the program begins, and never given back: there is
// no instant at which one is deadly that means something else.
//
// Only the first thread lets them through (chost_signals_of_threads), so a handler never runs beside
// another, and never beside the code of the first thread that it interrupts.

#define _GNU_SOURCE

#include "CLinuxHost.h"

#include <errno.h>
#include <stdatomic.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static atomic_int ending;
static atomic_bool is_answered;
static atomic_bool has_user_signal;
static atomic_int event = -1;

// Of the ending signal that came first, in nanoseconds.
static _Atomic uint64_t ended_at;

// Two signals within this time are one: some programs send each to a process and to its group.
static const uint64_t repetition = 100 * 1000 * 1000;

// The watch over the first thread: with which status it ends the process, how much processor time the
// thread had used at the last look, and how many looks ago it last did something.
static atomic_int blocked_status;
static _Atomic uint64_t used_before;
static atomic_int idle_looks;

// Three looks of 0.2 s: within a second, with some left for what comes before.
static const int interval = 200 * 1000;
static const int idle_looks_max = 3;
// What a thread uses at the least that does something: a hundredth of the interval.
static const uint64_t used_min = 2 * 1000 * 1000;

static uint64_t now(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

void chost_raise_event(void) {
  int number = atomic_load(&event);
  uint64_t one = 1;
  // Where the count is full the descriptor is readable already.
  if (number >= 0) (void)!write(number, &one, sizeof one);
}

_Noreturn void chost_end(int status) {
  chost_release_terminal();
  _exit(status);
}

void chost_end_if_blocked(uint64_t nanoseconds, int status) {
  atomic_store(&blocked_status, status);
  atomic_store(&used_before, now(CLOCK_THREAD_CPUTIME_ID));
  atomic_store(&idle_looks, 0);
  uint64_t microseconds = nanoseconds / 1000;
  struct itimerval timer = {
      .it_interval = {.tv_usec = interval},
      .it_value = {.tv_sec = (time_t)(microseconds / 1000000),
                   .tv_usec = (suseconds_t)(microseconds % 1000000)},
  };
  // A value of 0 would turn the timer off.
  if (microseconds == 0) timer.it_value = timer.it_interval;
  setitimer(ITIMER_REAL, &timer, NULL);
}

static void end_by(int signal) {
  int none = 0;
  if (!atomic_compare_exchange_strong(&ending, &none, signal)) {
    if (now(CLOCK_MONOTONIC) - atomic_load(&ended_at) < repetition) return;
    chost_end(128 + signal);
  }
  if (!atomic_load(&is_answered)) chost_end(128 + signal);
  atomic_store(&ended_at, now(CLOCK_MONOTONIC));
  chost_end_if_blocked(0, 128 + signal);
  chost_raise_event();
}

static void on_ending_signal(int signal) {
  int saved = errno;
  end_by(signal);
  errno = saved;
}

static void on_user_signal(int signal) {
  (void)signal;
  int saved = errno;
  atomic_store(&has_user_signal, true);
  chost_raise_event();
  errno = saved;
}

// A look at the first thread. A timer of the program that started this one ends it, as it would any other.
static void on_alarm(int signal) {
  int saved = errno;
  int status = atomic_load(&blocked_status);
  if (status < 0) {
    end_by(signal);
  } else {
    uint64_t used = now(CLOCK_THREAD_CPUTIME_ID);
    bool is_idle = used - atomic_exchange(&used_before, used) < used_min;
    int looks = is_idle ? atomic_load(&idle_looks) + 1 : 0;
    atomic_store(&idle_looks, looks);
    if (looks >= idle_looks_max) chost_end(status);
  }
  errno = saved;
}

static void take(int signal, void (*_Nonnull handler)(int)) {
  struct sigaction action;
  // A signal that is ignored, as nohup(1) and shells without job control arrange, stays ignored.
  if (sigaction(signal, NULL, &action) || action.sa_handler == SIG_IGN) return;
  action = (struct sigaction){.sa_handler = handler};
  // Without SA_RESTART: a call that blocks returns, and its caller looks around. No handler
  // interrupts another; SIGTTOU must not be held back where the terminal is released.
  sigfillset(&action.sa_mask);
  sigdelset(&action.sa_mask, SIGTTOU);
  sigaction(signal, &action, NULL);
}

void chost_take_signals(void) {
  atomic_store(&blocked_status, -1);
  static const int endings[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
  for (size_t index = 0; index < sizeof endings / sizeof *endings; index++)
    take(endings[index], on_ending_signal);
  take(SIGALRM, on_alarm);
  take(SIGUSR1, on_user_signal);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  pthread_sigmask(SIG_BLOCK, &set, NULL);
}

void chost_answer_ending_signals(void) { atomic_store(&is_answered, true); }

int chost_ending_signal(void) { return atomic_load(&ending); }

bool chost_user_signal(bool take) {
  return take ? atomic_exchange(&has_user_signal, false) : atomic_load(&has_user_signal);
}

void chost_announce_signals(int number) { atomic_store(&event, number); }

sigset_t chost_signals_of_threads(int kick) {
  sigset_t set;
  sigfillset(&set);
  // A thread's own faults, calls that are denied to it, and what a terminal answers to its reading and
  // writing. Why: the kernel ends a process whose thread blocks one of the first, whatever its handler.
  static const int own[] = {SIGILL,  SIGTRAP, SIGABRT, SIGBUS, SIGFPE,
                            SIGSEGV, SIGSYS,  SIGTTIN, SIGTTOU};
  for (size_t index = 0; index < sizeof own / sizeof *own; index++) sigdelset(&set, own[index]);
  sigdelset(&set, kick);
  return set;
}
