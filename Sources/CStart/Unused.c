// What Swift's static libraries set up before main and this program never uses: it starts no task, and no
// program that prints where it crashed is beside it. They take the place of the libraries' own objects, whose
// constructors look for that program in seven folders and for the number of processors in two files: together
// a thirtieth of what it takes to boot a guest.
//
// Hidden: where the libraries are shared, as in tests, they keep their own.

#include "CStart.h"

#include <stdbool.h>
#include <stdlib.h>

#define UNUSED __attribute__((visibility("hidden")))

// MARK: The backtracer

// Asked by a module that prints backtraces, of which there is none here; Swift's start-up object names it, so
// that the backtracer is linked.
UNUSED bool _swift_backtrace_isThunkFunction(const char *name) {
  (void)name;
  return false;
}

// All zero is a backtracer that is off. Larger than the library's own, which no header declares.
UNUSED long _swift_backtraceSettings[32];

// MARK: Tasks
//
// The argument parser has a command that is a task, so Swift's concurrency is in this program, and with it,
// but for these, libdispatch.

UNUSED char _dispatch_main_q;

UNUSED void dispatch_assert_queue(void *queue) {
  (void)queue;
  abort();
}

UNUSED void dispatch_main(void) { abort(); }

UNUSED void swift_dispatchEnqueueGlobal(void *job) {
  (void)job;
  abort();
}

UNUSED void swift_dispatchEnqueueMain(void *job) {
  (void)job;
  abort();
}

UNUSED void swift_dispatchEnqueueWithDeadline(bool isGlobal, long long seconds, long long nanoseconds,
                                              long long tolerance_seconds,
                                              long long tolerance_nanoseconds, int clock, void *job) {
  (void)isGlobal, (void)seconds, (void)nanoseconds, (void)tolerance_seconds;
  (void)tolerance_nanoseconds, (void)clock, (void)job;
  abort();
}

UNUSED void swift_task_enqueueOnDispatchQueue(void *job, void *queue) {
  (void)job, (void)queue;
  abort();
}
