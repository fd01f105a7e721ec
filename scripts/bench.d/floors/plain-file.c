// The floor under checkpoints, for scripts/bench: so many bytes written to a file, or read from one,
// by the plainest calls there are.
//
//   plain-file touch BYTES            makes memory of that size, a word in every page
//   plain-file write BYTES FILE       the same, then write(2) and fsync(2)
//   plain-file read FILE              mmap(2), and every byte looked at
//
// A failure is a line on standard error and 70.

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { page_size = 4096 };

// Not static, so that no compiler may leave the looking out.
uint64_t sum;

static _Noreturn void fail(const char *what) {
  perror(what);
  exit(70);
}

static void *map(int flags, int file, size_t size) {
  void *memory = mmap(NULL, size, PROT_READ | (file < 0 ? PROT_WRITE : 0), flags, file, 0);
  if (memory == MAP_FAILED) fail("mmap");
  return memory;
}

static uint8_t *touch(size_t size) {
  uint8_t *memory = map(MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, size);
  for (size_t at = 0; at + page_size <= size; at += page_size) {
    const uint32_t page = (uint32_t)(at / page_size), word = page + 1;
    memcpy(memory + at + page % (page_size / 4) * 4, &word, sizeof word);
  }
  return memory;
}

static void write_all(const char *path, const uint8_t *bytes, size_t size) {
  const int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) fail(path);
  while (size > 0) {
    const ssize_t written = write(file, bytes, size);
    if (written < 0) fail("write");
    bytes += written;
    size -= (size_t)written;
  }
  if (fsync(file) < 0 || close(file) < 0) fail("fsync");
}

static void read_all(const char *path) {
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  struct stat status;
  if (file < 0 || fstat(file, &status) < 0) fail(path);
  const size_t size = (size_t)status.st_size;
  const uint64_t *words = map(MAP_PRIVATE, file, size);
  for (size_t i = 0; i < size / sizeof *words; i++) sum += words[i];
}

int main(int count, char **arguments) {
  const char *what = count > 1 ? arguments[1] : "";
  if (count == 3 && !strcmp(what, "touch")) {
    touch(strtoull(arguments[2], NULL, 10));
  } else if (count == 4 && !strcmp(what, "write")) {
    const size_t size = strtoull(arguments[2], NULL, 10);
    write_all(arguments[3], touch(size), size);
  } else if (count == 3 && !strcmp(what, "read")) {
    read_all(arguments[2]);
  } else {
    return fputs("usage: plain-file touch BYTES | write BYTES FILE | read FILE\n", stderr), 64;
  }
  return 0;
}
