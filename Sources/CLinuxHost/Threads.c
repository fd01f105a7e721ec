// Calls that the C library declares only for GNU sources.

#define _GNU_SOURCE

#include "CLinuxHost.h"

#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

_Static_assert(CHOST_SEEK_DATA == SEEK_DATA && CHOST_SEEK_HOLE == SEEK_HOLE, "lseek's whence");

static int result_of(int result) { return result < 0 ? -errno : result; }

int chost_ppoll(struct pollfd *entries, unsigned long count, const struct timespec *timeout,
               const sigset_t *mask) {
  return result_of(ppoll(entries, count, timeout, mask));
}

int chost_accept(int descriptor, int flags) {
  return result_of(accept4(descriptor, NULL, NULL, flags));
}

const char *chost_error_name(int error) { return strerrorname_np(error); }

int chost_pin_thread(int processor) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET((unsigned)processor, &set);
  return result_of(sched_setaffinity(0, sizeof set, &set));
}

int chost_create_thread(bool elsewhere, pthread_t *thread, void *(*body)(void *), void *argument) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  cpu_set_t set;
  int here = sched_getcpu();
  // Where there are more processors than the set has room for, the kernel chooses.
  if (elsewhere && here >= 0 && sched_getaffinity(0, sizeof set, &set) == 0) {
    CPU_CLR((unsigned)here, &set);
    if (CPU_COUNT(&set) > 0) pthread_attr_setaffinity_np(&attributes, sizeof set, &set);
  }
  int result = pthread_create(thread, &attributes, body, argument);
  pthread_attr_destroy(&attributes);
  return -result;
}

void chost_share_heap(void) { mallopt(M_ARENA_MAX, 1); }

void chost_name_thread(const char *name) { pthread_setname_np(pthread_self(), name); }

// The calling thread's timer that sends its signal again and again: when next; 0 for none. It and the handler below are
// of one thread, so neither sees the other in the middle but for a signal.
static _Thread_local volatile struct {
  uintptr_t timer;
  uint64_t interval;
} repeated;

static int set_once(uintptr_t timer, uint64_t nanoseconds) {
  struct itimerspec setting = {
      .it_value = {(time_t)(nanoseconds / 1000000000), (long)(nanoseconds % 1000000000)}};
  return result_of(timer_settime((timer_t)timer, 0, &setting, NULL));
}

static void on_kick(int signal, siginfo_t *information, void *context) {
  (void)signal;
  (void)context;
  if (information->si_code != SI_TIMER || repeated.interval == 0) return;
  int saved = errno;
  set_once(repeated.timer, repeated.interval);
  repeated.interval *= 2;
  errno = saved;
}

int chost_install_kick(int signal) {
  struct sigaction action = {.sa_sigaction = on_kick, .sa_flags = SA_SIGINFO};
  sigemptyset(&action.sa_mask);
  return result_of(sigaction(signal, &action, NULL));
}

int chost_create_thread_timer(int signal, uintptr_t *timer) {
  struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = signal};
  // The C library does not name this field.
  event._sigev_un._tid = gettid();
  timer_t created;
  int result = result_of(timer_create(CLOCK_MONOTONIC, &event, &created));
  if (result == 0) *timer = (uintptr_t)created;
  return result;
}

int chost_set_thread_timer(uintptr_t timer, uint64_t first, uint64_t interval) {
  // Order: a signal from here on is of this setting, or sets what is set below once more.
  repeated.interval = 0;
  repeated.timer = timer;
  repeated.interval = interval;
  return set_once(timer, first);
}

int chost_delete_thread_timer(uintptr_t timer) {
  // A signal that is still on its way sets nothing any more: the number may be another timer's by then.
  if (repeated.timer == timer) repeated.interval = 0;
  return result_of(timer_delete((timer_t)timer));
}
