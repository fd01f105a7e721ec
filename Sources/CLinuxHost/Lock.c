// What a lock does where it is not free; the rest stands in the header, to be put in place.

#define _GNU_SOURCE

#include "CLinuxHost.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

// As often as the C library looks again at an adaptive mutex.
enum { looks_max = 100 };

void chost_wait_for_lock(uint32_t *word) {
  for (int looks = 0; looks < looks_max; looks++) {
    uint32_t held = 0;
    chost_relax();
    if (__atomic_load_n(word, __ATOMIC_RELAXED) == 0 &&
        __atomic_compare_exchange_n(word, &held, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
      return;
  }
  // A signal, or a wake-up that came for nothing, only has it look again.
  while (__atomic_exchange_n(word, 2, __ATOMIC_ACQUIRE) != 0)
    syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, 2, NULL);
}

void chost_wake_for_lock(uint32_t *word) { syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1); }
