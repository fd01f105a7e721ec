// What a fault on a page of a mapped file does, if the file was cut off or cannot be read.

#include "CLinuxHost.h"

#include <stdatomic.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

static char message[4096 + 128];
static size_t message_length;

// Calls only what POSIX allows in a handler of a signal. All signals are blocked meanwhile, SIGTTOU included.
static void report(int number, siginfo_t *information, void *context) {
  (void)context;
  // Another fault is a bug: with the handler gone, the instruction is repeated, and ends the process; so
  // does the signal that another process sent.
  if (information->si_code != BUS_ADRERR) {
    signal(number, SIG_DFL);
    if (information->si_code <= 0) raise(number);
    return;
  }
  static atomic_flag is_reported = ATOMIC_FLAG_INIT;
  while (atomic_flag_test_and_set(&is_reported)) pause();  // another thread is about to end all
  chost_release_terminal();
  if (write(STDERR_FILENO, message, message_length) < 0) _exit(EX_OSERR);
  _exit(EX_OSERR);
}

void chost_report_lost_pages(const char *text, size_t length) {
  message_length = length < sizeof message ? length : sizeof message;
  memcpy(message, text, message_length);
  struct sigaction action = {.sa_sigaction = report, .sa_flags = SA_SIGINFO};
  sigfillset(&action.sa_mask);
  sigaction(SIGBUS, &action, NULL);
}
