// Reading and writing descriptors that other processes share, without waiting for what one of these
// took away between a look and the call. O_NONBLOCK would be a flag of theirs, too.

#define _GNU_SOURCE

#include "CLinuxHost.h"

#include <errno.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static ssize_t result_of(ssize_t result) { return result < 0 ? -errno : result; }

// Whether the kernel cannot say without waiting: terminals, and before Linux 6.4 pipes.
static bool is_unsupported(ssize_t result) {
  return result == -EOPNOTSUPP || result == -ENOSYS || result == -EINVAL;
}

// What interrupts the calling thread every millisecond, and the mask that it had before.
struct kicks {
  uintptr_t timer;
  sigset_t mask;
};

static int start(struct kicks *_Nonnull kicks, int kick) {
  int result = chost_create_thread_timer(kick, &kicks->timer);
  if (result) return result;
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, kick);
  pthread_sigmask(SIG_UNBLOCK, &set, &kicks->mask);
  chost_set_thread_timer(kicks->timer, 1000000, 1000000);
  return 0;
}

static void stop(struct kicks *_Nonnull kicks) {
  chost_delete_thread_timer(kicks->timer);
  pthread_sigmask(SIG_SETMASK, &kicks->mask, NULL);
}

// Whether a file on a disk, which answers in its own time, said that it would have to wait.
static bool is_disk(int descriptor, ssize_t result) {
  struct stat file;
  return result == -EAGAIN && !fstat(descriptor, &file) && S_ISREG(file.st_mode);
}

int chost_await(int descriptor, short events, int milliseconds) {
  static const int blind_pause = 10;
  struct pollfd entry = {.fd = descriptor, .events = events};
  int ready = poll(&entry, 1, milliseconds);
  if (ready >= 0 || errno != EINVAL) return ready;
  // Without descriptors there is nothing to refuse.
  return poll(NULL, 0, milliseconds < 0 || milliseconds > blind_pause ? blind_pause : milliseconds);
}

ssize_t chost_read_now(int descriptor, void *buffer, size_t size, int kick) {
  struct iovec part = {.iov_base = buffer, .iov_len = size};
  ssize_t result = result_of(preadv2(descriptor, &part, 1, -1, RWF_NOWAIT));
  if (is_disk(descriptor, result)) return result_of(read(descriptor, buffer, size));
  if (!is_unsupported(result)) return result;
  struct kicks kicks;
  if (start(&kicks, kick)) return -EAGAIN;
  result = result_of(read(descriptor, buffer, size));
  stop(&kicks);
  return result == -EINTR ? -EAGAIN : result;
}

ssize_t chost_write_now(int descriptor, const void *buffer, size_t size, int kick) {
  struct iovec part = {.iov_base = (void *)(uintptr_t)buffer, .iov_len = size};
  ssize_t result = result_of(pwritev2(descriptor, &part, 1, -1, RWF_NOWAIT));
  if (is_disk(descriptor, result)) return result_of(write(descriptor, buffer, size));
  if (!is_unsupported(result)) return result;
  struct kicks kicks;
  if (start(&kicks, kick)) return -EAGAIN;
  result = result_of(write(descriptor, buffer, size));
  stop(&kicks);
  return result == -EINTR ? -EAGAIN : result;
}
