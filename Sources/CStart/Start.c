// What the command does before its first line of Swift: it takes its signals over, so that one that
// comes while the program is being loaded finds its handler, and has memory ready that every run writes.
//
// A target of the command's own: another program that uses these libraries keeps its signals.

#define _GNU_SOURCE

#include "CLinuxHost.h"
#include "CStart.h"

#include <stdint.h>
#include <sys/mman.h>

// Gets the pages at once that a run writes, which the linker puts to the front (function-order): one by one each
// would be two faults, the first by a look whether what is there is made already.
//
// A kernel that does not know how (before 5.14) refuses, and nothing is lost.
static void prepare_pages(void) {
  extern char __bss_start[];
  enum { page = 4096, count = 16 };
  uintptr_t first = ((uintptr_t)__bss_start + page - 1) & ~(uintptr_t)(page - 1);
  (void)madvise((void *)first, page * count, MADV_POPULATE_WRITE);
}

// The lowest number that is not the C library's own: before every other constructor.
__attribute__((constructor(101))) static void start(void) {
  chost_take_signals();
  prepare_pages();
}
