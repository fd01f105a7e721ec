// What the kernel counts of a thread, read without allocating.

#define _GNU_SOURCE

#include "CLinuxHost.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

void chost_thread_counts(struct chost_thread_counts *counts) {
  struct rusage usage;
  memset(&usage, 0, sizeof usage);
  getrusage(RUSAGE_THREAD, &usage);
  *counts = (struct chost_thread_counts){
      (uint64_t)usage.ru_minflt,
      (uint64_t)usage.ru_majflt,
      (uint64_t)usage.ru_nvcsw,
      (uint64_t)usage.ru_nivcsw,
  };
}

int32_t chost_thread_number(void) { return gettid(); }

uint64_t chost_number_in_file(int descriptor, unsigned index) {
  // The first line of /proc/stat, and all of a schedstat, are shorter.
  char text[256];
  ssize_t length = pread(descriptor, text, sizeof text - 1, 0);
  if (length <= 0) return 0;
  text[length] = 0;
  char *place = text;
  uint64_t number = 0;
  for (unsigned i = 0; i <= index; i++) {
    place += strcspn(place, "0123456789\n");
    if (*place < '0' || *place > '9') return 0;
    number = strtoull(place, &place, 10);
  }
  return number;
}
