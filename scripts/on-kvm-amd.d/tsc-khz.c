/*
 * Prints the frequency of this machine's TSC in kHz.
 *
 * QEMU's TCG lets its guest read the machine's own TSC, so this is the guest's frequency, too. Told
 * by tsc_early_khz=, the guest's kernel doesn't depend on measuring it against an emulated PIT. On
 * a busy machine that can fail: the TSC then counts as unstable, and KVM does without its master
 * clock.
 *
 * CLOCK_MONOTONIC_RAW is the best clock at hand: NTP doesn't bend it, and over 100 ms an error of
 * 1 us at either end is 10 ppm.
 */
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <x86intrin.h>

struct sample {
  uint64_t tsc;
  int64_t nanoseconds;
};

/* The tightest of some pairs of TSC reads around a clock read: any wider one was interrupted. */
static struct sample take_sample(void) {
  struct sample best = {0, 0};
  uint64_t narrowest = UINT64_MAX;
  for (int i = 0; i < 100; i++) {
    struct timespec now;
    uint64_t before = __rdtsc();
    clock_gettime(CLOCK_MONOTONIC_RAW, &now);
    uint64_t width = __rdtsc() - before;
    if (width >= narrowest) continue;
    narrowest = width;
    best.tsc = before + width / 2;
    best.nanoseconds = now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
  }
  return best;
}

int main(void) {
  struct sample first = take_sample();
  nanosleep(&(struct timespec){0, 100000000}, NULL);
  struct sample last = take_sample();
  double milliseconds = (last.nanoseconds - first.nanoseconds) / 1e6;
  printf("%.0f\n", (last.tsc - first.tsc) / milliseconds);
}
