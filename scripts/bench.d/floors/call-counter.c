// Counts calls of the allocator and of Swift's reference counting. scripts/count-allocations links
// it into a release build of swvmm, with the linker's --wrap=F for every F(...) below, and --wrap=_exit.
//
// --wrap turns each reference to `f` into one to `__wrap_f`, which counts and calls the real one.
// So calls by swvmm, by its packages, by Swift's standard library and by the C library all count,
// in code that is compiled as for any release: nothing is preloaded or instrumented. What a library
// calls inside one of the library's object files escapes; what swvmm itself does cannot.
//
// Where the process ends, by exit or by _exit, the file named by CALL_COUNTS gets a line "function
// calls" for each.

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define FUNCTIONS                                                                                  \
  F(malloc)                                                                                        \
  F(calloc)                                                                                        \
  F(realloc)                                                                                       \
  F(posix_memalign)                                                                                \
  F(aligned_alloc)                                                                                 \
  F(free)                                                                                          \
  F(swift_allocObject)                                                                             \
  F(swift_allocBox)                                                                                \
  F(swift_allocError)                                                                              \
  F(swift_initStackObject)                                                                         \
  F(swift_deallocObject)                                                                           \
  F(swift_deallocClassInstance)                                                                    \
  F(swift_retain)                                                                                  \
  F(swift_retain_n)                                                                                \
  F(swift_release)                                                                                 \
  F(swift_release_n)                                                                               \
  F(swift_bridgeObjectRetain)                                                                      \
  F(swift_bridgeObjectRetain_n)                                                                    \
  F(swift_bridgeObjectRelease)                                                                     \
  F(swift_bridgeObjectRelease_n)                                                                   \
  F(swift_errorRetain)                                                                             \
  F(swift_errorRelease)                                                                            \
  F(swift_unownedRetain)                                                                           \
  F(swift_unownedRelease)                                                                          \
  F(swift_weakLoadStrong)

// Each takes at most three pointers or integers and returns at most one: all in registers, so that
// passing three on and one back is right for every one of them.
#define F(f)                                                                                       \
  static unsigned long calls_of_##f;                                                               \
  void *__real_##f(void *, void *, void *);                                                        \
  void *__wrap_##f(void *, void *, void *);                                                        \
  void *__wrap_##f(void *a, void *b, void *c) {                                                    \
    __atomic_fetch_add(&calls_of_##f, 1, __ATOMIC_RELAXED);                                        \
    return __real_##f(a, b, c);                                                                    \
  }
FUNCTIONS
#undef F

static void report(void) {
  const char *path = getenv("CALL_COUNTS");
  if (!path) return;
  const int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
#define F(f) dprintf(file, "%s %lu\n", #f, calls_of_##f);
  FUNCTIONS
#undef F
  close(file);
}

// Why not a destructor: a run ends with _exit, from whatever thread is the last.
_Noreturn void __real__exit(int status);
_Noreturn void __wrap__exit(int status) {
  report();
  __real__exit(status);
}
