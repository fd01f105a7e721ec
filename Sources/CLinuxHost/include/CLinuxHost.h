// What a signal handler does, and what Swift can neither call nor import of the C library.
//
// A handler may run between any two instructions, so it must not enter Swift's runtime: it is C, it
// uses atomics and async-signal-safe calls alone, and its whole state is in this target.
//
// A function returns its call's result, or -errno, unless it says otherwise.

#ifndef CLINUXHOST_H
#define CLINUXHOST_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// MARK: The process's signals

// Takes over SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1 and SIGALRM, but for those that are ignored.
// SIGUSR1 is held back but in a wait that lets it through, so that it interrupts nothing else.
void chost_take_signals(void);

// From now on the first ending signal is left to the program, which looks at chost_ending_signal().
void chost_answer_ending_signals(void);

// The ending signal that came first, or 0.
int chost_ending_signal(void);

// Whether SIGUSR1 came since it was last taken; takes it if asked to.
bool chost_user_signal(bool take);

// The eventfd that each signal raises; -1: none.
void chost_announce_signals(int event);

// Raises it, for a handler.
void chost_raise_event(void);

// Ends the process with a status once the calling thread, from so many nanoseconds on, has done
// nothing for more than half a second.
void chost_end_if_blocked(uint64_t nanoseconds, int status);

// MARK: The terminal

enum chost_terminal {
  // The descriptor is no terminal, or one that is gone.
  CHOST_NO_TERMINAL,
  // It hands over every key at once, unechoed.
  CHOST_TERMINAL_HELD,
  // Its foreground is another process group: it is not to be read, written to or changed.
  CHOST_TERMINAL_ELSEWHERE,
};

// Unbuffers a terminal, if it is this process group's; does nothing where it is unbuffered already.
enum chost_terminal chost_hold_terminal(int descriptor);

// Puts the terminal that is held back as it was, if it still is this process group's.
void chost_release_terminal(void);

// MARK: Descriptors that others share

// Reads what is there; -EAGAIN if nothing is. Blocks for a millisecond at most, or as long as a disk takes.
ssize_t chost_read_now(int descriptor, void *_Nullable buffer, size_t size, int kick);

// Writes what there is room for now; -EAGAIN if there is none. Blocks for a millisecond at most.
ssize_t chost_write_now(int descriptor, const void *_Nullable buffer, size_t size, int kick);

// MARK: Threads

// The signals that a thread of ours holds back: all that are not its own doing, but for `kick`.
sigset_t chost_signals_of_threads(int kick);

#endif
