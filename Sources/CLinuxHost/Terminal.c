// The terminal that standard input is, while a guest takes keys from it.
//
// Who it belongs to and how it is set is looked at each time: a shell may stop this process, take the
// terminal, change it, and give it back between any two instructions. While another process group has
// it nothing here changes it, and a change that comes too late anyway (SIGTTOU) fails with EINTR.

#define _GNU_SOURCE

#include "CLinuxHost.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

// The terminal that was changed, and how it was before; changed by the first thread alone, with signals
// held back, or in a handler on it.
static volatile sig_atomic_t is_changed;
static int terminal;
static struct termios before;

// What was to happen at a signal that ends the process, by signal.
static struct sigaction endings[_NSIG];

// Whether this process may read and change a terminal. One that does not control its session, as a program
// that started it may arrange, knows no foreground: nothing would stop it.
static bool is_ours(int descriptor) {
  pid_t group = tcgetpgrp(descriptor);
  return group == getpgrp() || (group < 0 && errno == ENOTTY);
}

void chost_release_terminal(void) {
  // Another's by now: its settings are that one's, and a shell sets its own when it takes over.
  if (!is_changed || !is_ours(terminal)) return;
  is_changed = false;
  tcsetattr(terminal, TCSANOW, &before);
}

// Stops this process as the signal's default action does, the terminal as it was.
static void on_stop(int signal) {
  int saved = errno;
  chost_release_terminal();
  struct sigaction ours, original = {.sa_handler = SIG_DFL};
  sigaction(signal, &original, &ours);
  sigset_t set, held;
  sigemptyset(&set);
  sigaddset(&set, signal);
  raise(signal);
  // Here it stops, unless its group is orphaned, and continues after SIGCONT.
  sigprocmask(SIG_UNBLOCK, &set, &held);
  sigprocmask(SIG_SETMASK, &held, NULL);
  sigaction(signal, &ours, NULL);
  errno = saved;
}

// Ends a wait, one that is yet to begin, too, so that the terminal is looked at again.
static void on_change(int signal) {
  (void)signal;
  int saved = errno;
  chost_raise_event();
  errno = saved;
}

// A fault of this program's own, or another signal that ends it: the terminal is put back before it takes its course.
//
// *Why a handler from before is called:* it looks at where the fault was, which raise(3) would not say.
static void on_end(int signal, siginfo_t *information, void *context) {
  chost_release_terminal();
  const struct sigaction *original = &endings[signal];
  sigaction(signal, original, NULL);
  if (original->sa_flags & SA_SIGINFO) {
    original->sa_sigaction(signal, information, context);
  } else {
    raise(signal);
  }
}

static void install_handlers(void) {
  static bool is_installed;
  if (is_installed) return;
  is_installed = true;
  struct sigaction action = {.sa_handler = on_change}, old;
  sigaction(SIGCONT, &action, NULL);
  static const int denials[] = {SIGTTIN, SIGTTOU};
  for (size_t index = 0; index < sizeof denials / sizeof *denials; index++)
    if (!sigaction(denials[index], NULL, &old) && old.sa_handler != SIG_IGN)
      sigaction(denials[index], &action, NULL);
  sigfillset(&action.sa_mask);
  sigdelset(&action.sa_mask, SIGTTOU);
  action.sa_handler = on_stop;
  if (!sigaction(SIGTSTP, NULL, &old) && old.sa_handler != SIG_IGN)
    sigaction(SIGTSTP, &action, NULL);
  action.sa_sigaction = on_end;
  action.sa_flags = SA_SIGINFO;
  static const int own[] = {SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV};
  for (size_t index = 0; index < sizeof own / sizeof *own; index++)
    sigaction(own[index], &action, &endings[own[index]]);
  // Nobody's, as SIGUSR2, or of a limit, as SIGXCPU. SIGKILL and SIGSTOP are refused here.
  for (int signal = 1; signal <= SIGRTMAX; signal++) {
    bool passes = signal == SIGCHLD || signal == SIGURG || signal == SIGWINCH;
    if (passes || sigaction(signal, NULL, &old) || old.sa_handler != SIG_DFL) continue;
    sigaction(signal, &action, &endings[signal]);
  }
}

static struct termios unbuffered(struct termios settings) {
  // Signal keys keep working. A read that takes at least one key, and not one that may take none: a
  // shell that finds the terminal like this, after SIGSTOP or SIGKILL, would see the end of its input.
  settings.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
  // Enter stays what it was, a line feed as a rule: a guest that echoes what it gets ends a line by it.
  settings.c_iflag &= ~(tcflag_t)IXON;
  settings.c_cc[VMIN] = 1;
  settings.c_cc[VTIME] = 0;
  return settings;
}

static bool is_equal(const struct termios *_Nonnull one, const struct termios *_Nonnull other) {
  return one->c_lflag == other->c_lflag && one->c_iflag == other->c_iflag &&
         memcmp(one->c_cc, other->c_cc, sizeof one->c_cc) == 0;
}

enum chost_terminal chost_hold_terminal(int descriptor) {
  struct termios found;
  if (tcgetattr(descriptor, &found)) return CHOST_NO_TERMINAL;
  if (!is_ours(descriptor)) return CHOST_TERMINAL_ELSEWHERE;
  struct termios wanted = unbuffered(found);
  if (is_equal(&found, &wanted)) return CHOST_TERMINAL_HELD;
  install_handlers();
  sigset_t all, held;
  sigfillset(&all);
  // It would otherwise hold back the answer to a change that comes too late.
  sigdelset(&all, SIGTTOU);
  pthread_sigmask(SIG_BLOCK, &all, &held);
  struct termios kept = before;
  bool was_changed = is_changed;
  before = found;
  terminal = descriptor;
  is_changed = true;
  bool is_done = tcsetattr(descriptor, TCSANOW, &wanted) == 0;
  if (!is_done) {
    before = kept;
    is_changed = was_changed;
  }
  pthread_sigmask(SIG_SETMASK, &held, NULL);
  return is_done ? CHOST_TERMINAL_HELD : CHOST_TERMINAL_ELSEWHERE;
}

int chost_terminal_columns(int descriptor) {
  struct winsize size;
  return ioctl(descriptor, TIOCGWINSZ, &size) ? 0 : size.ws_col;
}
